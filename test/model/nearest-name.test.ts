import assert from "node:assert/strict";
import { test } from "node:test";
import { nameFinder, nearestName } from "../../src/model/nearest-name.ts";

const rows: readonly (readonly [string, readonly string[], string | null])[] = [
  ["Admn", ["Member", "Admin"], "Admin"],
  ["user", ["users", "roles"], "users"],
  ["VIEWER", ["viewer"], "viewer"],
  ["QA", ["CS", "PM"], null], // never all letters
  ["x", ["y"], null],
  ["abcd", ["abce", "abcc"], "abcc"], // equally near: the first by name
  ["data_team", ["data-team"], "data-team"],
  ["", ["a"], null],
  ["amdin", ["admin"], "admin"], // two letters in the wrong order
  ["zoe", ["joe", "zed"], "joe"],
  ["nobody@acme.example", ["ben.berg@acme.example"], null], // a domain in common does not make addresses similar
  ["ben.brg@acme.example", ["ben.berg@acme.example"], "ben.berg@acme.example"],
  ["ben@acme.exmaple", ["ben@acme.example", "bea@acme.example"], "ben@acme.example"],
  ["nofile.yaml", ["role.yaml"], null],
  ["user.yaml", ["users.yaml"], "users.yaml"],
  ["users.yml", ["users.yaml"], "users.yaml"],
];
for (const [written, candidates, expected] of rows) {
  test(`${JSON.stringify(written)} among ${candidates.join(", ")}`, () => {
    assert.equal(nearestName(written, candidates), expected);
  });
}

test("the search is bounded: no names of 30,000 letters, not among 130,000", () => {
  const long = "a".repeat(30_000);
  assert.equal(nearestName(long, [`${long}b`]), null);
  assert.equal(
    nearestName(
      "name 1",
      Array.from({ length: 130_000 }, (_, n) => `name ${n}`),
    ),
    null,
  );
});

test("a finder searches for the first thousand names only", () => {
  const find = nameFinder(["Admin"]);
  for (let n = 0; n < 1_000; n += 1) find(`name ${n}`);
  assert.equal(find("Admn"), null);
});
