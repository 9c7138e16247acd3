import { reasonTexts } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../src/model/failure.ts";
import type { Change, Plan } from "../../src/model/plan.ts";
import {
  planBaseline,
  type Earlier,
  type Known,
  markCauses,
  addRecorded,
} from "../../src/plan/drift.ts";
import { isAuditLog, readRecorded } from "../../src/plan/audit-log-reader.ts";
import { file, now, ORGANIZATION, planOf, URL, user, wholePlan } from "./build.ts";
import { created, removed, updated } from "./change.ts";

const JANE = "jane@example.com";

const QUIET = planOf(file([user("cto@example.com", "Admin")]), now({ "cto@example.com": "Admin" }));

type Seen = Readonly<Record<string, readonly string[]>>;

function planWith(changes: readonly Change[], seen: Seen = {}): Plan {
  const users = Object.entries(seen).map(([email, roleIds]) => ({ email, userId: "u", roleIds }));
  return wholePlan([{ ...QUIET, changes, seen: users }]);
}

function causeIn(change: Change, earlier: ReadonlyMap<string, Earlier>): string | undefined {
  const { organizations } = markCauses(planWith([change]), earlier);
  return organizations[0]?.changes[0]?.cause;
}

const promote = updated(JANE, "Member", "Admin");
const invite = created(JANE, "Member");
const remove = removed(JANE, "Member");
const member = ["r-member"];

/** Compared with a plan that recorded `seen` and planned `then`. */
const PLANS: readonly (readonly [
  situation: string,
  change: Change,
  seen: Seen,
  then: readonly Change[],
  cause: string,
])[] = [
  ["roles as they were: the files changed", promote, { [JANE]: member }, [], "files"],
  ["other roles than then: drift", promote, { [JANE]: ["r-viewer"] }, [], "drift"],
  ["one role more than then: drift", promote, { [JANE]: [] }, [], "drift"],
  ["not there then, there now: drift", remove, {}, [], "drift"],
  ["there then, to be invited now: drift", invite, { [JANE]: member }, [], "drift"],
  ["not there then, to be invited now: the files changed", invite, {}, [], "files"],
  [
    "as the plan wanted it: the files changed",
    promote,
    { [JANE]: ["r-viewer"] },
    [updated(JANE, "Viewer", "Member")],
    "files",
  ],
  [
    "removed as planned, invited again: the files changed",
    invite,
    { [JANE]: member },
    [remove],
    "files",
  ],
  [
    "as before the plan: not applied, or undone since",
    promote,
    { [JANE]: member },
    [promote],
    "unknown",
  ],
  [
    "neither as before the plan nor after it: drift",
    promote,
    { [JANE]: ["r-viewer"] },
    [updated(JANE, "Viewer", "Billing")],
    "drift",
  ],
];

for (const [situation, change, seen, then, cause] of PLANS) {
  test(`against a saved plan, ${situation}`, () => {
    assert.equal(causeIn(change, planBaseline(planWith(then, seen))), cause);
  });
}

test("an organization of which nothing is known has changes of unknown cause", () => {
  assert.equal(causeIn(promote, new Map()), "unknown");
});

test("addresses compare without regard to case", () => {
  const accounts = new Map<string, Known>([[JANE, { kind: "was", roles: member }]]);
  const earlier = new Map([[ORGANIZATION.id, { complete: false, users: accounts }]]);
  assert.equal(causeIn(updated("Jane@Example.com", "Member", "Admin"), earlier), "files");
});

test("the cause is shown among the reasons and changes nothing else", () => {
  const plan = planWith([promote]);
  const earlier = planBaseline(planWith([], { [JANE]: ["r-viewer"] }));
  assert.deepEqual(markCauses(plan, earlier).organizations[0]?.changes, [
    { ...promote, cause: "drift" },
  ]);
  assert.deepEqual(reasonTexts({ ...promote, cause: "drift" }), [
    "drift: changed in Polytomic, not in the files",
  ]);
});

