import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseAddress } from "../../src/polytomic/address.ts";

describe("the address", () => {
  for (const [name, flag, variable, expected] of [
    ["is Polytomic's own by default", null, undefined, "https://app.polytomic.com"],
    ["may be empty in the environment", null, "", "https://app.polytomic.com"],
    ["comes from the environment", null, "https://p.example.com", "https://p.example.com"],
    ["comes from --url first", "https://a.example", "https://b.example", "https://a.example"],
    ["needs no scheme", null, "p.example.com", "https://p.example.com"],
    [
      "needs no scheme before a port",
      "p.example.com:8443",
      undefined,
      "https://p.example.com:8443",
    ],
    ["loses trailing slashes", "https://p.example.com///", undefined, "https://p.example.com"],
    ["keeps a path", "https://example.com/poly/", undefined, "https://example.com/poly"],
    ["may be HTTP on loopback", "http://localhost:8080/", undefined, "http://localhost:8080"],
    ["may be HTTP on 127.0.0.1", "http://127.0.0.1:80", undefined, "http://127.0.0.1"],
    ["may be HTTP on ::1", "http://[::1]:9000", undefined, "http://[::1]:9000"],
    ["may be in capitals", "HTTPS://P.Example.COM", undefined, "https://p.example.com"],
  ] as const) {
    test(name, () => {
      assert.equal(chooseAddress(flag, { POLYTOMIC_DEPLOYMENT_URL: variable }), expected);
    });
  }

  for (const [name, flag, message] of [
    ["HTTP elsewhere", "http://p.example.com", /would send the key unencrypted to p\.example\.com/],
    ["a name that only begins like loopback", "http://localhost.evil.example", /unencrypted/],
    ["a name that only begins like 127", "http://127.0.0.1.evil.example", /unencrypted/],
    ["all interfaces", "http://0.0.0.0:80", /unencrypted/],
    ["another scheme", "ftp://p.example.com", /ftp:/],
    ["a password", "https://me:pass@p.example.com", /user name or password/],
    ["a query", "https://p.example.com/?a=1", /query or fragment/],
    ["a fragment", "https://p.example.com/#a", /query or fragment/],
    ["nonsense", "https://", /not an address/],
    ["an empty flag", "", /--url is empty/],
  ] as const) {
    test(`${name} is refused`, () => {
      assert.throws(
        () => chooseAddress(flag, {}),
        (error) => {
          assert.ok(error instanceof Error);
          assert.equal(error.name, "Failure");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /pass@/);
          return true;
        },
      );
    });
  }
});
