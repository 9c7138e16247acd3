/** Random decisions on random files: the plan afterwards has exactly what was decided, and no comment is lost. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { readDecisions } from "../../src/edit/decision-files.ts";
import { decide } from "../../src/edit/decisions.ts";
import { replaceFiles } from "../../src/edit/files.ts";
import { Workspace } from "../../src/edit/workspace.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import type { AccessTable } from "../../src/model/access.ts";
import { problemText } from "../../src/model/problem.ts";
import type { WorksheetRow } from "../../src/model/worksheet.ts";
import { renderWorksheetCsv, worksheetCells } from "../../src/output/csv.ts";
import { planOrganization } from "../../src/plan/make-plan.ts";
import { worksheetRows } from "../../src/plan/worksheet.ts";
import { derivedId } from "../../src/sandbox/ids.ts";
import { commentsIn, file, ROLE_NAMES, textOf, TODAY, usersOf } from "./written.ts";

const RUNS = Number(process.env["EDIT_RUNS"] ?? 200);
const ROLES: readonly Role[] = ROLE_NAMES.map((name) =>
  name === "analyst"
    ? { id: "d9f8e7c6-b5a4-4210-9fed-cba987654321", name: "Analyst" }
    : { id: derivedId("role", name), name },
);

let cwd = "";
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "polytomic-users-review-"));
});

const accounts = fc.dictionary(
  fc.constantFrom(..."abcdefghij".split("").map((letter) => `${letter}@x.org`)),
  fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1, maxLength: 3 }),
  { maxKeys: 8, noNullPrototype: true },
);

function stateOf(held: Readonly<Record<string, readonly Role[]>>): CurrentState {
  return {
    organization: { id: "acme", name: "Acme" },
    users: Object.entries(held).map(([email, roles]) => ({
      id: derivedId("user", email),
      email,
      organizationId: null,
      roleIds: roles.map(({ id }) => id),
      legacyRole: null,
    })),
    roles: ROLES,
    caller: null,
  };
}

interface Seen {
  readonly workspace: Workspace;
  readonly table: AccessTable;
  readonly rows: readonly WorksheetRow[];
}

async function see(state: CurrentState): Promise<Seen> {
  const workspace = await Workspace.open([], { cwd, root: null });
  const [desired] = workspace.organizations;
  assert.ok(desired);
  const planned = planOrganization(desired, state, { asOf: TODAY, only: null });
  if (planned.kind === "problems") return assert.fail(planned.problems.map(problemText).join("; "));
  const table = planned.access();
  return {
    workspace,
    table,
    rows: worksheetRows([{ desired, table, asOf: TODAY, since: () => "" }]),
  };
}

/** Users and roles in Polytomic after the plan is applied. */
function plannedIn({ table }: Seen): ReadonlySet<string> {
  return new Set(
    table.users.flatMap(({ email, holdings }) =>
      holdings.filter(({ planned }) => planned).map(({ role }) => `${email} ${role.name}`),
    ),
  );
}

describe("decisions of a review", () => {
  it("are what the plan does afterwards, and nothing else", async () => {
    let edited = 0;
    await fc.assert(
      fc.asyncProperty(
        file,
        accounts,
        fc.infiniteStream(fc.constantFrom("keep", "keep", "revoke", "")),
        async (written, held, words) => {
          const text = textOf(written);
          await writeFile(join(cwd, "users.yaml"), text);
          const state = stateOf(held);
          const old = await see(state);
          const csv = renderWorksheetCsv(old.rows);
          const [head = "", ...lines] = csv.split("\r\n").filter((line) => line !== "");
          const decisions = lines.map(() => words.next().value ?? "");
          const sheet = lines.map((line, at) =>
            line.replace(/"","",""$/, `"${decisions[at]}","ann",""`),
          );
          const decided = readDecisions([{ path: "d.csv", text: [head, ...sheet].join("\r\n") }]);
          const outcome = await decide({
            workspace: old.workspace,
            rows: old.rows,
            decided,
            cellsOf: worksheetCells,
            asOf: TODAY,
          });
          const edits = await old.workspace.edits(TODAY);
          await replaceFiles(edits, (path, _, after) => writeFile(path, after));
          edited += edits.length;
          const now = await see(state);
          const [plannedBefore, plannedNow] = [plannedIn(old), plannedIn(now)];
          for (const [at, { email, role }] of old.rows.entries()) {
            const isOpen = outcome.open.some((line) => line.startsWith(`d.csv:${at + 2}:`));
            const key = `${email} ${role}`;
            const decision = decisions[at];
            if (decision === "") assert.ok(isOpen);
            const expected = isOpen ? plannedBefore.has(key) : decision === "keep";
            assert.equal(
              plannedNow.has(key),
              expected,
              `${key}: ${decision} ${outcome.open.join("; ")}`,
            );
          }
          const after = await readFile(join(cwd, "users.yaml"), "utf8");
          const revokedFrom = new Set(
            old.rows.flatMap(({ email }, at) => (decisions[at] === "revoke" ? [email] : [])),
          );
          const mayGo = usersOf(written).flatMap(({ user }, at) =>
            revokedFrom.has(user.email) ? [`u${at}.`] : [],
          );
          const kept = (one: string): readonly string[] =>
            commentsIn(one).filter((comment) => !mayGo.some((word) => comment.startsWith(word)));
          assert.deepEqual(kept(after), kept(text));
          for (const { email, user } of now.rows) {
            const own = old.rows.flatMap((row, at) => (row.email === email ? [at] : []));
            const isWhole = own.every(
              (at) =>
                decisions[at] !== "" &&
                !outcome.open.some((line) => line.startsWith(`d.csv:${at + 2}:`)),
            );
            const isKept = own.some((at) => decisions[at] === "keep");
            const wasListed = old.rows.some((row) => row.email === email && row.user !== null);
            if (isWhole && isKept && wasListed) assert.equal(user?.reviewed?.value, TODAY);
            if (!isWhole) assert.equal(user?.reviewed ?? null, null);
          }
        },
      ),
      { numRuns: RUNS, includeErrorInReport: true },
    );
    assert.ok(edited > RUNS / 2, `${edited} files were edited`);
  });
});
