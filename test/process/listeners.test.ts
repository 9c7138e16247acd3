/** Many requests that wait at the same time: Node prints no warning about listeners to stderr. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import { before, fileOf, organization, partnerState } from "../commands/elsewhere.ts";
import { folderWith } from "../support.ts";
import { start } from "./program.ts";

const IDS = Array.from(
  { length: 40 },
  (_, n) => `3b241101-e2bb-4255-8caf-4136c566${String(n).padStart(4, "0")}`,
);
const CTO = ["cto@example.com", "Admin"] as const;
const NEW = ["new@example.com", "Member"] as const;

const UNAVAILABLE = { status: 503, body: "{}" };
const LIMITED = { status: 429, body: "{}", headers: { "retry-after": "1" } };

describe("40 organizations whose requests wait at once", { timeout: 60_000 }, () => {
  for (const [what, args, answer, times] of [
    ["plan, each request answered 503 once", ["plan"], UNAVAILABLE, Infinity],
    ["apply, each request answered 503 once", ["apply", "--yes"], UNAVAILABLE, Infinity],
    ["plan, a request answered 429", ["plan"], LIMITED, 1],
  ] as const) {
    it(what, async (t) => {
      const organizations = IDS.map((id, n) => organization(id, `Company ${n}`, [CTO]));
      const sandbox = createSandbox({ state: partnerState(organizations), clock: systemClock });
      const asked = new Set<string>();
      const server = await before(sandbox, ({ method, path, authorization }) => {
        const one = [method, path, authorization].join(" ");
        if (asked.has(one) || asked.size === times || path === "/api/organizations") return null;
        asked.add(one);
        return answer;
      });
      t.after(() => server.close());
      const files = IDS.map((id) => [`${id}.yaml`, fileOf(id, [CTO, NEW])] as const);
      const cwd = await folderWith(Object.fromEntries(files));
      const program = start(t, [...args, ".", "--concurrency", "40", "--max-rate", "1000"], {
        cwd,
        env: { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" },
      });
      assert.equal(await program.ended, 0, program.output.stderr);
      assert.doesNotMatch(program.output.stderr, /Warning|\[AbortSignal\]/);
      assert.match(program.output.stdout, /40 organizations/);
    });
  }
});
