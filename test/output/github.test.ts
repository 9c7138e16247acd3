import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotations, githubOutputs } from "../../src/output/github.ts";
import { add, at, change, DIGEST, organization, planOf } from "./build.ts";

describe("annotations", () => {
  it("are empty if there is nothing to report", () => {
    assert.equal(annotations([], null), "");
    assert.equal(annotations([], planOf([organization([])])), "");
  });

  it("stand on the line of each problem", () => {
    const place = { path: "teams/a,b.yaml", line: 7, column: 3 };
    assert.equal(
      annotations(
        [{ place, code: "unknown-role", values: { name: "Admn 100%", near: "Admin", known: [] } }],
        null,
      ),
      '::error file=teams/a%2Cb.yaml,line=7,col=3,title=unknown-role::the organization has no role "Admn 100%25": did you mean "Admin"?\n',
    );
  });

  it("have no file where the problem is in standard input", () => {
    const place = { path: "-", line: 7, column: 3 };
    assert.equal(
      annotations([{ place, code: "no-users", values: {} }], null),
      "::error title=no-users::neither this file nor one it includes has users: list the users, or write users: [] for none\n",
    );
  });

  it("have a guard's violation on the line that it is about, else at the file's top", () => {
    const plan = planOf([
      organization([change("cto@acme.example", ["Admin"], ["Member"], { source: at(7) })], {
        violations: [
          {
            guard: "protected",
            place: at(7),
            email: "cto@acme.example",
            loses: ["Admin"],
            leftOut: false,
          },
          {
            guard: "min-admins",
            place: null,
            scope: "plan",
            adminRole: "Admin",
            now: 1,
            left: 0,
            minimum: 1,
          },
        ],
      }),
    ]);
    assert.deepEqual(annotations([], plan).split("\n"), [
      "::error file=users.yaml,line=7,col=5,title=protected (Acme)::cto@acme.example is protected and would lose Admin: to allow it, remove the address from policy.protected",
      "::error file=users.yaml,line=1,col=1,title=min-admins (Acme)::the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      "",
    ]);
  });

  it("warn if a user gains the admin role", () => {
    const plan = planOf([organization([add("a@acme.example", ["Admin"], { source: at(9) })])]);
    assert.equal(
      annotations([], plan),
      "::warning file=users.yaml,line=9,col=5,title=Gains Admin::a@acme.example gains Admin in Acme\n",
    );
  });

  it("report an organization that could not be planned", () => {
    const failed = [
      { source: "x.yaml", organization: "Acme", message: "404: no such organization" },
    ];
    assert.equal(
      annotations([], planOf([], { failed })),
      "::error file=x.yaml,line=1,col=1,title=Acme could not be planned::404: no such organization\n",
    );
  });
});

describe("outputs", () => {
  it("are the plan's numbers, its digest and the exit code", () => {
    const plan = planOf([organization([add("a@acme.example", ["Admin"])])]);
    assert.equal(
      githubOutputs(plan, 2, "end"),
      [
        ["changes", "1"],
        ["create", "1"],
        ["update", "0"],
        ["remove", "0"],
        ["gains_admin", "1"],
        ["digest", DIGEST],
        ["exitcode", "2"],
      ]
        .map(([name, value]) => `${name}<<end\n${value}\nend\n`)
        .join(""),
    );
  });
});
