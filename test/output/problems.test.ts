import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Failure } from "../../src/model/failure.ts";
import { formatFailure, formatProblem } from "../../src/output/problems.ts";

describe("a problem", () => {
  it("has its place, its code and its message on one line", () => {
    const place = { path: "teams/users.yaml", line: 3, column: 7 };
    assert.equal(
      formatProblem({
        place,
        code: "sandbox-state",
        values: { kind: "x", message: "no role\nAdmn" },
      }),
      "teams/users.yaml:3:7: sandbox-state: no role\\u{a}Admn",
    );
  });
});

describe("a failure", () => {
  it("is an error", () => {
    assert.equal(formatFailure(new Failure("no answer")), "error: no answer");
  });

  it("is an error and a hint", () => {
    assert.equal(
      formatFailure(new Failure("no\u001b answer", { hint: "check the address" })),
      "error: no\\u{1b} answer\nhint: check the address",
    );
  });
});
