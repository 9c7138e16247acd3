/** The workflow that applies what was reviewed: its actual steps, against the sandbox. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { byHand, MERGE, USERS, type User, scene, type Scene } from "./scene.ts";

const ELIF = "elif.kaya@example.com";
const FARID = "farid.haddad@example.com";

/** Elif becomes an admin, Farid a member. */
const WANTED = USERS.map(([email, ...roles]): User => {
  if (email === ELIF) return [email, "Admin"];
  return email === FARID ? [email, "Member"] : [email, ...roles];
});

async function within(
  instead: Parameters<typeof scene>[0] | null,
  test: (repository: Scene) => Promise<void>,
): Promise<void> {
  const repository = await (instead === null ? scene() : scene(instead));
  try {
    await repository.write(WANTED);
    await test(repository);
  } finally {
    await repository.close();
  }
}

describe("a merged pull request", () => {
  it("is applied as it was reviewed, with a comment and an audit log", () =>
    within(null, async (repository) => {
      await repository.plan();
      const { plan, apply } = await repository.apply();
      assert.deepEqual([plan?.result, apply?.result], ["success", "success"]);
      assert.deepEqual(byHand(repository).has(ELIF), ["Admin"]);
      assert.deepEqual(byHand(repository).has(FARID), ["Member"]);
      assert.deepEqual(titles(repository), [
        ["users.yaml", "### Polytomic access, Acme: ready to apply"],
        ["users.yaml_applied", "### Polytomic access, Acme: applied"],
      ]);
      const lines = await auditLines(repository);
      assert.deepEqual(
        lines.map(({ kind, email, outcome, commit }) => [kind, email, outcome, commit]),
        [
          ["begin", undefined, undefined, MERGE],
          ["change", ELIF, "applied", MERGE],
          ["change", FARID, "applied", MERGE],
          ["run", undefined, "done", MERGE],
        ],
      );
      assert.doesNotMatch(await repository.traces(), /sandbox-api-key/);
    }));

  it("that changes nothing needs no review and writes nothing", () =>
    within(null, async (repository) => {
      await repository.write(USERS);
      const { plan, apply } = await repository.apply();
      assert.deepEqual([plan?.result, apply?.result], ["success", "skipped"]);
      assert.deepEqual(repository.polytomic.writes(), []);
    }));
});

describe("what was not reviewed", () => {
  it("refuses with 3 if Polytomic was changed after the review, and comments on the pull request", () =>
    within(null, async (repository) => {
      await repository.plan();
      byHand(repository).roles(FARID, "Billing");
      const { plan, apply } = await repository.apply();
      assert.equal(plan?.exitCode, 3);
      assert.equal(apply?.result, "skipped");
      assert.deepEqual(repository.polytomic.writes(), []);
      const [, [target, title] = []] = titles(repository);
      assert.equal(target, "users.yaml_applied");
      assert.equal(title, "### Polytomic access: refused, nothing was written");
      const body = repository.github.comments[1]?.body ?? "";
      assert.match(body, /^ {4}error: the plan is not the approved one: its digest is sha256:/m);
      assert.match(
        body,
        /`farid\.haddad@example\.com` \| `Member` \| `Billing`/,
        "the plan as it is now",
      );

      const digest = /its digest is (sha256:[0-9a-f]{64})/.exec(body)?.[1] ?? "";
      const again = await repository.applyByHand(digest);
      assert.deepEqual([again["plan"]?.result, again["apply"]?.result], ["success", "success"]);
      assert.deepEqual(byHand(repository).has(FARID), ["Member"]);
    }));

  it("refuses with 3 if Polytomic was changed while the environment waited for an approval, and comments on the pull request", () =>
    within(null, async (repository) => {
      await repository.plan();
      const { plan, apply } = await repository.apply((job) => {
        if (job === "apply") byHand(repository).roles(FARID, "Billing");
      });
      assert.equal(plan?.result, "success");
      assert.equal(apply?.exitCode, 3);
      assert.deepEqual(repository.polytomic.writes(), []);
      const body = repository.github.comments[1]?.body ?? "";
      assert.match(body, /^> \*\*Violations: 1\*\*$/m);
      assert.match(
        body,
        /^> - `approved-plan`: .*farid\.haddad@example\.com.* had Viewer when the plan was made and has Billing now: /m,
      );
    }));

  it("refuses with 3 without a comment of this action about the pull request's last commit", () =>
    within(null, async (repository) => {
      const { github } = repository;
      const refused = async (): Promise<void> => {
        const { plan, apply } = await repository.apply();
        assert.equal(plan?.exitCode, 3);
        assert.match(plan?.log ?? "", /^No plan was reviewed for 2{40}:/m);
        assert.equal(apply?.result, "skipped");
      };
      await refused();

      await repository.plan();
      const reviewed = github.comments;
      github.comments = reviewed.map((one) => ({ ...one, user: { login: "mallory" } }));
      await refused();

      const older = (body: string): string => body.replace("1".repeat(40), "3".repeat(40));
      github.comments = reviewed.map((one) => ({ ...one, body: older(one.body) }));
      await refused();
      assert.deepEqual(repository.polytomic.writes(), []);
    }));

  it("does not take a digest by hand that is none", () =>
    within(null, async (repository) => {
      const { plan } = await repository.applyByHand("sha256:1\ndigest=x");
      assert.equal(plan?.exitCode, 1);
      assert.deepEqual(repository.polytomic.sandbox.log, []);
    }));
});

describe("an apply that is not whole", () => {
  it("ends with 4, keeps its audit log, says what failed, and finishes when it is run again", () => {
    let refusals = 0;
    const refuseOnce = ({ method }: { readonly method: string }) => {
      if (method !== "PUT" || (refusals += 1) > 1) return null;
      return { status: 422, body: '{"message": "not \\u0060today\\u0060"}' };
    };
    return within(refuseOnce, async (repository) => {
      await repository.plan();
      const { plan, apply } = await repository.apply();
      assert.equal(apply?.exitCode, 4);
      const outcomes = async (): Promise<readonly string[]> =>
        (await auditLines(repository)).map(({ kind, outcome }) => `${kind} ${outcome}`);
      assert.deepEqual(await outcomes(), [
        "begin undefined",
        "change failed",
        "change applied",
        "run partial",
      ]);
      const body = repository.github.comments[1]?.body ?? "";
      assert.match(body, /^\*\*Apply: 1 applied, 1 failed, /m);
      assert.match(body, /^#### Failed: 1$/m);

      assert.equal((await repository.applyAgain(plan)).result, "success");
      assert.match(
        repository.github.comments[1]?.body ?? "",
        /^\*\*Apply: 1 applied, 0 failed, 0 not attempted, 1 already up to date\./m,
      );
    });
  });
});

function titles({ github }: Scene): readonly (readonly [string, string])[] {
  return github.comments.map(({ body }) => {
    const [first = "", second = ""] = body.split("\n");
    return [first.split(" ")[2] ?? "", second];
  });
}

interface AuditLine {
  readonly kind: string;
  readonly email?: string;
  readonly outcome: string;
  readonly commit: string;
}

async function auditLines({ artifacts }: Scene): Promise<readonly AuditLine[]> {
  const text = await readFile(join(artifacts, "polytomic-apply/polytomic-audit.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line): AuditLine => JSON.parse(line));
}
