/** `report` as an auditor needs it: its own origin, since when, at an earlier commit, as a bundle. */
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "csv-parse/sync";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { systemClock } from "../../src/clock.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import { edit, git, remove, repositoryOf } from "../history/repository.ts";
import { ACME, acmeFile, ACME_USERS, polytomic, type Polytomic, run } from "../program.ts";
import { folderWith, skipWithout } from "../support.ts";
import { organization, partnerState } from "./elsewhere.ts";

const policy = 'policy: { ignore: ["*@polytomic.com"], unmanaged: keep }\n';
const listed = ACME_USERS.filter(([email]) => !/^(farid|support)/.test(email));
const start = acmeFile(listed, policy);
const fewer = start.replace("roles: [Billing, Member]", "roles: [Member]");
const now = `${fewer}  - email: new@example.com\n    roles: [Viewer]\n    reason: DATA-1\n`;
const gone =
  "version: 1\norganization: Gone\nusers:\n  - email: x@example.com\n    roles: [Admin]\n";
const EPOCH = "1790000000";

describe("report", { skip: skipWithout("git") }, () => {
  let server: Polytomic;
  let cwd: string;
  before(async () => {
    server = await polytomic();
    cwd = repositoryOf([
      {
        at: "2026-01-05",
        files: { "access/acme.yaml": start, "access/gone.yaml": gone },
        message: "Start (#1)",
      },
      {
        at: "2026-02-05",
        files: { "access/acme.yaml": fewer, "access/gone.yaml": null },
        message: "Less (#2)",
        author: "Bob Roe <bob@example.com>",
      },
      {
        at: "2026-03-05",
        files: { "access/acme.yaml": null, "access/company.yaml": now },
        message: "On a branch",
        merged: { at: "2026-03-06", message: "Merge pull request #12 from acme/new" },
      },
    ]);
  });
  after(async () => {
    remove(cwd);
    await server.close();
  });
  const environment = () => ({
    ...server.env,
    PATH: process.env["PATH"] ?? "",
    SOURCE_DATE_EPOCH: EPOCH,
  });
  const report = async (...args: readonly string[]) => {
    const words = args.includes("--as-of") ? args : [...args, "--as-of", "2026-11-24"];
    return run(["report", ...words], { cwd, env: environment() });
  };
  const good = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await report(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const head = (): string => git(cwd, "rev-parse", "HEAD").trim();
  const short = (name: string): string => git(cwd, "rev-parse", name).slice(0, 12);
  const rows = (csv: string): readonly Record<string, string>[] => parse(csv, { columns: true });
  const byUser = (csv: string, email: string) => rows(csv).filter((row) => row["email"] === email);

  it("has the day, the time, the version, the commit, the address, the key and the counts", async () => {
    const text = await good("access");
    for (const line of [
      "As of: 2026-11-24",
      /^Created: 2026-09-21T14:13:20Z by polytomic-users \d+\.\d+\.\d+$/m,
      `Commit: ${head()}`,
      `Polytomic: ${server.url}, read with an API key`,
      "Users: 12 listed by Polytomic (11 reported, 1 ignored); 1 pending",
    ]) {
      if (typeof line === "string") assert.ok(text.includes(`\n${line}\n`), `${line}\n${text}`);
      else assert.match(text, line);
    }
    const json = JSON.parse(await good("access", "--output", "json"));
    const { organizations: _, made_by, ...about } = json;
    assert.match(made_by, /^polytomic-users \d/);
    assert.deepEqual(about, {
      format_version: 1,
      basis: "both",
      as_of: "2026-11-24",
      made_at: "2026-09-21T14:13:20Z",
      commit: head(),
      committed_at: null,
      url: server.url,
      credential: "api",
      users: { organizations: 1, listed: 12, reported: 11, ignored: 1, left_out: 0, pending: 1 },
      notes: [],
      failed: [],
    });
  });

  it("says in every format since when each role is granted, by which commit and pull request", async () => {
    const since = `since 2026-01-05, ${short("HEAD~2")} (#1)`;
    assert.ok(
      (await good("access")).includes(
        `sam@example.com            Member   access/company.yaml:10, ${since}`,
      ),
    );
    assert.ok(
      (await good("access", "--output", "markdown")).includes(
        `since 2026-01-05, \`${short("HEAD~2")} (#1)\``,
      ),
    );
    const html = await good("access", "--output", "html");
    assert.ok(html.includes(`<code>${short("HEAD~2")}</code> #1`));
    const csv = await good("access", "--output", "csv");
    const [pending] = byUser(csv, "new@example.com");
    assert.deepEqual(
      [
        pending?.["pending"],
        pending?.["since"],
        pending?.["since_commit"],
        pending?.["since_pull_request"],
      ],
      ["yes", "2026-03-06", head(), "#12"],
    );
  });

  it("marks what Polytomic has and the files do not grant, also of a user that they grant something else", async () => {
    const csv = await good("access", "--output", "csv");
    const diego = byUser(csv, "diego.ramos@example.com");
    assert.deepEqual(
      diego.map((row) => [row["role"], row["granted"], row["granted_by"], row["since"]]),
      [
        ["Billing", "no", "", ""],
        ["Member", "yes", "access/company.yaml:20", "2026-01-05"],
      ],
    );
    assert.match(await good("access"), /Billing {2}held, but not granted by the files/);
  });

  it("lists users without access yet separately", async () => {
    const [, pending = ""] = (await good("access")).split(
      "Pending: in the files, not in Polytomic yet",
    );
    assert.match(pending, /^: 1\n {2}new@example\.com/);
    const [one] = JSON.parse(await good("access", "--output", "json")).organizations;
    assert.deepEqual(
      one.pending.map(({ email }: { email: string }) => email),
      ["new@example.com"],
    );
    assert.ok(one.users.every(({ email }: { email: string }) => email !== "new@example.com"));
  });

  it("--role lists who holds it", async () => {
    const text = await good("access", "--role", "billing");
    assert.match(text, /diego\.ramos@example\.com/);
    assert.doesNotMatch(text, /sam@example\.com|Member/);
    assert.match(text, /^Role filter: billing$/m);
    assert.match(text, /1 reported, 0 ignored, 11 without the role/);
    const none = await report("access", "--role", "Biling");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no user holds or is granted the role "Biling".*\n.*Billing/);
  });

  it("without any file lists what is in Polytomic", async () => {
    const empty = await folderWith({});
    const { code, stdout } = await run(["report"], { cwd: empty, env: environment() });
    assert.equal(code, 0);
    assert.match(stdout, /^The users in Polytomic now\. No files were read/);
    assert.match(stdout, /12 users in Polytomic: 3 with Admin\./);
    assert.match(stdout, /^Files: not read$/m);
  });

  it("without any file and with a partner key lists all organizations, or the one that is named", async () => {
    const state = partnerState([
      organization("11111111-1111-4111-8111-111111111111", "One", [["a@example.com", "Admin"]]),
      organization("22222222-2222-4222-8222-222222222222", "Two", [["b@example.com", "Member"]]),
    ]);
    const other = await startSandboxServer(createSandbox({ state, clock: systemClock }), {
      port: 0,
    });
    const cwd = await folderWith({});
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: other.url,
      POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
    };
    try {
      const all = await run(["report"], { cwd, env });
      assert.match(all.stdout, /2 users in 2 organizations/);
      assert.match(all.stdout, /read with a partner key/);
      const two = await run(["report", "--organization", "Two"], { cwd, env });
      assert.match(two.stdout, /b@example\.com/);
      assert.doesNotMatch(two.stdout, /a@example\.com/);
      const both = ["report", "--organization", "Two", "--organization", "One"];
      assert.match((await run(both, { cwd, env })).stdout, /2 users in 2 organizations/);
      const second = await run(["report", "--shard", "2/2"], { cwd, env });
      assert.match(second.stdout, /b@example\.com/);
      assert.doesNotMatch(second.stdout, /a@example\.com/);
      const three = await run(["report", "--organization", "Three"], { cwd, env });
      assert.equal(three.code, 1);
      assert.match(three.stderr, /this key cannot reach an organization "Three"/);
    } finally {
      await other.close();
    }
  });

  it("without any file refuses a name that several organizations have", async () => {
    const state = partnerState([
      organization("11111111-1111-4111-8111-111111111111", "Twin", [["a@example.com", "Admin"]]),
      organization("22222222-2222-4222-8222-222222222222", "Twin", [["b@example.com", "Member"]]),
    ]);
    const other = await startSandboxServer(createSandbox({ state, clock: systemClock }), {
      port: 0,
    });
    after(() => other.close());
    const cwd = await folderWith({});
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: other.url,
      POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
    };
    const { code, stdout, stderr } = await run(["report", "--organization", "Twin"], { cwd, env });
    assert.equal(code, 1, stdout);
    assert.match(stderr, /2 organizations are named "Twin": 11111111-.*, 22222222-/);
  });

  it("without any file refuses every organization that the API key does not belong to", async () => {
    const cwd = await folderWith({});
    const args = ["report", "--organization", ACME, "--organization", "Globex"];
    const { code, stdout, stderr } = await run(args, { cwd, env: environment() });
    assert.equal(code, 1, stdout);
    assert.match(stderr, /--organization is "Globex", but the API key belongs to/);
    const twice = ["report", "--organization", ACME, "--organization", "Acme"];
    const { stdout: once } = await run(twice, { cwd, env: environment() });
    assert.match(once, /12 users in Polytomic: 3 with Admin\./);
  });

  it("names the organizations that could not be read, in every format but CSV", async () => {
    const state = partnerState([
      organization("11111111-1111-4111-8111-111111111111", "One", [["a@example.com", "Admin"]]),
    ]);
    const other = await startSandboxServer(createSandbox({ state, clock: systemClock }), {
      port: 0,
    });
    after(() => other.close());
    const file = (name: string): string =>
      `version: 1\norganization: ${name}\nusers:\n  - email: a@example.com\n    roles: [Admin]\n`;
    const cwd = await folderWith({ "one.yaml": file("One"), "two.yaml": file("Two") });
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: other.url,
      POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
    };
    const outputs = ["json", "html", "markdown"].flatMap((one) => ["--output", `${one}=r.${one}`]);
    const ran = await run(["report", ".", "--output", "text", ...outputs], { cwd, env });
    assert.equal(ran.code, 1);
    const says = "Incomplete: Two could not be read, so its users are missing here.";
    assert.ok(ran.stdout.startsWith(`${says}\n`), ran.stdout);
    assert.ok(readFileSync(join(cwd, "r.html"), "utf8").includes(says));
    assert.match(
      readFileSync(join(cwd, "r.markdown"), "utf8"),
      /> Incomplete: Two could not be read/,
    );
    const [failed] = JSON.parse(readFileSync(join(cwd, "r.json"), "utf8")).failed;
    assert.deepEqual([failed.source, failed.organization], ["two.yaml", "Two"]);
    assert.match(failed.message, /this key cannot reach an organization "Two"/);
  });

  it("--output vanta has the columns and values of Vanta's access file", async () => {
    const csv = rows(await good("access", "--output", "vanta"));
    assert.equal(csv.length, 12);
    assert.deepEqual(
      csv.find((row) => row["Account name"] === "diego.ramos@example.com"),
      {
        "Account name": "diego.ramos@example.com",
        "Account owner": "diego.ramos@example.com",
        Role: "Billing, Member",
        Status: "Active",
      },
    );
    const vendor = csv.find((row) => row["Account name"] === "support@polytomic.com");
    assert.equal(vendor?.["Account owner"], "External user");
  });

  describe("--at", () => {
    it("a day is what the files said then, under the name that they had then, and is labelled so", async () => {
      const asked = server.sandbox.log.length;
      const { code, stdout } = await run(["report", "access/company.yaml", "--at", "2026-02-10"], {
        cwd,
        env: { PATH: process.env["PATH"] ?? "" },
      });
      assert.equal(code, 0);
      assert.equal(server.sandbox.log.length, asked);
      const label = `The files at commit ${short("HEAD~1")} (2026-02-05), with expiries as of 2026-02-10. This does not show`;
      assert.ok(stdout.startsWith(label), stdout);
      assert.match(stdout, /10 users granted access by the files: 2 with Admin\./);
      assert.match(stdout, /access\/acme\.yaml:20/);
      assert.doesNotMatch(stdout, /Billing/);
    });

    it("a commit is what the files said once it was made, with all that is gone since", async () => {
      const csv = await good(
        "access",
        "--at",
        "HEAD~2",
        "--as-of",
        "2026-01-05",
        "--output",
        "csv",
      );
      assert.equal(byUser(csv, "x@example.com")[0]?.["organization_name"], "Gone");
      assert.equal(byUser(csv, "diego.ramos@example.com").length, 2);
      assert.equal(byUser(csv, "new@example.com").length, 0);
    });

    it("claims no id that the files do not have", async () => {
      const files = {
        "users.yaml":
          "version: 1\norganization: Acme\nroles: { analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321 }\nusers:\n  - email: a@example.com\n    roles: [Admin, analyst]\n",
      };
      const folder = repositoryOf([{ at: "2026-01-05", files }]);
      after(() => remove(folder));
      const at = async (...args: readonly string[]) =>
        (await run(["report", "--at", "HEAD", ...args], { cwd: folder })).stdout;
      const [organization] = JSON.parse(await at("--output", "json")).organizations;
      assert.deepEqual(
        [organization.organization_id, organization.organization_name, organization.admin_role],
        [null, "Acme", { id: null, name: "Admin" }],
      );
      assert.deepEqual(
        organization.users[0].roles.map(({ id, name }: { id: string; name: string }) => [id, name]),
        [
          [null, "Admin"],
          ["d9f8e7c6-b5a4-4210-9fed-cba987654321", "analyst"],
        ],
      );
      const rows = parse(await at("--output", "csv")).slice(1);
      assert.deepEqual(
        rows.map((row: readonly string[]) => [row[0], row[1], row[5], row[6], row[7]]),
        [
          ["", "Acme", "Admin", "", "yes"],
          ["", "Acme", "analyst", "d9f8e7c6-b5a4-4210-9fed-cba987654321", "no"],
        ],
      );
      assert.match(await at(), /\nOrganization Acme, users\.yaml\n/);
    });

    it("a commit that is not of this branch is read too", async () => {
      const csv = await good("access", "--at", "HEAD^2", "--output", "csv");
      assert.equal(byUser(csv, "new@example.com").length, 1);
    });

    for (const [what, args, says] of [
      [
        "a day before the first commit",
        ["access", "--at", "2020-01-01"],
        /no commit yet on 2020-01-01/,
      ],
      ["no commit", ["access", "--at", "nothing"], /there is no commit nothing/],
      ["an option", ["access", "--at", "--output=x"], /there is no commit --output=x/],
      ["a file that was not there", ["access/gone.yaml", "--at", "HEAD"], /there was no file/],
      [
        "one of two organizations that no file named",
        ["access", "--at", "HEAD", "--organization", ACME, "--organization", "Globex"],
        /no file named the organization "Globex" at that commit/,
      ],
    ] as const) {
      it(`${what}: says so`, async () => {
        const { code, stderr } = await report(...args);
        assert.equal(code, 1);
        assert.match(stderr, says);
      });
    }
  });

  describe("--bundle", () => {
    let bundles: string;
    before(async () => {
      bundles = await folderWith({});
      const applied = await run(
        [
          "apply",
          "access",
          "--yes",
          "--audit-log",
          join(bundles, "audit.jsonl"),
          "--as-of",
          "2026-11-24",
        ],
        { cwd, env: environment() },
      );
      assert.equal(applied.code, 0, applied.stderr);
    });
    const bundle = (name: string, ...more: readonly string[]) =>
      report("access", "--bundle", join(bundles, name), "--since", "2026-01-06", ...more);
    const read = (name: string, file: string): string =>
      readFileSync(join(bundles, name, file), "utf8");

    it("has the population, every change with its pull request, what was carried out, and a manifest", async () => {
      const { code, stdout, stderr } = await bundle(
        "one",
        "--audit-log",
        join(bundles, "audit.jsonl"),
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /3 changes of access, 0 without a pull request\./);
      assert.match(stdout, /^Changes not covered by the audit log: 1\./m);
      assert.deepEqual(readdirSync(join(bundles, "one")).sort(), [
        "README.txt",
        "audit-log.csv",
        "audit-log.json",
        "changes.csv",
        "changes.json",
        "manifest.json",
        "population.csv",
        "population.html",
        "population.json",
        "reviews.csv",
        "reviews.json",
      ]);
      const shown = rows(read("one", "changes.csv")).map((row) => [
        row["effective"]?.slice(0, 10),
        row["email"],
        row["gained"],
        row["lost"],
        row["pull_request"],
        row["audit_log"],
        row["outcome"],
        row["read_back"],
      ]);
      assert.deepEqual(shown, [
        [
          "2026-02-05",
          "diego.ramos@example.com",
          "",
          "Billing",
          "#2",
          "covered",
          "applied",
          "as planned",
        ],
        ["2026-02-05", "x@example.com", "", "Admin", "#2", "not covered", "", ""],
        ["2026-03-06", "new@example.com", "Viewer", "", "#12", "covered", "applied", "as planned"],
      ]);
      assert.equal(
        byUser(read("one", "population.csv"), "new@example.com")[0]?.["since_pull_request"],
        "#12",
      );
      const log = rows(read("one", "audit-log.csv"));
      assert.deepEqual(
        log.map((row) => [row["email"], row["action"], row["after"], row["change_pull_request"]]),
        [
          ["new@example.com", "create", "Viewer", "#12"],
          ["diego.ramos@example.com", "update", "Member", "#2"],
        ],
      );
      const manifest = JSON.parse(read("one", "manifest.json"));
      assert.equal(manifest.commit, head());
      assert.equal(manifest.files.length, 10);
    });

    it("is identical when built again, and --verify confirms it", async () => {
      const log = ["--audit-log", join(bundles, "audit.jsonl")];
      assert.equal((await bundle("again", ...log)).code, 0);
      for (const file of readdirSync(join(bundles, "one"))) {
        assert.equal(read("again", file), read("one", file), file);
      }
      const { code, stdout } = await run(["report", "--verify", join(bundles, "again")]);
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^Verified: 10 files, none changed\. The manifest's SHA-256 is [0-9a-f]{64}\.$/m,
      );
    });

    it("is reported if changed, incomplete or added to", async () => {
      const folder = join(bundles, "changed");
      cpSync(join(bundles, "one"), folder, { recursive: true });
      const text = read("one", "changes.csv");
      writeFileSync(join(folder, "changes.csv"), text.replace("applied", "applieD"));
      rmSync(join(folder, "README.txt"));
      writeFileSync(join(folder, "more.txt"), "");
      const { code, stdout } = await run(["report", "--verify", folder]);
      assert.equal(code, 1);
      assert.match(
        stdout,
        /README\.txt is missing\n {2}changes\.csv was changed\n {2}more\.txt was added\n$/,
      );
      rmSync(join(folder, "manifest.json"));
      assert.equal((await run(["report", "--verify", folder])).code, 1);
    });

    it("lists changes since a commit, without it", async () => {
      const { code, stderr } = await report(
        "access",
        "--bundle",
        join(bundles, "commit"),
        "--since",
        "HEAD~1",
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        rows(read("commit", "changes.csv")).map((row) => row["pull_request"]),
        ["#12"],
      );
      assert.deepEqual(
        rows(read("commit", "changes.csv")).map((row) => row["audit_log"]),
        ["no audit log"],
      );
    });

    for (const [what, args, says] of [
      [
        "a folder that is not empty",
        ["--bundle", "access", "--since", "2026-01-01"],
        /access is not empty/,
      ],
      ["no start", ["--bundle", "new"], /--bundle requires --since/],
      ["a start without a bundle", ["--since", "2026-01-01"], /--since requires --bundle/],
      [
        "a commit of another branch",
        ["--bundle", "new", "--since", "HEAD^2"],
        /not in the history of HEAD/,
      ],
      ["no commit", ["--bundle", "new", "--since", "nothing"], /there is no commit nothing/],
      [
        "another format",
        ["--bundle", "new", "--since", "2026-01-01", "--output", "csv"],
        /--bundle cannot be combined with --output/,
      ],
      [
        "no log",
        ["--bundle", "new", "--since", "2026-01-01", "--audit-log", "none"],
        /could not read the audit log none/,
      ],
      [
        "a file that is no log",
        ["--bundle", "new", "--since", "2026-01-01", "--audit-log", "access/company.yaml"],
        /access\/company\.yaml:1 is not a line of an audit log/,
      ],
    ] as const) {
      it(`is not made of ${what}`, async () => {
        const { code, stderr } = await report("access", ...args);
        assert.equal(code, 1);
        assert.match(stderr, says);
        assert.ok(!readdirSync(cwd).includes("new"));
      });
    }

    it("has the same header as the result of an apply", async () => {
      const args = ["apply", "access", "--yes", "--as-of", "2026-11-24"];
      const { stdout } = await run(args, { cwd, env: environment() });
      for (const line of [
        "As of: 2026-11-24",
        `Commit: ${head()}`,
        `Polytomic: ${server.url}, read with an API key`,
        "Users: 13 listed by Polytomic (12 reported, 1 ignored)",
      ]) {
        assert.ok(stdout.includes(`\n${line}\n`), `${line}\n${stdout}`);
      }
      const json = await run([...args, "--output", "json"], { cwd, env: environment() });
      const { as_of, made_at, commit, credential, users } = JSON.parse(json.stdout);
      assert.deepEqual(
        { as_of, made_at, commit, credential, listed: users.listed },
        {
          as_of: "2026-11-24",
          made_at: "2026-09-21T14:13:20Z",
          commit: head(),
          credential: "api",
          listed: 13,
        },
      );
    });

    it("says which changes are not committed yet", async () => {
      edit(
        cwd,
        "access/company.yaml",
        now.replace("roles: [Viewer]\n    reason", "roles: [Member]\n    reason"),
      );
      try {
        const text = await good("access");
        assert.match(text, /^Note: access\/company\.yaml has uncommitted changes/m);
      } finally {
        edit(cwd, "access/company.yaml", now);
      }
    });
  });
});
