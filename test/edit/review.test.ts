/** `review` as a user runs it: the worksheet, the decisions, and what stays open. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "csv-parse/sync";
import { systemClock } from "../../src/clock.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import { organization, partnerState } from "../commands/elsewhere.ts";
import { type Polytomic, polytomic, type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";

const USERS = `version: 1
groups:
  team: { roles: [Member, Analyst] }
policy:
  ignore: ["*@polytomic.com"]
  max_removals: 100%
users:
  - email: cto@example.com
    roles: [Admin] # the chief
  - email: jane.doe@example.com
    roles: [{ role: Admin, expires: 2027-01-31 }]
    reason: =DATA-1
    reviewed: 2026-01-01
  - email: amara.okafor@example.com
    groups: [team]
  - email: sam@example.com
    roles: [Member, Billing]
`;

const HEAD = "organization,email,role,source,since,expires,reason,reviewed,decision,reviewer,note";

let server: Polytomic;
before(async () => {
  server = await polytomic();
});
after(() => server.close());

async function review(cwd: string, ...args: readonly string[]): Promise<Ran> {
  return run(["review", "--as-of", "2026-06-15", ...args], { cwd, env: server.env });
}

async function decide(...rows: readonly string[]): Promise<Ran & { readonly after: string }> {
  const cwd = await folderWith({ "users.yaml": USERS, "d.csv": [HEAD, ...rows].join("\n") });
  const ran = await review(cwd, "--decisions", "d.csv");
  return { ...ran, after: await readFile(join(cwd, "users.yaml"), "utf8") };
}

describe("the worksheet of a review", () => {
  it("has a row for each role that the files grant or Polytomic has, except for ignored users", async () => {
    const cwd = await folderWith({ "users.yaml": USERS });
    const { code, stdout, stderr } = await review(cwd, "--output", "csv");
    assert.equal(code, 0, stderr);
    const rows: string[][] = parse(stdout);
    assert.deepEqual(rows[0], HEAD.split(","));
    assert.deepEqual(
      rows.filter(([, email]) => /cto@|jane|amara|sam@|chloe|support/.test(email ?? "")),
      [
        [
          "Acme",
          "amara.okafor@example.com",
          "Analyst",
          "group team (users.yaml:3)",
          ...Array<string>(7).fill(""),
        ],
        [
          "Acme",
          "amara.okafor@example.com",
          "Member",
          "group team (users.yaml:3)",
          ...Array<string>(7).fill(""),
        ],
        [
          "Acme",
          "chloe.martin@example.com",
          "Analyst",
          "only in Polytomic",
          ...Array<string>(7).fill(""),
        ],
        ["Acme", "cto@example.com", "Admin", "users.yaml:9", ...Array<string>(7).fill("")],
        [
          "Acme",
          "jane.doe@example.com",
          "Admin",
          "users.yaml:11",
          "",
          "2027-01-31",
          "'=DATA-1",
          "2026-01-01",
          "",
          "",
          "",
        ],
        [
          "Acme",
          "sam@example.com",
          "Billing",
          "users.yaml:17 (not in Polytomic yet)",
          ...Array<string>(7).fill(""),
        ],
        ["Acme", "sam@example.com", "Member", "users.yaml:17", ...Array<string>(7).fill("")],
      ],
    );
    const toFile = await review(cwd, "--output", "csv=r.csv");
    assert.match(toFile.stdout, /^\d+ rows to decide, for \d+ users\.\n$/);
    assert.equal(await readFile(join(cwd, "r.csv"), "utf8"), stdout);
  });

  it("is one reviewer's share with --role, --only and --organization", async () => {
    const cwd = await folderWith({ "users.yaml": USERS });
    const admins = parse((await review(cwd, "--output", "csv", "--role", "admin")).stdout);
    assert.deepEqual(
      admins.map((row) => row[1]),
      ["email", "cto@example.com", "jane.doe@example.com"],
    );
    const { stdout } = await review(
      cwd,
      "--output",
      "csv",
      "--only",
      "SAM@example.com",
      "--organization",
      "Acme",
    );
    assert.deepEqual(
      parse(stdout).map((row) => row[2]),
      ["role", "Billing", "Member"],
    );
  });
});

describe("the decisions of a review", () => {
  it("keep marks a user whose rows are all decided, revoke takes the grant out; the rest is listed, exit 2", async () => {
    const { code, after, stdout, stderr } = await decide(
      "Acme,cto@example.com,Admin,users.yaml:9,,,,,keep,ann,",
      "Acme,amara.okafor@example.com,Analyst,group team (users.yaml:3),,,,,revoke,ann,left the team",
      "Acme,amara.okafor@example.com,Member,group team (users.yaml:3),,,,,keep,ann,",
      "Acme,sam@example.com,Member,users.yaml:17,,,,,KEEP,ann,",
      "Acme,sam@example.com,Billing,users.yaml:17 (not in Polytomic yet),,,,,,ann,",
    );
    assert.equal(code, 2, stderr);
    assert.equal(
      after,
      USERS.replace("# the chief\n", "# the chief\n    reviewed: 2026-06-15\n").replace(
        "    groups: [team]\n",
        "    roles: [Member]\n    reviewed: 2026-06-15\n",
      ),
    );
    assert.match(stdout, /^--- users\.yaml\n/);
    assert.match(stderr, /Analyst came from the group team/);
    assert.match(stderr, /\n3 kept, 1 revoked, 1 open; 2 users reviewed\.\n/);
    assert.match(
      stderr,
      /Open rows:\n {2}d\.csv:6: sam@example\.com Billing \(Acme\): not decided\nNext: decide the open rows, then run this command again\n$/,
    );
  });

  it("decisions about changed access are refused, and the others are carried out", async () => {
    const { code, after, stderr } = await decide(
      "Acme,jane.doe@example.com,Admin,users.yaml:11,,2026-12-31,'=DATA-1,2026-01-01,keep,ann,",
      "Acme,cto@example.com,Viewer,users.yaml:9,,,,,keep,ann,",
      "Acme,cto@example.com,Admin,users.yaml:2000,,,,,keep,ann,",
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /d\.csv:2: jane\.doe@example\.com Admin \(Acme\): changed since .*: now users\.yaml:11 \(expires 2027-01-31\)\n/,
    );
    assert.match(
      stderr,
      /d\.csv:3: cto@example\.com Viewer \(Acme\): changed since .*: this access no longer exists\n/,
    );
    assert.match(after, /# the chief\n {4}reviewed: 2026-06-15\n/);
  });

  it("exits with 0 if everything is decided, whatever a spreadsheet changed in the file", async () => {
    const cwd = await folderWith({ "users.yaml": USERS });
    const sheet = `\uFEFF${HEAD.replaceAll(",", ";")}\r\nAcme;jane.doe@example.com;Admin;users.yaml:11;;31.01.2027;=DATA-1;01.01.2026;Keep;ann;"a;b"\r\n`;
    await writeFile(join(cwd, "d.csv"), sheet);
    const { code, stderr } = await review(cwd, "--decisions", "d.csv");
    assert.equal(code, 0, stderr);
    assert.match(await readFile(join(cwd, "users.yaml"), "utf8"), /reviewed: 2026-06-15/);
  });

  it("an expiry with day and month exchanged is another expiry", async () => {
    const cwd = await folderWith({
      "users.yaml": USERS.replace("2027-01-31", "2027-02-01"),
      "d.csv": `${HEAD}\nAcme,jane.doe@example.com,Admin,users.yaml:11,,2027-01-02,,,keep,ann,\n`,
    });
    const { code, stderr } = await review(cwd, "--decisions", "d.csv");
    assert.equal(code, 2);
    assert.match(
      stderr,
      /changed since the worksheet was created: now users\.yaml:11 \(expires 2027-02-01\)/,
    );
  });

  it("rows of separators alone, as spreadsheets leave behind, are no rows", async () => {
    const { code, stderr } = await decide(
      "Acme,cto@example.com,Admin,users.yaml:9,,,,,keep,ann,",
      ",,,,,,,,,,",
      " ,,,,,,,,,,",
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^1 kept, 0 revoked, 0 open; 1 user reviewed\.\n/);
  });

  it("a row that is missing in the worksheet is listed where its user would be marked as reviewed", async () => {
    const { code, after, stderr } = await decide(
      "Acme,sam@example.com,Member,users.yaml:17,,,,,keep,ann,",
      "Acme,amara.okafor@example.com,Analyst,group team (users.yaml:3),,,,,revoke,ann,",
    );
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /\n1 kept, 1 revoked, 1 open; 0 users reviewed\.\n.*\nOpen rows:\n {2}sam@example\.com Billing \(Acme\): not in the worksheet, so the user is not marked as reviewed\n/,
    );
    assert.equal(after, USERS.replace("    groups: [team]\n", "    roles: [Member]\n"));
  });

  it("several files are merged, and conflicts reported", async () => {
    const row = "Acme,cto@example.com,Admin,users.yaml:9,,,,,";
    const cwd = await folderWith({
      "users.yaml": USERS,
      "a.csv": `${HEAD}\n${row}keep,ann,\nAcme,sam@example.com,Member,users.yaml:17,,,,,,,\n`,
      "b.csv": `${HEAD}\n${row}revoke,bob,\nAcme,sam@example.com,Member,users.yaml:17,,,,,keep,bob,\n`,
    });
    const { code, stdout, stderr } = await review(
      cwd,
      "--decisions",
      "a.csv",
      "--decisions",
      "b.csv",
    );
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /a\.csv:2, b\.csv:2: cto@example\.com Admin \(Acme\): conflict: keep in a\.csv:2 by ann, revoke in b\.csv:2 by bob\n/,
    );
    assert.doesNotMatch(stderr, /sam@example\.com Member/);
  });

  it("a role that only Polytomic has is granted when it is kept, and left to the plan when it is revoked", async () => {
    const { code, after } = await decide(
      "Acme,chloe.martin@example.com,Analyst,only in Polytomic,,,,,keep,ann,",
      "Acme,elif.kaya@example.com,Viewer,only in Polytomic,,,,,revoke,ann,",
    );
    assert.equal(code, 0);
    assert.equal(
      after,
      `${USERS}  - email: chloe.martin@example.com\n    roles: [Analyst]\n    reviewed: 2026-06-15\n`,
    );
  });

  it("two entries on one line are two users", async () => {
    const cwd = await folderWith({
      "users.yaml":
        "version: 1\npolicy: { unmanaged: keep }\nusers: [{email: cto@example.com, roles: [Admin]}, {email: sam@example.com, roles: [Member, Billing]}]\n",
      "d.csv": [
        HEAD,
        "Acme,cto@example.com,Admin,users.yaml:3,,,,,keep,ann,",
        "Acme,sam@example.com,Billing,users.yaml:3 (not in Polytomic yet),,,,,revoke,ann,",
        "Acme,sam@example.com,Member,users.yaml:3,,,,,keep,ann,",
      ].join("\n"),
    });
    const { code, stderr } = await review(cwd, "--decisions", "d.csv");
    assert.equal(code, 0, stderr);
    assert.equal(
      await readFile(join(cwd, "users.yaml"), "utf8"),
      "version: 1\npolicy: { unmanaged: keep }\nusers: [{email: cto@example.com, roles: [Admin], reviewed: 2026-06-15}, {email: sam@example.com, roles: [Member], reviewed: 2026-06-15}]\n",
    );
  });

  it("writes nothing with --dry-run", async () => {
    const cwd = await folderWith({
      "users.yaml": USERS,
      "d.csv": `${HEAD}\nAcme,cto@example.com,Admin,users.yaml:9,,,,,keep,ann,\n`,
    });
    const { code, stdout } = await review(cwd, "--decisions", "d.csv", "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /\+ {4}reviewed: 2026-06-15\n/);
    assert.equal(await readFile(join(cwd, "users.yaml"), "utf8"), USERS);
  });

  const mistakes: readonly (readonly [what: string, text: string, error: RegExp])[] = [
    [
      "another word",
      `${HEAD}\nAcme,cto@example.com,Admin,,,,,,maybe,,\nAcme,x,y,,,,,,yes,,\n`,
      /^d\.csv:2:1: bad-decision: .*"maybe"\nd\.csv:3:1: bad-decision: .*"yes"\n/,
    ],
    [
      "missing columns",
      "email,role\na,b\n",
      /^d\.csv:1:1: bad-worksheet: columns are missing \(organization, source, expires, decision\)/,
    ],
    ["no CSV", `${HEAD}\n"`, /^d\.csv:2:1: bad-worksheet: not a CSV file/],
  ];
  for (const encoding of ["latin1", "utf16le"] as const) {
    it(`is refused in ${encoding}, which would change the names in it`, async () => {
      const text = `\uFEFF${HEAD}\nMüller,cto@example.com,Admin,,,,,,keep,,\n`;
      const cwd = await folderWith({ "users.yaml": USERS });
      await writeFile(join(cwd, "d.csv"), Buffer.from(text, encoding));
      const { code, stderr } = await review(cwd, "--decisions", "d.csv");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: could not read d\.csv: it is not in UTF-8\nhint: save it as UTF-8/,
      );
    });
  }
  for (const [what, text, error] of mistakes) {
    it(`is refused with the place: ${what}`, async () => {
      const cwd = await folderWith({ "users.yaml": USERS, "d.csv": text });
      const { code, stderr } = await review(cwd, "--decisions", "d.csv");
      assert.equal(code, 1);
      assert.match(stderr, error);
    });
  }
});

describe("decisions that the files cannot carry out", () => {
  const demoting = USERS.replace("policy:\n", "policy:\n  on_removal: { demote_to: Viewer }\n");
  const decideIn = async (files: Readonly<Record<string, string>>, ...rows: readonly string[]) => {
    const cwd = await folderWith({ ...files, "d.csv": [HEAD, ...rows].join("\n") });
    const ran = await review(cwd, "--decisions", "d.csv");
    return { ...ran, after: await readFile(join(cwd, "users.yaml"), "utf8") };
  };

  it("a demoted user's role cannot be revoked: on_removal would leave it", async () => {
    const { code, stderr, after } = await decideIn(
      { "users.yaml": demoting },
      "Acme,elif.kaya@example.com,Viewer,only in Polytomic,,,,,revoke,ann,",
      "Acme,cto@example.com,Admin,users.yaml:10,,,,,keep,ann,",
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /Open rows:\n {2}d\.csv:2: elif\.kaya@example\.com Viewer \(Acme\): policy\.on_removal demotes every removed user to Viewer: remove the user in Polytomic\n/,
    );
    assert.equal(
      after,
      demoting.replace("# the chief\n", "# the chief\n    reviewed: 2026-06-15\n"),
    );
  });

  it("another role of a user whom on_removal demotes is left to the plan", async () => {
    const { code, after } = await decideIn(
      { "users.yaml": demoting },
      "Acme,chloe.martin@example.com,Analyst,only in Polytomic,,,,,revoke,ann,",
    );
    assert.equal(code, 0);
    assert.equal(after, demoting);
  });

  it("a role that has ended in the files is not kept by a date of review", async () => {
    const ended = USERS.replace(
      "[{ role: Admin, expires: 2027-01-31 }]",
      "[{ role: Admin, expires: 2026-01-31 }]",
    );
    const { code, stderr, after } = await decideIn(
      { "users.yaml": ended },
      "Acme,jane.doe@example.com,Admin,only in Polytomic,,,,,keep,ann,",
    );
    assert.equal(code, 2);
    assert.match(
      stderr,
      /jane\.doe@example\.com Admin \(Acme\): this access has expired in the files \(users\.yaml:10\): to keep it, grant it with a later expiry\n/,
    );
    assert.equal(after, ended);
  });

  describe("an entry that two organizations share", () => {
    const COMMON =
      "version: 1\nusers:\n  - email: support@x.org\n    roles: [Viewer, Member] # both\n";
    const own = (name: string): string =>
      `version: 1\norganization: ${name}\ninclude: [common.yaml]\nusers:\n  - email: ${name.toLowerCase()}@x.org\n    roles: [Admin]\n`;
    const at = "common.yaml:3";
    let partner: Awaited<ReturnType<typeof startSandboxServer>>;
    before(async () => {
      const state = partnerState(
        ["Acme", "Beta"].map((name, index) =>
          organization(`${index + 1}1111111-1111-4111-8111-111111111111`, name, [
            [`${name.toLowerCase()}@x.org`, "Admin"],
            ["support@x.org", "Viewer", "Member"],
          ]),
        ),
      );
      partner = await startSandboxServer(createSandbox({ state, clock: systemClock }), { port: 0 });
    });
    after(() => partner.close());
    const decideBoth = async (...rows: readonly string[]) => {
      const files = { "acme.yaml": own("Acme"), "beta.yaml": own("Beta"), "common.yaml": COMMON };
      const cwd = await folderWith({ ...files, "d.csv": [HEAD, ...rows].join("\n") });
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: partner.url,
        POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
      };
      const args = ["review", "acme.yaml", "beta.yaml", "--as-of", "2026-06-15"];
      const ran = await run([...args, "--decisions", "d.csv"], { cwd, env });
      return { ...ran, after: await readFile(join(cwd, "common.yaml"), "utf8") };
    };
    it("the page of a worksheet names an organization that could not be read and is missing", async () => {
      const files = { "acme.yaml": own("Acme"), "common.yaml": COMMON, "gone.yaml": own("Gone") };
      const cwd = await folderWith(files);
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: partner.url,
        POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
      };
      const args = ["review", "acme.yaml", "gone.yaml", "--output", "html"];
      const { code, stdout, stderr } = await run(args, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /this key cannot reach an organization "Gone"/);
      assert.match(stdout, /Incomplete: Gone could not be read, so its users are missing here\./);
    });

    const row = (organization: string, role: string, decision: string): string =>
      `${organization},support@x.org,${role},${at},,,,,${decision},ann,`;

    for (const [what, rows] of [
      ["one of them decides", [row("Acme", "Viewer", "revoke")]],
      ["they decide differently", [row("Acme", "Viewer", "revoke"), row("Beta", "Viewer", "keep")]],
    ] as const) {
      it(`stays as it is where ${what}`, async () => {
        const { code, stderr, after } = await decideBoth(...rows);
        assert.equal(code, 2);
        assert.match(
          stderr,
          /d\.csv:2: support@x\.org Viewer \(Acme\): the entry is shared with Beta: make the same decision there\n/,
        );
        assert.equal(after, COMMON);
      });
    }

    it("is edited where both decide the same, and reviewed once all its rows are", async () => {
      const rows = ["Acme", "Beta"].flatMap((name) => [
        row(name, "Viewer", "revoke"),
        row(name, "Member", "keep"),
      ]);
      const { code, stderr, after } = await decideBoth(...rows);
      assert.equal(code, 0, stderr);
      assert.equal(
        after,
        "version: 1\nusers:\n  - email: support@x.org\n    roles: [Member] # both\n    reviewed: 2026-06-15\n",
      );
    });
  });
});
