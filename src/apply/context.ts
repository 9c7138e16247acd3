/** One run of apply: its context, and whether new requests may still be sent. */
import { setMaxListeners } from "node:events";
import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "../clock.ts";
import type { Role } from "../model/current.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import type { ChangeResult } from "../model/result.ts";
import type { Reader, Writer } from "../polytomic/api.ts";

export interface ApplyContext {
  readonly reader: Pick<Reader, "users">;
  readonly writer: Writer;
  readonly clock: Clock;
  /** A fresh Idempotency-Key: 8 to 255 of letters, digits, `-`, `_`; random. */
  readonly newKey: () => string;
  /** Once it aborts, nothing new begins; changes in progress are finished. */
  readonly stop: AbortSignal;
  /** Maximum number of concurrent changes over all organizations; at least 1. */
  readonly concurrency: number;
  /** `--min-admins`, in place of each plan's policy; null leaves it. */
  readonly minAdmins: number | null;
  /** How the reader and the writer address an organization; null is the caller's own. */
  readonly addressOf: (organizationId: string) => string | null;
  /** The roles that the organization has (List Roles); asked only for organizations with changes. */
  readonly rolesOf: (organizationId: string) => readonly Role[];
  /**
   * Each change as it ends, before it counts as reported. If it rejects, nothing new begins: access is not
   * changed without a record of it.
   */
  readonly onResult: (organization: OrganizationPlan, result: ChangeResult) => void | Promise<void>;
}

export class Run {
  readonly context: ApplyContext;
  readonly changes: LimitFunction;
  readonly #pauses = new AbortController();
  readonly #onStop = () => this.#pauses.abort();
  #halted: string | null = null;

  constructor(context: ApplyContext) {
    this.context = context;
    this.changes = pLimit(context.concurrency);
    setMaxListeners(0, this.#pauses.signal); // every change under way may listen
    if (context.stop.aborted) this.#pauses.abort();
    else context.stop.addEventListener("abort", this.#onStop, { once: true });
  }

  get interrupted(): boolean {
    return this.context.stop.aborted;
  }

  /** Why the run stopped by itself; the first reason stays. */
  get halted(): string | null {
    return this.#halted;
  }

  halt(reason: string): void {
    this.#halted ??= reason;
    this.#pauses.abort();
  }

  /** Why nothing new may begin; null when it may. */
  refusal(): string | null {
    if (this.#halted !== null) return `not sent: ${this.#halted}`;
    return this.interrupted ? "not sent: interrupted" : null;
  }

  pause(ms: number): Promise<void> {
    return this.context.clock.sleep(ms, this.#pauses.signal);
  }

  end(): void {
    this.context.stop.removeEventListener("abort", this.#onStop);
  }
}

/** Waits for all of them, then rejects with the first error, so no work continues unobserved. */
export async function awaitAll<T>(run: Run, work: readonly Promise<T>[]): Promise<readonly T[]> {
  for (const one of work) one.catch(() => run.halt("the program failed"));
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
