/** Plans, results, tables and problems with hostile text in every field that comes from outside. */
import * as fc from "fast-check";
import type { AccessTable } from "../../src/model/access.ts";
import type { Role } from "../../src/model/current.ts";
import type { Change, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import { type Place, type Problem, problemAt } from "../../src/model/problem.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { accessTable, holding, organization, person, planOf, guardInputs } from "./build.ts";
import { hostileTexts } from "./situations.ts";

const fragments = [
  ...Array.from(
    "\u001b\u009b\u0007\u0000\u007f\u0085\r\n\t \u00a0\u2028\u202e\u2066\u200b\u00ad\ufeff\ud800\u3164",
  ),
  ...Array.from("`~*_|\\<>[]()!#@:$&;%,\"'=+-/.{}^"),
  "```",
  "||",
  "\\|",
  "::",
  "::error::x",
  "##[group]",
  "]]>",
  "-->",
  "<!--",
  "<br>",
  "</details>",
  "</code>",
  "<a href=//evil.example>x</a>",
  "https://evil.example/?a=b&c",
  "www.evil.example",
  "//evil.example",
  "mail@evil.example",
  "mailto:mail@evil.example",
  "javascript:alert(1)",
  "@octocat",
  "#123",
  "GH-123",
  "octo/repo@deadbeef1",
  "&#64;",
  "&lt;b&gt;",
  "[x]: //evil.example",
  "- [ ] ",
  "1. ",
  "| --- |",
  "\u001b]8;;https://evil.example\u0007x\u001b]8;;\u0007",
  "\u001b[2J\u001b[H",
  "\u001b[c",
  "=1+1",
  "Admin",
  "太郎",
  "e\u0301",
  "👩🏽‍💻",
  "name",
  " ",
];

/** Runs of fragments, with some of everything else that a string can be. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...fragments), { maxLength: 6 }).map(joined) },
  { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

function joined(parts: readonly string[]): string {
  return parts.join("");
}

const roles: fc.Arbitrary<readonly Role[]> = fc.uniqueArray(
  fc.record({ id: hostile, name: hostile }),
  { minLength: 1, maxLength: 3, selector: ({ id }) => id },
);

const place: fc.Arbitrary<Place> = fc.record({
  path: hostile,
  line: fc.nat(99),
  column: fc.nat(99),
});

const common = {
  email: hostile,
  reasons: fc.array(
    fc.oneof(
      hostile.map((text) => ({ code: "note", text }) as const),
      hostile.map((group) => ({ code: "group", group }) as const),
    ),
    { maxLength: 2 },
  ),
  source: fc.option(place),
};

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    ...common,
    action: fc.constant("create" as const),
    userId: fc.constant(null),
    before: fc.constant(null),
    after: roles,
    until: fc.option(fc.constant("2026-12-31")),
    renamedFrom: fc.option(hostile),
  }),
  fc.record({
    ...common,
    action: fc.constant("update" as const),
    userId: hostile,
    before: roles,
    after: roles,
    until: fc.option(fc.constant("2026-12-31")),
    insteadOfRemoval: fc.boolean(),
  }),
  fc.record({
    ...common,
    action: fc.constant("remove" as const),
    userId: hostile,
    before: roles,
    after: fc.constant(null),
    renamedTo: fc.option(hostile),
  }),
);

const listUntouched = fc.array(fc.record({ email: hostile, roles }), { maxLength: 2 });

const organizationPlan: fc.Arbitrary<OrganizationPlan> = fc
  .record({
    organization: fc.record({ id: hostile, name: hostile }),
    source: hostile,
    adminRole: fc.record({ id: fc.constant("role-admin"), name: hostile }),
    changes: fc.array(change, { maxLength: 5 }),
    leftOut: fc.array(change, { maxLength: 1 }),
    expiring: fc.array(
      fc.record({
        email: hostile,
        role: fc.option(hostile),
        on: fc.constant("2026-12-01"),
        source: place,
      }),
      { maxLength: 2 },
    ),
    unmanaged: listUntouched.map((all) =>
      all.map((one, index) => ({ ...one, demoted: index % 2 === 1 })),
    ),
    ignored: listUntouched,
    violations: fc.array(
      fc.record({
        guard: fc.constant("protected" as const),
        place: fc.constant(null),
        email: hostile,
        loses: fc.option(fc.array(hostile, { maxLength: 2 })),
        leftOut: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ adminRole, changes, ...more }) =>
    organization([...changes, promotion(adminRole)], {
      ...more,
      guardInputs: { ...guardInputs, adminRole },
    }),
  );

/** Somebody always gains the admin role. */
function promotion(adminRole: Role): Change {
  return {
    action: "update",
    email: adminRole.name,
    userId: "id",
    before: [{ id: "role-member", name: "Member" }],
    after: [adminRole],
    until: null,
    reasons: [{ code: "note", text: adminRole.name }],
    source: { path: adminRole.name, line: 1, column: 1 },
    insteadOfRemoval: false,
  };
}

export const hostilePlan: fc.Arbitrary<Plan> = fc
  .record({
    organizations: fc.uniqueArray(organizationPlan, {
      minLength: 1,
      maxLength: 2,
      selector: (one) => one.organization.id,
    }),
    failed: fc.array(
      fc.record({ source: hostile, organization: fc.option(hostile), message: hostile }),
      { maxLength: 1 },
    ),
    digest: hostile,
  })
  .map(({ organizations, ...more }) => planOf(organizations, more));

export const hostileResult: fc.Arbitrary<ApplyResult> = fc
  .record({
    plan: hostilePlan,
    outcome: fc.constantFrom("applied", "failed", "not-attempted", "already"),
    error: fc.option(hostile),
    differences: fc.array(
      fc.record({
        email: hostile,
        expected: fc.option(roles),
        found: fc.option(roles),
        foreign: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    interrupted: fc.boolean(),
    halted: fc.option(hostile),
  })
  .map(({ plan, outcome, error, differences, ...more }) => ({
    plan,
    organizations: plan.organizations.map(({ organization, source, changes }) => ({
      organization,
      source,
      results: changes.map((change) => ({ change, outcome, error })),
      verified: differences.length === 0,
      differences,
    })),
    ...more,
  }));

export const hostileTables: fc.Arbitrary<readonly AccessTable[]> = fc.array(
  fc
    .record({
      organization: fc.record({ id: hostile, name: hostile }),
      source: hostile,
      people: fc.array(
        fc.record({
          email: hostile,
          roles,
          from: fc.array(hostile, { maxLength: 2 }),
          reason: fc.option(hostile),
          state: fc.constantFrom("managed", "unmanaged", "ignored"),
          source: fc.option(place),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ people, ...more }) =>
      accessTable(
        people.map(({ email, roles, from, ...about }) =>
          person(
            email,
            roles.map((role) => ({ ...holding("x", { from }), role })),
            about,
          ),
        ),
        more,
      ),
    ),
  { minLength: 1, maxLength: 2 },
);

export const hostileProblem: fc.Arbitrary<Problem> = fc
  .record({ place, name: hostile, near: fc.option(hostile), known: fc.array(hostile) })
  .map(({ place, ...values }) => problemAt(place, "unknown-role", values));
