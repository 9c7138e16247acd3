/** Everything that a seed determines before the run. Network faults are drawn from the sandbox's own seed. */
import { emailKey } from "../../src/model/desired.ts";
import type { Day } from "../../src/model/days.ts";
import { chance, FAULT_KINDS, type Faults, isFaultKind } from "../../src/sandbox/faults.ts";
import type { Dialects } from "../../src/sandbox/dialects.ts";
import type { LimitOptions, LimitRule } from "../../src/sandbox/limits.ts";
import type { SandboxSettings } from "../../src/sandbox/sandbox.ts";
import type { SandboxCredentials } from "../../src/sandbox/state.ts";
import { drawDialects, underDialects } from "./dialects.ts";
import { Dice } from "./dice.ts";
import { withRules } from "./rules.ts";
import { type DrawnOrganization, drawOrganization, staysAdmin } from "./organization.ts";
import { drawTrouble, type Trouble } from "./trouble.ts";

/** One start of the program and its disturbances. Requests of the run are numbered from 1; null is never. */
export interface ChaosRun {
  /** files: plan and apply. saved: save a plan, then apply it. plan: plan alone. */
  readonly mode: "files" | "saved" | "plan";
  /** `--only`: these addresses. */
  readonly only: readonly string[];
  /** The program is killed just before (with `afterSending`: just after) it sends this request. */
  readonly crashAt: number | null;
  readonly afterSending: boolean;
  /** Ctrl-C while this request is in flight. */
  readonly interruptAt: number | null;
  readonly trouble: Trouble;
  /** `--shard`; null is every organization. */
  readonly shard: Shard | null;
  /** For concurrent programs: how much later than the first one it starts. */
  readonly startsAfterMs: number;
}

interface Shard {
  /** Counts from 1. */
  readonly index: number;
  readonly count: number;
}

export function nameOf({ mode, shard }: ChaosRun): string {
  return shard === null ? mode : `${mode}, shard ${shard.index} of ${shard.count}`;
}

/** Others change a user at this request of the seed (from 1). */
interface PlannedEdit {
  readonly at: number;
  /** Before the request arrives, or while it is processed. */
  readonly before: boolean;
}

export interface Scenario {
  readonly seed: number;
  readonly asOf: Day;
  readonly organizations: readonly DrawnOrganization[];
  readonly settings: SandboxSettings;
  readonly credential: { readonly kind: "api" | "partner" | "deployment"; readonly key: string };
  readonly apiVersion: string | null;
  /** `--min-admins`; null leaves the policies. */
  readonly minAdmins: number | null;
  readonly concurrency: number;
  readonly maxRate: number;
  readonly timeoutMs: number;
  /** The percentage of connections that are refused before anything is sent. */
  readonly refusedPercent: number;
  /** Run one after the other; those of one list run concurrently. */
  readonly runs: readonly (readonly ChaosRun[])[];
  readonly edits: readonly PlannedEdit[];
}

/** 2026-11-23, noon: the start of virtual time. */
export const START = Date.UTC(2026, 10, 23, 12);
const AS_OF = "2026-11-23";
const VERSIONS = [null, null, "2022-12-12", "2023-04-25", "2024-02-08", "2025-09-18"];

export function drawScenario(seed: number): Scenario {
  const dice = new Dice(seed);
  const troubles = new Dice(seed ^ 0x7ab1e5);
  const kind = dice.pick(["api", "partner", "deployment"] as const);
  const count = kind === "api" ? 1 : dice.pick([1, 1, 2, 3]);
  // Separate draws, so that the others are the same without dialects.
  const own = new Dice(seed ^ 0xd1a1ec);
  const dialects = drawDialects(own);
  const several = new Dice(seed ^ 0x5e7e4a1);
  const ofRules = new Dice(seed ^ 0x2a1e5);
  const organizations = Array.from({ length: count }, (_, index) =>
    withRules(underDialects(drawOrganization(dice, index, AS_OF), dialects, own), ofRules, AS_OF),
  );
  return {
    seed,
    asOf: AS_OF,
    organizations,
    settings: spoken(drawSettings(dice, seed, organizations), dialects),
    credential: { kind, key: `sandbox-canary-${kind}` },
    apiVersion: dice.pick(VERSIONS),
    minAdmins: dice.chance(5) ? dice.int(0, 2) : null,
    concurrency: dice.pick([1, 2, 4, 8, 20]),
    maxRate: dice.pick([2, 10, 50, 250, 1000]),
    timeoutMs: dice.pick([5_000, 30_000, 60_000]),
    refusedPercent: dice.pick([0, 0, 0, 2, 15]),
    runs: Array.from({ length: dice.int(1, 4) }, () =>
      drawPrograms(several, kind !== "api", () => ({
        ...drawRun(dice, organizations),
        trouble: drawTrouble(troubles, organizations.length),
      })),
    ),
    edits: drawEdits(dice),
  };
}

/** A server with neither idempotency keys nor a check for existing users cannot be used safely. */
function spoken(settings: SandboxSettings, dialects: Dialects): SandboxSettings {
  const duplicates = dialects.has("idempotency-ignored")
    ? "refuse"
    : (settings.duplicates ?? "refuse");
  return { ...settings, duplicates, dialects };
}

