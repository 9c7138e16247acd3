/** The desired state of valid files, independent of the order in which things are written. */
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as fc from "fast-check";
import { emailKey, type DesiredOrganization } from "../../src/model/desired.ts";
import { compareText } from "../../src/model/place.ts";
import { load, loadIn, problemsOf } from "./reading-files.ts";

const root = new URL("../..", import.meta.url).pathname;
const read = (path: string): Promise<string> => readFile(new URL(path, `file://${root}`), "utf8");

test("users.example.yaml is read as it explains itself", async () => {
  const [organization, ...others] = await loadIn(root, { paths: ["users.example.yaml"] });
  assert.ok(organization);
  assert.equal(others.length, 0);
  assert.equal(organization.organization, "248df4b7-aa70-47b8-a036-33ac447e668d");
  const { adminRolePlace, onRemoval, limitPlaces, rules, ...policy } = organization.policy;
  assert.deepEqual(policy, {
    unmanaged: "remove",
    ignore: ["*@polytomic.com"],
    protected: ["cto@example.com", "support.lead@partner.example"],
    maxRemovals: { kind: "share", percent: 25 },
    maxRoleChanges: { kind: "share", percent: 50 },
    minAdmins: 1,
    adminRole: "Admin",
    create: true,
  });
  assert.deepEqual(
    rules.map(({ name, level, assertion }) => [name, level, assertion.kind]),
    [
      ["admins-are-reviewed", "warning", "reviewed_within"],
      ["admins-have-a-ticket", "error", "reason"],
      ["auditors-expire", "error", "expires_within"],
      ["billing-is-not-admin", "error", "conflict"],
      ["few-admins", "error", "at_most"],
      ["our-domains", "error", "domains"],
      ["viewers-through-groups", "error", "through"],
    ],
  );
  assert.equal(adminRolePlace.path, "users.example.yaml");
  assert.deepEqual(limitPlaces.maxRemovals, {
    path: "users.example.yaml",
    line: 36,
    column: 17,
  });
  assert.equal(onRemoval === "remove" ? null : onRemoval.demoteTo, "Viewer");
  const accounts = organization.users.map(
    ({ email, previously, expires, reason, reviewed, grants }) => ({
      email,
      previously: previously?.value ?? null,
      expires,
      reason,
      reviewed: reviewed?.value ?? null,
      grants: grants.map((grant) => [grant.role, grant.group, grant.expires]),
    }),
  );
  const nothing = { previously: null, expires: null, reason: null, reviewed: null };
  assert.deepEqual(accounts, [
    {
      ...nothing,
      email: "cto@example.com",
      reason: "SEC-12",
      reviewed: "2026-10-01",
      grants: [["Admin", null, null]],
    },
    {
      ...nothing,
      email: "jane.doe@example.com",
      reviewed: "2026-10-01",
      grants: [
        ["Admin", null, null],
        ["Editor", null, null],
      ],
    },
    {
      ...nothing,
      email: "sam@example.com",
      expires: "2027-03-31",
      reason: "DATA-142",
      grants: [
        ["Billing", null, "2026-12-31"],
        ["Viewer", "data-team", null],
        ["analyst", "data-team", null],
      ],
    },
    {
      ...nothing,
      email: "kim@auditors.example",
      reason: "yearly audit",
      grants: [["Viewer", "auditors", "2027-01-31"]],
    },
    {
      ...nothing,
      email: "new.name@example.com",
      previously: "old.name@example.com",
      grants: [["Sync Editor", null, null]],
    },
    { ...nothing, email: "support.lead@partner.example", grants: [["Admin", null, null]] },
    { ...nothing, email: "support.one@partner.example", grants: [["Viewer", "support", null]] },
  ]);
});

test("users.example.yaml uses every key of the format", async () => {
  const text = await read("users.example.yaml");
  const schema: { properties: object; $defs: Record<string, { properties?: object }> } = JSON.parse(
    await read("schemas/users.schema.json"),
  );
  const keys = [schema, ...Object.values(schema.$defs)].flatMap(({ properties }) =>
    Object.keys(properties ?? {}),
  );
  for (const key of keys) assert.match(text, new RegExp(`^[^#]*\\b${key}:`, "m"), key);
});

