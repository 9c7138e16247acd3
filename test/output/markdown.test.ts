import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change, Plan } from "../../src/model/plan.ts";
import { renderPlanMarkdown } from "../../src/output/markdown.ts";
import { at, change, organization, planOf, remove } from "./build.ts";
import { plans } from "./situations.ts";

const options = { limit: 65_536, command: "polytomic-users apply --yes", artifact: "plan.json" };

function removals(count: number): readonly Change[] {
  return Array.from({ length: count }, (_, index) =>
    remove(`person-${index}@acme.example`, ["Analyst", "Member"]),
  );
}

function planWith(...changes: readonly Change[]): Plan {
  return planOf([organization(changes)]);
}

/** What a reader sees without opening a fold. */
function unfolded(markdown: string): string {
  return markdown.replaceAll(/<details>.*?<\/details>/gs, "");
}

describe("the Markdown of a plan", () => {
  it("has a headline that says it all", () => {
    const [first] = renderPlanMarkdown(plans.realistic, options).split("\n");
    assert.equal(
      first,
      "### Polytomic access: 2 added, 3 changed, 2 removed; 1 person gains Admin",
    );
  });

  it("folds everything but removals and gained admin rights", () => {
    const open = unfolded(renderPlanMarkdown(plans.realistic, options));
    for (const name of ["bob.miller", "zoe", "jane.doe"]) assert.match(open, new RegExp(name));
    for (const name of ["nadia", "priya", "sam@", "support"])
      assert.doesNotMatch(open, new RegExp(name));
  });

  it("ends with the command that applies exactly this", () => {
    const text = renderPlanMarkdown(plans.realistic, options);
    assert.ok(text.endsWith("\n```sh\npolytomic-users apply --yes\n```\n"));
  });

  it("has no command where apply would do nothing, or refuse", () => {
    for (const name of ["nothing-to-do", "guard-violations"] as const) {
      assert.doesNotMatch(renderPlanMarkdown(plans[name], options), /polytomic-users apply/);
    }
  });

  it("does not let a command end its block", () => {
    const command = "apply ```\n# heading";
    const text = renderPlanMarkdown(plans.realistic, { ...options, command });
    assert.ok(text.endsWith("\n````sh\napply ```\\u{a}# heading\n````\n"));
  });
});

describe("the size budget", () => {
  it("counts what does not fit, and says where it is", () => {
    const text = renderPlanMarkdown(plans["two-thousand"], options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /Left out here to fit: .*Added \(630\)\. `plan\.json` has all of it\./);
    assert.match(text, /<summary>Changed: 1,260, the first \d{3} shown<\/summary>/);
  });

  it("says where the rest is without an artifact", () => {
    const text = renderPlanMarkdown(plans["two-thousand"], { ...options, artifact: null });
    assert.match(text, /Left out here to fit: .*\. The text output has all of it\./);
  });

  it("uses the room it has", () => {
    const text = renderPlanMarkdown(plans["two-thousand"], options);
    assert.ok(text.length > options.limit - 1500);
  });

  it("keeps every removal and every gained admin right, when need be without its reasons", () => {
    const admin = change("root@acme.example", ["Member"], ["Admin"], { source: at(3) });
    const text = renderPlanMarkdown(planWith(...removals(1000), admin), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^The reasons above are left out to fit\.$/m);
    assert.equal(
      text.match(/`person-\d+@acme\.example` \| `Analyst`, `Member` \|$/gm)?.length,
      1000,
    );
    assert.match(text, /`root@acme\.example`/);
  });

  it("keeps every address, when need be without anything else", () => {
    const text = renderPlanMarkdown(planWith(...removals(2200)), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^Roles and reasons above are left out to fit\.$/m);
    assert.equal(text.match(/`person-\d+@acme\.example`/g)?.length, 2200);
  });

  it("counts addresses only where not even they fit", () => {
    const text = renderPlanMarkdown(planWith(...removals(5000)), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^#### Removed: 5,000, the first [\d,]+ shown$/m);
    assert.match(text, /Left out here to fit: Removed \([\d,]+ of 5,000\)\. `plan\.json`/);
    const shown = text.match(/`person-\d+@acme\.example`/g)?.length ?? 0;
    const left = Number(/Removed \(([\d,]+) of 5,000\)/.exec(text)?.[1]?.replaceAll(",", ""));
    assert.equal(shown + left, 5000);
  });

  it("leaves room for guard violations before other changes", () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      change(`person-${index}@acme.example`, ["Member"], ["Viewer"]),
    );
    const plan = planOf([
      organization(many, {
        violations: [
          {
            guard: "max-role-changes",
            place: null,
            count: 2000,
            leftOut: 0,
            users: 2000,
            limit: { kind: "share", percent: 50 },
            allowed: 1000,
          },
        ],
      }),
    ]);
    assert.match(
      renderPlanMarkdown(plan, { ...options, limit: 4000 }),
      /`max-role-changes`: the roles of 2000/,
    );
  });
});
