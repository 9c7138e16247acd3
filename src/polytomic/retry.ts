/**
 * Retries (`docs/retries.md`). Decides what each status means, how often a request is sent, and how long to wait before
 * each retry. The `RetryRule` of the caller decides which responses lead to a retry.
 */
import { Undecodable } from "./decode.ts";
import { retryAfterMs } from "./rate-limit-headers.ts";
import { type Call, type Exchange, exchange, type Session, stopOf } from "./session.ts";
import type { ApiResponse, NoResponse } from "./transport.ts";

/**
 * limited: 429, not carried out. conflict: 409. unauthorized: 401. missing: 404. transient: 408, 425 and 5xx.
 * refused: every other response that is not a 2xx; repeating it cannot help.
 */
type ErrorKind = "limited" | "conflict" | "unauthorized" | "missing" | "transient" | "refused";

/** An exchange, decoded. done: a 2xx with what the endpoint gives; undecodable: a 2xx with something else. */
type Answer<T> =
  | { readonly kind: "done"; readonly response: ApiResponse; readonly value: T }
  | { readonly kind: "undecodable"; readonly response: ApiResponse; readonly problem: Undecodable }
  | { readonly kind: ErrorKind; readonly response: ApiResponse }
  | { readonly kind: "none"; readonly error: NoResponse };

export type AnswerKind = Answer<unknown>["kind"];

/** `decode` throws `Undecodable`. Called once for each response, and for no status but 2xx. */
function decodeExchange<T>(
  exchange: Exchange,
  decode: (body: unknown, status: number) => T,
): Answer<T> {
  if (exchange.kind === "none") return exchange;
  const { response } = exchange;
  const { status, body } = response;
  if (status < 200 || status >= 300) return { kind: errorKind(status), response };
  try {
    return { kind: "done", response, value: decode(body, status) };
  } catch (error) {
    if (error instanceof Undecodable) return { kind: "undecodable", response, problem: error };
    throw error;
  }
}

function errorKind(status: number): ErrorKind {
  if (status === 429) return "limited";
  if (status === 409) return "conflict";
  if (status === 401) return "unauthorized";
  if (status === 404) return "missing";
  if (status === 408 || status === 425 || status >= 500) return "transient";
  return "refused";
}

/** Attempts that ended without a usable response. */
const TRIES = 6;
/** 429 responses: more, because each slows the gate down and the request was not carried out. */
const LIMITED = 30;
/** The same for a POST: fewer, because Polytomic may return a recorded 429 for this idempotency key every time. */
const LIMITED_POST = 3;
/** 409 responses to a POST: the waits add up to half a minute, about as long as a response may take. */
const CONFLICTS = 8;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** How the last try ended, and what the tries before it leave possible. */
export interface Ending<T> {
  readonly answer: Answer<T>;
  readonly tries: number;
  /** One of the tries may have been carried out without this program learning it. */
  readonly mayHaveHappened: boolean;
}

export interface RetryRule<T> {
  /** What the endpoint gives, from a 2xx; throws `Undecodable`. */
  readonly decode: (body: unknown, status: number) => T;
  /** Answers after which the same request is sent again; those that would be the same again are not. */
  readonly again: readonly AnswerKind[];
}

/** Retries until the outcome is final or the tries are used up. */
export async function sendWithRetries<T>(
  session: Session,
  call: Call,
  rule: RetryRule<T>,
): Promise<Ending<T>> {
  const spent = { failed: 0, limited: 0, conflicts: 0 };
  const signal = stopOf(session, call);
  let mayHaveHappened = false;
  for (let tries = 1; ; tries++) {
    const answer = decodeExchange(await exchange(session, call, tries), rule.decode);
    const reason = reasonToRetry(answer, rule);
    if (reason !== null || answer.kind === "none") mayHaveHappened ||= leavesDoubt(answer);
    const ending = { answer, tries, mayHaveHappened };
    if (reason === null) return ending;
    spent[reason]++;
    if (isSpent(spent, call) || signal?.aborted) return ending;
    await wait(session, call, answer, reason, spent[reason]);
    if (signal?.aborted) return ending;
  }
}

type Reason = "failed" | "limited" | "conflicts";

function reasonToRetry<T>(answer: Answer<T>, { again }: RetryRule<T>): Reason | null {
  if (!again.includes(answer.kind) || isLasting(answer)) return null;
  if (answer.kind === "limited") return "limited";
  return answer.kind === "conflict" ? "conflicts" : "failed";
}

function isLasting(answer: Answer<unknown>): boolean {
  if (answer.kind === "none") return answer.error.lasting;
  return answer.kind === "undecodable" && answer.problem.lasting;
}

function isSpent(spent: Readonly<Record<Reason, number>>, call: Call): boolean {
  const limited = call.method === "POST" ? LIMITED_POST : LIMITED;
  return spent.failed >= TRIES || spent.limited >= limited || spent.conflicts >= CONFLICTS;
}

/**
 * Whether Polytomic may have carried out the request. Not after a 429, which the rate limiter returns before the
 * request is processed, and not where the connection failed before anything was sent.
 */
function leavesDoubt(answer: Answer<unknown>): boolean {
  return answer.kind === "none" ? answer.error.sent : answer.kind !== "limited";
}

/**
 * After a 429 the gate delays all requests. Otherwise waits for Retry-After, or with exponential backoff.
 * The Retry-After of a 409 is ignored: the request that it waits for may never end.
 */
async function wait(
  session: Session,
  call: Call,
  answer: Answer<unknown>,
  reason: Reason,
  times: number,
): Promise<void> {
  if (reason === "limited") return;
  const { clock, random } = session;
  const heeded = answer.kind !== "none" && answer.kind !== "conflict";
  const announced = heeded ? retryAfterMs(answer.response, clock.now()) : null;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (times - 1));
  const own = longest * (0.5 + random() / 2);
  const ms = Math.max(announced ?? 0, own);
  const of = reason === "conflicts" ? CONFLICTS : TRIES;
  session.onRetry?.({ problem: describe(session, call, answer), ms, attempt: times + 1, of });
  await clock.sleep(ms, stopOf(session, call) ?? undefined);
}

function describe({ credential }: Session, { what }: Call, answer: Answer<unknown>): string {
  if (answer.kind === "none") {
    const { message, sent } = answer.error;
    return credential.redact(sent ? `could not ${what}: ${message}` : message);
  }
  const why =
    answer.kind === "undecodable" ? answer.problem.message : `status ${answer.response.status}`;
  return credential.redact(`could not ${what}: ${why}`);
}
