import { reasonText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { validate } from "../../src/generated/plan.ts";
import { Failure, Refused } from "../../src/model/failure.ts";
import { jsonText } from "../../src/model/text.ts";
import type { Change, OrganizationPlan, Plan } from "../../src/model/plan.ts";
import { assemblePlan } from "../../src/plan/make-plan.ts";
import { computeChecksum, planDocument } from "../../src/plan/plan-document.ts";
import { noOverrides } from "../../src/plan/guards.ts";
import { readSavedPlan } from "../../src/plan/read-saved-plan.ts";
import { worlds } from "./arbitraries.ts";
import {
  at,
  caller,
  demoteTo,
  file,
  listed,
  now,
  number,
  planOf,
  share,
  URL,
  user,
  wholePlan,
} from "./build.ts";

function read(text: string): Plan {
  return readSavedPlan(text, "plan.json");
}

function textOf(plan: Plan): string {
  return jsonText(planDocument(plan), 2);
}

/**
 * The caller, implausible data and violations are of the moment: a later run determines them again. Reasons are
 * texts.
 */
function lasting(plan: Plan): Plan {
  const worded = (change: Change): Change => ({
    ...change,
    reasons: change.reasons.map((reason) => ({ code: "saved", text: reasonText(reason) })),
  });
  const organization = (one: OrganizationPlan): OrganizationPlan => ({
    ...one,
    changes: one.changes.map(worded),
    leftOut: one.leftOut.map(worded),
    guardInputs: { ...one.guardInputs, callerId: null, implausible: [] },
    violations: [],
  });
  return { ...plan, organizations: plan.organizations.map(organization) };
}

/** A plan with every member. */
const full = assemblePlan(
  URL,
  [
    {
      ...planOf(
        file(
          [
            user("jane@x.io", "Admin", { place: at(20, "teams/a:1:2.yaml") }),
            user("sam@x.io", "ops/Member Billing@2026-12-01", { reason: "“DATA-1”\u202e\u0007" }),
            user("ann@x.io", "Admin Viewer", {
              expires: "2026-12-05",
              place: at(22, "line\nbreak"),
            }),
            user("new@x.io", "Member", { previously: "old@x.io" }),
            user("fin@x.io", "Member", { expires: "2026-11-22" }),
          ],
          {
            ignore: ["*@polytomic.com"],
            protected: ["sam@*"],
            maxRemovals: share(0),
            maxRoleChanges: number(12),
            minAdmins: 3,
            onRemoval: demoteTo("Viewer"),
          },
        ),
        now({
          "jane@x.io": "Member r-gone",
          "sam@x.io": "Admin",
          "old@x.io": "Member",
          "fin@x.io": "Member",
          "zed@x.io": "Viewer",
          "help@polytomic.com": "Admin",
        }),
        { only: ["sam@x.io", "new@x.io", "ann@x.io", "fin@x.io"] },
      ),
      organization: { id: "org-1", name: "Exämple ​ 🏢 <b>" },
    },
    {
      ...planOf(
        file([user("jane@x.io", "Admin")]),
        now([listed("jane@x.io", "Admin"), listed("bob@x.io", "Viewer", { organizationId: "o" })], {
          caller: caller("u-bob@x.io", "bob@x.io"),
        }),
      ),
      organization: { id: "org-2", name: "Other" },
    },
  ],
  [
    { source: "c.yaml", organization: "Customer C", message: "403" },
    { source: "d.yaml", organization: null, message: "no organization" },
  ],
  noOverrides,
);

describe("a saved plan that is read back", () => {
  test("is the same value", () => assert.deepEqual(read(textOf(full)), lasting(full)));

  test("is the same value after a byte order mark and with other line ends", () => {
    const text = `\uFEFF${textOf(full).replaceAll("\n", "\r\n")}`;
    assert.deepEqual(read(text), lasting(full));
  });

  test("has all kinds of change, so that the tests here say something", () => {
    const changes = full.organizations.flatMap((one) => [...one.changes, ...one.leftOut]);
    assert.deepEqual(
      new Set(changes.map(({ action }) => action)),
      new Set(["create", "update", "remove"]),
    );
    assert.ok(changes.some((one) => one.action === "create" && one.renamedFrom !== null));
    assert.ok(changes.some((one) => one.action === "create" && one.until !== null));
    assert.ok(changes.some((one) => one.action === "update" && one.insteadOfRemoval));
    assert.ok(full.organizations.some(({ leftOut }) => leftOut.length > 0));
    assert.ok(full.organizations.every(({ violations }) => violations.length > 0));
  });

  test("whatever the organization, is the same value, and has the form that its schema describes", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const plan = wholePlan([planOf(desired, current)]);
        const text = textOf(plan);
        assert.ok(validate(JSON.parse(text)), JSON.stringify(validate.errors));
        assert.deepEqual(read(text), lasting(plan));
      }),
      { numRuns: 200 },
    );
  });

  test("may have other white space, and escapes", () => {
    const text = JSON.stringify(planDocument(full)).replaceAll("@x.io", "\\u0040x.io");
    assert.deepEqual(read(text), lasting(full));
  });

  test("may be empty", () => assert.deepEqual(read(textOf(wholePlan([]))), wholePlan([])));

  test("has no violation, which a later run judges anew, and no place changed", () => {
    const again = read(textOf(full));
    assert.deepEqual(
      again.organizations.flatMap(({ violations }) => violations),
      [],
    );
    assert.deepEqual(again.organizations[0]?.changes[0]?.source, at(22, "line\nbreak"));
  });
});

