/**
 * Plans, results and access tables as plain values: every renderer is tested with the same situations, and
 * `test/golden/` has the expected outputs.
 */
import type { AccessTable } from "../../src/model/access.ts";
import type { Organization } from "../../src/model/current.ts";
import type { OrganizationPlan, Plan } from "../../src/model/plan.ts";
import type { ApplyResult } from "../../src/model/result.ts";
import {
  accessTable,
  acme,
  add,
  applied,
  at,
  change,
  done,
  holding,
  organization,
  user,
  planOf,
  remove,
  resultOf,
  roles,
} from "./build.ts";

/** A realistic plan: 30 users, two removals, one new admin, three expiries. */
const realistic = planOf([
  organization(
    [
      add("nadia.haddad@acme.example", ["Analyst", "Editor"], {
        reasons: [{ code: "group", group: "data-team" }],
        source: at(41),
      }),
      add("contractor.lee@partner.example", ["Viewer"], {
        reasons: [{ code: "note", text: "DATA-142" }],
        source: at(58),
        until: "2026-12-04",
      }),
      change("jane.doe@acme.example", ["Editor"], ["Admin", "Editor"], {
        reasons: [{ code: "note", text: "SEC-77" }],
        source: at(14),
      }),
      change(
        "sam@acme.example",
        ["Analyst", "Editor", "Viewer"],
        ["Analyst", "Billing", "Editor"],
        {
          reasons: [{ code: "group", group: "data-team" }],
          source: at(22),
          until: "2026-12-01",
        },
      ),
      change("priya.raman@acme.example", ["Viewer"], ["Analyst"], {
        reasons: [{ code: "group", group: "data-team" }],
        source: at(30),
      }),
      remove("bob.miller@acme.example", ["Analyst", "Editor"]),
      remove("zoe@acme.example", ["Editor"], {
        reasons: [{ code: "access-expired", on: "2026-11-15" }],
        source: at(63),
      }),
    ],
    {
      unchanged: 24,
      expiring: [
        { email: "sam@acme.example", role: "Billing", on: "2026-12-01", source: at(22) },
        { email: "contractor.lee@partner.example", role: null, on: "2026-12-04", source: at(58) },
        { email: "uma@acme.example", role: "Analyst", on: "2026-12-06", source: at(49) },
      ],
      ignored: [{ email: "support@polytomic.com", roles: roles("Admin") }],
    },
  ),
]);

const nothingToDo = planOf([organization([])]);

const oneOfEach = planOf([
  organization([
    add("new@acme.example", ["Member"], { source: at(9) }),
    change("changed@acme.example", ["Viewer"], ["Member"], { source: at(12) }),
    remove("gone@acme.example", ["Member"]),
  ]),
]);

const onlyRemovals = planOf([
  organization(
    ["ann", "ben", "cai", "dee"].map((name) =>
      remove(`${name}@acme.example`, ["Member", "Viewer"]),
    ),
    {
      unchanged: 6,
      violations: [
        {
          guard: "max-removals",
          place: null,
          count: 4,
          leftOut: 0,
          users: 10,
          limit: { kind: "share", percent: 25 },
          allowed: 2,
        },
      ],
    },
  ),
]);

const guardViolations = planOf([
  organization(
    [
      change("cto@acme.example", ["Admin", "Member"], ["Member"], { source: at(7) }),
      remove("ceo@acme.example", ["Admin"]),
    ],
    {
      unchanged: 28,
      violations: [
        {
          guard: "min-admins",
          place: null,
          scope: "plan",
          adminRole: "Admin",
          now: 2,
          left: 0,
          minimum: 1,
        },
        {
          guard: "protected",
          place: at(7),
          email: "cto@acme.example",
          loses: ["Admin"],
          leftOut: false,
        },
      ],
    },
  ),
]);

/** 2,000 users: every twentieth is removed, every two hundredth gains Admin. */
const twoThousand = planOf([
  organization(
    Array.from({ length: 2000 }, (_, index) => {
      const email = `person-${String(index).padStart(4, "0")}@acme.example`;
      const source = at(index + 10);
      if (index % 20 === 0) return remove(email, ["Analyst", "Member"]);
      if (index % 200 === 1) return change(email, ["Member"], ["Admin", "Member"], { source });
      if (index % 3 === 0)
        return add(email, ["Member"], { source, reasons: [{ code: "group", group: "all-staff" }] });
      return change(email, ["Member", "Viewer"], ["Analyst", "Member"], { source });
    }),
    { unchanged: 17 },
  ),
]);

const globex: Organization = { id: "3f1c2d4e-0000-4000-8000-000000000002", name: "Globex" };

function quiet(number: number): OrganizationPlan {
  return organization([], {
    organization: {
      id: `7a000000-0000-4000-8000-00000000000${number}`,
      name: `Customer ${number}`,
    },
    source: `customers/${number}.yaml`,
    unchanged: 5,
    ignored: [{ email: "support@polytomic.com", roles: roles("Admin") }],
  });
}

