/** Plans, results, tables and problems with untrusted text in every field that comes from outside. */
import * as fc from "fast-check";
import type { AccessTable } from "../../src/model/access.ts";
import type { Role } from "../../src/model/current.ts";
import type { Change, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import { type Problem, problemAt } from "../../src/model/problem.ts";
import type { Place } from "../../src/model/place.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import { accessTable, holding, organization, user, planOf, guardInputs } from "./build.ts";
import { untrustedTexts } from "./situations.ts";

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

/** Sequences of fragments, mixed with arbitrary strings. */
export const untrusted: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...fragments), { maxLength: 6 }).map(joined) },
  { weight: 1, arbitrary: fc.constantFrom(...untrustedTexts) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);

function joined(parts: readonly string[]): string {
  return parts.join("");
}

const roles: fc.Arbitrary<readonly Role[]> = fc.uniqueArray(
  fc.record({ id: untrusted, name: untrusted }),
  { minLength: 1, maxLength: 3, selector: ({ id }) => id },
);

const place: fc.Arbitrary<Place> = fc.record({
  path: untrusted,
  line: fc.nat(99),
  column: fc.nat(99),
});

const common = {
  email: untrusted,
  reasons: fc.array(
    fc.oneof(
      untrusted.map((text) => ({ code: "note", text }) as const),
      untrusted.map((group) => ({ code: "group", group }) as const),
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
    renamedFrom: fc.option(untrusted),
  }),
  fc.record({
    ...common,
    action: fc.constant("update" as const),
    userId: untrusted,
    before: roles,
    after: roles,
    until: fc.option(fc.constant("2026-12-31")),
    insteadOfRemoval: fc.boolean(),
  }),
  fc.record({
    ...common,
    action: fc.constant("remove" as const),
    userId: untrusted,
    before: roles,
    after: fc.constant(null),
    renamedTo: fc.option(untrusted),
  }),
);

const listUntouched = fc.array(fc.record({ email: untrusted, roles }), { maxLength: 2 });

const organizationPlan: fc.Arbitrary<OrganizationPlan> = fc
  .record({
    organization: fc.record({ id: untrusted, name: untrusted }),
    source: untrusted,
    adminRole: fc.record({ id: fc.constant("role-admin"), name: untrusted }),
    changes: fc.array(change, { maxLength: 5 }),
    leftOut: fc.array(change, { maxLength: 1 }),
    expiring: fc.array(
      fc.record({
        email: untrusted,
        role: fc.option(untrusted),
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
        email: untrusted,
        loses: fc.option(fc.array(untrusted, { maxLength: 2 })),
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

/** At least one user always gains the admin role. */
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

export const untrustedPlan: fc.Arbitrary<Plan> = fc
  .record({
    organizations: fc.uniqueArray(organizationPlan, {
      minLength: 1,
      maxLength: 2,
      selector: (one) => one.organization.id,
    }),
    failed: fc.array(
      fc.record({ source: untrusted, organization: fc.option(untrusted), message: untrusted }),
      { maxLength: 1 },
    ),
    digest: untrusted,
  })
  .map(({ organizations, ...more }) => planOf(organizations, more));

export const untrustedResult: fc.Arbitrary<ApplyResult> = fc
  .record({
    plan: untrustedPlan,
    outcome: fc.constantFrom("applied", "failed", "not-attempted", "already"),
    error: fc.option(untrusted),
    differences: fc.array(
      fc.record({
        email: untrusted,
        expected: fc.option(roles),
        found: fc.option(roles),
        foreign: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    interrupted: fc.boolean(),
    halted: fc.option(untrusted),
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

export const untrustedTables: fc.Arbitrary<readonly AccessTable[]> = fc.array(
  fc
    .record({
      organization: fc.record({ id: untrusted, name: untrusted }),
      source: untrusted,
      users: fc.array(
        fc.record({
          email: untrusted,
          roles,
          from: fc.array(untrusted, { maxLength: 2 }),
          reason: fc.option(untrusted),
          state: fc.constantFrom("managed", "unmanaged", "ignored"),
          source: fc.option(place),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ users, ...more }) =>
      accessTable(
        users.map(({ email, roles, from, ...about }) =>
          user(
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

export const untrustedProblem: fc.Arbitrary<Problem> = fc
  .record({ place, name: untrusted, near: fc.option(untrusted), known: fc.array(untrusted) })
  .map(({ place, ...values }) => problemAt(place, "unknown-role", values));
