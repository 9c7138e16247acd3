/** The status of an apply decides its exit code: 1 means that nothing was written, 4 that something may have been. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApplyResult, Outcome } from "../../src/model/result.ts";
import { applyStatus, type RunStatus } from "../../src/run/status.ts";
import { file, now, planOf, user, wholePlan } from "../plan/build.ts";

const organization = planOf(
  file([user("cto@x.io", "Admin"), user("a@x.io", "Member"), user("b@x.io", "Member")]),
  now({ "cto@x.io": "Admin" }),
);

/** The two users are created with these outcomes. */
function result(
  outcomes: readonly [Outcome, Outcome],
  more: Partial<Pick<ApplyResult, "halted" | "interrupted">> & {
    readonly verified?: boolean;
    readonly failed?: ApplyResult["plan"]["failed"];
  } = {},
): ApplyResult {
  const { halted = null, interrupted = false, verified = null, failed = [] } = more;
  const results = organization.changes.map((change, index) => ({
    change,
    outcome: outcomes[index] ?? "applied",
    error: null,
  }));
  const { organization: of, source } = organization;
  return {
    plan: { ...wholePlan([organization]), failed },
    organizations: [{ organization: of, source, results, verified, differences: [] }],
    halted,
    interrupted,
  };
}

const FULL = "a result could not be recorded: no space left";
const FAILED = [{ source: "b.yaml", organization: null, message: "no such organization" }];

test("an apply ends done only if every change is in and no organization was skipped", () => {
  const cases: readonly (readonly [ApplyResult, RunStatus])[] = [
    [result(["applied", "already"], { verified: true }), "done"],
    [result(["already", "already"]), "done"],
    [result(["applied", "failed"]), "partly"],
    [result(["applied", "not-attempted"]), "partly"],
    [result(["applied", "applied"], { verified: false }), "partly"],
    [result(["applied", "applied"], { failed: FAILED }), "partly"],
    [result(["applied", "applied"], { interrupted: true }), "interrupted"],
  ];
  assert.deepEqual(
    cases.map(([one]) => applyStatus(one, true)),
    cases.map(([, status]) => status),
  );
});

test("an apply that stopped because a result could not be recorded failed before writing only if it sent nothing", () => {
  const already = result(["already", "already"], { halted: FULL });
  assert.equal(applyStatus(already, false), "failed");
  // A create that is refused because the user is there by now.
  assert.equal(applyStatus(already, true), "partly");
  assert.equal(
    applyStatus(result(["already", "not-attempted"], { halted: FULL }), false),
    "partly",
  );
});
