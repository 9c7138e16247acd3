import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { add, applied, change, done, organization, planOf, remove, resultOf } from "./build.ts";
import { plans, results } from "./situations.ts";
import { renderApplyText, renderPlanText } from "./render.ts";

const narrow = { color: false, width: 80, diff: false, command: null };

function linesOf(plan: Plan, more: Partial<typeof narrow> = {}): readonly string[] {
  return renderPlanText(plan, { ...narrow, ...more }).split("\n");
}

/** The same grant of the admin role in several organizations. */
function everywhere(count: number): Plan {
  return planOf(
    Array.from({ length: count }, (_, index) =>
      organization([add("support@vendor.example", ["Admin"])], {
        organization: { id: `id-${index}`, name: `Customer ${index}` },
        source: `customers/${index}.yaml`,
      }),
    ),
  );
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

  it("has gained admin rights first, then removals, then the rest by address", () => {
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
      ["d", "c", "a", "b"].map((name) => `${name}@acme.example`),
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

  it("shows half a rename as an addition", () => {
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

  it("says that a user has no role", () => {
    const plan = planOf([organization([change("a@acme.example", [], ["Member"])])]);
    assert.ok(linesOf(plan).includes("  ~ change  a@acme.example  no role → Member"));
  });

  it("shows the roles as a unified diff on request", () => {
    const plan = planOf([organization([change("a@acme.example", ["B", "C"], ["A", "B"])])]);
    const lines = linesOf(plan, { diff: true }).map((line) => line.trim());
    const start = lines.indexOf("@@ -1,2 +1,2 @@");
    assert.deepEqual(lines.slice(start + 1, start + 4), ["+A", "B", "-C"]);
  });

  it("leaves out organizations without anything to report", () => {
    const text = linesOf(plans["several-organizations"]).join("\n");
    assert.match(
      text,
      /^Plan: 1 to add, 1 to change, 1 to remove, 54 unchanged in 5 organizations\. 1$/m,
    );
    assert.doesNotMatch(text, /Customer /);
  });

  it("fits the same change in 200 organizations on one screen, and says where all names are", () => {
    const lines = linesOf(everywhere(200));
    assert.ok(lines.length < 24, lines.join("\n"));
    const text = lines.join("\n");
    assert.match(text, /^Gains admin rights: 200 \(1 user in 200 organizations\)$/m);
    assert.match(text, /in 200 organizations: Customer 0, Customer 1,/);
    assert.match(text, /1 user gains Admin in 200 organizations\./);
    assert.match(text, /--output html=FILE shows every organization/);
    const beside = renderPlanText(everywhere(200), { ...narrow, page: true });
    assert.doesNotMatch(beside, /--output html=FILE/);
  });

  it("ends with the command that applies exactly this plan, where apply would do something", () => {
    const command = "polytomic-users apply --yes --plan plan.json";
    const ended = (plan: Plan) =>
      renderPlanText(plan, { ...narrow, command }).endsWith(`\n  ${command}\n`);
    assert.equal(ended(plans.realistic), true);
    assert.equal(ended(plans["nothing-to-do"]), false);
    assert.equal(ended(plans["guard-violations"]), false);
  });

  it("prints no digest of a plan that could not be made", () => {
    const failed = [{ source: "users.yaml", organization: "Acme", message: "403" }];
    const text = linesOf(planOf([], { failed, digest: null })).join("\n");
    assert.doesNotMatch(text, /sha256|Digest/);
    assert.match(text, /^No plan was made\.$/m);
  });

  it("names users who are kept or ignored, also where nothing changes", () => {
    const text = linesOf(plans["several-organizations"]).join("\n");
    assert.match(text, /support@polytomic\.com \(Admin; 3 organizations\)/);
    assert.match(text, /old\.hand@globex\.example \(Member, Viewer; Globex\)/);
  });
});

describe("the text of an apply", () => {
  const text = (result: ApplyResult): string => renderApplyText(result, narrow);

  it("has every change, and the API's words for what failed", () => {
    const shown = text(results["partly-applied"]);
    assert.match(shown, /3 applied, 1 failed, 2 not attempted, 1 already up to date\./);
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

  it("mentions no verification if nothing was written", () => {
    const shown = text(results["nothing-to-do"]);
    assert.match(shown, /^Nothing to do\.$/m);
    assert.doesNotMatch(shown, /erified/);
  });

  it("says that it was interrupted, and what to do", () => {
    const shown = text(results.interrupted);
    assert.match(shown, /^Interrupted: /m);
    assert.match(shown, /run the same command again/);
  });

  it("says why it stopped", () => {
    assert.match(text(results.halted), /^Stopped: Polytomic rejected the credential \(401\)$/m);
  });

  it("marks a gained admin role", () => {
    assert.match(text(results["all-applied"]), /^! ~ change {2}jane\.doe@acme\.example/m);
  });

  it("has one line for what an interruption left", () => {
    const changes = Array.from({ length: 300 }, (_, index) =>
      add(`user-${index}@acme.example`, ["Member"]),
    );
    const plan = planOf([organization(changes)]);
    const [one] = plan.organizations;
    assert.ok(one !== undefined);
    const results = changes.map((change, index) =>
      index < 58
        ? done(change)
        : { change, outcome: "not-attempted" as const, error: "not sent: interrupted" },
    );
    const shown = text(
      applied(plan, [resultOf(one, results, { verified: null })], { interrupted: true }),
    );
    assert.match(shown, /^ {2}242 changes: not sent: interrupted \(/m);
    assert.equal(shown.match(/not sent: interrupted/g)?.length, 1);
    assert.match(
      shown,
      /^Apply: 58 applied, 0 failed, 242 not attempted, 0 already up to date\.$/m,
    );
  });
});
