/** Everything that can go wrong around a command: its exit code, its message, the cure, and the stream. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { derivedId } from "../../src/sandbox/ids.ts";
import {
  ACME,
  ACME_USERS,
  acmeFile,
  polytomic,
  type Polytomic,
  run as runProgram,
  type RunOptions,
} from "../program.ts";
import { folderWith } from "../support.ts";
import { before, fileOf, flyingClock, organization, partnerState } from "./elsewhere.ts";

const run = (args: readonly string[], options: RunOptions = {}) =>
  runProgram(args, { clock: flyingClock(), ...options });

const SAME = acmeFile(ACME_USERS);
/** One user is added, one changed, one removed. */
const WANTED = acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|contractor)@/.test(email)),
  ["sam@example.com", "Member", "Billing"],
  ["newcomer@example.com", "Viewer"],
]);

async function withSandbox(test: (server: Polytomic) => Promise<void>): Promise<void> {
  const server = await polytomic();
  try {
    await test(server);
  } finally {
    await server.close();
  }
}

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

describe("asking before writing", () => {
  it("without a terminal --yes is required, before anything is read", () =>
    withSandbox(async ({ env, sandbox }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["apply"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /without a terminal\nhint: review the plan, then pass --yes/);
      assert.equal(sandbox.log.length, 0);
    }));

  it('"yes" applies', () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stdout, stderr } = await run(["apply"], { cwd, env, typed: "yes" });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Make 3 changes at http:\/\/127\.0\.0\.1:\d+\? Type "yes" to apply: /);
      assert.match(stdout, /3 applied/);
      assert.equal(writes().length, 3);
    }));

  for (const typed of ["no", "y", "", "YES please", null]) {
    it(`${typed === null ? "the end of the input" : JSON.stringify(typed)} does nothing`, () =>
      withSandbox(async ({ env, writes }) => {
        const cwd = await folderWith({ "users.yaml": WANTED });
        const { code, stderr } = await run(["apply"], { cwd, env, typed });
        assert.equal(code, 1);
        const isEmpty = typed === null || typed === "";
        assert.match(
          stderr,
          isEmpty ? /Nothing was changed\.\n$/ : /Nothing was changed: only "yes" is accepted\.\n$/,
        );
        assert.equal(writes().length, 0);
      }));
  }

  it("Ctrl-C at the question exits with 130", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const interrupt = new AbortController();
      const { code, stderr } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        interrupt: interrupt.signal,
        whenAsked: () => interrupt.abort(),
      });
      assert.equal(code, 130);
      assert.match(stderr, /Nothing was changed/);
      assert.equal(writes().length, 0);
    }));

  it("the same on a terminal, whose line editor takes the key for itself", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code } = await run(["apply"], { cwd, env, typed: "\u0003" });
      assert.equal(code, 130);
      assert.equal(writes().length, 0);
    }));

  it("Ctrl-C while Polytomic is read again after the response exits with 130", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const interrupt = new AbortController();
      let answered = false;
      const server = await before(sandbox, ({ path }) => {
        if (answered && path.endsWith("/users")) interrupt.abort();
        return null;
      });
      try {
        const { code, stderr } = await run(["apply"], {
          cwd,
          env: { ...env, POLYTOMIC_DEPLOYMENT_URL: server.url },
          typed: "yes",
          interrupt: interrupt.signal,
          whenAsked: () => (answered = true),
        });
        assert.equal(code, 130, stderr);
        assert.doesNotMatch(stderr, /changed before you confirmed/);
        assert.equal(writes().length, 0);
      } finally {
        await server.close();
      }
    }));

  it("with nothing to do, asks nothing", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": SAME });
      const { code, stderr } = await run(["apply"], { cwd, env, typed: "no" });
      assert.deepEqual([code, stderr], [0, ""]);
    }));

  it("a plan that changed during the question is refused: the answer was about another plan", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const sam = derivedId("user", ACME, "sam@example.com");
      const viewer = derivedId("role", ACME, "Viewer");
      const { code, stderr } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.changeUser(ACME, sam, [viewer]),
      });
      assert.equal(code, 3);
      assert.match(
        stderr,
        /changed before you confirmed; nothing was written\nhint: run apply again/,
      );
      assert.equal(writes().length, 0);
    }));

  it("changes since then that do not concern the plan are ignored", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({
        "users.yaml": WANTED.replace("users:", "policy: { unmanaged: keep }\nusers:"),
      });
      const { code, stdout } = await run(["apply"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.addUser(ACME, { email: "x@example.com", role_ids: [] }),
      });
      assert.equal(code, 0, stdout);
      assert.equal(writes().length, 2);
    }));

  it("an approved plan that changes while apply waits for the answer is refused", () =>
    withSandbox(async ({ env, sandbox, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      await run(["plan", "--output", "json=plan.json"], { cwd, env });
      const sam = derivedId("user", ACME, "sam@example.com");
      const { code } = await run(["apply", "--plan", "plan.json"], {
        cwd,
        env,
        typed: "yes",
        whenAsked: () => sandbox.state.removeUser(ACME, sam),
      });
      assert.equal(code, 3);
      assert.equal(writes().length, 0);
    }));

  it("a file from standard input leaves nothing to answer with", () =>
    withSandbox(async ({ env, sandbox }) => {
      const { code, stderr } = await run(["apply", "-"], { env, typed: "yes" });
      assert.equal(code, 1);
      assert.match(stderr, /comes from standard input.*\nhint: name a file, or .*--yes/);
      assert.equal(sandbox.log.length, 0);
    }));

  it("a file from standard input with --yes is applied", () =>
    withSandbox(async ({ env, writes }) => {
      const { code, stderr } = await run(["apply", "-", "--yes"], { env, stdin: WANTED });
      assert.equal(code, 0, stderr);
      assert.equal(writes().length, 3);
    }));
});

