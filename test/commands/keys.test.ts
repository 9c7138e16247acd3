/** Keys: credentials appear in no output; new keys only in their own file. */
import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { nth } from "../../src/sandbox/faults.ts";
import { exampleState } from "../../src/sandbox/state.ts";
import {
  ACME,
  ACME_USERS,
  acmeFile,
  polytomic,
  type Polytomic,
  type Ran,
  run as runProgram,
  type RunOptions,
} from "../program.ts";
import { folderWith } from "../support.ts";
import { type Asked, before, flyingClock, type Instead } from "./elsewhere.ts";

const run = (args: readonly string[], options: RunOptions = {}) =>
  runProgram(args, { clock: flyingClock("2026-11-23", 1000), ...options });

/** Long, with characters that are encoded differently in JSON, URLs and Base64. */
const CANARY = 'canary/7f3e+Zb"9c%20&<q>1d5a8e2b4c6f';

const VARIABLES = ["POLYTOMIC_API_KEY", "POLYTOMIC_PARTNER_KEY", "POLYTOMIC_DEPLOYMENT_KEY"];

/** Every form in which the key could be found again, and any eight characters of it. */
function traces(key: string): readonly string[] {
  const windows = Array.from({ length: key.length - 7 }, (_, at) => key.slice(at, at + 8));
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${key}`).toString("base64");
    const core = text.slice(4, -4);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
  const basic = Buffer.from(`${ACME}:${key}`).toString("base64");
  const encoded = encodeURIComponent(key);
  return [
    ...windows,
    ...base64.flatMap((core) => [core, core.slice(0, 16), core.slice(-16)]),
    basic,
    encoded,
    encoded.toLowerCase(),
    JSON.stringify(key).slice(1, -1),
    Buffer.from(key).toString("hex"),
  ];
}

const TRACES = traces(CANARY);

function assertNoKey(text: string, where: string): void {
  for (const trace of TRACES) assert.ok(!text.includes(trace), `${trace} in ${where}:\n${text}`);
}

async function everyFileIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const found = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.push([path, await readFile(path, "utf8")] as const);
  }
  return found;
}

const SAVED = ["text", "json", "markdown", "html"].flatMap((format) => [
  "--output",
  `${format}=out.${format}`,
]);

const COMMANDS: readonly (readonly string[])[] = [
  ["validate"],
  ["plan", ...SAVED, "--output", "gitlab=out.gitlab"],
  ["plan", "--diff", "--max-removals", "0"],
  ["report", ...SAVED, "--output", "csv=out.csv"],
  ["export", "--organization", ACME],
  ["apply", "--dry-run"],
  ["apply", "--yes", ...SAVED, "--audit-log", "audit.jsonl"],
  ["apply", "--yes", "--plan", "out.json"],
  ["create-api-key", "ben.schulz@example.com", "--out", "ben.key", "--organization", ACME],
  ["create-api-key", "nobody@example.com", "--stdout", "--organization", ACME],
  ["plan", "--credential", "partner"],
  ["plan", "--api-version", "1"],
  ["plan", "--url", "http://polytomic.example.com"],
];

/** One call of each command that uses Polytomic. */
const ASKING = COMMANDS.filter(([, flag = ""]) => /^--(output|organization|yes)$/.test(flag))
  .filter((args) => !args.includes("--plan"))
  .concat([["create-api-key", "ben.schulz@example.com", "--stdout", "--organization", ACME]]);

const WANTED = acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|contractor)@/.test(email)),
  ["sam@example.com", "Member", "Billing"],
  ["newcomer@example.com", "Viewer"],
]);

/** Runs every command with the canary as this credential, and searches all output for it. */
async function assertSilent(
  variable: string,
  url: string,
  commands = COMMANDS,
): Promise<readonly Ran[]> {
  const cwd = await folderWith({ "users.yaml": WANTED, summary: "", outputs: "" });
  const env = {
    [variable]: CANARY,
    POLYTOMIC_DEPLOYMENT_URL: url,
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: join(cwd, "summary"),
    GITHUB_OUTPUT: join(cwd, "outputs"),
  };
  const ran: Ran[] = [];
  for (const args of commands) {
    const one = await run([...args, "--verbose"], { cwd, env });
    assertNoKey(one.stdout, `stdout of ${args.join(" ")}`);
    assertNoKey(one.stderr, `stderr of ${args.join(" ")}`);
    assert.doesNotMatch(one.stderr, /This is a bug/, args.join(" "));
    ran.push(one);
  }
  for (const [path, text] of await everyFileIn(cwd)) assertNoKey(text, path);
  return ran;
}

/** The example company, which accepts the canary as each kind of credential. */
function canaryCompany(): Promise<Polytomic> {
  const { organizations, credentials } = exampleState();
  return polytomic({
    state: {
      organizations,
      credentials: {
        apiKeys: [...credentials.apiKeys, { key: CANARY, organizationId: ACME, userId: null }],
        partnerKeys: credentials.partnerKeys,
        deploymentKey: null,
      },
    },
  });
}

describe("the API key is in no output and in no file", () => {
  it("if nothing fails", async () => {
    const server = await canaryCompany();
    try {
      const ran = await assertSilent("POLYTOMIC_API_KEY", server.url);
      const codes = ran.map(({ code }) => code);
      assert.deepEqual(codes, [0, 0, 3, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1]);
    } finally {
      await server.close();
    }
  });

  for (const variable of VARIABLES) {
    it(`where the server does not know ${variable}`, async () => {
      const server = await polytomic();
      try {
        await assertSilent(variable, server.url);
      } finally {
        await server.close();
      }
    });
  }

  it("where there is no server", async () => {
    await assertSilent("POLYTOMIC_API_KEY", "http://127.0.0.1:9");
  });
});

/** A server that echoes everything that it received. */
function echoes({ authorization }: Asked): readonly string[] {
  const [, value = ""] = authorization.split(" ");
  const plain = authorization.startsWith("Basic")
    ? Buffer.from(value, "base64").toString("utf8")
    : value;
  return [
    authorization,
    value,
    plain,
    encodeURIComponent(plain),
    encodeURIComponent(authorization),
    Buffer.from(authorization).toString("base64"),
    Buffer.from(plain).toString("base64url"),
    JSON.stringify({ headers: { authorization } }),
  ];
}

const ECHOING: readonly (readonly [name: string, answer: (asked: Asked) => Instead])[] = [
  ...[400, 401, 403, 404, 422, 429, 500].map(
    (status) =>
      [
        `messages of ${status}`,
        (asked: Asked) => ({
          status,
          headers: { "retry-after": "0" },
          body: JSON.stringify({
            key: echoes(asked)[0],
            message: `bad credential: ${echoes(asked).join(" | ")}`,
            metadata: { headers: echoes(asked) },
            status,
          }),
        }),
      ] as const,
  ),
  [
    "the key of an error that has no message",
    (asked) => ({ status: 403, body: JSON.stringify({ key: echoes(asked).join("-") }) }),
  ],
  [
    "a redirect's address",
    (asked) => ({
      status: 302,
      headers: {
        location: `https://evil.example/?key=${encodeURIComponent(echoes(asked)[2] ?? "")}`,
      },
      body: "",
    }),
  ],
  ["a page of HTML", (asked) => ({ status: 200, body: `<pre>${echoes(asked).join("\n")}</pre>` })],
  ["an error page", (asked) => ({ status: 502, body: `<pre>${echoes(asked).join("\n")}</pre>` })],
  [
    "JSON of another form",
    (asked) => ({ status: 200, body: JSON.stringify({ request: { headers: echoes(asked) } }) }),
  ],
  [
    "headers",
    (asked) => ({
      status: 503,
      headers: { "retry-after": encodeURIComponent(echoes(asked)[2] ?? "") },
      body: "{}",
    }),
  ],
];

