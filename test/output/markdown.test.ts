import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change, Plan } from "../../src/model/plan.ts";
import { add, applied, at, change, organization, planOf, remove, resultOf } from "./build.ts";
import { plans } from "./situations.ts";
import { renderApplyMarkdown, renderPlanMarkdown } from "./render.ts";

const options = { limit: 65_536, command: "polytomic-users apply --yes", artifact: "plan.json" };

function removals(count: number): readonly Change[] {
  return Array.from({ length: count }, (_, index) =>
    remove(`person-${index}@acme.example`, ["Analyst", "Member"]),
  );
}

function planWith(...changes: readonly Change[]): Plan {
  return planOf([organization(changes)]);
}

/** What is visible without opening a fold. */
function unfolded(markdown: string): string {
  return markdown.replaceAll(/<details>.*?<\/details>/gs, "");
}

describe("the Markdown of a plan", () => {
  it("names the organization, the verdict and the totals", () => {
    const [first] = renderPlanMarkdown(plans.realistic, options).split("\n");
    assert.equal(first, "### Polytomic access, Acme: ready to apply");
    assert.match(
      renderPlanMarkdown(plans.realistic, options),
      /^\*\*Plan: 2 to add, 3 to change, 2 to remove, 24 unchanged\. 1 user gains Admin\.\*\*$/m,
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
    assert.match(
      text,
      /Omitted because of the size limit: Add or change \([\d,]+ of 1,890\)\. `plan\.json` is complete\./,
    );
    assert.match(text, /<summary>Add or change: 1,890, the first \d{3} shown<\/summary>/);
  });

  it("says where the rest is without an artifact", () => {
    const text = renderPlanMarkdown(plans["two-thousand"], { ...options, artifact: null });
    assert.match(
      text,
      /Omitted because of the size limit: .*\. `--output json=FILE` is complete\./,
    );
  });

  it("uses the available width", () => {
    const text = renderPlanMarkdown(plans["two-thousand"], options);
    assert.ok(text.length > options.limit - 1500);
  });

  it("keeps every removal and every gained admin right, when need be without its reasons", () => {
    const admin = change("root@acme.example", ["Member"], ["Admin"], { source: at(3) });
    const text = renderPlanMarkdown(planWith(...removals(1000), admin), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^The reasons are omitted because of the size limit\.$/m);
    assert.equal(
      text.match(/`person-\d+@acme\.example` \| `Analyst`, `Member` \|$/gm)?.length,
      1000,
    );
    assert.match(text, /`root@acme\.example`/);
  });

  it("keeps every address, when need be without anything else", () => {
    const text = renderPlanMarkdown(planWith(...removals(2200)), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^Roles and reasons are omitted to fit\.$/m);
    assert.equal(text.match(/`person-\d+@acme\.example`/g)?.length, 2200);
  });

  it("counts addresses only where not even they fit", () => {
    const text = renderPlanMarkdown(planWith(...removals(5000)), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^#### Remove: 5,000, the first [\d,]+ shown$/m);
    assert.match(
      text,
      /Omitted because of the size limit: Remove \([\d,]+ of 5,000\)\. `plan\.json`/,
    );
    const shown = text.match(/`person-\d+@acme\.example`/g)?.length ?? 0;
    const left = Number(/Remove \(([\d,]+) of 5,000\)/.exec(text)?.[1]?.replaceAll(",", ""));
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

  /** One removal in each of several organizations. */
  function everywhere(count: number, ...first: readonly Change[]): Plan {
    return planOf(
      Array.from({ length: count }, (_, index) =>
        organization(
          [...(index === 7 ? first : []), remove(`gone-${index}@acme.example`, ["Member"])],
          {
            organization: { id: `id-${index}`, name: `Customer ${index}` },
            source: `customers/${index}.yaml`,
          },
        ),
      ),
    );
  }

  const admin = change("root@acme.example", ["Member"], ["Admin"], {
    source: at(3),
    reasons: [{ code: "note", text: "SEC-77" }],
  });

  it("never leaves out a gained admin right: 2,400 removals in one organization", () => {
    const text = renderPlanMarkdown(planWith(...removals(2400), admin), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^> \*\*Gains admin rights: 1\*\*$/m);
    assert.match(text, /^\| change \| `root@acme\.example` \| `Admin` \| `Member` \| `SEC-77`/m);
    assert.ok(text.indexOf("root@acme.example") < text.indexOf("person-0@acme.example"));
  });

  it("never leaves out a gained admin right: one removal in each of 1,500 organizations", () => {
    const text = renderPlanMarkdown(everywhere(1500, admin), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /`root@acme\.example` \| `Admin` \| `Member` \| `Customer 7` \| `SEC-77`/);
  });

  it("never leaves out a gained admin right: 1,500 organizations that are refused", () => {
    const plan = everywhere(1500, admin);
    const refused = planOf(
      plan.organizations.map((one, index) => ({
        ...one,
        violations: [
          {
            guard: "max-removals",
            place: null,
            count: index + 2,
            leftOut: 0,
            users: index + 2,
            limit: { kind: "share", percent: 25 },
            allowed: 1,
          },
        ],
      })),
    );
    const text = renderPlanMarkdown(refused, options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /`root@acme\.example`/);
    assert.match(text, /^> - `max-removals`: 1,500 violations$/m);
  });

  it("has every address of 1,800 gained admin rights, before any removal", () => {
    const gains = Array.from({ length: 1800 }, (_, index) =>
      change(`root-${index}@acme.example`, ["Member"], ["Admin"], { source: at(3) }),
    );
    const text = renderPlanMarkdown(planWith(...removals(2400), ...gains), options);
    assert.ok(text.length <= options.limit);
    assert.equal(text.match(/`root-\d+@acme\.example`/g)?.length, 1800);
  });

  it("says how many of 5,000 gained admin rights are left out, and where they are", () => {
    const gains = Array.from({ length: 5000 }, (_, index) =>
      change(`root-${index}@acme.example`, ["Member"], ["Admin"], { source: at(3) }),
    );
    const text = renderPlanMarkdown(planWith(...gains), options);
    assert.ok(text.length <= options.limit);
    assert.match(text, /^> \*\*Gains admin rights: 5,000, the first [\d,]+ shown\*\*$/m);
    const left =
      /Omitted because of the size limit: Gains admin rights \(([\d,]+) of 5,000\)\. `plan\.json` is complete/;
    const shown = text.match(/`root-\d+@acme\.example`/g)?.length ?? 0;
    assert.equal(shown + Number(left.exec(text)?.[1]?.replaceAll(",", "")), 5000);
  });

  it("fits the same change in 200 organizations on one screen, their names in a fold", () => {
    const many = planOf(
      Array.from({ length: 200 }, (_, index) =>
        organization([add("support@vendor.example", ["Admin"])], {
          organization: { id: `id-${index}`, name: `Customer ${index}` },
          source: `customers/${index}.yaml`,
        }),
      ),
    );
    const text = renderPlanMarkdown(many, options);
    assert.ok(text.split("\n").length < 25, text);
    assert.match(text, /<details><summary>200 organizations<\/summary>`Customer 0`, `Customer 1`/);
  });
});

describe("the Markdown of a refusal", () => {
  it("is an alert above everything else", () => {
    const text = renderPlanMarkdown(plans["guard-violations"], options);
    const [alert = "", rest = ""] = text.split("\n#### ");
    assert.match(alert, /^> \[!CAUTION\]\n> \*\*Violations: 2\*\*\n>\n> - `min-admins`: /m);
    assert.match(rest, /^Remove: 1/);
  });
});

describe("the Markdown of a plan that could not be made", () => {
  it("has no digest", () => {
    const failed = [{ source: "users.yaml", organization: "Acme", message: "403" }];
    const text = renderPlanMarkdown(planOf([], { failed, digest: null }), options);
    assert.doesNotMatch(text, /sha256|Digest/);
    assert.match(text, /^### Polytomic access: could not be planned$/m);
  });
});

describe("the Markdown of a plan in a merge request", () => {
  it("says that merging applies exactly this plan, with its address and digest", () => {
    const text = renderPlanMarkdown(plans.realistic, { ...options, merge: true });
    assert.match(
      text,
      /^\*\*Merging applies exactly this plan\.\*\*<br>Polytomic: `https:\/\/app\.polytomic\.com`<br>Digest: `sha256:[0-9a-f]{64}`$/m,
    );
  });

  it("does not say so of a plan that is refused, or changes nothing", () => {
    for (const name of ["guard-violations", "nothing-to-do"] as const) {
      const text = renderPlanMarkdown(plans[name], { ...options, merge: true });
      assert.doesNotMatch(text, /Merging/);
    }
  });
});

describe("an error of the API in Markdown", () => {
  it("is one piece of code below the table, whatever is in it", () => {
    const gone = remove("gone@acme.example", ["Member"]);
    const plan = planWith(gone);
    const [one] = plan.organizations;
    assert.ok(one !== undefined);
    const error = "DELETE /users/1: 500: `rm -rf` **failed** | see www.evil.example";
    const result = applied(plan, [
      resultOf(one, [{ change: gone, outcome: "failed", error }], { verified: null }),
    ]);
    assert.match(
      renderApplyMarkdown(result, { limit: 65_536 }),
      /^- `gone@acme\.example`: `DELETE \/users\/1: 500: \\u\{60\}rm -rf\\u\{60\} \*\*failed\*\* \| see www\.evil\.example`$/m,
    );
  });
});
