/**
 * Random edits of random files in random styles: the access differs by exactly the edit, and no other text changes.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { loadFiles } from "../../src/config/load.ts";
import { run } from "../program.ts";
import {
  commentsIn,
  file,
  GROUP_NAMES,
  ROLE_NAMES,
  textOf,
  TODAY,
  usersOf,
  type WrittenFile,
} from "./written.ts";

const RUNS = Number(process.env["EDIT_RUNS"] ?? 80);

let cwd = "";
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "polytomic-users-edit-"));
});

/** By user and role in lower case: the last day, 9999 without one. Deliberately independent of the program's code. */
type Access = Readonly<Record<string, Readonly<Record<string, string>>>>;

async function access(): Promise<Access> {
  const [organization] = await loadFiles(["users.yaml"], {
    cwd,
    root: null,
    readStdin: () => Promise.resolve(new Uint8Array()),
  });
  return Object.fromEntries(
    (organization?.users ?? []).map(({ email, expires, grants }) => {
      const until: Record<string, string> = {};
      for (const one of grants) {
        const last = [one.expires ?? "9999", expires ?? "9999"].sort()[0] ?? "";
        const role = one.role.toLowerCase();
        if (last >= TODAY && last > (until[role] ?? "")) until[role] = last;
      }
      return [email, until];
    }),
  );
}

async function edit(
  ...args: readonly string[]
): Promise<{ code: number; text: string; stderr: string }> {
  const { code, stderr } = await run([...args, "--as-of", TODAY], { cwd });
  return { code, stderr, text: await readFile(join(cwd, "users.yaml"), "utf8") };
}

async function start(written: WrittenFile): Promise<{ text: string; access: Access }> {
  const text = textOf(written);
  await writeFile(join(cwd, "users.yaml"), text);
  return { text, access: await access() };
}

/** The last day on which a user's groups grant a role; empty without one. */
function throughGroups(written: WrittenFile, who: string, what: string): string {
  const { user } = written.users.find((one) => one.user.email === who) ?? {};
  const lasts = (user?.groups ?? []).flatMap((membership) => {
    const { group, expires } =
      typeof membership === "string" ? { group: membership, expires: undefined } : membership;
    const roles = written.groups[group === GROUP_NAMES[0] ? 0 : 1];
    return roles.flatMap((one) => {
      const entry = typeof one === "string" ? { role: one, expires: undefined } : one;
      return entry.role === what
        ? [[expires ?? "9999", entry.expires ?? "9999"].sort()[0] ?? ""]
        : [];
    });
  });
  return (
    lasts
      .filter((last) => last >= TODAY)
      .sort()
      .at(-1) ?? ""
  );
}

const email = fc.constantFrom(..."abcdefghij".split("").map((letter) => `${letter}@x.org`));
const role = fc.constantFrom(...ROLE_NAMES);