describe("a server that returns the key", () => {
  for (const [name, answer] of ECHOING) {
    it(`in ${name}`, async () => {
      const server = await before(null, answer);
      try {
        for (const variable of VARIABLES.slice(0, 2))
          await assertSilent(variable, server.url, ASKING);
      } finally {
        await server.close();
      }
    });
  }

  it("in the responses to writes alone: the report, the audit log and the summary are without it", async () => {
    const company = await canaryCompany();
    const server = await before(company.sandbox, (asked) =>
      asked.method === "GET"
        ? null
        : { status: 422, body: JSON.stringify({ message: echoes(asked).join(" ") }) },
    );
    try {
      const ran = await assertSilent("POLYTOMIC_API_KEY", server.url);
      assert.equal(ran[6]?.code, 4, "apply failed, change by change");
      assert.match(ran[6].stdout, /\[redacted\]/);
    } finally {
      await server.close();
      await company.close();
    }
  });

  it("in the middle of a very long message: the response is there at once", async () => {
    const company = await canaryCompany();
    const server = await before(company.sandbox, ({ method, authorization }) =>
      method === "GET"
        ? {
            status: 403,
            body: JSON.stringify({ message: `${"A".repeat(2_000_000)}${authorization}` }),
          }
        : null,
    );
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_API_KEY: CANARY };
      const started = process.cpuUsage();
      const { code, stderr } = await run(["plan"], { cwd, env });
      const { user } = process.cpuUsage(started);
      assert.equal(code, 1);
      assertNoKey(stderr, "stderr");
      assert.ok(stderr.length < 1000, "and is cut");
      assert.ok(user < 5_000_000, `${user} µs of work`);
    } finally {
      await server.close();
      await company.close();
    }
  });
});