const severalOrganizations = planOf(
  [
    organization(
      [
        add("new@acme.example", ["Member"], { source: at(9, "customers/acme.yaml") }),
        remove("gone@acme.example", ["Member"]),
      ],
      { source: "customers/acme.yaml", unchanged: 28 },
    ),
    organization(
      [
        change("lead@globex.example", ["Member"], ["Admin", "Member"], {
          source: at(4, "customers/globex.yaml"),
        }),
      ],
      {
        organization: globex,
        source: "customers/globex.yaml",
        unchanged: 11,
        unmanaged: [
          { email: "old.hand@globex.example", roles: roles("Member", "Viewer"), demoted: false },
        ],
        leftOut: [remove("later@globex.example", ["Member"])],
      },
    ),
    quiet(1),
    quiet(2),
    quiet(3),
  ],
  {
    failed: [
      {
        source: "customers/initech.yaml",
        organization: "Initech",
        message:
          "GET /api/organizations/initech/users: 404: this key cannot reach such an organization",
      },
    ],
  },
);

/** What an attacker could put into names, addresses and reasons, one of each kind. */
export const untrustedTexts = [
  "\u001b[31mred\u001b[0m\u001b]0;title\u0007",
  "safe\u202egnp.exe\u2066",
  "line\r\n::error::two\u2028three",
  "|pipe|`code`|\\|",
  "[link](https://evil.example) ![image](https://evil.example/x.png)",
  "@octocat #1 GH-1 octo/repo#1 deadbeef1 www.evil.example",
  "<img src=x onerror=alert(1)><script>alert(1)</script></details>",
  "**bold** _em_ ~~gone~~ :tada: $`x`$ $$y$$",
  '=HYPERLINK("https://evil.example","x")',
  "##[error]pwned ##vso[task.complete]x",
  "zero\u200bwidth\u00ad\ufe0f\u{e0041}\ud800",
] as const;

const untrustedNames = planOf([
  organization(
    untrustedTexts.map((text, index) =>
      index % 2 === 0
        ? add(`${text}@acme.example`, [text, "Member"], {
            reasons: [
              { code: "group", group: text },
              { code: "note", text },
            ],
            source: at(index + 3, `${text}.yaml`),
          })
        : remove(`mail-${index}@acme.example`, [text], { reasons: [{ code: "note", text }] }),
    ),
    {
      organization: { id: acme.id, name: untrustedTexts.join(" ") },
      source: untrustedTexts[2],
      unmanaged: [{ email: untrustedTexts[0], roles: roles(untrustedTexts[3]), demoted: false }],
      ignored: [{ email: untrustedTexts[5], roles: roles(untrustedTexts[6]) }],
      expiring: [
        { email: untrustedTexts[1], role: untrustedTexts[4], on: "2026-12-01", source: at(3) },
      ],
      violations: [
        {
          guard: "protected",
          place: null,
          email: untrustedTexts[2],
          loses: [untrustedTexts[3]],
          leftOut: false,
        },
      ],
    },
  ),
]);

const everythingExpiring = planOf([
  organization(
    [
      remove("ended@acme.example", ["Member"], {
        reasons: [{ code: "access-expired", on: "2026-11-20" }],
        source: at(5),
      }),
      change("partly@acme.example", ["Billing", "Member"], ["Member"], {
        reasons: [{ code: "role-expired", role: "Billing", on: "2026-11-21" }],
        source: at(8),
      }),
      add("guest@acme.example", ["Viewer"], { until: "2026-11-30", source: at(11) }),
    ],
    {
      expiring: [
        { email: "guest@acme.example", role: null, on: "2026-11-30", source: at(11) },
        { email: "tia@acme.example", role: "Admin", on: "2026-12-01", source: at(14) },
        { email: "tia@acme.example", role: "Billing", on: "2026-12-03", source: at(15) },
      ],
    },
  ),
]);

const renamesAndDemotions = planOf([
  organization([
    add("ann.new@acme.example", ["Analyst", "Member"], {
      renamedFrom: "ann.old@acme.example",
      reasons: [],
      source: at(6),
    }),
    add("boss.new@acme.example", ["Admin", "Member"], {
      renamedFrom: "boss.old@acme.example",
      reasons: [],
      source: at(9),
    }),
    change("left@acme.example", ["Admin", "Member"], ["Viewer"], {
      insteadOfRemoval: true,
      reasons: [{ code: "not-in-files" }],
    }),
    remove("ann.old@acme.example", ["Analyst", "Member"], {
      renamedTo: "ann.new@acme.example",
      reasons: [],
      source: at(6),
    }),
    remove("boss.old@acme.example", ["Admin"], {
      renamedTo: "boss.new@acme.example",
      reasons: [],
      source: at(9),
    }),
  ]),
]);

