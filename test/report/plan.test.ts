/** The content of a plan's report, independent of the format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Plan } from "../../src/model/plan.ts";
import { planCounts, planReport } from "../../src/report/plan.ts";
import type { Section, SectionId } from "../../src/report/report.ts";
import { add, change, organization, planOf, remove, roles, guardInputs } from "../output/build.ts";

function renderSection(plan: Plan, id: SectionId): Section {
  const found = planReport(plan).sections.find((section) => section.id === id);
  assert.ok(found !== undefined, id);
  return found;
}

/** The same organization under other names. */
function called(name: string, id = name): Parameters<typeof organization>[1] {
  return { organization: { id, name }, source: `${id}.yaml` };
}

const rename = [
  add("new@acme.example", ["Member"], { renamedFrom: "old@acme.example" }),
  remove("old@acme.example", ["Member"], { renamedTo: "new@acme.example" }),
];

describe("the report of a plan", () => {
  it("has the most important first", () => {
    const plan = planOf(
      [
        organization(
          [
            add("b@acme.example", ["Member"]),
            change("d@acme.example", ["Member"], ["Admin"]),
            remove("c@acme.example", ["Member"]),
          ],
          {
            leftOut: [remove("e@acme.example", ["Member"])],
            expiring: [
              {
                email: "f@acme.example",
                role: null,
                on: "2026-12-01",
                source: { path: "users.yaml", line: 3, column: 1 },
              },
            ],
            unmanaged: [{ email: "g@acme.example", roles: roles("Member"), demoted: false }],
            ignored: [{ email: "h@acme.example", roles: roles("Admin") }],
            violations: [
              {
                guard: "self",
                place: null,
                email: "c@acme.example",
                loses: null,
                leftOut: false,
              },
            ],
          },
        ),
      ],
      { failed: [{ source: "x.yaml", organization: "X", message: "403" }] },
    );
    assert.deepEqual(
      planReport(plan).sections.map(({ id }) => id),
      [
        "failed",
        "refused",
        "admin-gains",
        "removals",
        "changes",
        "left-out",
        "expiring",
        "unmanaged",
        "ignored",
      ],
    );
  });

  it("counts a rename as one change, everywhere", () => {
    const plan = planOf([organization(rename)]);
    const { totals, sections } = planReport(plan);
    assert.equal(
      totals.sentence,
      "Plan: 0 to add, 0 to change, 1 to rename, 0 to remove, 28 unchanged.",
    );
    assert.deepEqual(planCounts(plan), { add: 0, change: 0, rename: 1, remove: 0 });
    assert.deepEqual(
      sections.map(({ id, count }) => [id, count]),
      [["changes", "1"]],
    );
  });

  it("counts half a rename as an addition", () => {
    const plan = planOf([organization(rename.slice(0, 1))]);
    assert.deepEqual(planCounts(plan), { add: 1, change: 0, rename: 0, remove: 0 });
  });

  it("shows the same change in many organizations once, and counts the user once", () => {
    const grant = add("support@vendor.example", ["Admin"]);
    const plan = planOf([
      organization([grant], called("Bolt")),
      organization([grant], called("acme")),
      organization([add("support@vendor.example", ["Admin", "Member"])], called("Cyan")),
      organization([], called("Delta")),
    ]);
    const { rows, count } = renderSection(plan, "admin-gains");
    assert.deepEqual(
      rows.map((row) => row.in.map(({ name }) => name)),
      [["acme", "Bolt"], ["Cyan"]],
    );
    assert.equal(count, "3 (1 user in 3 organizations)");
    assert.equal(planReport(plan).totals.gains, "1 user gains Admin in 3 organizations");
  });

  it("tells organizations of one name apart by their ids", () => {
    const gone = remove("gone@acme.example", ["Member"]);
    const plan = planOf([
      organization([gone], called("Acme", "id-2")),
      organization([gone], called("Acme", "id-1")),
    ]);
    assert.deepEqual(
      renderSection(plan, "removals").rows.map((row) => row.in.map(({ name }) => name)),
      [["Acme (id-1)", "Acme (id-2)"]],
    );
  });

  it("does not call a demoted user kept by policy.unmanaged", () => {
    const plan = planOf([
      organization([], {
        unmanaged: [
          { email: "kept@acme.example", roles: roles("Member"), demoted: false },
          { email: "left@acme.example", roles: roles("Viewer"), demoted: true },
          {
            email: "old@acme.example",
            roles: roles("Viewer"),
            demoted: false,
            renamedTo: "new@acme.example",
          },
        ],
      }),
    ]);
    assert.deepEqual(
      planReport(plan).sections.map(({ title, rows }) => [title, rows.length]),
      [
        ["Unmanaged, kept (policy.unmanaged: keep)", 1],
        ["No access in the files, demoted earlier (policy.on_removal)", 1],
        ["Previous addresses, kept until the new ones are in Polytomic (policy.create: false)", 1],
      ],
    );
  });

  it("has a hint where two addresses differ only in their Unicode form", () => {
    const plan = planOf([
      organization([
        add("jos\u00e9@acme.example", ["Member"]),
        remove("jose\u0301@acme.example", ["Member"]),
        add("zo\u00eb@acme.example", ["Member"]),
      ]),
    ]);
    const hints = planReport(plan).sections.flatMap((section) =>
      section.shape === "changes"
        ? section.rows.map(({ entry }) => [entry.email, entry.why.at(-1) ?? ""])
        : [],
    );
    const hint = "differs from the address that looks the same: this one is in Unicode form";
    assert.deepEqual(hints, [
      ["jose\u0301@acme.example", `${hint} NFD`],
      ["jos\u00e9@acme.example", `${hint} NFC`],
      ["zo\u00eb@acme.example", ""],
    ]);
  });

  it("names the guards that block it", () => {
    const plan = planOf([
      organization([remove("c@acme.example", ["Member"])], {
        violations: [
          { guard: "self", place: null, email: "c@acme.example", loses: null, leftOut: false },
        ],
      }),
    ]);
    assert.equal(planReport(plan).verdict.short, "blocked by self");
  });

  it("takes time linear in the number of changes, up to 100,000", () => {
    const changes = Array.from({ length: 100_000 }, (_, index) =>
      change(`user-${index}@acme.example`, ["Member"], ["Viewer"]),
    );
    const plan = planOf([organization(changes, { guardInputs })]);
    assert.equal(renderSection(plan, "changes").rows.length, 100_000);
  });
});
