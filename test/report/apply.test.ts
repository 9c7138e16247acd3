/** The content of an apply's report, independent of the format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChangeResult, Outcome } from "../../src/model/result.ts";
import { applyReport } from "../../src/report/apply.ts";
import { add, applied, organization, planOf, remove, resultOf } from "../output/build.ts";

const create = add("new@acme.example", ["Member"], { renamedFrom: "old@acme.example" });
const old = remove("old@acme.example", ["Member"], { renamedTo: "new@acme.example" });

function reportOf(first: Outcome, second: Outcome) {
  const plan = planOf([organization([create, old])]);
  const [one] = plan.organizations;
  assert.ok(one !== undefined);
  const results: readonly ChangeResult[] = [
    { change: create, outcome: first, error: first === "failed" ? "422" : null },
    { change: old, outcome: second, error: second === "failed" ? "500" : null },
  ];
  return applyReport(applied(plan, [resultOf(one, results)]));
}

describe("a rename in an apply", () => {
  const rows: readonly (readonly [Outcome, Outcome, totals: string, error: string | null])[] = [
    ["applied", "applied", "1 applied, 0 failed, 0 not attempted, 0 already up to date", null],
    ["already", "applied", "1 applied, 0 failed, 0 not attempted, 0 already up to date", null],
    ["already", "already", "0 applied, 0 failed, 0 not attempted, 1 already up to date", null],
    [
      "failed",
      "not-attempted",
      "0 applied, 1 failed, 0 not attempted, 0 already up to date",
      "422",
    ],
    [
      "not-attempted",
      "not-attempted",
      "0 applied, 0 failed, 1 not attempted, 0 already up to date",
      null,
    ],
  ];
  for (const [first, second, totals, error] of rows) {
    it(`is one change: ${first}, ${second}`, () => {
      const { totals: found, sections } = reportOf(first, second);
      assert.equal(found.sentence, `Apply: ${totals}.`);
      const errors = sections.flatMap((one) =>
        one.shape === "changes" ? one.rows.map((row) => row.error) : [],
      );
      assert.deepEqual(errors, [error]);
    });
  }

  it("is two changes where only the new address was made: the gained admin right is not under what failed", () => {
    const admins = organization([
      add("new@acme.example", ["Admin"], { renamedFrom: "old@acme.example" }),
      remove("old@acme.example", ["Admin"], { renamedTo: "new@acme.example" }),
    ]);
    const [made, left] = admins.changes;
    assert.ok(made !== undefined && left !== undefined);
    const { sections, totals } = applyReport(
      applied(planOf([admins]), [
        resultOf(admins, [
          { change: made, outcome: "applied", error: null },
          { change: left, outcome: "failed", error: "500" },
        ]),
      ]),
    );
    const rows = sections.flatMap((one) =>
      one.shape === "changes"
        ? one.rows.map(({ entry, error }) => [one.id, entry.email, error])
        : [],
    );
    assert.deepEqual(rows, [
      [
        "failed-changes",
        "old@acme.example",
        "new@acme.example was added, but old@acme.example was not removed: 500",
      ],
      ["admin-gains", "new@acme.example", null],
    ]);
    assert.equal(totals.gains, "1 user gained Admin");
    assert.equal(
      totals.sentence,
      "Apply: 1 applied, 1 failed, 0 not attempted, 0 already up to date.",
    );
  });
});

describe("the verdict of an apply", () => {
  it("says how many organizations were verified where some were skipped", () => {
    const plan = planOf([organization([create])], {
      failed: [{ source: "x.yaml", organization: "X", message: "403" }],
    });
    const [one] = plan.organizations;
    assert.ok(one !== undefined);
    const result = applied(plan, [
      resultOf(one, [{ change: create, outcome: "applied", error: null }]),
    ]);
    const { verdict } = applyReport(result);
    assert.deepEqual(verdict.sentences, [
      "Verified: Polytomic matches the plan (1 of 2 organizations, 1 skipped).",
    ]);
    assert.equal(verdict.tone, "plain");
  });
});