describe("--only", () => {
  it("a user whom neither the files nor Polytomic have is an error, not an empty plan", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["apply", "--yes", "--only", "sma@example.com"], {
        cwd,
        env,
      });
      assert.equal(code, 1);
      assert.match(stderr, /^error: --only sma@example\.com: no user has this address/);
      assert.match(stderr, /^hint: did you mean sam@example\.com\?$/m);
      const far = await run(["plan", "--only", "nobody@example.com"], { cwd, env });
      assert.match(far.stderr, /^hint: check the spelling/m);
      assert.equal(writes().length, 0);
    }));

  it("only these users are changed, whatever the case of their address", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const only = ["--only", "SAM@Example.com", "--only", "contractor@agency.example"];
      const { code, stdout } = await run(["apply", "--yes", ...only], { cwd, env });
      assert.equal(code, 0, stdout);
      assert.deepEqual(
        writes().map(({ committed }) => committed?.email),
        ["sam@example.com", "contractor@agency.example"],
      );
    }));
});

describe("streams", () => {
  it("results alone go to stdout: JSON on stdout is all of it, also when it asks, applies and refuses", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const json = ["--output", "json"];
      const planned = await run(["plan", "--verbose", ...json], { cwd, env });
      assert.equal(JSON.parse(planned.stdout).summary.create, 1);
      assert.match(planned.stderr, /^GET \/api\/me → 200 in \d+ ms$/m);
      const refused = await run(["apply", "--yes", "--max-removals", "0", ...json], { cwd, env });
      assert.equal(refused.code, 3);
      assert.equal(JSON.parse(refused.stdout).organizations[0].violations.length, 1);
      const applied = await run(["apply", ...json], { cwd, env, typed: "yes" });
      assert.equal(applied.code, 0);
      assert.equal(JSON.parse(applied.stdout).summary.applied, 3);
      assert.match(
        applied.stderr,
        /Plan: 1 to add, 1 to change, 1 to remove, /,
        "the plan that was asked about",
      );
    }));

  it("--quiet leaves results and errors", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const applied = await run(["apply", "--yes", "--quiet"], { cwd, env });
      assert.equal(applied.stderr, "");
      assert.match(applied.stdout, /3 applied/);
      const valid = await run(["validate", "--quiet"], { cwd });
      assert.deepEqual(valid, { code: 0, stdout: "", stderr: "" });
      const bad = await run(["plan", "--quiet", "nope.yaml"], { cwd, env });
      assert.match(bad.stderr, /file-not-found/);
    }));

  it("colour is only for a terminal that supports it, never for a file", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const colours = async (args: readonly string[], more: Partial<RunOptions>) =>
        (await run(["plan", ...args], { cwd, env, ...more })).stdout.includes("\u001B[");
      assert.equal(await colours([], { terminal: true }), true);
      assert.equal(await colours([], { terminal: false }), false);
      assert.equal(await colours(["--no-color"], { terminal: true }), false);
      const noColor = { ...env, NO_COLOR: "1" };
      assert.equal(await colours([], { terminal: true, env: noColor }), false);
      const dumb = { ...env, TERM: "dumb" };
      assert.equal(await colours([], { terminal: true, env: dumb }), false);
      await run(["plan", "--output", "text=plan.txt"], { cwd, env, terminal: true });
      assert.ok(!(await readFile(join(cwd, "plan.txt"), "utf8")).includes("\u001B"));
    }));

  it("a terminal that does not know its width gets lines for 80 columns and no bar", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const narrow = await run(["apply"], { cwd, env, typed: "yes", columns: 0 });
      const wide = await run(["plan"], { cwd, env, terminal: true, columns: 80 });
      assert.equal(narrow.code, 0, narrow.stderr);
      assert.equal(writes().length, 3);
      assert.ok(!narrow.stderr.includes("[...."), narrow.stderr);
      assert.equal(wide.code, 0);
      const unknown = await run(["plan"], { cwd, env, terminal: true, columns: 0 });
      assert.equal(unknown.stdout, wide.stdout);
    }));

  it("a reader of stdout that has enough ends the output, not the run", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const child = spawn(
        process.execPath,
        [
          "--import",
          "tsx",
          fileURLToPath(new URL("../../src/cli.ts", import.meta.url)),
          "apply",
          "--yes",
          join(cwd, "users.yaml"),
        ],
        { env: { PATH: process.env["PATH"] ?? "", ...env }, stdio: ["ignore", "pipe", "pipe"] },
      );
      child.stdout.destroy();
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = await once(child, "close");
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /EPIPE|bug/);
      assert.equal(writes().length, 3);
    }));
});