describe("create-api-key", () => {
  async function withCompany(
    test: (company: Polytomic, cwd: string) => Promise<void>,
    settings: Parameters<typeof polytomic>[0] = {},
  ): Promise<void> {
    const company = await polytomic(settings);
    try {
      await test(company, await folderWith({}));
    } finally {
      await company.close();
    }
  }

  const SAM = ["create-api-key", "Sam@example.com"];

  it("puts the key into a file that its owner alone can read, and shows it nowhere", () =>
    withCompany(async ({ env, sandbox }, cwd) => {
      const ran = await run([...SAM, "--out", "sam.key", "--verbose"], { cwd, env });
      assert.equal(ran.code, 0, ran.stderr);
      const key = (await readFile(join(cwd, "sam.key"), "utf8")).trimEnd();
      assert.match(key, /^sandbox-key-[0-9a-f]{16,}$/);
      assert.equal((await stat(join(cwd, "sam.key"))).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(cwd), ["sam.key"]);
      assert.equal(ran.stdout, "");
      assert.match(
        ran.stderr,
        /Created an API key for sam@example\.com in sam\.key\.\nNext: POLYTOMIC_API_KEY="\$\(cat sam\.key\)" polytomic-users doctor --credential api\n$/,
      );
      assert.ok(!ran.stderr.includes(key));
      assert.ok(sandbox.state.ownerOf(key), "it is a key");
    }));

  it("prints it on request alone, and then nothing else", () =>
    withCompany(async ({ env }, cwd) => {
      const { code, stdout, stderr } = await run([...SAM, "--stdout"], { cwd, env });
      assert.equal(code, 0);
      assert.match(stdout, /^sandbox-key-[0-9a-f]+\n$/);
      assert.ok(!stderr.includes(stdout.trim()));
      assert.deepEqual(await readdir(cwd), []);
      const both = await run([...SAM, "--stdout", "--out", "x"], { cwd, env });
      assert.equal(both.code, 1);
      assert.match(both.stderr, /specify where to write the key/);
    }));

  it("never overwrites a file, and makes no key for one that is there", () =>
    withCompany(async ({ env, sandbox }, cwd) => {
      await writeFile(join(cwd, "sam.key"), "precious");
      await symlink("gone", join(cwd, "link.key"));
      for (const file of ["sam.key", "link.key"]) {
        const { code, stderr } = await run([...SAM, "--out", file], { cwd, env });
        assert.equal(code, 1);
        assert.match(
          stderr,
          new RegExp(`^error: ${file} already exists; no key was created\nhint: .*--force`),
        );
      }
      assert.equal(await readFile(join(cwd, "sam.key"), "utf8"), "precious");
      assert.equal(sandbox.log.filter(({ method }) => method === "POST").length, 0);
      assert.deepEqual((await readdir(cwd)).sort(), ["link.key", "sam.key"]);
    }));

  it("--force replaces no link and no device: /dev/stdout is still there afterwards", () =>
    withCompany(async ({ env, sandbox }, cwd) => {
      await symlink("/proc/self/fd/1", join(cwd, "stdout"));
      await symlink("/dev/null", join(cwd, "null"));
      for (const file of ["stdout", "null", "/dev/null"]) {
        const { code, stderr } = await run([...SAM, "--out", file, "--force"], { cwd, env });
        assert.equal(code, 1);
        assert.match(stderr, /^error: .* is not a regular file; no key was created\n/);
      }
      assert.equal(sandbox.log.filter(({ method }) => method === "POST").length, 0);
      assert.deepEqual((await readdir(cwd)).sort(), ["null", "stdout"]);
      assert.ok((await lstat(join(cwd, "stdout"))).isSymbolicLink());
    }));

  it("--force replaces the file and the key; the mode is right whatever the file had", () =>
    withCompany(async ({ env, sandbox }, cwd) => {
      const path = join(cwd, "sam.key");
      await run([...SAM, "--out", "sam.key"], { cwd, env });
      const first = (await readFile(path, "utf8")).trim();
      await chmod(path, 0o644);
      const again = await run([...SAM, "--out", "sam.key", "--force"], { cwd, env });
      assert.equal(again.code, 0, again.stderr);
      const second = (await readFile(path, "utf8")).trim();
      assert.notEqual(second, first);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.equal(sandbox.state.ownerOf(first), null, "the former key is revoked");
      assert.deepEqual(await readdir(cwd), ["sam.key"]);
    }));

  it("a user who already has a key: refused with a message, nothing left behind", () =>
    withCompany(async ({ env }, cwd) => {
      await run([...SAM, "--out", "one.key"], { cwd, env });
      const { code, stderr } = await run([...SAM, "--out", "two.key"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /422 "this user has an API key already; force revokes it"/);
      assert.deepEqual(await readdir(cwd), ["one.key"]);
    }));

  it("no user with that address: a message, nothing left behind", () =>
    withCompany(async ({ env }, cwd) => {
      const args = ["create-api-key", "smm@example.com", "--out", "x.key"];
      const { code, stderr } = await run(args, { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /no user of Acme has the address smm@example\.com\nhint: /);
      assert.deepEqual(await readdir(cwd), []);
    }));

  it("a user who is listed twice: a message, no key", () =>
    withCompany(async ({ env, sandbox, writes }, cwd) => {
      sandbox.state.addUser(ACME, { email: "sam@example.com", role_ids: [] });
      const { code, stderr } = await run([...SAM, "--out", "x.key"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stderr, /sam@example\.com is listed twice/i);
      assert.equal(writes().length, 0);
      assert.deepEqual(await readdir(cwd), []);
    }));

  for (const [name, file] of [
    ["a folder that is missing", "nowhere/sam.key"],
    ["a folder in its place", "folder"],
  ] as const) {
    it(`${name}: told before a key is made, with --force too`, () =>
      withCompany(async ({ env, writes }, cwd) => {
        await mkdir(join(cwd, "folder"));
        for (const force of [[], ["--force"]]) {
          const { code, stderr } = await run([...SAM, "--out", file, ...force], { cwd, env });
          assert.equal(code, 1);
          assert.match(stderr, /no key was created/);
        }
        assert.equal(writes().length, 0);
        assert.deepEqual(await readdir(cwd), ["folder"]);
      }));
  }

  for (const [name, kind] of [
    ["a lost answer", "lost-answer"],
    ["an answer that is not JSON", "garbage-html"],
    ["a 502 although it was made", "error-502-after"],
  ] as const) {
    it(`${name}: says that a key may exist and is lost, sends one request, leaves nothing behind`, () =>
      withCompany(
        async ({ env, writes }, cwd) => {
          const { code, stderr } = await run([...SAM, "--out", "sam.key"], { cwd, env });
          assert.equal(code, 1);
          assert.match(
            stderr,
            /a key may have been created, but its value was not received\nhint: run the command again with --force/,
          );
          assert.equal(writes().length, 1);
          assert.deepEqual(await readdir(cwd), []);
          const again = await run([...SAM, "--out", "sam.key", "--force"], { cwd, env });
          assert.equal(again.code, 0, again.stderr);
        },
        { faults: [nth(1, "POST", "*/keys*", kind)] },
      ));
  }

  it("a file that appears while the key is made is not overwritten, and the key is not lost", () =>
    withCompany(async ({ sandbox }, cwd) => {
      const server = await before(sandbox, ({ method }) => {
        if (method === "POST") void writeFile(join(cwd, "sam.key"), "precious");
        return null;
      });
      try {
        const env = { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_API_KEY: "sandbox-api-key" };
        const { code, stderr } = await run([...SAM, "--out", "sam.key"], { cwd, env });
        assert.equal(code, 1, stderr);
        assert.equal(await readFile(join(cwd, "sam.key"), "utf8"), "precious");
        const kept = (await readdir(cwd)).filter((file) => file !== "sam.key");
        assert.equal(kept.length, 1);
        assert.match(stderr, new RegExp(`the key is in ${(kept[0] ?? "").replaceAll(".", "\\.")}`));
        const key = (await readFile(join(cwd, kept[0] ?? ""), "utf8")).trim();
        assert.ok(sandbox.state.ownerOf(key));
        assert.ok(!stderr.includes(key));
      } finally {
        await server.close();
      }
    }));

  it("a partner key needs --organization, and takes one", () =>
    withCompany(async ({ url }, cwd) => {
      const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" };
      const none = await run([...SAM, "--out", "sam.key"], { cwd, env });
      assert.equal(none.code, 1);
      assert.match(
        none.stderr,
        /can reach several organizations\nhint: choose one with --organization/,
      );
      const named = await run([...SAM, "--out", "sam.key", "--organization", "Acme"], { cwd, env });
      assert.equal(named.code, 0, named.stderr);
    }));
});
