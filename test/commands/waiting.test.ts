/** Waits are reported: retries, a server that does not respond, the rate limit, and the progress of reading. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Clock, systemClock } from "../../src/clock.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { polytomic, type Ran, run } from "../program.ts";
import { folderWith } from "../support.ts";
import {
  before,
  fileOf,
  flyingClock,
  type Instead,
  organization,
  partnerState,
} from "./elsewhere.ts";

const IDS = [1, 2, 3, 4, 5, 6].map((n) => `${n}${"0".repeat(7)}-0000-4000-8000-000000000000`);
const NAMES = ["Apex", "Bolt", "Cyan", "Dune", "Echo", "Fern"];
const ADMIN = [["admin@example.com", "Admin"]] as const;
const FILES = Object.fromEntries(IDS.map((id, n) => [`files/${NAMES[n]}.yaml`, fileOf(id, ADMIN)]));
const CLEAR = "\r\u001b[2K";

/** A plan of six organizations, with a clock on which a second takes ten milliseconds. */
async function planned(
  latencyMs: number,
  instead: (path: string, count: number) => Instead,
  args: readonly string[] = [],
  terminal = false,
  clock: Clock = flyingClock(),
): Promise<Ran & { readonly host: string }> {
  const state = partnerState(IDS.map((id, n) => organization(id, NAMES[n] ?? "", ADMIN)));
  const sandbox = createSandbox({ state, latencyMs, clock });
  const server = await before(sandbox, ({ path }, count) => instead(path, count));
  try {
    const ran = await run(["plan", "files", "--concurrency", "1", ...args], {
      cwd: await folderWith(FILES),
      env: { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" },
      clock,
      terminal,
    });
    return { ...ran, host: new URL(server.url).host };
  } finally {
    await server.close();
  }
}

describe("what a run waits for", () => {
  it("a refused connection: each longer wait has its line, with the attempt", async () => {
    const url = "http://127.0.0.1:1";
    const env = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_PARTNER_KEY: "key" };
    const cwd = await folderWith(FILES);
    const { code, stderr } = await run(["plan", "files"], { cwd, env, clock: flyingClock() });
    assert.equal(code, 1);
    const what = "could not reach Polytomic: connection refused by 127.0.0.1:1 (ECONNREFUSED)";
    const retries = stderr.split("\n").filter((line) => line.includes("retrying"));
    assert.deepEqual(retries, [
      `${what}; retrying in 2 s, attempt 4 of 6`,
      `${what}; retrying in 3 s, attempt 5 of 6`,
      `${what}; retrying in 6 s, attempt 6 of 6`,
    ]);
    const quiet = await run(["plan", "files", "--quiet"], { cwd, env, clock: flyingClock() });
    assert.match(quiet.stderr, /^error: could not reach Polytomic: /);
  });

  it("a 503 to a read: what is tried again, and when", async () => {
    const { code, stderr } = await planned(0, (path) =>
      path.includes(`${IDS[1]}/users`) ? { status: 503, body: "{}" } : null,
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^could not list the users of [^;]*: status 503; retrying in 2 s, attempt 4 of 6$/m,
    );
  });

  it("a server that does not answer is named after a second", async () => {
    const one = ["--organization", "Apex"];
    const { code, stderr, host } = await planned(1_200, () => null, one, false, systemClock);
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`^Waiting for ${host} to respond\\.$`, "m"));
  });

  it("the rate limit", async () => {
    const limited = { status: 429, body: "{}", headers: { "retry-after": "60" } };
    const { code, stderr } = await planned(0, (_, count) => (count === 3 ? limited : null));
    assert.equal(code, 0);
    assert.match(stderr, /^Waiting \d+ s for the rate limit\.$/m);
  });
});

describe("the progress of reading", () => {
  it("in a log, one line every few seconds", async () => {
    const { stderr } = await planned(3_000, () => null);
    const lines = stderr.split("\n").filter((line) => line.startsWith("planned"));
    assert.ok(lines.length >= 1 && lines.length <= 6, stderr);
    for (const line of lines) assert.match(line, /^planned [1-6] of 6 organizations$/);
  });

  it("on a terminal, one line that is gone at the end", async () => {
    const { stderr } = await planned(3_000, () => null, [], true);
    assert.ok(
      stderr.includes(`${CLEAR}planned 1 of 6 organizations${CLEAR}`),
      JSON.stringify(stderr),
    );
    assert.ok(stderr.endsWith(CLEAR), JSON.stringify(stderr));
  });

  it("no line if the run is quick", async () => {
    assert.equal((await planned(0, () => null, [], false, systemClock)).stderr, "");
  });
});

it("the progress of an apply counts a rename once, as the plan does", async () => {
  const server = await polytomic();
  try {
    const cwd = await folderWith({});
    await run(["init"], { cwd, env: server.env });
    await run(["rename", "sam@example.com", "samuel@example.com"], { cwd });
    const { code, stdout, stderr } = await run(["apply", "--yes"], {
      cwd,
      env: server.env,
      terminal: true,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Apply: 1 applied/);
    assert.match(stderr, /0 of 1 change(?!s)/);
    assert.doesNotMatch(stderr, /of 2 changes/);
  } finally {
    await server.close();
  }
});