describe("files that cannot be written", () => {
  for (const target of ["json=nowhere/report.json", "html=folder"]) {
    it(`--output ${target}: apply says so before it writes to Polytomic`, () =>
      withSandbox(async ({ env, sandbox }) => {
        const cwd = await folderWith({ "users.yaml": WANTED });
        await mkdir(join(cwd, "folder"));
        const { code, stderr } = await run(["apply", "--yes", "--output", target], { cwd, env });
        assert.equal(code, 1);
        assert.match(
          stderr,
          /^error: could not write (nowhere|folder).*\nhint: check that the folder/,
        );
        assert.equal(sandbox.log.length, 0);
        assert.deepEqual((await readdir(cwd)).sort(), ["folder", "users.yaml"]);
      }));
  }

  it("an audit log that opens and cannot be written to stops the run before the first write", (t) =>
    process.platform !== "linux"
      ? t.skip("no /dev/full")
      : withSandbox(async ({ env, writes }) => {
          const cwd = await folderWith({ "users.yaml": WANTED });
          const args = ["apply", "--yes", "--audit-log", "/dev/full"];
          const { code, stderr } = await run(args, { cwd, env });
          assert.equal(code, 1, stderr);
          assert.match(
            stderr,
            /cannot write to the audit log \/dev\/full: no space is left on the disk/,
          );
          assert.deepEqual(writes(), []);
        }));

  it("a saved plan that was made in part, and an audit log that cannot be written to: exit 1, nothing was written", (t) =>
    process.platform !== "linux"
      ? t.skip("no /dev/full")
      : withSandbox(async ({ env, sandbox, writes }) => {
          const cwd = await folderWith({ "users.yaml": WANTED });
          await run(["plan", "--output", "json=plan.json"], { cwd, env });
          const [change] = JSON.parse(await readFile(join(cwd, "plan.json"), "utf8"))
            .organizations[0].changes;
          assert.equal(change.action, "create");
          const role_ids = change.after.roles.map(({ id }: { id: string }) => id);
          sandbox.state.addUser(ACME, { email: change.email, role_ids });
          const args = ["apply", "--plan", "plan.json", "--yes", "--audit-log", "/dev/full"];
          const { code, stderr } = await run(args, { cwd, env });
          assert.equal(code, 1, stderr);
          assert.doesNotMatch(stderr, /What was written/);
          assert.deepEqual(writes(), []);
        }));

  it("an audit log that cannot be opened stops the run before the first write", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--yes", "--audit-log", "nowhere/audit.jsonl"];
      const { code, stderr } = await run(args, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /cannot open .*audit\.jsonl.*\nhint: create the folder/);
      assert.equal(writes().length, 0);
    }));

  it("a job summary that is missing: what was applied is shown, and the code is 4, not 1", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const actions = {
        ...env,
        GITHUB_ACTIONS: "true",
        GITHUB_STEP_SUMMARY: join(cwd, "nowhere/summary"),
      };
      const { code, stdout, stderr } = await run(["apply", "--yes"], { cwd, env: actions });
      assert.equal(code, 4, stderr);
      assert.match(stdout, /3 applied/);
      assert.match(stderr, /error: could not append to .*summary/);
      assert.match(stderr, /Changes made before the error remain/);
      assert.equal(writes().length, 3);
    }));

  it("a report to a device goes into the device", () =>
    withSandbox(async ({ env }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["plan", "--output", "json=/dev/null"], { cwd, env });
      assert.equal(code, 0, stderr);
    }));
});

describe("--expect-digest", () => {
  it("the right one applies; another is refused with both shown, by plan and by apply", () =>
    withSandbox(async ({ env, writes }) => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { digest } = JSON.parse((await run(["plan", "--output", "json"], { cwd, env })).stdout);
      const wrong = `sha256:${"0".repeat(64)}`;
      const output = join(cwd, "output.txt");
      for (const args of [["plan"], ["apply", "--yes"]]) {
        const { code, stderr } = await run([...args, "--expect-digest", wrong], {
          cwd,
          env: { ...env, GITHUB_ACTIONS: "true", GITHUB_OUTPUT: output },
        });
        assert.equal(code, 3);
        assert.ok(stderr.includes(digest) && stderr.includes(wrong), stderr);
        assert.match(stderr, /hint: have the new plan reviewed, then pass its digest/);
      }
      assert.match(await readFile(output, "utf8"), /exitcode<<\S+\n3\n/);
      assert.equal(writes().length, 0);
      const { code } = await run(["apply", "--yes", "--expect-digest", digest], { cwd, env });
      assert.equal(code, 0);
    }));
});
