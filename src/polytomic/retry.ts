/**
 * Repetition with an end. What may be repeated is decided by the caller (`docs/retries.md`); how
 * often, and how long to wait in between, is decided here.
 */
import type { ResponseKind, Exchange } from "./response.ts";
import { kindOfResponse, retryAfterMs } from "./response.ts";
import type { Call, Session } from "./session.ts";
import { exchange, stopOf } from "./session.ts";

/** Tries that ended without a usable response. */
const TRIES = 6;
/** 429 responses: more, because the gate slows down with each and the request was not carried out. */
const LIMITED = 30;
/** The same for a POST, whose key may be answered 429 for ever once that response is on record. */
const LIMITED_POST = 3;
/** 409 responses to a POST: half a minute in all, about as long as a response may take. */
const CONFLICTS = 8;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** How the last try ended, and what the tries before it leave possible. */
export interface Ending {
  readonly exchange: Exchange;
  readonly tries: number;
  /** One of the tries may have been carried out without this program learning it. */
  readonly mayHaveHappened: boolean;
}

export interface Rule {
  /** The response says what the endpoint documents; false for garbage. Asked of 2xx only. */
  readonly usable: (body: unknown, status: number) => boolean;
  /** Responses after which the same request is sent again. */
  readonly again: readonly ResponseKind[];
  /** Whether no response, and a 2xx that is not usable, are followed by another try. */
  readonly silenceAgain: boolean;
}

/** Sends until the ending is one that repetition cannot improve, or the tries are used up. */
export async function sendWithRetries(session: Session, call: Call, rule: Rule): Promise<Ending> {
  const spent = { failed: 0, limited: 0, conflicts: 0 };
  const signal = stopOf(session, call);
  let mayHaveHappened = false;
  for (let tries = 1; ; tries++) {
    const last = await exchange(session, call, tries);
    const reason = reasonToRetry(last, rule);
    if (reason !== null || last.kind === "none") mayHaveHappened ||= leavesDoubt(last);
    const ending = { exchange: last, tries, mayHaveHappened };
    if (reason === null) return ending;
    spent[reason]++;
    if (isSpent(spent, call) || signal?.aborted) return ending;
    await wait(session, call, last, reason, spent[reason]);
    if (signal?.aborted) return ending;
  }
}

type Reason = "failed" | "limited" | "conflicts";

function reasonToRetry(last: Exchange, rule: Rule): Reason | null {
  const silence = rule.silenceAgain ? "failed" : null;
  if (last.kind === "none") return last.error.lasting ? null : silence;
  const kind = kindOfResponse(last.response);
  if (kind === "success") {
    return rule.usable(last.response.body, last.response.status) ? null : silence;
  }
  if (!rule.again.includes(kind)) return null;
  if (kind === "limited") return "limited";
  return kind === "conflict" ? "conflicts" : "failed";
}

function isSpent(spent: Readonly<Record<Reason, number>>, call: Call): boolean {
  const limited = call.method === "POST" ? LIMITED_POST : LIMITED;
  return spent.failed >= TRIES || spent.limited >= limited || spent.conflicts >= CONFLICTS;
}

/** A 429 comes from the limiter, before the request is looked at; a refused connection brings nothing. */
function leavesDoubt(last: Exchange): boolean {
  if (last.kind === "none") return last.error.sent;
  return kindOfResponse(last.response) !== "limited";
}

/**
 * After a 429 the gate makes everything wait: nothing to add here. Else Retry-After, or longer each time. Only a
 * 409 has no say: its request may stay in progress for ever, and this must end.
 */
async function wait(
  session: Session,
  call: Call,
  last: Exchange,
  reason: Reason,
  times: number,
): Promise<void> {
  if (reason === "limited") return;
  const { clock, random } = session;
  const heeded = last.kind === "response" && reason !== "conflicts";
  const announced = heeded ? retryAfterMs(last.response, clock.now()) : null;
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (times - 1));
  const own = longest * (0.5 + random() / 2);
  const ms = Math.max(announced ?? 0, own);
  const of = reason === "conflicts" ? CONFLICTS : TRIES;
  session.onRetry?.({ problem: problemOf(session, call, last), ms, attempt: times + 1, of });
  await clock.sleep(ms, stopOf(session, call) ?? undefined);
}

function problemOf({ credential }: Session, { what }: Call, last: Exchange): string {
  if (last.kind === "response") return `could not ${what}: ${last.response.status}`;
  const { message, sent } = last.error;
  return credential.redact(sent ? `could not ${what}: ${message}` : message);
}