test("the document has the members that the product promises, with the counts of what is applied", () => {
  const document = planDocument(full);
  assert.equal(document.format_version, 1);
  assert.deepEqual(document.summary, {
    create: 2,
    update: 2,
    remove: 2,
    unchanged: 1,
    gains_admin: 1,
  });
  assert.deepEqual(document.organizations[0]?.changes[0], {
    action: "create",
    email: "ann@x.io",
    user_id: null,
    before: null,
    after: {
      roles: [
        { id: "r-admin", name: "Admin" },
        { id: "r-viewer", name: "Viewer" },
      ],
    },
    gains_admin: true,
    reasons: [],
    source: "line\nbreak:22:5",
    until: "2026-12-05",
  });
  assert.deepEqual(document.organizations[0]?.policy, {
    ignore: ["*@polytomic.com"],
    protected: ["sam@*"],
    max_removals: "0%",
    max_role_changes: 12,
    min_admins: 3,
  });
});

test("control and invisible characters do not reach the file as they are", () => {
  const harmful = textOf(full)
    .replaceAll("\n", "")
    .match(/[\p{Cc}\p{Cf}]/gu);
  assert.equal(harmful, null);
});

/** The message, and whether it is a refusal (exit 3) or bad input (exit 1). */
function refusal(
  text: string,
): readonly [kind: "refused" | "failed", message: string, hint: string] {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return [error instanceof Refused ? "refused" : "failed", error.message, error.hint ?? ""];
  }
  assert.fail("it was read");
}

const AGAIN = "make a new plan and have it reviewed";
const NAME_IT =
  "name the file that polytomic-users plan --output json=FILE wrote, or make a new plan";
const OTHER_DIGEST =
  "the content of plan.json does not match its digest: it was changed after it was saved, or saved by another version of polytomic-users";
const CHANGED = "plan.json was changed or damaged after it was saved (its checksum does not match)";
const form = (where: string): string =>
  `plan.json is not a saved plan: it does not match schemas/plan.schema.json${where}`;