const manyRoles = [
  "Analyst",
  "Billing",
  "Connections EMEA",
  "Data Team Lead",
  "Member",
  "Model Reviewer",
  "Reverse ETL Operator",
  "Schema Owner",
];

const longOnes = planOf([
  organization([
    add(`${"very.long.name.".repeat(4)}@subsidiary.of.acme.example`, manyRoles, {
      source: at(7, "teams/data/platform/people/users.yaml"),
      reasons: [
        {
          code: "note",
          text: "asked for by the platform team until the migration of the warehouse is over",
        },
      ],
    }),
    change("li@acme.example", ["Member"], manyRoles, { source: at(9) }),
    change("太郎@acme.example", [...manyRoles, "管理"], ["Viewer"], { source: at(12) }),
  ]),
]);

export const plans = {
  realistic,
  "nothing-to-do": nothingToDo,
  "one-of-each": oneOfEach,
  "only-removals": onlyRemovals,
  "two-thousand": twoThousand,
  "guard-violations": guardViolations,
  "several-organizations": severalOrganizations,
  "untrusted-names": untrustedNames,
  "everything-expiring": everythingExpiring,
  "renames-and-demotions": renamesAndDemotions,
  "long-ones": longOnes,
} as const satisfies Readonly<Record<string, Plan>>;

/** Every change applied and verified. */
function allApplied(plan: Plan): ApplyResult {
  return applied(
    plan,
    plan.organizations.map((one) => resultOf(one, one.changes.map(done))),
  );
}

/** One failed, one already up to date, two never sent, one different when read back. */
function partly(plan: Plan, more: Partial<ApplyResult> = {}): ApplyResult {
  return applied(
    plan,
    plan.organizations.map((one) =>
      resultOf(
        one,
        one.changes.map((change, index) => {
          if (index === 1) {
            const error = "POST /api/organizations/…/users: 422: email is not allowed";
            return { change, outcome: "failed", error };
          }
          if (index === 2) return { change, outcome: "already", error: null };
          if (index > 4) return { change, outcome: "not-attempted", error: null };
          return done(change);
        }),
        {
          verified: false,
          differences: [
            {
              email: "jane.doe@acme.example",
              expected: roles("Admin", "Member"),
              found: roles("Member"),
              foreign: false,
            },
            {
              email: "uma@acme.example",
              expected: roles("Analyst"),
              found: roles("Analyst", "Viewer"),
              foreign: true,
            },
          ],
        },
      ),
    ),
    more,
  );
}

export const results = {
  "nothing-to-do": allApplied(nothingToDo),
  "all-applied": allApplied(realistic),
  "partly-applied": partly(realistic),
  interrupted: partly(realistic, { interrupted: true }),
  halted: partly(realistic, { halted: "Polytomic rejected the credential (401)" }),
  "several-organizations": allApplied(severalOrganizations),
  "renames-and-demotions": allApplied(renamesAndDemotions),
  "untrusted-names": partly(untrustedNames, { halted: untrustedTexts[2] }),
  "two-thousand": allApplied(twoThousand),
} as const satisfies Readonly<Record<string, ApplyResult>>;

const review = accessTable([
  user(
    "jane.doe@acme.example",
    [holding("Admin", { from: ["users.yaml:14"] }), holding("Member", { from: ["users.yaml:14"] })],
    { reason: "SEC-77", source: at(14) },
  ),
  user("support@polytomic.com", [holding("Admin", { planned: true })], { state: "ignored" }),
  user("bob.miller@acme.example", [holding("Member", { planned: false })], {
    state: "unmanaged",
    planned: false,
  }),
  user(
    "new@acme.example",
    [holding("Member", { now: false, from: ["group all-staff (users.yaml:8)"] })],
    { now: false, source: at(41) },
  ),
  user(
    "sam@acme.example",
    [
      holding("Analyst", { from: ["group data-team (users.yaml:4)", "users.yaml:23"] }),
      holding("Billing", { from: ["users.yaml:22"], expires: "2026-12-01" }),
      holding("Viewer", { planned: false }),
    ],
    { source: at(22), expires: "2027-03-31", reason: "DATA-142" },
  ),
]);

export const tables = {
  review: [review],
  "no-users": [accessTable([])],
  "several-organizations": [
    review,
    accessTable(
      [user("lead@globex.example", [holding("Admin", { from: ["customers/globex.yaml:4"] })])],
      { organization: globex, source: "customers/globex.yaml" },
    ),
  ],
  "untrusted-names": [
    accessTable(
      untrustedTexts.map((text, index) =>
        user(text, [holding(text, { from: [text] })], {
          state: index % 2 === 0 ? "managed" : "unmanaged",
          reason: text,
          source: at(index + 1, text),
        }),
      ),
      {
        organization: { id: untrustedTexts[0], name: untrustedTexts[2] },
        source: untrustedTexts[3],
      },
    ),
  ],
} as const satisfies Readonly<Record<string, readonly AccessTable[]>>;