function auditLine(
  outcome: string,
  before: string | null,
  after: string | null,
  more = {},
): string {
  const roles = (name: string | null): unknown =>
    name === null ? null : { roles: [{ id: `r-${name}`, name }] };
  return JSON.stringify({
    format_version: 1,
    kind: "change",
    when: "2026-11-20T10:00:00.000Z",
    run: "12345678-1234",
    who: { credential: "api", email: null, user_id: null },
    commit: null,
    digest: `sha256:${"0".repeat(64)}`,
    url: URL,
    organization_id: ORGANIZATION.id,
    organization_name: "Example",
    source: "users.yaml:3:5",
    action: before === null ? "create" : after === null ? "remove" : "update",
    email: JANE,
    user_id: before === null ? null : "u-jane",
    before: roles(before),
    after: roles(after),
    reasons: [],
    outcome,
    error: null,
    ...more,
  });
}

/** Compared with an audit log of only these lines. */
const LOGS: readonly (readonly [situation: string, change: Change, log: string, cause: string])[] =
  [
    [
      "left as the log says: the files changed",
      promote,
      auditLine("applied", "viewer", "member"),
      "files",
    ],
    ["already so counts as left so", promote, auditLine("already", "viewer", "member"), "files"],
    ["not as the log left it: drift", promote, auditLine("applied", "viewer", "billing"), "drift"],
    [
      "removed by the log, there again: drift",
      remove,
      auditLine("applied", "member", null),
      "drift",
    ],
    ["invited by the log, gone: drift", invite, auditLine("applied", null, "member"), "drift"],
    [
      "undone to what it was before: drift",
      promote,
      auditLine("applied", "member", "admin"),
      "drift",
    ],
    [
      "a change that failed and is still open",
      promote,
      auditLine("failed", "member", "admin"),
      "unknown",
    ],
    [
      "a change that failed, and other roles now",
      promote,
      auditLine("failed", "viewer", "billing"),
      "drift",
    ],
    [
      "nothing in the log about the person",
      promote,
      auditLine("applied", null, "member", { email: "x@example.com" }),
      "unknown",
    ],
    [
      "another address of the API",
      promote,
      auditLine("applied", null, "viewer", { url: "https://other.example" }),
      "unknown",
    ],
    [
      "the last line counts",
      promote,
      `${auditLine("applied", null, "viewer")}\n${auditLine("applied", "viewer", "member")}\n`,
      "files",
    ],
    [
      "an unfinished line is passed over",
      promote,
      `${auditLine("applied", "viewer", "member")}\n{"format_ver`,
      "files",
    ],
  ];

for (const [situation, change, log, cause] of LOGS) {
  test(`against an audit log, ${situation}`, () => {
    assert.equal(isAuditLog(log), true);
    assert.equal(
      causeIn(change, addRecorded(new Map(), readRecorded(log, "audit.jsonl", URL))),
      cause,
    );
  });
}

test("a saved plan and the log of its apply together leave nothing unknown", () => {
  const plan = planBaseline(planWith([promote], { [JANE]: member }));
  const log = auditLine("applied", "member", "admin");
  assert.equal(causeIn(promote, plan), "unknown");
  assert.equal(causeIn(promote, addRecorded(plan, readRecorded(log, "audit.jsonl", URL))), "drift");
});

test("a whole line that is no audit line is an error with its place", () => {
  assert.throws(
    () =>
      readRecorded(
        `${auditLine("applied", null, "member")}\n{"kind":"change"}`,
        "audit.jsonl",
        URL,
      ),
    (error) =>
      error instanceof Failure && error.message === "audit.jsonl:2 is not a line of an audit log",
  );
});

test("text that is not JSON is no unfinished line", () => {
  const log = auditLine("applied", null, "member");
  for (const text of [`\uFEFF${log}`, `${log}\nwhen,email\n${log}`]) {
    assert.throws(() => readRecorded(text, "audit.jsonl", URL), /is not a line of an audit log$/);
  }
});

test("a saved plan is no audit log", () => {
  assert.equal(isAuditLog('{\n  "format_version": 1\n}\n'), false);
});
