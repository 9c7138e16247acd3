/**
 * The sandbox's logic: a local Polytomic without sockets and without the machine's clock. `server.ts`
 * puts it behind HTTP; tests and the simulation call `exchange`.
 *
 * A request passes, in this order:
 *
 *   lost request?  → limit (429) → credential (401) → version (400) → idempotency key (400, 409, replay)
 *   → latency → error before the commit? → endpoint: checked and committed in one step → its outcome is
 *   kept for the idempotency key → error after the commit, lost response, garbage or slow body?
 *
 * So a write commits when its processing ends, after the latency, even if the client no longer waits for it. Until
 * then, a second request with its key gets 409. An injected 5xx, before or after the commit, is recorded as the outcome
 * of the key. A lost or damaged response is not: a retry with the key gets the true outcome. A 429 is returned at once.
 */
import type { Clock } from "../clock.ts";
import { identifyCaller } from "./credentials.ts";
import type { Caller } from "./credentials.ts";
import { delivered, lost } from "./delivery.ts";
import type { Delivery, LogEntry, OpenEntry } from "./delivery.ts";
import type { Dialects } from "./dialects.ts";
import { answer } from "./endpoints.ts";
import { createFaultDraw } from "./faults.ts";
import type { Fault, FaultKind, Faults } from "./faults.ts";
import { createIdempotencyKeys, isIdempotencyKey } from "./idempotency.ts";
import { createLimiter, waitHeaders } from "./limits.ts";
import type { LimitOptions } from "./limits.ts";
import { LiveState } from "./live-state.ts";
import { createRandom } from "./ids.ts";
import { refusal } from "./replies.ts";
import type { Reply } from "./replies.ts";
import { LATEST, chooseVersionRules } from "./routes.ts";
import type { VersionRules } from "./routes.ts";
import type { SandboxState } from "./state.ts";
import type { Duplicates } from "./users.ts";

/** A request as it came: an `ApiRequest`, but with whatever method was sent. */
export interface SandboxRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SandboxSettings {
  readonly state: SandboxState;
  readonly faults?: Faults;
  readonly limit?: LimitOptions | null;
  /** How long a request is worked on, and how much longer at most (drawn from the seed). */
  readonly latencyMs?: number;
  readonly jitterMs?: number;
  readonly seed?: number;
  readonly duplicates?: Duplicates;
  readonly dialects?: Dialects;
}

export interface Sandbox {
  /** Never rejects for anything that the request says. */
  exchange(request: SandboxRequest): Promise<Delivery>;
  readonly state: LiveState;
  /** In the order of arrival. */
  readonly log: readonly LogEntry[];
  /** Requests being worked on: now, and at most so far. Lost requests and 429 are never among them. */
  readonly inFlight: { readonly now: number; readonly atMost: number };
  /** From now on no fault happens; the limit and the latency stay. */
  calm(): void;
}

export function createSandbox(settings: SandboxSettings & { readonly clock: Clock }): Sandbox {
  return new RunningSandbox(settings);
}

class RunningSandbox implements Sandbox {
  readonly state: LiveState;
  readonly log: OpenEntry[] = [];
  readonly inFlight = { now: 0, atMost: 0 };
  readonly #settings: SandboxSettings & { readonly clock: Clock };
  readonly #random;
  readonly #limiter;
  readonly #keys = createIdempotencyKeys();
  readonly #dialects: Dialects;
  #faults;

  constructor(settings: SandboxSettings & { readonly clock: Clock }) {
    const seed = settings.seed ?? 1;
    this.#settings = settings;
    this.#dialects = settings.dialects ?? new Set();
    // Ids have their own stream: a fault more or less does not change them.
    this.state = new LiveState(
      settings.state,
      createRandom(seed ^ 0x5eed),
      this.#dialects.has("email-case-kept"),
    );
    this.#random = createRandom(seed);
    this.#limiter = settings.limit ? createLimiter(settings.limit) : null;
    this.#faults = createFaultDraw(settings.faults ?? [], this.#random);
  }

  calm(): void {
    this.#faults = createFaultDraw([], this.#random);
  }

