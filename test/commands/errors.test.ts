/** Everything that can go wrong around a command: its exit code, its message, the cure, and the stream. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ACME, polytomic } from "../program.ts";
import { folderWith } from "../support.ts";
import { run, SAME, WANTED, withSandbox } from "./acme.ts";
import { before, fileOf, organization, partnerState } from "./elsewhere.ts";

const COMMANDS: readonly (readonly string[])[] = [
  ["plan"],
  ["apply", "--yes"],
  ["report"],
  ["export"],
  ["create-api-key", "sam@example.com", "--out", "sam.key"],
];

describe("the credential", () => {
  const CASES: readonly {
    readonly name: string;
    readonly env: Readonly<Record<string, string>>;
    readonly says: RegExp;
  }[] = [
    {
      name: "none",
      env: {},
      says: /^error: no Polytomic credential in the environment\nhint: set POLYTOMIC_API_KEY .*POLYTOMIC_PARTNER_KEY or POLYTOMIC_DEPLOYMENT_KEY\n$/,
    },
    {
      name: "two",
      env: { POLYTOMIC_API_KEY: "a", POLYTOMIC_PARTNER_KEY: "b" },
      says: /^error: more than one .*POLYTOMIC_API_KEY and POLYTOMIC_PARTNER_KEY\nhint: choose with --credential api\|partner, or unset/,
    },
    {
      name: "blank",
      env: { POLYTOMIC_API_KEY: " " },
      says: /^error: POLYTOMIC_API_KEY is set but empty\nhint: set it to the key, or unset it\n$/,
    },
    {
      name: "with a line break copied along",
      env: { POLYTOMIC_API_KEY: "abc\ndef" },
      says: /^error: POLYTOMIC_API_KEY contains characters that are not allowed in a key \(the value is not shown\)\nhint: /,
    },
    {
      name: "wrong",
      env: { POLYTOMIC_API_KEY: "not-a-key" },
      says: /^error: could not get the key's identity: Polytomic does not accept the key in POLYTOMIC_API_KEY \(GET \/api\/me: 401 ".*"\)\nhint: check that the key is complete and has not been revoked, and that the URL is the right one\n$/,
    },
    {
      name: "a wrong partner key",
      env: { POLYTOMIC_PARTNER_KEY: "not-a-key" },
      says: /^error: could not list the organizations: Polytomic does not accept the key in POLYTOMIC_PARTNER_KEY \(GET \/api\/organizations: 401/,
    },
  ];
  for (const { name, env, says } of CASES) {
    it(`${name}: every command says what to do, and exits with 1`, () =>
      withSandbox(async ({ url, writes }) => {
        const cwd = await folderWith({ "users.yaml": WANTED });
        for (const args of COMMANDS) {
          const ran = await run(args, { cwd, env: { POLYTOMIC_DEPLOYMENT_URL: url, ...env } });
          assert.deepEqual([ran.code, ran.stdout], [1, ""], args.join(" "));
          assert.match(ran.stderr, says);
        }
        assert.equal(writes().length, 0);
        assert.deepEqual(await readdir(cwd), ["users.yaml"], "no file is left behind");
      }));
  }

  it("--credential chooses between two, and says when the chosen one is missing", () =>
    withSandbox(async ({ url }) => {
      const cwd = await folderWith({ "users.yaml": SAME });
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: url,
        POLYTOMIC_API_KEY: "sandbox-api-key",
        POLYTOMIC_PARTNER_KEY: "wrong",
      };
      const chosen = await run(["plan", "--credential", "api"], { cwd, env });
      assert.equal(chosen.code, 0, chosen.stderr);
      const missing = await run(["plan", "--credential", "deployment"], { cwd, env });
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /--credential deployment needs POLYTOMIC_DEPLOYMENT_KEY/);
      const kind = await run(["plan", "--credential", "user"], { cwd, env });
      assert.equal(kind.code, 1);
      assert.match(kind.stderr, /Allowed choices are api, partner, deployment/);
    }));

  it("an API key for another organization than the file's: the message has both names", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({
        "users.yaml": fileOf("Globex", [["boss@globex.example", "Admin"]]),
      });
      for (const args of [["plan"], ["apply", "--yes"], ["report"]]) {
        const { code, stdout, stderr } = await run(args, { cwd, env });
        assert.equal(code, 1);
        assert.match(
          `${stdout}${stderr}`.replaceAll(/\s+/g, " "),
          /the file describes "Globex", but the API key belongs to Acme \(248df4b7-.*\) and cannot reach any other organization: use that organization's key, or a partner key/,
        );
      }
      assert.equal(writes().length, 0);
    }));

  it("an API key and a misspelled organization: the message has the right name", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({
        "users.yaml": fileOf("Acmee", [["boss@acme.example", "Admin"]]),
      });
      for (const args of [["plan"], ["roles", "--organization", "acme"]]) {
        const { code, stdout, stderr } = await run(args, { cwd, env });
        assert.equal(code, 1);
        assert.match(
          `${stdout}${stderr}`.replaceAll(/\s+/g, " "),
          /but the API key belongs to Acme \(248df4b7-.*\) and cannot reach any other organization: did you mean "Acme"\?/,
        );
      }
    }));

  it("a partner key and a file without an organization: the message says that the file must name one", () =>
    withSandbox(async ({ url }) => {
      const cwd = await folderWith({ "users.yaml": SAME.replace(/organization: .*\n/, "") });
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: url,
        POLYTOMIC_PARTNER_KEY: "sandbox-partner-key",
      };
      const { code, stdout } = await run(["plan"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stdout.replaceAll(/\s+/g, " "), /names no organization: add organization: with/);
    }));

  it("a partner key and an organization that is misspelt: the nearest name is suggested", () =>
    withSandbox(async ({ url }) => {
      const cwd = await folderWith({ "users.yaml": SAME.replace(ACME, "Acmee") });
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: url,
        POLYTOMIC_PARTNER_KEY: "sandbox-partner-key",
      };
      const { code, stdout } = await run(["plan"], { cwd, env });
      assert.equal(code, 1);
      assert.match(
        stdout.replaceAll(/\s+/g, " "),
        /cannot reach an organization "Acmee".*mean "Acme"\?/,
      );
    }));
});

describe("the address", () => {
  it("a server that is missing is named, with what to check", async () => {
    const cwd = await folderWith({ "users.yaml": WANTED });
    const env = {
      POLYTOMIC_DEPLOYMENT_URL: "http://127.0.0.1:9",
      POLYTOMIC_API_KEY: "key",
    };
    for (const args of COMMANDS) {
      const { code, stdout, stderr } = await run(args, { cwd, env });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(
        stderr,
        /^error: could not reach Polytomic: connection refused by 127\.0\.0\.1:9/m,
      );
      assert.match(
        stderr,
        /^hint: check the address and port \(--url, POLYTOMIC_DEPLOYMENT_URL\)/m,
      );
    }
  });

  it("http:// is for this machine alone, and nothing is sent", async () => {
    const cwd = await folderWith({ "users.yaml": WANTED });
    const { code, stderr } = await run(["plan", "--url", "http://polytomic.example.com"], {
      cwd,
      env: { POLYTOMIC_API_KEY: "key" },
    });
    assert.equal(code, 1);
    assert.match(stderr, /^error: --url would send the key unencrypted to polytomic\.example\.com/);
    assert.match(stderr, /^hint: use https:\/\//m);
  });
});

describe("answers that Polytomic never gives", () => {
  const ANSWERS: readonly (readonly [name: string, status: number, body: string, says: RegExp])[] =
    [
      [
        "a sign-in page",
        200,
        "<!doctype html><title>Sign in</title>",
        /is not JSON.*sign-in page/s,
      ],
      ["nothing", 200, "", /is not JSON/],
      ["JSON's null", 200, "null", /differs from the documentation: the response is null/],
      ["no data", 200, "{}", /differs from the documentation: the response has no `data`/],
      [
        "data of another kind",
        200,
        '{"data": "x"}',
        /differs from the documentation: `data` is a string/,
      ],
      ["a redirect", 302, "", /redirected to another address, and redirects are not followed/],
      ["an error of its own", 500, '{"message": "kaputt"}', /500 "kaputt", tried 6 times/],
      ["too many requests for ever", 429, "{}", /the rate limit was exceeded/],
    ];
  for (const [name, status, body, says] of ANSWERS) {
    it(`${name}: plan and apply say so and exit with 1`, async () => {
      const server = await before(null, () => ({
        status,
        body,
        headers: { location: "https://evil.example/", "retry-after": "0" },
      }));
      try {
        const cwd = await folderWith({ "users.yaml": WANTED });
        const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_API_KEY: "key" };
        for (const args of [["plan"], ["apply", "--yes"]]) {
          const ran = await run(args, { cwd, env });
          assert.deepEqual([ran.code, ran.stdout], [1, ""]);
          assert.match(ran.stderr, says);
          assert.doesNotMatch(ran.stderr, /This is a bug/);
        }
        assert.ok(server.asked.every(({ method }) => method === "GET"));
      } finally {
        await server.close();
      }
    });
  }
});

describe("one organization of several fails", () => {
  const USERS = [
    ["boss@a.example", "Admin"],
    ["mia@a.example", "Member"],
  ] as const;
  const MORE = [...USERS, ["new@a.example", "Viewer"]] as const;
  const ids = ["org-a", "org-b", "org-c"];
  const state = () => partnerState(ids.map((id) => organization(id, `Company ${id}`, USERS)));
  const files = Object.fromEntries(ids.map((id) => [`customers/${id}.yaml`, fileOf(id, MORE)]));

  const FAILURES: readonly (readonly [status: number, says: RegExp])[] = [
    [403, /this key does not have permission/],
    [404, /the organization or user does not exist, or this key cannot reach it/],
    [500, /Polytomic returned a server error/],
  ];
  for (const [status, says] of FAILURES) {
    it(`${status}: plan shows the others and exits with 1; apply does them with --skip-failed and exits with 4`, async () => {
      const { sandbox, writes, close } = await polytomic({ state: state() });
      const server = await before(sandbox, ({ path }) =>
        path.startsWith("/api/organizations/org-b/") ? { status, body: "{}" } : null,
      );
      try {
        const cwd = await folderWith(files);
        const env = {
          POLYTOMIC_DEPLOYMENT_URL: server.url,
          POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
        };
        const planned = await run(["plan", "customers", "--detailed-exitcode"], { cwd, env });
        assert.equal(planned.code, 1);
        assert.match(
          planned.stdout,
          /Plan: 2 to add, 0 to change, 0 to remove, \d+ unchanged in 2 organizations\./,
        );
        assert.match(planned.stdout.replaceAll(/\s+/g, " "), says);
        const refused = await run(["apply", "customers", "--yes"], { cwd, env });
        assert.equal(refused.code, 1, refused.stderr);
        assert.match(
          refused.stderr,
          /^error: 1 of 3 organizations could not be planned; nothing was written\nhint: .*--skip-failed/m,
        );
        assert.equal(writes().length, 0);
        const applied = await run(["apply", "customers", "--yes", "--skip-failed"], { cwd, env });
        assert.equal(applied.code, 4, applied.stderr);
        assert.match(applied.stdout, /2 applied, 0 failed.*; 2 of 3 organizations, 1\s+skipped/);
        assert.match(applied.stdout, /Verified: .*\(2 of 3 organizations, 1 skipped\)/s);
        assert.deepEqual(
          writes()
            .map(({ organizationId }) => String(organizationId))
            .sort(),
          ["org-a", "org-c"],
        );
        const again = await run(["apply", "customers", "--yes", "--skip-failed"], { cwd, env });
        assert.equal(again.code, 4, "also where nothing is left to do");
        const args = ["apply", "customers/org-b.yaml", "--yes", "--skip-failed"];
        const only = await run(args, { cwd, env });
        assert.equal(only.code, 1, "nothing could be done at all");
        assert.doesNotMatch(only.stdout, /[Dd]igest/, "there is no plan, so it has no digest");
      } finally {
        await server.close();
        await close();
      }
    });
  }

  it("a file that does not fit one organization does not stop the others", async () => {
    const { url, writes, close } = await polytomic({ state: state() });
    try {
      const cwd = await folderWith({
        ...files,
        "customers/org-b.yaml": fileOf("org-b", [...USERS, ["new@a.example", "Viewr"]]),
      });
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const args = ["apply", "customers", "--yes", "--skip-failed"];
      const { code, stdout, stderr } = await run(args, { cwd, env });
      assert.equal(code, 4, stdout);
      assert.match(stderr, /^customers\/org-b\.yaml:9:13: unknown-role: .*"?Viewer/m);
      assert.equal(writes().length, 2);
    } finally {
      await close();
    }
  });

  it("an id that cannot stand in a path is that organization's failure alone", async () => {
    const strange = [organization("..", "Dots", USERS), organization("a:b", "Colon", USERS)];
    const { url, writes, close } = await polytomic({
      state: partnerState([...strange, organization("org-a", "Company A", USERS)]),
    });
    try {
      const cwd = await folderWith({
        "customers/a.yaml": fileOf("org-a", MORE),
        "customers/b.yaml": fileOf("Dots", MORE),
        "customers/c.yaml": fileOf("Colon", MORE),
      });
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const args = ["apply", "customers", "--yes", "--skip-failed"];
      const { code, stdout } = await run(args, { cwd, env });
      assert.equal(code, 4, stdout);
      assert.match(stdout, /Organizations that could not be planned: 2/);
      assert.deepEqual(
        writes().map(({ organizationId }) => organizationId),
        ["org-a"],
      );
    } finally {
      await close();
    }
  });

  it("a saved plan keeps the organization that failed, and is applied without it only on request", async () => {
    const { sandbox, url, writes, close } = await polytomic({ state: state() });
    const server = await before(sandbox, ({ path }) =>
      path.startsWith("/api/organizations/org-b/") ? { status: 500, body: "{}" } : null,
    );
    try {
      const cwd = await folderWith(files);
      const env = {
        POLYTOMIC_DEPLOYMENT_URL: server.url,
        POLYTOMIC_PARTNER_KEY: "partner-key-of-all",
      };
      const planned = await run(["plan", "customers", "--output", "json=plan.json"], { cwd, env });
      assert.equal(planned.code, 1);
      const saved = JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"));
      assert.deepEqual(
        saved.failed.map(({ source }: { source: string }) => source),
        ["customers/org-b.yaml"],
      );
      const args = ["apply", "--plan", "plan.json", "--yes"];
      const refused = await run(args, { cwd, env });
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, /1 of 3 organizations could not be planned/);
      assert.equal(writes().length, 0);
      const applied = await run([...args, "--skip-failed"], { cwd, env });
      assert.equal(applied.code, 4, applied.stderr);
      assert.match(applied.stdout, /2 of 3 organizations, 1\s+skipped/);
      assert.equal(writes().length, 2);
      assert.notEqual(url, "");
    } finally {
      await server.close();
      await close();
    }
  });

  it("--organization NAME is an error where two of the organizations have the name", async () => {
    const twins = ["org-a", "org-c"].map((id) => organization(id, "Acme", USERS));
    const { url, writes, close } = await polytomic({ state: partnerState(twins) });
    try {
      const cwd = await folderWith({
        "customers/a.yaml": fileOf("org-a", MORE),
        "customers/c.yaml": fileOf("org-c", MORE),
      });
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const byName = ["apply", "customers", "--yes", "--organization", "Acme"];
      const { code, stderr } = await run(byName, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /2 organizations are named "Acme": org-a, org-c\nhint: .*ID/);
      assert.equal(writes().length, 0);
      const exported = await run(["export", "--all", "--dir", "out", "--organization", "Acme"], {
        cwd,
        env,
      });
      assert.equal(exported.code, 1);
      assert.match(exported.stderr, /2 organizations are named "Acme": org-a, org-c/);
      const byId = ["apply", "customers", "--yes", "--organization", "org-c"];
      assert.equal((await run(byId, { cwd, env })).code, 0);
    } finally {
      await close();
    }
  });

  it("--organization takes names and ids, and says when no file is about one", async () => {
    const { url, writes, close } = await polytomic({ state: state() });
    try {
      const cwd = await folderWith(files);
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const two = ["--organization", "org-a", "--organization", "Company org-c"];
      const applied = await run(["apply", "customers", "--yes", ...two], { cwd, env });
      assert.equal(applied.code, 0, applied.stderr);
      assert.deepEqual(
        writes()
          .map(({ organizationId }) => String(organizationId))
          .sort(),
        ["org-a", "org-c"],
      );
      const none = await run(["plan", "customers", "--organization", "Globex"], { cwd, env });
      assert.equal(none.code, 1);
      assert.match(none.stderr, /no file describes the organization "Globex"\nhint: /);
    } finally {
      await close();
    }
  });

  it("--shard 1/3, 2/3 and 3/3 are together exactly the whole, each once", async () => {
    const many = Array.from({ length: 10 }, (_, index) => `org-${index}`);
    const { url, sandbox, writes, close } = await polytomic({
      state: partnerState(many.map((id) => organization(id, `Company ${id}`, USERS))),
    });
    try {
      const cwd = await folderWith(
        Object.fromEntries(many.map((id) => [`customers/${id}.yaml`, fileOf(id, MORE)])),
      );
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
      const shares: string[][] = [];
      for (const shard of ["1/3", "2/3", "3/3"]) {
        const args = ["plan", "customers", "--shard", shard, "--output", "json"];
        const { stdout } = await run(args, { cwd, env });
        shares.push(
          JSON.parse(stdout).organizations.map(
            (one: { organization_id: string }) => one.organization_id,
          ),
        );
        const applied = await run(["apply", "customers", "--yes", "--shard", shard], { cwd, env });
        assert.equal(applied.code, 0, applied.stderr);
      }
      assert.deepEqual(shares.flat().sort(), many);
      assert.deepEqual(
        shares.map((share) => share.length),
        [4, 3, 3],
      );
      assert.deepEqual(
        writes()
          .map(({ organizationId }) => String(organizationId))
          .sort(),
        many,
      );
      const whole = await run(["plan", "customers", "--detailed-exitcode"], { cwd, env });
      assert.equal(whole.code, 0);
      assert.equal(sandbox.log.filter(({ status }) => status !== 200).length, 0);
      const wrong = await run(["plan", "customers", "--shard", "4/3"], { cwd, env });
      assert.match(wrong.stderr, /Expected K\/N with K from 1 to N, such as 2\/3/);
    } finally {
      await close();
    }
  });
});

describe("unknown words on the command line", () => {
  const CASES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["aply"], /unknown command 'aply'\n\(Did you mean apply\?\)/],
    [["paln", "users.yaml"], /unknown command 'paln'/],
    [["plan", "--ouput", "json"], /unknown option '--ouput'\n\(Did you mean --output\?\)/],
    [["plan", "--force"], /unknown option '--force'/],
    [["plan", "--output", "yaml"], /Expected one of text, json, markdown, html, gitlab/],
    [["validate", "--output", "html"], /Expected one of text, json/],
    [["plan", "--output", "json="], /The file name after = is missing/],
    [["plan", "--output", "json", "--output", "text"], /Only one format can be written to stdout/],
    [
      ["plan", "--output", "json=plan", "--output", "html=plan"],
      /json is already written to plan: use a different file for each format/,
    ],
    [
      ["plan", "--max-removals", "lots"],
      /Expected a number such as 12, or a percentage such as 25%/,
    ],
    [["plan", "--min-admins", "-1"], /Expected a whole number|argument missing/],
    [["plan", "--as-of", "yesterday"], /Expected a date such as 2026-12-31/],
    [["plan", "--concurrency", "0"], /Expected a whole number from 1 to 1000/],
    [["plan", "--timeout", "0"], /Expected a number greater than 0/],
    [["plan", "--api-version", "2020-01-01"], /choose one of 2025-09-18, 2024-02-08, 2023-04-25/],
    [["apply", "--only"], /argument missing/],
    [["create-api-key"], /missing required argument 'email'/],
    [["create-api-key", "a@example.com"], /specify where to write the key: --out FILE or --stdout/],
    [["report", "--yes"], /unknown option '--yes'/],
  ];
  for (const [args, says] of CASES) {
    it(`${args.join(" ")}: an error on stderr, exit code 1`, async () => {
      const ran = await run(args, { env: { POLYTOMIC_API_KEY: "key" } });
      assert.deepEqual([ran.code, ran.stdout], [1, ""]);
      assert.match(ran.stderr, says);
    });
  }

  it("no command at all shows the help, on stderr, and exits with 1", async () => {
    const ran = await run([]);
    assert.deepEqual([ran.code, ran.stdout], [1, ""]);
    assert.match(ran.stderr, /Commands:/);
  });
});

describe("--help and --version", () => {
  it("--version prints one line", async () => {
    const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    assert.deepEqual(await run(["--version"]), {
      code: 0,
      stdout: `${JSON.parse(text).version}\n`,
      stderr: "",
    });
  });

  for (const command of COMMANDS.map(([name]) => name ?? "").concat("validate", "sandbox")) {
    it(`${command} --help has examples of the command, on stdout`, async () => {
      const { code, stdout, stderr } = await run([command, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`Examples:\n {2}polytomic-users ${command}`));
    });
  }
});
