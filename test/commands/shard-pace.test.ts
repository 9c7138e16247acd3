/** `--shard K/N`: the N programs share one rate limit, so each starts more slowly than a program that is alone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../../src/clock.ts";
import { ACME_USERS, acmeFile, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

/** A clock on which no time passes but in the pauses between requests, which it records. */
function pausingClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let now = 0;
  return {
    pauses,
    now: () => Date.parse("2026-11-23T12:00:00Z") + now,
    monotonic: () => now,
    sleep: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
}

const WITHOUT_FILE = "report without files";

describe("a command that is given --shard 1/2", () => {
  for (const [name, args] of [
    ["plan", ["plan"]],
    ["apply", ["apply", "--yes"]],
    ["report", ["report"]],
    [WITHOUT_FILE, ["report"]],
    ["review", ["review"]],
  ] as const) {
    it(`${name}: pauses between its requests, and does not without it`, async () => {
      const server = await polytomic();
      try {
        const files: Record<string, string> =
          name === WITHOUT_FILE ? {} : { "users.yaml": acmeFile(ACME_USERS) };
        const cwd = await folderWith(files);
        const pausesOf = async (...more: readonly string[]): Promise<readonly number[]> => {
          const clock = pausingClock();
          const { code, stderr } = await run([...args, ...more], { cwd, env: server.env, clock });
          assert.equal(code, 0, stderr);
          return clock.pauses;
        };
        assert.deepEqual(await pausesOf(), []);
        assert.ok((await pausesOf("--shard", "1/2")).length > 0);
      } finally {
        await server.close();
      }
    });
  }
});