  async exchange(request: SandboxRequest): Promise<Delivery> {
    const fault = this.#faults.next(request.method, request.path);
    const entry = opened(request, this.#settings.clock.now(), fault?.kind ?? null);
    this.log.push(entry);
    if (fault?.kind === "lost-request") return lost(entry);
    const tooMany = this.#judge(entry, fault);
    const dialects = this.#dialects;
    if (tooMany.refused !== null) {
      return delivered(entry, tooMany.refused, LATEST, {}, null, dialects);
    }
    this.inFlight.now += 1;
    this.inFlight.atMost = Math.max(this.inFlight.atMost, this.inFlight.now);
    const rules = chooseVersionRules(request.headers["x-polytomic-version"], dialects);
    const version = typeof rules === "string" ? LATEST : rules;
    const reply = await this.#admitted(request, rules, entry, fault);
    this.inFlight.now -= 1;
    if (fault?.kind === "lost-answer") return lost(entry);
    return delivered(entry, reply, version, tooMany.headers, fault, dialects);
  }

  #judge(entry: OpenEntry, fault: Fault | null) {
    const verdict = this.#limiter?.judge(entry.at, this.inFlight.now) ?? NO_LIMIT;
    const injected = fault?.kind === "too-many-requests";
    const silent = this.#dialects.has("no-retry-after");
    const shown = silent ? {} : verdict.headers;
    if (verdict.admitted && !injected) return { refused: null, headers: shown };
    const retryAfter = silent ? "none" : (this.#settings.limit?.retryAfter ?? "seconds");
    const wait = injected ? waitHeaders(retryAfter, 1000, entry.at) : {};
    const headers = { ...wait, ...shown };
    const refused = refusal(429, "too_many_requests", "rate limit exceeded", headers);
    return { refused, headers };
  }

  async #admitted(
    request: SandboxRequest,
    version: VersionRules | string,
    entry: OpenEntry,
    fault: Fault | null,
  ): Promise<Reply> {
    const caller = identifyCaller(request.headers["authorization"], this.state);
    if (caller === null) return this.#after(fault, unauthorized());
    entry.credential = caller.owner.kind;
    entry.organizationId ??= caller.organizationId;
    if (typeof version === "string") {
      return this.#after(fault, refusal(400, "unsupported_version", version));
    }
    if (fault?.kind === "conflict") return this.#after(fault, conflict());
    const { method, path, body } = request;
    const dialects = this.#dialects;
    const work = () =>
      answer({ method, path, body, caller, version, dialects }, this.state, this.#duplicates);
    const key = dialects.has("idempotency-ignored") ? null : entry.idempotencyKey;
    if (method !== "POST" || key === null) return this.#carryOut(work, entry, fault);
    return this.#once(key, caller, work, entry, fault);
  }

  get #duplicates(): Duplicates {
    return this.#settings.duplicates ?? "refuse";
  }

  /** A POST with an idempotency key. */
  async #once(
    key: string,
    caller: Caller,
    work: () => Reply,
    entry: OpenEntry,
    fault: Fault | null,
  ): Promise<Reply> {
    if (!isIdempotencyKey(key)) return this.#after(fault, badKey());
    const claim = this.#keys.claim(caller.secret, key, entry.at);
    if (claim.kind === "in-flight") return this.#after(fault, conflict());
    if (claim.kind === "replay") {
      entry.replayed = true;
      return this.#after(fault, claim.outcome);
    }
    const reply = await this.#carryOut(work, entry, fault);
    claim.settle(reply);
    return reply;
  }

  async #carryOut(work: () => Reply, entry: OpenEntry, fault: Fault | null): Promise<Reply> {
    await this.#delay(fault);
    const before = fault === null ? undefined : ERRORS_BEFORE[fault.kind];
    if (before !== undefined) return injected(before);
    const reply = work();
    entry.committed = reply.committed;
    entry.invitationSent = reply.invitationSent;
    const after = fault === null ? undefined : ERRORS_AFTER[fault.kind];
    return after === undefined ? reply : injected(after);
  }

  /** A reply that needs no work takes its time all the same. */
  async #after(fault: Fault | null, reply: Reply): Promise<Reply> {
    await this.#delay(fault);
    return reply;
  }

  async #delay(fault: Fault | null): Promise<void> {
    const { latencyMs = 0, jitterMs = 0, clock } = this.#settings;
    const jitter = jitterMs === 0 ? 0 : this.#random() * jitterMs;
    const ms = latencyMs + jitter + (fault?.kind === "slow-answer" ? fault.ms : 0);
    if (ms > 0) await clock.sleep(ms);
  }
}

const NO_LIMIT = { admitted: true, headers: {} };

type Statuses = Readonly<Partial<Record<FaultKind, number>>>;

const ERRORS_BEFORE: Statuses = { "error-500": 500, "error-502": 502, "error-503": 503 };

const ERRORS_AFTER: Statuses = {
  "error-500-after": 500,
  "error-502-after": 502,
  "error-503-after": 503,
};

function opened(request: SandboxRequest, at: number, fault: FaultKind | null): OpenEntry {
  return {
    at,
    method: request.method,
    path: request.path,
    credential: null,
    organizationId: /^\/api\/organizations\/([^/?]+)/.exec(request.path)?.[1] ?? null,
    idempotencyKey: request.headers["idempotency-key"] ?? null,
    status: null,
    committed: null,
    replayed: false,
    invitationSent: false,
    fault,
  };
}

function injected(status: number): Reply {
  return refusal(status, "internal_error", `injected by the sandbox: ${status}`);
}

function unauthorized(): Reply {
  return refusal(401, "unauthorized", "the credential is missing or not valid");
}

function conflict(): Reply {
  return refusal(409, "idempotency_conflict", "a request with this idempotency key is in flight");
}

function badKey(): Reply {
  const message = "an idempotency key has 8 to 255 letters, digits, dashes and underscores";
  return refusal(400, "invalid_idempotency_key", message);
}
