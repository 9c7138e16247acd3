/** The content of an access report, independent of the format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessReport } from "../../src/report/access.ts";
import { accessTable, at, holding, user } from "../output/build.ts";
import { renderReportHtml } from "../output/render.ts";

const jane = user(
  "jane@acme.example",
  [holding("Admin"), holding("Member", { from: ["users.yaml:14"] })],
  { source: at(14) },
);
const pending = user("new@acme.example", [holding("Member", { now: false })], { now: false });

describe("the report of who has access", () => {
  it("counts in its headline what its lists have", () => {
    const sam = user("sam@acme.example", [holding("Member")], { state: "unmanaged" });
    const table = accessTable([jane, sam, pending]);
    const [one] = accessReport([table]).organizations;
    assert.equal(one?.headline, "2 users in Polytomic: 1 with Admin, 1 unmanaged; 1 pending");
    assert.deepEqual(
      one.groups.map(({ id, users }) => [id, users.length]),
      [
        ["admins", 1],
        ["others", 1],
        ["pending", 1],
      ],
    );
  });

  it("marks a role that Polytomic has and the files do not grant", () => {
    const [one] = accessReport([accessTable([jane])]).organizations;
    assert.deepEqual(
      one?.groups[0]?.users[0]?.roles.map(({ name, words }) => [name, words]),
      [
        ["Admin", ["held, but not granted by the files"]],
        ["Member", ["users.yaml:14"]],
      ],
    );
  });

  it("lists no holder of the admin role with a line that does not grant it", () => {
    const html = renderReportHtml([accessTable([jane])]);
    const holders = /<section id="admins".*?<\/section>/s.exec(html)?.[0] ?? "";
    assert.match(holders, /held, but not granted by the files/);
    assert.doesNotMatch(holders, /users\.yaml:14/);
  });
});
