import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { renderApplyText, renderPlanText } from "../../src/output/text.ts";
import { add, applied, change, done, organization, planOf, remove, resultOf } from "./build.ts";
import { plans, results } from "./situations.ts";

const narrow = { color: false, width: 80, diff: false };

function linesOf(plan: Plan, more: Partial<typeof narrow> = {}): readonly string[] {
  return renderPlanText(plan, { ...narrow, ...more }).split("\n");
}

describe("the text of a plan", () => {
  for (const [name, plan] of Object.entries(plans)) {
    it(`says the same with and without colour: ${name}`, () => {
      const options = { width: 120, diff: true };
      assert.equal(
        stripVTControlCharacters(renderPlanText(plan, { ...options, color: true })),
        renderPlanText(plan, { ...options, color: false }),
      );
    });
  }

  it("stays within 80 columns where no single word is longer", () => {
    for (const name of ["realistic", "guard-violations", "everything-expiring"] as const) {
      for (const line of linesOf(plans[name])) assert.ok(line.length <= 80, line);
    }
  });

  it("has removals first, then gained admin rights, then the rest by address", () => {
    const plan = planOf([
      organization([
        add("b@acme.example", ["Member"]),
        change("d@acme.example", ["Member"], ["Admin"]),
        change("a@acme.example", ["Member"], ["Viewer"]),
        remove("c@acme.example", ["Member"]),
      ]),
    ]);
    const addresses = linesOf(plan).flatMap((line) => /\S+@acme\.example/.exec(line) ?? []);
    assert.deepEqual(
      addresses,
      ["c", "d", "a", "b"].map((name) => `${name}@acme.example`),
    );
  });

  it("marks a new admin in the margin and in words", () => {
    const plan = planOf([organization([add("a@acme.example", ["Admin", "Member"])])]);
    assert.ok(linesOf(plan).includes("! + add     a@acme.example  Admin, Member (gains Admin)"));
  });

  it("shows a rename as one line", () => {
    const lines = linesOf(plans["renames-and-demotions"]);
    assert.equal(lines.filter((line) => line.includes("~ rename")).length, 2);
    assert.equal(lines.filter((line) => line.includes("- remove")).length, 0);
  });

  it("shows half a rename as what it is", () => {
    const plan = planOf([
      organization([add("new@acme.example", ["Member"], { renamedFrom: "old@acme.example" })]),
    ]);
    assert.ok(linesOf(plan).includes("  + add     new@acme.example  Member"));
  });

  it("tells two roles of one name apart by their ids", () => {
    const plan = planOf([
      organization([
        {
          ...change("a@acme.example", [], []),
          before: [{ id: "r1", name: "Sales" }],
          after: [{ id: "r2", name: "sales" }],
        },
      ]),
    ]);
    assert.ok(linesOf(plan).includes('  ~ change  a@acme.example  "Sales (r1)" → "sales (r2)"'));
  });

  it("quotes a role's name that reads like a part of the sentence", () => {
    const roles = ["Viewer, keeps Admin", "Data Team", '"x"', "+Admin"];
    const plan = planOf([organization([remove("a b@acme.example", roles)])]);
    assert.ok(
      linesOf(plan, { width: 100 }).includes(
        '  - remove  "a b@acme.example"  had "Viewer, keeps Admin", Data Team, "\\"x\\"", "+Admin"',
      ),
    );
  });

  it("says so where somebody has no role", () => {
    const plan = planOf([organization([change("a@acme.example", [], ["Member"])])]);
    assert.ok(linesOf(plan).includes("  ~ change  a@acme.example  no role → Member"));
  });

  it("shows the roles as a unified diff on request", () => {
    const plan = planOf([organization([change("a@acme.example", ["B", "C"], ["A", "B"])])]);
    const lines = linesOf(plan, { diff: true }).map((line) => line.trim());
    const start = lines.indexOf("@@ -1,2 +1,2 @@");
    assert.deepEqual(lines.slice(start + 1, start + 4), ["+A", "B", "-C"]);
  });

  it("counts organizations without changes in one line", () => {
    const lines = linesOf(plans["several-organizations"]);
    assert.ok(lines.includes("No change in 3 organizations (15 people as the files say)."));
    assert.equal(lines.filter((line) => line.includes("Customer ")).length, 0);
  });

  it("names people who are kept or ignored, also where nothing changes", () => {
    const text = linesOf(plans["several-organizations"]).join("\n");
    assert.match(text, /support@polytomic\.com \(3 organizations\)/);
    assert.match(text, /old\.hand@globex\.example \(Member, Viewer\)/);
  });
});

describe("the text of an apply", () => {
  const text = (result: ApplyResult): string => renderApplyText(result, narrow);

  it("has every change, and the API's words for what failed", () => {
    const shown = text(results["partly-applied"]);
    assert.match(shown, /3 applied, 1 failed, 2 not attempted, 1 already so\./);
    assert.match(shown, /POST \/api\/organizations\/…\/users: 422: email is not allowed/);
  });

  it("says that it is verified only where the users were listed again", () => {
    const plan = plans["one-of-each"];
    const [planned] = plan.organizations;
    assert.ok(planned !== undefined);
    const all = planned.changes.map(done);
    const with_ = (verified: boolean | null): string =>
      text(applied(plan, [resultOf(planned, all, { verified })]));
    assert.match(with_(true), /^Verified: /m);
    assert.match(with_(null), /^Not verified: the users could not be listed again\.$/m);
    assert.doesNotMatch(with_(false), /^Verified: /m);
  });

  it("says nothing of a verification where nothing was written", () => {
    assert.equal(text(results["nothing-to-do"]), "Nothing to do.\n");
  });

  it("says that it was interrupted, and what to do", () => {
    const shown = text(results.interrupted);
    assert.match(shown, /^Interrupted: /m);
    assert.match(shown, /run the same command again/);
  });

  it("says why it stopped", () => {
    assert.match(text(results.halted), /^Stopped: the credential was refused \(401\)$/m);
  });

  it("marks a gained admin role", () => {
    assert.match(text(results["all-applied"]), /^! ~ change {2}jane\.doe@acme\.example/m);
  });
});
