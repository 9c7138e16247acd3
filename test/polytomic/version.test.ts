import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  chooseVersion,
  needsNoOrganization,
  encodeSegment,
  usersPath,
} from "../../src/polytomic/version.ts";

describe("the version", () => {
  for (const [kind, chosen, name, method, path] of [
    ["api", null, "2025-09-18", "PUT", "/api/organization/users"],
    ["api", "", "2025-09-18", "PUT", "/api/organization/users"],
    ["api", "2024-02-08", "2024-02-08", "PUT", "/api/organizations/acme/users"],
    ["api", "2023-04-25", "2023-04-25", "PATCH", "/api/organizations/acme/users"],
    ["partner", null, "2023-04-25", "PATCH", "/api/organizations/acme/users"],
    ["partner", "2025-09-18", "2025-09-18", "PUT", "/api/organizations/acme/users"],
    ["deployment", null, "2023-04-25", "PATCH", "/api/organizations/acme/users"],
    ["deployment", "2022-12-12", "2022-12-12", "PATCH", "/api/organizations/acme/users"],
  ] as const) {
    test(`${chosen ?? "by default"} with the ${kind} key: ${name}, ${method} ${path}`, () => {
      const version = chooseVersion({ kind }, chosen);
      assert.equal(version.name, name);
      assert.equal(version.updateMethod, method);
      const address = needsNoOrganization(kind, version) ? null : "acme";
      assert.equal(usersPath(address), path);
    });
  }

  test("of another envelope is refused by name", () => {
    assert.throws(
      () => chooseVersion({ kind: "api" }, "2021-05-23"),
      /2021-05-23 is not supported/,
    );
  });

  test("that does not exist is refused with the list", () => {
    assert.throws(() => chooseVersion({ kind: "api" }, "2023-04-26"), {
      name: "Failure",
      message: 'unknown API version "2023-04-26"',
      hint: /2025-09-18, 2024-02-08, 2023-04-25, 2022-12-12/,
    });
  });
});

describe("an id in a path", () => {
  test("stays one encodeSegment", () => {
    assert.equal(encodeSegment("a/b?c=d#e%2e"), "a%2Fb%3Fc%3Dd%23e%252e");
  });
  for (const id of ["", ".", ".."]) {
    test(`that is ${JSON.stringify(id)} is refused`, () => {
      assert.throws(() => encodeSegment(id), /the invalid id/);
    });
  }
});
