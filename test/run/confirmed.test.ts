/** After the confirmation, the plan must still be the confirmed one. A saved plan keeps its digest. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Plan } from "../../src/model/plan.ts";
import { refuseIfMoved } from "../../src/run/apply.ts";
import { file, now, planOf, user, wholePlan } from "../plan/build.ts";

const current = now({ "cto@x.io": "Admin" });
const one = planOf(file([user("cto@x.io", "Admin"), user("a@x.io", "Member")]), current);
const two = planOf(
  file([user("cto@x.io", "Admin"), user("a@x.io", "Member"), user("b@x.io", "Member")]),
  current,
);

function saved(plan: Plan, failed: Plan["failed"] = []): Plan {
  return { ...plan, digest: "sha256:saved", failed };
}

describe("a confirmed plan", () => {
  test("may have less left to do: the rest is up to date", () => {
    refuseIfMoved(saved(wholePlan([two])), saved(wholePlan([one])));
  });

  test("may not have more to do than was shown", () => {
    assert.throws(
      () => refuseIfMoved(saved(wholePlan([one])), saved(wholePlan([two]))),
      /changed before you confirmed/,
    );
  });

  test("may not lose an organization", () => {
    const failed = [{ source: "users.yaml", organization: "Acme", message: "could not be read" }];
    assert.throws(
      () => refuseIfMoved(saved(wholePlan([one])), saved(wholePlan([]), failed)),
      /changed before you confirmed/,
    );
  });
});