describe("a saved plan that was edited is not applied:", () => {
  const text = textOf(full);
  const rows: readonly (readonly [
    name: string,
    from: string | RegExp,
    to: string,
    refusal: readonly [string, string, string],
  ])[] = [
    ["an address", "sam@x.io", "eve@x.io", ["refused", CHANGED, AGAIN]],
    ["a role's id", '"id": "r-member"', '"id": "r-admin"', ["refused", CHANGED, AGAIN]],
    ["a role's name", '"name": "Member"', '"name": "Viewer"', ["refused", CHANGED, AGAIN]],
    [
      "a user id",
      '"user_id": "u-sam@x.io"',
      '"user_id": "u-eve@x.io"',
      ["refused", CHANGED, AGAIN],
    ],
    [
      "the digest",
      /"digest": "sha256:./,
      '"digest": "sha256:x',
      ["failed", form(" (at /digest)"), NAME_IT],
    ],
    [
      "the digest, for another",
      /"digest": "sha256:\w{64}"/,
      `"digest": "sha256:${"0".repeat(64)}"`,
      ["refused", CHANGED, AGAIN],
    ],
    [
      "the checksum, for another",
      /"checksum": "sha256:\w{64}"/,
      `"checksum": "sha256:${"0".repeat(64)}"`,
      ["refused", CHANGED, AGAIN],
    ],
    ["no checksum", /,\s*"checksum": "[^"]*"/, "", ["failed", form(""), NAME_IT]],
    [
      "the place it comes from",
      '"source": "users.yaml:',
      '"source": "other.yaml:',
      ["refused", CHANGED, AGAIN],
    ],
    ["a reason", "group ops", "group dev", ["refused", CHANGED, AGAIN]],
    ["a last day", '"until": "2026-12-05"', '"until": "2036-12-05"', ["refused", CHANGED, AGAIN]],
    ["the minimum of admins", '"min_admins": 3', '"min_admins": 0', ["refused", CHANGED, AGAIN]],
    ["a limit", '"max_removals": "0%"', '"max_removals": "100%"', ["refused", CHANGED, AGAIN]],
    ["the protected users", '"sam@*"', '"sam"', ["refused", CHANGED, AGAIN]],
    [
      "the admin role",
      '"admin_role": {\n        "id": "r-admin"',
      '"admin_role": {\n        "id": "r-member"',
      ["refused", CHANGED, AGAIN],
    ],
    [
      "the organization",
      '"organization_id": "org-2"',
      '"organization_id": "org-3"',
      ["refused", CHANGED, AGAIN],
    ],
    ["the address of the API", URL, "https://evil.example.com", ["refused", CHANGED, AGAIN]],
    ["the summary", '"remove": 2', '"remove": 0', ["refused", CHANGED, AGAIN]],
    [
      "the user who gains the admin role",
      '"gains_admin": true',
      '"gains_admin": false',
      ["refused", CHANGED, AGAIN],
    ],
    ["what was seen", '"email": "zed@x.io"', '"email": "yed@x.io"', ["refused", CHANGED, AGAIN]],
    ["a guard's word", "would leave", "could leave", ["refused", CHANGED, AGAIN]],
    [
      "a demotion shown as a role change",
      /,\s*"instead_of_removal": true/,
      "",
      ["refused", CHANGED, AGAIN],
    ],
    [
      "a key more",
      '"unchanged": 1,',
      '"unchanged": 1, "note": "",',
      ["failed", form(" (at /summary)"), NAME_IT],
    ],
    [
      "a key more in a change",
      '"action": "create",',
      '"action": "create", "force": true,',
      ["failed", form(" (at /organizations/0/changes/0)"), NAME_IT],
    ],
    [
      "a key with a meaning to JavaScript",
      '"failed": [',
      '"__proto__": {}, "failed": [',
      ["failed", form(""), NAME_IT],
    ],
    [
      "an action that there is not",
      '"action": "create"',
      '"action": "purge"',
      ["failed", form(" (at /organizations/0/changes/0/user_id)"), NAME_IT],
    ],
    [
      "a number where a list is",
      /"reasons": \[\]/,
      '"reasons": 0',
      ["failed", form(" (at /organizations/0/changes/0/reasons)"), NAME_IT],
    ],
    [
      "a later format",
      '"format_version": 1',
      '"format_version": 2',
      [
        "failed",
        "plan.json has format version 2, but this version of polytomic-users reads 1",
        "apply it with the version of polytomic-users that saved it, or make a new plan",
      ],
    ],
    [
      "a format that is not a number",
      '"format_version": 1',
      '"format_version": "1"',
      ["failed", form(" (at /format_version)"), NAME_IT],
    ],
  ];
  for (const [name, from, to, expected] of rows) {
    test(name, () => {
      const edited = text.replace(from, to);
      assert.notEqual(edited, text, "the edit hits something");
      assert.deepEqual(refusal(edited), expected);
    });
  }

  const notJson = ["failed", "plan.json is not a saved plan: it is not JSON", NAME_IT];
  for (const [name, other] of [
    ["truncated in the middle", text.slice(0, text.length / 2)],
    ["without its last character", text.slice(0, -1)],
    ["empty", ""],
    ["the text plan", "Plan: 1 to add"],
    ["two in one file", text + text],
  ] as const) {
    test(name, () => assert.deepEqual(refusal(other), notJson));
  }

  for (const other of ["null", "[]", "{}", "1", '"plan"']) {
    test(`${other} instead`, () => assert.deepEqual(refusal(other), ["failed", form(""), NAME_IT]));
  }

  test("an edit with a checksum of its own has not the digest of what was reviewed", () => {
    const { checksum: _, ...body } = planDocument(full);
    const [first, ...rest] = body.organizations;
    assert.ok(first !== undefined);
    const edited = {
      ...body,
      organizations: [{ ...first, changes: first.changes.slice(1) }, ...rest],
    };
    assert.deepEqual(refusal(JSON.stringify({ ...edited, checksum: computeChecksum(edited) })), [
      "refused",
      OTHER_DIGEST,
      AGAIN,
    ]);
  });

  test("a broken rule that was taken out, with a checksum of its own", () => {
    const finding = {
      kind: "saved",
      rule: "",
      level: "error",
      place: { path: "users.yaml", line: 1, column: 1 },
      text: 'rule "few-admins": 3 hold Admin',
    } as const;
    const plan = wholePlan([
      { ...planOf(file([user("jane@x.io", "Admin")]), now({})), ruleFindings: [finding] },
    ]);
    const { checksum: _, ...body } = planDocument(plan);
    const organizations = body.organizations.map((one) => ({ ...one, violations: [] }));
    const edited = { ...body, organizations };
    assert.deepEqual(refusal(JSON.stringify({ ...edited, checksum: computeChecksum(edited) })), [
      "refused",
      OTHER_DIGEST,
      AGAIN,
    ]);
  });

  type Body = Omit<ReturnType<typeof planDocument>, "checksum">;
  const edits: readonly (readonly [string, (body: Body) => Body])[] = [
    ["the last day of what is granted", (body) => withChange(body, { until: "2099-12-31" })],
    ["the address that a removal waits for", (body) => withChange(body, { renamed_to: "x@x.io" })],
    ["the protected users", (body) => withPolicy(body, { protected: [] })],
    ["how few admins may be left", (body) => withPolicy(body, { min_admins: 0 })],
    ["how many may be removed", (body) => withPolicy(body, { max_removals: "100%" })],
    ["the address of the API", (body) => ({ ...body, url: "https://evil.example" })],
    [
      "an organization that failed",
      (body) => ({ ...body, failed: [{ source: "b.yaml", organization: "B", message: "gone" }] }),
    ],
  ];
  for (const [what, edit] of edits) {
    test(`${what}, with a checksum of its own`, () => {
      const { checksum: _, ...body } = planDocument(full);
      const edited = edit(body);
      assert.notDeepEqual(edited, body);
      const text = JSON.stringify({ ...edited, checksum: computeChecksum(edited) });
      assert.deepEqual(refusal(text), ["refused", OTHER_DIGEST, AGAIN]);
    });
  }

  function withChange(body: Body, more: { until?: string; renamed_to?: string }): Body {
    const wanted = more.until === undefined ? "remove" : "create";
    return {
      ...body,
      organizations: body.organizations.map((one) => ({
        ...one,
        changes: one.changes.map((change) =>
          change.action === wanted ? { ...change, ...more } : change,
        ),
      })),
    };
  }

  function withPolicy(body: Body, more: Partial<Body["organizations"][number]["policy"]>): Body {
    return {
      ...body,
      organizations: body.organizations.map((one) => ({
        ...one,
        policy: { ...one.policy, ...more },
      })),
    };
  }

  test("any one character, unless the text still means the same", () => {
    const small = JSON.stringify(
      planDocument(wholePlan([planOf(file([user("jane@x.io", "Admin")]), now({}))])),
    );
    const value: unknown = JSON.parse(small);
    const edits = fc.tuple(
      fc.nat(small.length - 1),
      fc.constantFrom(
        "a",
        "A",
        "0",
        "9",
        '"',
        "\\",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        "@",
        "-",
        ".",
        " ",
        "\0",
        "é",
      ),
    );
    fc.assert(
      fc.property(
        edits,
        fc.constantFrom("replace", "insert", "drop"),
        ([index, character], how) => {
          const rest = small.slice(how === "insert" ? index : index + 1);
          const edited = small.slice(0, index) + (how === "drop" ? "" : character) + rest;
          if (same(edited, value)) return;
          assert.match(refusal(edited)[0], /refused|failed/);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

/** Whether the text has the value, as JSON writes it: -0 is written 0, so a sign before a 0 does not count. */
function same(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
