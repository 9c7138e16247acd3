/** `doctor` for a new user: each output says what to do next, and none contains a key. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox.ts";
import { parseDialects } from "../../src/sandbox/dialects.ts";
import { parseLimit } from "../../src/sandbox/limits.ts";
import { organization, partnerState } from "./elsewhere.ts";
import { polytomic, type Ran, run, type RunOptions } from "../program.ts";

interface Asked extends Omit<RunOptions, "env"> {
  readonly key?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly url?: string;
  readonly settings?: Partial<SandboxSettings>;
}

async function doctor({ key = {}, args = [], url, settings = {}, ...more }: Asked): Promise<Ran> {
  const on = await polytomic(settings);
  try {
    const env = { POLYTOMIC_DEPLOYMENT_URL: url ?? on.url, ...key };
    const ran = await run(["doctor", ...args], { ...more, env });
    assert.deepEqual(on.writes(), []);
    for (const secret of Object.values(key)) {
      assert.equal(`${ran.stdout}${ran.stderr}`.includes(secret), false);
    }
    return {
      ...ran,
      stdout: ran.stdout.replaceAll(on.url, "URL").replace(/within \d+\.\d s/, "within N s"),
    };
  } finally {
    await on.close();
  }
}

const HEAD = `  Address       URL (POLYTOMIC_DEPLOYMENT_URL)
  Proxy         none
  TLS           none (loopback address)
`;
const TAIL = `  Rate limit    not announced
  Clock         within a minute of Polytomic's
  Speed         responses within N s
`;
const FAILS = "plan and apply would fail. Nothing was written.\n";
const WORKS = "plan and apply work with this key. Nothing was written.\n";

const API = { POLYTOMIC_API_KEY: "sandbox-api-key-of-jane" };
const PARTNER = { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" };

test("an address with a path", async () => {
  const on = await polytomic();
  try {
    const env = { POLYTOMIC_DEPLOYMENT_URL: `${on.url}/foo/`, ...API };
    const { stdout } = await run(["doctor"], { env });
    const lines = stdout.split("\n");
    assert.equal(lines[0], `! Address       ${on.url}/foo (POLYTOMIC_DEPLOYMENT_URL)`);
    assert.match(
      stdout.replaceAll(/\s+/g, " "),
      /→ the address has the path \/foo; Polytomic's API is usually at the root of the host .* - remove the path from --url or POLYTOMIC_DEPLOYMENT_URL/,
    );
  } finally {
    await on.close();
  }
});

test("a user's API key", async () => {
  const { stderr, ...rest } = await doctor({ key: API });
  // If a response takes longer than a second, a line says what is being waited for.
  assert.match(
    stderr,
    /^Next: polytomic-users init \(writes users\.yaml from the current users and roles\)$/m,
  );
  assert.deepEqual(rest, {
    code: 0,
    stdout: `${HEAD}  Credential    POLYTOMIC_API_KEY, sent as an API key
  Identity      a user's API key, jane.doe@example.com, Acme
  Organizations Acme
  Users         12 users in Acme
  Roles         7 roles in Acme
  API version   2025-09-18
${TAIL}  Dialects      none detected; some can be detected only during an apply

${WORKS}`,
  });
});

describe("mistakes of a new user", () => {
  const credential = (variable: string, kind: string): string =>
    `  Credential    ${variable}, sent as ${kind} key\n`;

  test("no key", async () => {
    const { code, stdout } = await doctor({});
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `${HEAD}x Credential    no Polytomic credential in the environment

What to do:
  - set POLYTOMIC_API_KEY (one organization), POLYTOMIC_PARTNER_KEY or POLYTOMIC_DEPLOYMENT_KEY

${FAILS}`,
    );
  });

  test("a wrong key", async () => {
    const { code, stdout } = await doctor({ key: { POLYTOMIC_API_KEY: "nonsense" } });
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `${HEAD}${credential("POLYTOMIC_API_KEY", "an API")}x Identity      could not get the key's identity: Polytomic does not accept the key in
                POLYTOMIC_API_KEY (GET /api/me: 401 "the credential is missing or not valid")
                → plan and apply would fail with the same message
  API version   2025-09-18
${TAIL}
What to do:
  - check that the key is complete and has not been revoked, and that the URL is the right one

${FAILS}`,
    );
  });

  for (const [given, variable, kind, is, instead] of [
    [
      "sandbox-partner-key",
      "POLYTOMIC_API_KEY",
      "an API",
      "a partner key",
      "POLYTOMIC_PARTNER_KEY",
    ],
    [
      "sandbox-api-key",
      "POLYTOMIC_PARTNER_KEY",
      "a partner",
      "an organization's API key",
      "POLYTOMIC_API_KEY",
    ],
    [
      "sandbox-deployment-key",
      "POLYTOMIC_PARTNER_KEY",
      "a partner",
      "a deployment key",
      "POLYTOMIC_DEPLOYMENT_KEY",
    ],
  ] as const) {
    test(`${is} in ${variable}`, async () => {
      const { code, stdout } = await doctor({ key: { [variable]: given } });
      assert.equal(code, 1);
      assert.ok(
        stdout.includes(
          `${credential(variable, kind)}x Identity      ${is}, used as ${kind} key\n                → plan and apply would request the wrong paths\n`,
        ),
        stdout,
      );
      assert.ok(
        stdout.endsWith(`What to do:\n  - set it as ${instead} instead\n\n${FAILS}`),
        stdout,
      );
    });
  }

  test("an address that does not respond", async () => {
    const clock = { ...systemClock, sleep: () => Promise.resolve() };
    const { code, stdout } = await doctor({ key: API, url: "http://127.0.0.1:1", clock });
    assert.equal(code, 1);
    assert.match(stdout, /x Identity {6}could not reach Polytomic: connection refused/);
    assert.match(stdout, /What to do:\n {2}- check the address and port/);
  });

  test("an invalid address", async () => {
    const { code, stdout } = await doctor({ key: API, url: "http://polytomic.example.com" });
    assert.equal(code, 1);
    assert.match(stdout, /x Address {7}POLYTOMIC_DEPLOYMENT_URL would send the key unencrypted/);
    assert.match(stdout, /What to do:\n {2}- use https:/);
  });
});

test("a partner key that is not allowed to list roles: plan works by role id, and where the names come from", async () => {
  const dialects = parseDialects(["partner-roles-403", "removed-204", "email-case-kept"]);
  const { code, stdout } = await doctor({ key: PARTNER, settings: { dialects } });
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `${HEAD}  Credential    POLYTOMIC_PARTNER_KEY, sent as a partner key
  Identity      a partner key
  Organizations 1: Acme
  Users         12 users in Acme
! Roles         this key is not allowed to list roles
                → plan and apply then know only role ids: every role name in the files needs an id
                under roles:
  API version   2023-04-25
${TAIL}  Dialects      partner-roles-403

What to do:
  - run polytomic-users roles --output yaml with an API key of Acme, and include its output

${WORKS}`,
  );
});

test("a slow server: what is waited for, and what it costs", async () => {
  let sleeping = 0;
  // The sandbox's latency passes at once; the program's clock counts five seconds per response.
  const clock = {
    ...systemClock,
    monotonic: () => (sleeping += 5000),
    sleep: () => Promise.resolve(),
  };
  const { code, stdout, stderr } = await doctor({ key: API, clock });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /! Speed {9}the slowest response took \d+\.\d s\n {16}→ an apply takes about this long/,
  );
  assert.match(stderr, /^Waiting for Polytomic: the key's identity\n/);
});

test("a rate limit that answers announce", async () => {
  const settings = { limit: parseLimit("fixed-window=100/60s") };
  const { stdout } = await doctor({ key: API, settings });
  assert.match(stdout, /^ {2}Rate limit {4}100 requests, 9\d left$/m);
});

test("readings that the responses show, and a list in pages", async () => {
  const some = parseDialects(["identity-refused", "organization-id-missing", "role-ids-null"]);
  const shown = await doctor({ key: API, settings: { dialects: some } });
  assert.equal(shown.code, 0);
  assert.match(
    shown.stdout,
    /^ {2}Dialects {6}identity-refused, organization-id-missing, role-ids-null$/m,
  );
  assert.match(
    shown.stdout,
    /! Identity {6}Polytomic refused the request for the key's identity \(Get Identity\)\n {16}→ the owner of the key is unknown/,
  );
  const pages = await doctor({ key: API, settings: { dialects: parseDialects(["paged-lists"]) } });
  assert.equal(pages.code, 1);
  assert.match(pages.stdout, /x Users[^]*one page of a longer/);
});

test("as JSON", async () => {
  const { code, stdout } = await doctor({ key: API, args: ["--output", "json"] });
  assert.equal(code, 0);
  const {
    format_version: version,
    ok,
    checks,
  } = JSON.parse(stdout) as {
    readonly format_version: number;
    readonly ok: boolean;
    readonly checks: readonly { readonly id: string; readonly status: string }[];
  };
  assert.deepEqual([version, ok], [1, true]);
  assert.deepEqual(
    checks.map(({ id, status }) => `${id}: ${status}`),
    [
      "address: ok",
      "proxy: ok",
      "tls: ok",
      "credential: ok",
      "identity: ok",
      "organizations: ok",
      "users: ok",
      "roles: ok",
      "version: ok",
      "rate-limit: ok",
      "clock: ok",
      "speed: ok",
      "dialects: ok",
    ],
  );
});

test("--organization NAME that several organizations share: their ids, and nothing is asked about either", async () => {
  const twins = ["twin-a", "twin-b"].map((id) =>
    organization(id, "Twin", [["a@x.example", "Admin"]]),
  );
  const settings = { state: partnerState(twins) };
  const key = { POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
  const { code, stdout } = await doctor({ key, settings, args: ["--organization", "Twin"] });
  assert.equal(code, 1);
  const text = stdout.replaceAll(/\s+/g, " ");
  assert.match(text, /2 organizations are named "Twin": use the id instead, one of twin-a, twin-b/);
  assert.doesNotMatch(stdout, /^ {2}Users/m);
  const one = await doctor({ key, settings, args: ["--organization", "twin-b"] });
  assert.match(one.stdout, /1 user in Twin/);
});
