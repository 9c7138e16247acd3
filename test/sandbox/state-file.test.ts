import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { Ajv2020 } from "ajv/dist/2020.js";

import { InvalidFiles } from "../../src/model/failure.ts";
import { problemText } from "../../src/model/problem.ts";
import { FAULT_KINDS } from "../../src/sandbox/faults.ts";
import { loadState } from "../../src/sandbox/state-file.ts";
import { exampleState } from "../../src/sandbox/state.ts";

const ROOT = new URL("../../", import.meta.url);

function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

/** The problems of a text, each as `line:column: code: message`. */
function problemsOf(text: string): readonly string[] {
  try {
    loadState(text, "state.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidFiles);
    return error.problems.map((problem) => {
      const { place, code, values } = problem;
      assert.equal(place.path, "state.yaml");
      const kind = code === "sandbox-state" ? values.kind : code;
      return `${place.line}:${place.column}: ${kind}: ${problemText(problem)}`;
    });
  }
}

test("the example company in code is the one in examples/", async () => {
  const { state } = loadState(await read("examples/sandbox/acme.yaml"), "acme.yaml");
  assert.deepEqual(state, exampleState());
});

test("the partner's example has several organizations and a scope", async () => {
  const { state, limit, faults } = loadState(await read("examples/sandbox/partner.yaml"), "p.yaml");
  const names = state.organizations.map(({ name, users }) => `${name}: ${users.length}`);
  assert.deepEqual(names, ["Globex: 4", "Initech: 4", "Umbrella Foods: 0", "Stark Logistics: 1"]);
  const [partner] = state.credentials.partnerKeys;
  const scope = state.organizations.slice(0, 3).map(({ id }) => id);
  assert.deepEqual(partner?.organizationIds, scope);
  assert.equal(limit?.changes[0]?.afterMs, 10_000);
  assert.equal(faults.length, 3);
});

test("a small file is enough: ids, system roles, keys and Member are added", () => {
  const text = "organizations: [{ name: Tiny, users: [{ email: Me@Example.com }] }]";
  const loaded = loadState(text, "tiny.yaml");
  const [tiny] = loaded.state.organizations;
  assert.match(tiny?.id ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  const roles = tiny?.roles.map(({ name, system }) => [name, system]);
  assert.deepEqual(roles, [
    ["Admin", true],
    ["Member", true],
  ]);
  assert.equal(tiny?.users[0]?.email, "Me@Example.com");
  assert.deepEqual(tiny?.users[0]?.role_ids, [tiny?.roles[1]?.id]);
  const { apiKeys, partnerKeys } = loaded.state.credentials;
  assert.deepEqual(
    [...apiKeys, ...partnerKeys].map(({ key }) => key),
    ["sandbox-api-key", "sandbox-partner-key"],
  );
  assert.deepEqual(loadState(text, "tiny.yaml"), loaded);
});

test("JSON is read too, and everything that a file can say arrives", () => {
  const text = JSON.stringify({
    organizations: [{ id: "o", name: "O", users: [{ id: "u", email: "a@b.c", api_key: "key-u" }] }],
    seed: 7,
    latency_ms: 5,
    jitter_ms: 6,
    duplicates: "accept",
    dialects: ["empty-list", "removed-204"],
    rate_limit: { kind: "sliding-window", requests: 3, window_seconds: 0.5, headers: false },
    faults: [{ kind: "slow-body", nth: 2, methods: ["GET"], path: "/api/*", ms: 100 }],
  });
  const { state, ...settings } = loadState(text, "state.json");
  const apiKeys = [{ key: "key-u", organizationId: "o", userId: "u" }];
  assert.deepEqual(state.credentials, { apiKeys, partnerKeys: [], deploymentKey: null });
  assert.deepEqual(settings, {
    seed: 7,
    latencyMs: 5,
    jitterMs: 6,
    duplicates: "accept",
    dialects: new Set(["empty-list", "removed-204"]),
    limit: {
      rule: { kind: "sliding-window", requests: 3, windowMs: 500 },
      retryAfter: "seconds",
      rateLimitHeaders: false,
      changes: [],
    },
    faults: [{ kind: "slow-body", when: { nth: 2 }, methods: ["GET"], path: "/api/*", ms: 100 }],
  });
});

const ONE = "organizations: [{ name: A }]\n";
const KINDS = Object.keys(FAULT_KINDS).join(", ");

/** Text, problems, and whether the schema also finds them (it does not check names, ids or YAML). */
const WRONG: readonly (readonly [
  text: string,
  problems: readonly string[],
  schemaSees: boolean,
])[] = [
  [
    "{}",
    [
      "1:1: missing-key: organizations is missing: add organizations: with a list of organizations, each starting with - name:",
    ],
    true,
  ],
  [
    "organizations: []",
    ["1:16: empty-list: organizations is empty: add at least one entry, or remove organizations"],
    true,
  ],
  [
    "organizations: 3",
    [
      "1:16: wrong-type: organizations must be a list of organizations, each starting with - name:, not 3",
    ],
    true,
  ],
  [
    "organizations: [{ id: x }]",
    ["1:17: missing-key: name is missing: add name: with text that is not empty"],
    true,
  ],
  [
    "organizations:\n  - name: A\n    user: []",
    ['3:5: unknown-key: unknown key "user": did you mean "users"?'],
    true,
  ],
  [
    "organizations:\n  - name: A\n    users:\n      - email: a@b\n        roles: [Admim]",
    ['5:17: unknown-role: no role "Admim" in this organization; its roles are Admin, Member'],
    false,
  ],
  [
    "organizations:\n  - name: A\n    roles: [{ name: X, id: '1' }, { name: x, id: '2' }]\n    users: [{ email: a@b, roles: [X] }]",
    ['4:35: ambiguous-role: two roles are named "X"; name this one by its id'],
    false,
  ],
  [
    "organizations: [{ name: A, users: [{ email: a@b, roles: [] }] }]",
    ["1:57: empty-list: roles is empty: add at least one entry, or remove roles"],
    true,
  ],
  [
    "organizations: [{ name: A, users: [{ email: a@b, id: '1' }, { email: A@B, id: '2' }] }]",
    ["1:61: duplicate: user a@b is used twice"],
    false,
  ],
  [
    "organizations: [{ name: A }, { name: a }]",
    ["1:30: duplicate: organization id e2fb99d9 is used twice"],
    false,
  ],
  [
    "organizations: [{ name: A, api_keys: [k, k] }]",
    ["1:17: duplicate-key: this key is used twice in this file"],
    false,
  ],
  [
    `${ONE}partner_keys: [{ key: k, organizations: [B] }]`,
    ['2:42: unknown-organization: no organization "B" in this file'],
    false,
  ],
  [
    `${ONE}seed: 1.5`,
    ["2:7: bad-number: seed must be a whole number from 0 to 4294967295, not 1.5"],
    true,
  ],
  [
    `${ONE}latency_ms: -1`,
    [
      "2:13: bad-number: latency_ms must be a number of milliseconds, at most a day (86400000), not -1",
    ],
    true,
  ],
  [
    `${ONE}duplicates: maybe`,
    ['2:13: bad-value: duplicates must be refuse or accept, not "maybe"'],
    true,
  ],
  [
    `${ONE}deployment_key: 12345`,
    ['2:17: needs-quotes: 12345 is read as a number, not as text: put it in quotes, "12345"'],
    true,
  ],
  [
    `${ONE}faults: [{ kind: lost, nth: 1 }]`,
    [`2:18: bad-value: kind must be one of ${KINDS}, not "lost"`],
    true,
  ],
  [
    `${ONE}faults: [{ kind: conflict }]`,
    [
      "2:10: bad-value: an entry of faults must be a fault with kind: and either probability: or nth:, not a map (keys and values)",
    ],
    true,
  ],
  [
    `${ONE}faults: [{ kind: conflict, probability: 2 }]`,
    ["2:41: bad-number: probability must be a number from 0 to 1, not 2"],
    true,
  ],
  [
    `${ONE}rate_limit: { burst: 3 }`,
    ["2:13: missing-key: per_second is missing: add per_second: with a number above 0"],
    true,
  ],
  [
    `${ONE}rate_limit: { kind: fixed-window, requests: 3 }`,
    [
      "2:13: missing-key: window_seconds is missing: add window_seconds: with a number of seconds, 0.001 or more",
    ],
    true,
  ],
  [
    `${ONE}rate_limit: { kind: concurrent, requests: 0 }`,
    ["2:43: bad-number: requests must be a number, 1 or more, not 0"],
    true,
  ],
  [
    `${ONE}rate_limit: { per_second: 1, changes: [{ per_second: 2 }] }`,
    [
      "2:40: missing-key: after_seconds is missing: add after_seconds: with a number of seconds, 0 or more",
    ],
    true,
  ],
  [
    `${ONE}dialects: [latin]`,
    [
      '2:12: bad-value: an entry of dialects must be a dialect (docs/fidelity.md lists them), not "latin"',
    ],
    true,
  ],
  [
    `${ONE}dialects: [removed-204, removed-empty]`,
    ["2:11: dialect: the dialects removed-204 and removed-empty cannot be combined"],
    false,
  ],
];

describe("every mistake is reported with its place", async () => {
  const validate = new Ajv2020({ strict: false }).compile(
    JSON.parse(await read("schemas/sandbox.schema.json")),
  );
  for (const [text, problems, schemaSees] of WRONG) {
    test(text, async () => {
      const found = problemsOf(text).map((line) => line.replace(/(id [0-9a-f]{8})-\S+/, "$1"));
      assert.deepEqual(found, problems);
      const { parse } = await import("yaml");
      assert.equal(validate(parse(text)), !schemaSees);
    });
  }

  test("the schema accepts the examples", async () => {
    const { parse } = await import("yaml");
    for (const name of ["acme", "partner"]) {
      const valid = validate(parse(await read(`examples/sandbox/${name}.yaml`)));
      assert.deepEqual([valid, validate.errors], [true, null]);
    }
  });
});

test("all mistakes are reported at once, in the order of the file", () => {
  const text = "seed: x\norganizations:\n  - users: [{}]\n    name: A\nfaults: 3\n";
  assert.deepEqual(
    problemsOf(text).map((line) => line.split(": ").slice(0, 2).join(" ")),
    ["1:7 bad-number", "3:13 missing-key", "5:9 wrong-type"],
  );
});

describe("texts that are not YAML of the core schema", () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["a tag", "organizations: !!python/object:os.system x", /^1:16: yaml-tag: /],
    ["a key twice", `${ONE}seed: 1\nseed: 2`, /^3:1: duplicate-key: duplicate key "seed"/],
    ["two documents", "seed: 1\n---\nseed: 2", /^2:1: several-documents: /],
    ["20,000 levels", "[".repeat(20_000), /: too-deep: more than \d+ levels/],
    ["an alias bomb", bomb(), /: alias-bomb: aliases repeat more than/],
    ["nothing", "", /^1:1: wrong-type: the file is empty/],
  ];
  for (const [name, text, problem] of rows) {
    test(name, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", problem);
    });
  }
});

/** Nine levels of nine aliases each. */
function bomb(): string {
  const level = (n: number) => `l${n}: &l${n} [${`*l${n - 1},`.repeat(9)}]`;
  return ["l0: &l0 [x]", ...[1, 2, 3, 4, 5, 6, 7, 8].map(level)].join("\n");
}

test("the schema knows every kind of fault", async () => {
  const schema = JSON.parse(await read("schemas/sandbox.schema.json"));
  assert.deepEqual(schema.$defs.fault.properties.kind.enum, Object.keys(FAULT_KINDS));
});