describe("an edit of a file in any style", () => {
  it("grants exactly what is asked for, and loses no comment; revoked again, the file is as it was", async () => {
    let restored = 0;
    await fc.assert(
      fc.asyncProperty(
        file,
        email,
        role,
        fc.constantFrom("", "2026-12-31", "2027-03-31"),
        async (written, who, what, until) => {
          const old = await start(written);
          const granted = await edit(
            "grant",
            who,
            "--role",
            what,
            ...(until === "" ? [] : ["--expires", until]),
          );
          const { user } = usersOf(written).find((one) => one.user.email === who) ?? {};
          if (granted.code !== 0) {
            assert.ok(user?.expires !== undefined && user.expires < TODAY, granted.stderr);
            assert.equal(granted.text, old.text);
            return;
          }
          const now = await access();
          const key = what.toLowerCase();
          const had = old.access[who]?.[key];
          const direct = (user?.roles ?? [])
            .map((one) => (typeof one === "string" ? { role: one } : one))
            .find((one) => one.role === what);
          const last = [until, throughGroups(written, who, what)].sort()[1] ?? "";
          const expected = until === "" ? (had ?? "9999") : last;
          assert.equal(now[who]?.[key], [expected, user?.expires ?? "9999"].sort()[0]);
          assert.deepEqual(
            { ...now, [who]: { ...now[who], [key]: "" } },
            { ...old.access, [who]: { ...old.access[who], [key]: "" } },
          );
          assert.deepEqual(commentsIn(granted.text), commentsIn(old.text));
          if (direct !== undefined || granted.text === old.text) return;
          // The role is new, or the user is, and nothing else grants it: revoking it restores the file.
          if (had === undefined && (user !== undefined || written.unmanaged === "remove")) {
            const revoked = await edit(
              "revoke",
              who,
              ...(user === undefined ? [] : ["--role", what]),
            );
            assert.equal(revoked.code, 0, revoked.stderr);
            assert.equal(revoked.text, old.text);
            restored += 1;
          }
        },
      ),
      { numRuns: RUNS, includeErrorInReport: true },
    );
    assert.ok(restored > RUNS / 10, `restored ${restored}`);
  });

  it("adds to a group and extends, and loses no comment", async () => {
    await fc.assert(
      fc.asyncProperty(
        file,
        email,
        fc.constantFrom(...GROUP_NAMES),
        async (written, who, group) => {
          const old = await start(written);
          const granted = await edit(
            "grant",
            who,
            "--group",
            group,
            "--expires",
            "30d",
            "--reason",
            "why not",
          );
          if (granted.code !== 0) return assert.match(granted.stderr, /expired on/);
          assert.deepEqual(commentsIn(granted.text), commentsIn(old.text));
          assert.match(granted.text, /why not/);
          const now = await access();
          assert.deepEqual({ ...now, [who]: {} }, { ...old.access, [who]: {} });
          const extended = await edit("grant", who, "--expires", "never");
          assert.equal(extended.code, 0, extended.stderr);
          assert.equal((await edit("grant", who, "--group", group)).text, extended.text);
        },
      ),
      { numRuns: RUNS, includeErrorInReport: true },
    );
  });

  it("revokes exactly one role, keeps the others as long as they were, and loses only the comments of what goes", async () => {
    await fc.assert(
      fc.asyncProperty(file, email, role, async (written, who, what) => {
        const old = await start(written);
        const revoked = await edit("revoke", who, "--role", what);
        const had = old.access[who];
        const key = what.toLowerCase();
        if (revoked.code !== 0) {
          assert.equal(had?.[key], undefined);
          return assert.equal(revoked.text, old.text);
        }
        const now = await access();
        const { [key]: _, ...others } = had ?? {};
        assert.deepEqual({ ...old.access, [who]: others }, { [who]: {}, ...now });
        const at = usersOf(written).findIndex((one) => one.user.email === who);
        const kept = (text: string): readonly string[] =>
          commentsIn(text).filter((one) => !one.startsWith(`u${at}.`));
        assert.deepEqual(kept(revoked.text), kept(old.text));
        for (const comment of commentsIn(revoked.text)) assert.ok(old.text.includes(comment));
      }),
      { numRuns: RUNS, includeErrorInReport: true },
    );
  });

  it("revokes all access, of one user alone", async () => {
    await fc.assert(
      fc.asyncProperty(file, email, async (written, who) => {
        const old = await start(written);
        const revoked = await edit("revoke", who);
        if (revoked.code !== 0) return assert.equal(old.access[who], undefined);
        const now = await access();
        if (written.unmanaged === "keep") assert.deepEqual(now[who], {});
        else assert.equal(now[who], undefined);
        assert.deepEqual({ ...now, [who]: {} }, { ...old.access, [who]: {} });
        const at = usersOf(written).findIndex((one) => one.user.email === who);
        const kept = (text: string): readonly string[] =>
          commentsIn(text).filter((one) => !one.startsWith(`u${at}.`));
        assert.deepEqual(kept(revoked.text), kept(old.text));
      }),
      { numRuns: RUNS, includeErrorInReport: true },
    );
  });

  it("renames and renames back: the file is as it was", async () => {
    await fc.assert(
      fc.asyncProperty(file, email, async (written, who) => {
        const old = await start(written);
        const renamed = await run(["rename", who, "new.name@x.org"], { cwd });
        if (renamed.code !== 0) return assert.equal(old.access[who], undefined);
        const { [who]: had, ...others } = old.access;
        assert.deepEqual(await access(), { ...others, "new.name@x.org": had });
        const text = await readFile(join(cwd, "users.yaml"), "utf8");
        assert.deepEqual(commentsIn(text), commentsIn(old.text));
        const again = await run(["rename", who, "new.name@x.org"], { cwd });
        assert.match(again.stderr, /already renamed[^]*Nothing to change/);
      }),
      { numRuns: RUNS, includeErrorInReport: true },
    );
  });
});
