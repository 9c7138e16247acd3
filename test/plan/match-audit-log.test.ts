/** The line of the audit log that carried out each change of the files. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AccessChange, Commit } from "../../src/model/history.ts";
import type { AuditedChange } from "../../src/plan/audit-log-reader.ts";
import { matchAuditLog } from "../../src/plan/match-audit-log.ts";

const ORGANIZATION = { id: "o1", name: "Acme" };
const role = (name: string) => ({ id: `id-${name}`, name });

function change(at: string, gained: string, lost = "", email = "sam@example.com"): AccessChange {
  const time = Date.parse(`${at}T10:00:00Z`);
  const commit: Commit = { id: at, time, author: "A <a@b>", subject: "S", pullRequest: null };
  const roles = (names: string) => (names === "" ? [] : names.split(",").map(role));
  return {
    email,
    commit,
    time,
    ended: null,
    gained: roles(gained),
    lost: roles(lost),
    renamedFrom: null,
    renamedTo: null,
  };
}

function line(at: string, after: string | null, more: Partial<AuditedChange> = {}): AuditedChange {
  return {
    time: Date.parse(`${at}T12:00:00Z`),
    run: `run-${at}`,
    commit: null,
    digest: "sha256:0",
    organization: ORGANIZATION,
    source: "users.yaml:3:1",
    action: "update",
    email: "sam@example.com",
    before: null,
    after: after === null ? null : after.split(",").map(role),
    reasons: [],
    outcome: "applied",
    error: null,
    verified: true,
    ...more,
  };
}

const rows: readonly (readonly [
  what: string,
  changes: readonly AccessChange[],
  lines: readonly AuditedChange[],
  /** The run of each change, or null. */
  by: readonly (string | null)[],
  others: number,
])[] = [
  [
    "the next line about the user",
    [change("2026-01-05", "A")],
    [line("2026-01-05", "A")],
    ["run-2026-01-05"],
    0,
  ],
  ["a line of before", [change("2026-01-05", "A")], [line("2026-01-04", "A")], [null], 1],
  ["a line without the role", [change("2026-01-05", "A")], [line("2026-01-05", "B")], [null], 1],
  ["a removal", [change("2026-01-05", "", "A")], [line("2026-01-05", null)], ["run-2026-01-05"], 0],
  [
    "a lost role that is still there",
    [change("2026-01-05", "", "A")],
    [line("2026-01-05", "A,B")],
    [null],
    1,
  ],
  [
    "a line that failed, and the next that did not",
    [change("2026-01-05", "A")],
    [line("2026-01-05", "A", { outcome: "failed" }), line("2026-01-06", "A")],
    ["run-2026-01-06"],
    1,
  ],
  [
    "what was so already",
    [change("2026-01-05", "A")],
    [line("2026-01-05", "A", { outcome: "already" })],
    ["run-2026-01-05"],
    0,
  ],
  [
    "what the files took back before it was carried out",
    [change("2026-01-05", "A"), change("2026-01-06", "", "A"), change("2026-01-08", "A")],
    [line("2026-01-09", "A")],
    [null, null, "run-2026-01-09"],
    0,
  ],
  [
    "two changes that one run carried out",
    [change("2026-01-05", "A"), change("2026-01-06", "B")],
    [line("2026-01-07", "A,B")],
    ["run-2026-01-07", "run-2026-01-07"],
    0,
  ],
  [
    "another user's and another organization's lines",
    [change("2026-01-05", "A")],
    [
      line("2026-01-05", "A", { email: "x@example.com" }),
      line("2026-01-05", "A", { organization: { id: "o2", name: "Other" } }),
    ],
    [null],
    2,
  ],
  [
    "a role under a name that only the files have",
    [{ ...change("2026-01-05", "A"), gained: [{ id: null, name: "a" }] }],
    [line("2026-01-05", "A")],
    ["run-2026-01-05"],
    0,
  ],
];

describe("a change of the files was carried out by", () => {
  for (const [what, changes, lines, by, others] of rows) {
    it(what, () => {
      const found = matchAuditLog(
        changes.map((one) => ({ organizationId: ORGANIZATION.id, change: one })),
        lines,
      );
      assert.deepEqual(
        changes.map((one) => found.by.get(one)?.run ?? null),
        by,
      );
      assert.equal(found.others.length, others);
    });
  }

  it("no run, where the organization is unknown", () => {
    const one = change("2026-01-05", "A");
    const found = matchAuditLog([{ organizationId: null, change: one }], [line("2026-01-05", "A")]);
    assert.equal(found.by.size, 0);
  });
});