function drawSettings(
  dice: Dice,
  seed: number,
  organizations: readonly DrawnOrganization[],
): SandboxSettings {
  return {
    state: {
      organizations: organizations.map(({ current }) => current),
      credentials: drawCredentials(dice, organizations),
    },
    faults: drawFaults(dice),
    limit: dice.chance(45) ? drawLimit(dice) : null,
    latencyMs: dice.pick([0, 1, 30, 250]),
    jitterMs: dice.pick([0, 5, 300]),
    seed,
    duplicates: dice.chance(50) ? "accept" : "refuse",
  };
}

function drawCredentials(
  dice: Dice,
  organizations: readonly DrawnOrganization[],
): SandboxCredentials {
  const [first] = organizations;
  const users = first === undefined ? [] : callersOf(dice, first);
  const userId = users.length > 0 && dice.chance(60) ? dice.pick(users).id : null;
  const organizationId = first?.current.id ?? "";
  return {
    apiKeys: [{ key: "sandbox-canary-api", organizationId, userId }],
    partnerKeys: [{ key: "sandbox-canary-partner", organizationIds: null }],
    deploymentKey: "sandbox-canary-deployment",
  };
}

/** Usually users who keep their access: otherwise the guard `self` would refuse the run. */
function callersOf(dice: Dice, { current, desired }: DrawnOrganization) {
  if (dice.chance(8)) return current.users;
  return current.users.filter(({ email }) => staysAdmin(emailKey(email), current, desired.users));
}

/** No faults, one frequent kind, one method that usually fails, or many rare kinds. */
function drawFaults(dice: Dice): Faults {
  const kinds = Object.keys(FAULT_KINDS).filter(isFaultKind);
  const weather = dice.int(0, 9);
  if (weather < 2) return [];
  if (weather < 5) return [slower(dice, chance(dice.pick(kinds), dice.int(5, 45) / 100))];
  if (weather === 5) {
    const methods = dice.pick([["POST"], ["PUT", "PATCH"], ["DELETE"]]);
    return [slower(dice, chance(dice.pick(kinds), dice.int(60, 95) / 100, methods))];
  }
  return dice.each(kinds, 50).map((kind) => slower(dice, chance(kind, dice.int(1, 9) / 100)));
}

/** Slow responses take up to two minutes: longer than any timeout of the program. */
function slower(dice: Dice, rule: Faults[number]): Faults[number] {
  return { ...rule, ms: dice.int(1, 120) * 1000 };
}

function drawLimit(dice: Dice): LimitOptions {
  return {
    rule: drawRule(dice),
    retryAfter: dice.pick(["seconds", "date", "none"] as const),
    rateLimitHeaders: dice.chance(40),
    changes: dice.chance(20) ? [{ afterMs: dice.int(1, 20) * 1000, rule: drawRule(dice) }] : [],
  };
}

function drawRule(dice: Dice): LimitRule {
  switch (dice.int(0, 3)) {
    case 0:
      return {
        kind: "fixed-window",
        requests: dice.int(3, 40),
        windowMs: dice.pick([1000, 10_000]),
      };
    case 1:
      return {
        kind: "sliding-window",
        requests: dice.int(3, 40),
        windowMs: dice.pick([1000, 5000]),
      };
    case 2:
      return { kind: "concurrent", requests: dice.int(1, 6) };
    default:
      return { kind: "token-bucket", perSecond: dice.int(1, 60), burst: dice.int(1, 20) };
  }
}

/**
 * In one of ten seeds several programs run concurrently: the shards of a partner's organizations, or two programs
 * with the same files. All share one key and its limit.
 */
function drawPrograms(
  dice: Dice,
  canShard: boolean,
  draw: () => Omit<ChaosRun, "shard" | "startsAfterMs">,
): readonly ChaosRun[] {
  const first = { ...draw(), shard: null, startsAfterMs: 0 };
  if (!dice.chance(10)) return [first];
  const later = (): number => dice.pick([0, 0, 5, 200, 3_000]);
  if (!canShard || dice.chance(40)) {
    return [first, { ...draw(), shard: null, startsAfterMs: later() }];
  }
  const count = dice.int(2, 4);
  return Array.from({ length: count }, (_, index) => ({
    ...(index === 0 ? first : draw()),
    shard: { index: index + 1, count },
    startsAfterMs: index === 0 ? 0 : later(),
  }));
}

function drawRun(
  dice: Dice,
  organizations: readonly DrawnOrganization[],
): Omit<ChaosRun, "trouble" | "shard" | "startsAfterMs"> {
  const addresses = organizations.flatMap(({ desired, current }) =>
    [...desired.users, ...current.users].map(({ email }) => email),
  );
  return {
    mode: dice.pick(["files", "files", "files", "saved", "plan"] as const),
    only: dice.chance(10) ? dice.some(addresses, 1, 3) : [],
    crashAt: dice.chance(45) ? dice.int(1, 30) : null,
    afterSending: dice.chance(60),
    interruptAt: dice.chance(15) ? dice.int(1, 30) : null,
  };
}

function drawEdits(dice: Dice): readonly PlannedEdit[] {
  if (dice.chance(40)) return [];
  return Array.from({ length: dice.int(1, 8) }, () => ({
    at: dice.int(1, 60),
    before: dice.chance(50),
  }));
}
