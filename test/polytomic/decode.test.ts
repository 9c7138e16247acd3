import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import {
  Undecodable,
  decodeIdentity,
  decodeKeyValue,
  decodeOrganization,
  decodeOrganizations,
  decodeRoles,
  decodeUser,
  decodeUsers,
  errorText,
} from "../../src/polytomic/decode.ts";

describe("an answer as documented", () => {
  test("users", () => {
    const body = {
      data: [
        {
          id: "u1",
          email: "A@x.example",
          organization_id: "o1",
          role_ids: ["r1", "r2"],
          role: "admin",
        },
        { id: "u2", email: "b@x.example", role: "member", more: true },
      ],
    };
    assert.deepEqual(decodeUsers(body), [
      {
        id: "u1",
        email: "A@x.example",
        organizationId: "o1",
        roleIds: ["r1", "r2"],
        legacyRole: "admin",
      },
      { id: "u2", email: "b@x.example", organizationId: null, roleIds: null, legacyRole: "member" },
    ]);
  });

  test("no users", () => {
    assert.deepEqual(decodeUsers({ data: null }), []);
    assert.deepEqual(decodeRoles({ data: null }), []);
    assert.deepEqual(decodeOrganizations({ data: null }), []);
  });

  test("a user whose fields are missing, null or empty", () => {
    const nothing = {
      id: null,
      email: null,
      organizationId: null,
      roleIds: null,
      legacyRole: null,
    };
    assert.deepEqual(decodeUser({ data: {} }), nothing);
    assert.deepEqual(
      decodeUser({ data: { id: null, email: "", role_ids: null, role: "" } }),
      nothing,
    );
  });

  test("spaces around an address are not part of it", () => {
    assert.equal(decodeUser({ data: { email: " a@x.example\n" } }).email, "a@x.example");
    assert.equal(decodeUser({ data: { email: "  " } }).email, null);
    assert.equal(decodeIdentity({ data: { email: " a@x.example" } }).email, "a@x.example");
  });

  test("roles and organizations", () => {
    assert.deepEqual(decodeRoles({ data: [{ id: "r1", name: "Admin", system: true }] }), [
      { id: "r1", name: "Admin" },
    ]);
    assert.deepEqual(decodeOrganizations({ data: [{ id: "o1", name: "Acme" }, { id: "o2" }] }), [
      { id: "o1", name: "Acme" },
      { id: "o2", name: "o2" },
    ]);
  });

  test("an identity, of a user and of a partner", () => {
    const user = {
      id: "u1",
      email: "a@x.example",
      organization_id: "o1",
      organization_name: "Acme",
    };
    assert.deepEqual(decodeIdentity({ data: user }), {
      userId: "u1",
      email: "a@x.example",
      organizationId: "o1",
      organizationName: "Acme",
    });
    assert.deepEqual(decodeIdentity({ data: { is_partner: true } }), {
      userId: null,
      email: null,
      organizationId: null,
      organizationName: null,
      kind: "partner",
    });
  });

  test("what has no name is named by its id, and what is listed twice is one", () => {
    const data = [{ id: "a", name: "Acme" }, { id: "b", name: null }, { id: "c" }, { id: "b" }];
    const one = [
      { id: "a", name: "Acme" },
      { id: "b", name: "b" },
      { id: "c", name: "c" },
    ];
    assert.deepEqual(decodeOrganizations({ data }), one);
    assert.deepEqual(decodeRoles({ data }), one);
  });

  test("the organization that a key belongs to", () => {
    const body = { data: { id: "o1", name: "Acme", issuer: null } };
    assert.deepEqual(decodeOrganization(body), { id: "o1", name: "Acme" });
    assert.deepEqual(decodeOrganization({ data: { id: "o1" } }), { id: "o1", name: "o1" });
  });

  test("the value of a new key", () => {
    for (const data of [
      "new-key",
      { value: "new-key" },
      { key: "new-key", value: null },
      { api_key: "new-key" },
    ]) {
      assert.equal(decodeKeyValue({ data }), "new-key");
    }
  });
});

describe("an unexpected answer: the error names what is wrong", () => {
  const rows: readonly (readonly [(body: unknown) => unknown, unknown, string])[] = [
    [decodeUsers, undefined, "the response is not JSON"],
    [decodeUsers, "", "the response is not JSON"],
    [decodeUsers, "maintenance", "the response is a string, not an object"],
    [decodeUsers, [], "the response is a list, not an object"],
    [decodeUsers, {}, "the response has no `data`"],
    [decodeUsers, { result: [] }, "the response has no `data`"],
    [decodeUsers, JSON.parse('{"__proto__":{"data":[]}}'), "the response has no `data`"],
    [decodeUsers, { data: {} }, "`data` is an object, not a list"],
    [decodeUsers, { data: "x" }, "`data` is a string, not a list"],
    [decodeUsers, { data: [null] }, "`data[0]` is null, not an object"],
    [decodeUsers, { data: [{ id: 7 }] }, "`data[0].id` is a number, not text"],
    [decodeUsers, { data: [{}, { email: ["a"] }] }, "`data[1].email` is a list, not text"],
    [decodeUsers, { data: [{ role_ids: "r1" }] }, "`data[0].role_ids` is a string, not a list"],
    [decodeUsers, { data: [{ role_ids: [1] }] }, "`data[0].role_ids[0]` is a number, not text"],
    [
      decodeUsers,
      { data: [{ email: "a".repeat(5000) }] },
      "`data[0].email` is longer than 4096 characters",
    ],
    [
      decodeUsers,
      { data: [{ role_ids: Array(10_001).fill("r") }] },
      "`data[0].role_ids` has 10001 entries, more than the 10000 allowed",
    ],
    [
      decodeUsers,
      { data: Array(1_000_001) },
      "`data` has 1000001 entries, more than the 1000000 allowed",
    ],
    [decodeUser, { data: null }, "`data` is null, not an object"],
    [decodeRoles, { data: [{ name: "Admin" }] }, "`data[0].id` is missing"],
    [decodeOrganizations, { data: [{ name: "Acme" }] }, "`data[0].id` is missing"],
    [decodeIdentity, { data: [] }, "`data` is a list, not an object"],
    [decodeKeyValue, { data: {} }, "`data.value` is missing"],
  ];
  for (const [decode, body, message] of rows) {
    test(`${decode.name}: ${message}`, () => {
      assert.throws(() => decode(body), { name: "Undecodable", message });
    });
  }

  test("whatever it is", () => {
    const decoders = [decodeUsers, decodeUser, decodeRoles, decodeOrganizations, decodeIdentity];
    const data = fc.record({ data: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), data), fc.constantFrom(...decoders), (body, decode) => {
        try {
          decode(body);
        } catch (error) {
          assert.ok(error instanceof Undecodable);
        }
      }),
    );
  });
});

describe("the API's own words", () => {
  for (const [body, words] of [
    [{ message: "no", key: "forbidden" }, "no"],
    [{ message: "", key: "forbidden" }, "forbidden"],
    [{ error: "old envelope" }, "old envelope"],
    [{ message: 7 }, null],
    ["text", null],
    [undefined, null],
    [null, null],
  ] as const) {
    test(`of ${JSON.stringify(body)}: ${words}`, () => assert.equal(errorText(body), words));
  }
});