const examples: readonly (readonly [path: string, organizations: number, accounts: number])[] = [
  ["users.example.yaml", 1, 7],
  ["examples/small-team.yaml", 1, 3],
  ["examples/groups.yaml", 1, 4],
  ["examples/partner", 2, 7],
];
for (const [path, organizations, accounts] of examples) {
  test(`${path} is valid`, async () => {
    const loaded = await loadIn(root, { paths: [path] });
    assert.equal(loaded.length, organizations);
    assert.equal(
      loaded.reduce((sum, { users }) => sum + users.length, 0),
      accounts,
    );
  });
}

test("a grant ends with the earlier of the group's role and the membership", async () => {
  const [organization] = await load({
    "users.yaml": [
      "version: 1",
      "groups: { g: { roles: [A, { role: B, expires: 2026-06-30 }] } }",
      "users:",
      "  - { email: a@b.c, groups: [g] }",
      "  - { email: d@b.c, groups: [{ group: G, expires: 2026-03-31 }] }",
      "  - { email: e@b.c, groups: [{ group: g, expires: 2026-12-31 }] }",
    ].join("\n"),
  });
  assert.deepEqual(
    organization?.users.map(({ grants }) => grants.map(({ role, expires }) => [role, expires])),
    [
      [
        ["A", null],
        ["B", "2026-06-30"],
      ],
      [
        ["A", "2026-03-31"],
        ["B", "2026-03-31"],
      ],
      [
        ["A", "2026-12-31"],
        ["B", "2026-06-30"],
      ],
    ],
  );
});

test("places point at what a reader would look for", async () => {
  const [organization] = await load({
    "users.yaml": [
      "\uFEFFversion: 1",
      "policy:",
      "  on_removal: { demote_to: Viewer }",
      "users:",
      "  - roles:",
      "      - role: Billing",
      "        expires: 2026-12-31",
      "    email: a@b.c",
    ].join("\r\n"),
  });
  assert.ok(organization);
  const place = (line: number, column: number) => ({ path: "users.yaml", line, column });
  assert.deepEqual(organization.place, place(1, 1));
  assert.deepEqual(organization.policy.onRemoval, { demoteTo: "Viewer", place: place(3, 15) });
  assert.deepEqual(organization.users[0]?.place, place(8, 12));
  assert.deepEqual(organization.users[0].grants[0]?.place, place(6, 9));
});

test("aliases repeat values", async () => {
  const [organization] = await load({
    "users.yaml":
      "version: 1\nusers:\n  - { email: a@b.c, roles: &r [A, B] }\n  - { email: d@b.c, roles: *r }\n",
  });
  assert.deepEqual(
    organization?.users.map(({ grants }) => grants.map(({ role }) => role)),
    [
      ["A", "B"],
      ["A", "B"],
    ],
  );
});

test("JavaScript's own names are names like any other", async () => {
  const [organization] = await load({
    "users.yaml": [
      "version: 1",
      "groups: { __proto__: { roles: [constructor] }, toString: { roles: [valueOf] } }",
      "users: [{ email: __proto__@b.c, groups: [__PROTO__, tostring] }]",
    ].join("\n"),
  });
  assert.deepEqual(
    organization?.users[0]?.grants.map(({ role, group }) => [role, group]),
    [
      ["constructor", "__proto__"],
      ["valueOf", "toString"],
    ],
  );
  const unknown = await problemsOf({ "users.yaml": "version: 1\nusers: []\nconstructor: 1\n" });
  assert.deepEqual(
    unknown.map(({ code }) => code),
    ["unknown-key"],
  );
});

test("real addresses of any form pass", async () => {
  const addresses = [
    "o'brien+tag@sub.example.co.uk",
    "jörg.müller@exämple.de",
    "a@localhost",
    "user/with=odd!signs@example.com",
    "用户@例子.公司",
    `${"a".repeat(64)}@${"b".repeat(189)}`,
  ];
  const accounts = addresses.map((email) => `  - { email: ${JSON.stringify(email)}, roles: [A] }`);
  const [organization] = await load({
    "users.yaml": ["version: 1", "users:", ...accounts].join("\n"),
  });
  assert.deepEqual(
    organization?.users.map(({ email }) => email),
    addresses,
  );
});

