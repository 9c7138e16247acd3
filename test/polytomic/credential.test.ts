import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { Failure } from "../../src/model/failure.ts";
import { Credential, credentialFrom } from "../../src/polytomic/credential.ts";

const ORG = "248df4b7-aa70-47b8-a036-33ac447e668d";

describe("the credential of the environment", () => {
  for (const [variable, kind] of [
    ["POLYTOMIC_API_KEY", "api"],
    ["POLYTOMIC_PARTNER_KEY", "partner"],
    ["POLYTOMIC_DEPLOYMENT_KEY", "deployment"],
  ] as const) {
    test(`${variable} is the ${kind} key`, () => {
      const credential = credentialFrom({ [variable]: "secret-key" }, null);
      assert.equal(credential.kind, kind);
      assert.equal(credential.variable, variable);
      assert.equal(credential.bearer(), "Bearer secret-key");
    });
  }

  test("of two, --credential chooses", () => {
    const env = { POLYTOMIC_API_KEY: "first-key", POLYTOMIC_PARTNER_KEY: "second-key" };
    assert.equal(credentialFrom(env, "api").bearer(), "Bearer first-key");
    assert.equal(credentialFrom(env, "partner").bearer(), "Bearer second-key");
  });

  test("of two, one that is set to nothing is as good as not set", () => {
    const env = { POLYTOMIC_API_KEY: "", POLYTOMIC_PARTNER_KEY: "second-key" };
    assert.equal(credentialFrom(env, null).bearer(), "Bearer second-key");
  });

  const wrong = [
    ["one that is set to nothing", { POLYTOMIC_API_KEY: "" }, null, /set but empty/, /unset/],
    ["none", {}, null, /no Polytomic credential/, /POLYTOMIC_API_KEY.*PARTNER_KEY.*DEPLOYMENT_KEY/],
    [
      "two",
      { POLYTOMIC_API_KEY: "a-key-1", POLYTOMIC_DEPLOYMENT_KEY: "b-key-2" },
      null,
      /POLYTOMIC_API_KEY and POLYTOMIC_DEPLOYMENT_KEY/,
      /--credential api\|deployment/,
    ],
    ["the chosen one missing", { POLYTOMIC_API_KEY: "a-key-1" }, "partner", /PARTNER_KEY/, /set/],
    ["a blank one", { POLYTOMIC_API_KEY: "  " }, null, /empty/, /unset/],
    ["white space in it", { POLYTOMIC_API_KEY: "sec ret" }, null, /not shown/, /check for spaces/],
    ["a line break after it", { POLYTOMIC_API_KEY: "secret\n" }, null, /not shown/, /line break/],
    ["a NUL in it", { POLYTOMIC_API_KEY: "sec\0ret" }, null, /not shown/, /copied/],
    ["letters that no header takes", { POLYTOMIC_API_KEY: "sécret" }, null, /not shown/, /copied/],
  ] as const;
  for (const [name, env, choice, message, hint] of wrong) {
    test(`${name} is an error that says what to do and shows no key`, () => {
      assert.throws(
        () => credentialFrom(env, choice),
        (error) => {
          assert.ok(error instanceof Failure);
          assert.match(error.message, message);
          assert.match(error.hint ?? "", hint);
          assert.doesNotMatch(`${error.message}${error.hint}`, /sec|ret|a-key|b-key/);
          return true;
        },
      );
    });
  }
});

describe("a key", () => {
  const credential = new Credential("partner", "s3cret/Key+1");

  test("goes out as Bearer, or as Basic with the organization's id", () => {
    assert.equal(credential.bearer(), "Bearer s3cret/Key+1");
    assert.equal(
      credential.basic(ORG),
      "Basic MjQ4ZGY0YjctYWE3MC00N2I4LWEwMzYtMzNhYzQ0N2U2NjhkOnMzY3JldC9LZXkrMQ==",
    );
  });

  test("does not show when it is printed, inspected or serialized", () => {
    const shown = [
      String(credential),
      JSON.stringify({ credential }),
      inspect({ credential }, { depth: 9, showHidden: true }),
      Object.values(credential).join(),
    ].join("\n");
    assert.doesNotMatch(shown, /s3cret/);
    assert.match(shown, /\[redacted\]/);
  });

  for (const [name, text, expected] of [
    ["plain", "no s3cret/Key+1 here", "no [redacted] here"],
    ["URL-encoded", "k=s3cret%2FKey%2B1&x", "k=[redacted]&x"],
    ["URL-encoded in lower case", "k=s3cret%2fKey%2b1&x", "k=[redacted]&x"],
    ["in a Bearer header", "Bearer s3cret/Key+1", "Bearer [redacted]"],
    ["in a Basic header", `got ${credential.basic(ORG)}!`, "got Basic [redacted]!"],
    ["twice", "s3cret/Key+1s3cret/Key+1", "[redacted][redacted]"],
    ["not at all", "s3cret Key", "s3cret Key"],
  ] as const) {
    test(`is taken out of a text: ${name}`, () => assert.equal(credential.redact(text), expected));
  }

  test("is taken out at any offset of Base64, whatever it is made of", () => {
    const key = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((n) => String.fromCharCode(n)),
      minLength: 8,
      maxLength: 60,
    });
    fc.assert(
      fc.property(key, fc.string(), fc.string(), (key, before, after) => {
        const one = new Credential("api", key);
        for (const encoding of ["base64", "base64url"] as const) {
          const text = Buffer.from(before + key + after).toString(encoding);
          const left = one.redact(text).replaceAll("[redacted]", "");
          assert.ok(!Buffer.from(left, encoding).toString("latin1").includes(key));
          assert.notEqual(one.redact(text), text);
        }
        assert.ok(!one.redact(`x ${key} y`).replaceAll("[redacted]", "").includes(key));
      }),
    );
  });
});
