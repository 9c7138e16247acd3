/** The server's side of `bench/pace.ts`: a sandbox with a limit, told over IPC, and a count at the end. */
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/clock.ts";
import type { LimitRule } from "../src/sandbox/limits.ts";
import type { Sandbox } from "../src/sandbox/sandbox.ts";
import { createSandbox } from "../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../src/sandbox/server.ts";

export interface Setting {
  readonly name: string;
  readonly count: number;
  readonly rate: number;
  readonly burst: number;
  readonly later: { readonly afterMs: number; readonly rate: number } | null;
  readonly latencyMs: number;
  readonly retryAfter: "seconds" | "none";
}

/** All that a client is told. */
export interface Offer {
  readonly url: string;
  readonly userIds: readonly string[];
}

export interface Served {
  readonly requests: number;
  readonly refused: number;
  /** Users that have the new role in the end. */
  readonly changed: number;
}

export const KEY = "bench-partner-key";
export const ORGANIZATION = "00000000-0000-4000-a000-00000000000a";
export const ROLE = "role-analyst";
export const EMAIL = (index: number) => `user-${index}@example.com`;

function bucket(perSecond: number, burst: number): LimitRule {
  return { kind: "token-bucket", perSecond, burst };
}

function sandboxOf({ count, rate, burst, later, latencyMs, retryAfter }: Setting): Sandbox {
  const changes =
    later === null ? [] : [{ afterMs: later.afterMs, rule: bucket(later.rate, burst) }];
  return createSandbox({
    clock: systemClock,
    latencyMs,
    limit: { rule: bucket(rate, burst), retryAfter, rateLimitHeaders: false, changes },
    state: {
      organizations: [
        {
          id: ORGANIZATION,
          name: "Bench",
          roles: [
            { id: "role-member", name: "Member", system: true },
            { id: ROLE, name: "Analyst", system: false },
          ],
          users: Array.from({ length: count }, (_, index) => {
            return { id: `user-${index}`, email: EMAIL(index), role_ids: ["role-member"] };
          }),
        },
      ],
      credentials: {
        apiKeys: [],
        partnerKeys: [{ key: KEY, organizationIds: null }],
        deploymentKey: null,
      },
    },
  });
}

function report({ log }: Sandbox): Served {
  const changed = new Set(log.filter((entry) => entry.committed !== null).map(({ path }) => path));
  const refused = log.filter(({ status }) => status === 429).length;
  return { requests: log.length, refused, changed: changed.size };
}

async function serve(setting: Setting): Promise<void> {
  const sandbox = sandboxOf(setting);
  const { url } = await startSandboxServer(sandbox, { port: 0 });
  const userIds = Array.from({ length: setting.count }, (_, index) => `user-${index}`);
  process.on("message", () => process.send?.(report(sandbox)));
  process.send?.({ url, userIds } satisfies Offer);
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once("message", (setting) => void serve(setting as Setting));
}