// The order of keys, users and files

interface Written {
  readonly main: Readonly<Record<string, unknown>>;
  readonly common: Readonly<Record<string, unknown>>;
}

const name = fc.constantFrom("Admin", "Member", "Viewer", "Analyst", "0123", "yes", " a: b ", "é");
const day = fc.constantFrom("2026-01-31", "2026-12-31", "2027-02-28");
const roleEntry = fc.oneof(name, fc.record({ role: name, expires: day }));
const roleOf = (entry: string | { role: string }): string =>
  typeof entry === "string" ? entry : entry.role;
const roles = fc.uniqueArray(roleEntry, { minLength: 1, maxLength: 4, selector: roleOf });
const group = fc.constantFrom("data", "Finance", "on call");
const account = fc.record(
  { roles, groups: fc.uniqueArray(group, { minLength: 1 }), expires: day, reason: name },
  { requiredKeys: ["roles"] },
);

const written: fc.Arbitrary<Written> = fc
  .record({
    accounts: fc.uniqueArray(fc.tuple(fc.nat(50), account, fc.boolean()), {
      maxLength: 12,
      selector: ([number]) => number,
    }),
    groups: fc.tuple(roles, roles, roles),
    policy: fc.record(
      {
        min_admins: fc.nat(3),
        max_removals: fc.constantFrom("10%", 7),
        unmanaged: fc.constant("keep"),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ accounts, groups: [data, finance, onCall], policy }) => {
    const users = (inCommon: boolean) =>
      accounts
        .filter(([, , common]) => common === inCommon)
        .map(([number, one]) => ({ email: `person.${number}@Example.com`, ...one }));
    return {
      main: {
        version: 1,
        organization: "Acme",
        include: ["common.yaml"],
        users: users(false),
        groups: { data: { roles: data }, Finance: { roles: finance } },
      },
      common: { version: 1, users: users(true), policy, groups: { "on call": { roles: onCall } } },
    };
  });

/** The same with keys and users in another order. */
function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return inAnyOrder(value, random).map((item) => shuffled(item, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = inAnyOrder(Object.entries(value), random);
  return Object.fromEntries(entries.map(([key, item]) => [key, shuffled(item, random)]));
}

function inAnyOrder<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Without places, and sorted, so that the order in the file does not matter. */
function meaning({ organization, policy, users }: DesiredOrganization): unknown {
  const { adminRolePlace: _, limitPlaces: __, ...rest } = policy;
  return {
    organization,
    policy: rest,
    users: users
      .map((user) => ({
        ...user,
        memberships: null,
        place: null,
        grants: sortedGrants(user.grants),
      }))
      .sort((a, b) => compareText(emailKey(a.email), emailKey(b.email))),
  };
}

function sortedGrants(grants: DesiredOrganization["users"][number]["grants"]): readonly string[] {
  return grants.map(({ role, group, expires }) => JSON.stringify([role, group, expires])).sort();
}

test("the order of keys, users and entries changes nothing", async () => {
  const property = fc.asyncProperty(
    written,
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 97, maxLength: 97 }),
    async ({ main, common }, numbers) => {
      let next = 0;
      const random = (): number => numbers[next++ % numbers.length] ?? 0;
      const text = (value: unknown): string => JSON.stringify(value, null, 2);
      const [before] = await load({ "users.yaml": text(main), "common.yaml": text(common) });
      const [after] = await load({
        "users.yaml": text(shuffled(main, random)),
        "common.yaml": text(shuffled(common, random)),
      });
      assert.ok(before && after);
      assert.deepEqual(meaning(after), meaning(before));
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

test("the order of the paths changes nothing", async () => {
  const files = Object.fromEntries(
    ["c", "a", "b"].map((name) => [
      `${name}.yaml`,
      `version: 1\norganization: ${name}\nusers: []\n`,
    ]),
  );
  const paths = ["b.yaml", "c.yaml", "a.yaml"];
  const loaded = await load(files, { paths });
  assert.deepEqual(
    loaded.map(({ source }) => source),
    ["a.yaml", "b.yaml", "c.yaml"],
  );
  assert.deepEqual(await load(files, { paths: paths.toReversed() }), loaded);
});
