/**
 * Writes to Polytomic: only `apply` has one. What is repeated, and what the ending means, follows the
 * table in docs/retries.md; nothing the API says makes a write reject.
 */
import type { ResponseKind, Exchange } from "./response.ts";
import { kindOfResponse } from "./response.ts";
import type { SendCheck, UserBody, WriteOutcome, Writer } from "./api.ts";
import { Undecodable, decodeUser } from "./decode.ts";
import { apiError } from "./errors.ts";
import type { Ending, Rule } from "./retry.ts";
import { sendWithRetries } from "./retry.ts";
import type { Call, Session } from "./session.ts";
import { segment, usersPath } from "./version.ts";

/** A second PUT, PATCH or DELETE does no more than the first. */
const IDEMPOTENT: Rule = {
  usable: isUserOrNothing,
  again: ["limited", "transient"],
  silenceAgain: true,
};
/** A POST's error answer is its key's answer for ever; only what was not carried out is repeated. */
const KEYED: Rule = { usable: isUser, again: ["limited", "conflict"], silenceAgain: true };

export function createWriter(session: Session): Writer {
  const { credential, version } = session;
  const users = (id: string | null) => usersPath(credential.kind, version, id);
  return {
    create: async (id, user, idempotencyKey, check) =>
      create(session, {
        what: "create the user",
        method: "POST",
        path: users(id),
        body: wire(user),
        idempotencyKey,
        ...checked(check),
      }),
    update: async (id, userId, user, check) =>
      change(session, {
        what: "change the user's roles",
        method: version.updateMethod,
        path: `${users(id)}/${segment(userId)}`,
        body: wire(user),
        ...checked(check),
      }),
    remove: async (id, userId, check) =>
      change(session, {
        what: "remove the user",
        method: "DELETE",
        path: `${users(id)}/${segment(userId)}`,
        ...checked(check),
      }),
  };
}

function checked(check: SendCheck | undefined): Pick<Call, "check"> {
  return check === undefined ? {} : { check };
}

function wire({ email, roleIds }: UserBody): unknown {
  return { email, role_ids: roleIds };
}

async function create(session: Session, call: Call): Promise<WriteOutcome> {
  const ending = await sendWithRetries(session, call, KEYED);
  const outcome = common(session, call, ending);
  if (outcome !== null) return outcome;
  return { kind: createOutcome(ending), message: tell(session, call, ending) };
}

/** A new key is safe only when no request with the old one can still be carried out. */
function createOutcome({
  exchange,
  mayHaveHappened,
}: Ending): "spent" | "conflict" | "unknown" | "rejected" {
  const kind = answerKind(exchange);
  if (kind === "transient") return "spent";
  if (kind === "limited") return mayHaveHappened ? "unknown" : "spent";
  if (kind === "conflict") return "conflict";
  // 422 is the key's own outcome; other refusals are made before keys are looked at.
  const own = exchange.kind === "response" && exchange.response.status === 422;
  return own || !mayHaveHappened ? "rejected" : "unknown";
}

async function change(session: Session, call: Call): Promise<WriteOutcome> {
  const ending = await sendWithRetries(session, call, IDEMPOTENT);
  const outcome = common(session, call, ending);
  if (outcome !== null) return outcome;
  const message = tell(session, call, ending);
  const kind = answerKind(ending.exchange);
  if (kind === "missing") {
    // An earlier try may have removed the user, and its answer was lost.
    const removed = call.method === "DELETE" && ending.mayHaveHappened;
    return removed ? { kind: "done" } : { kind: "gone", message };
  }
  const unknown = kind === "transient" || ending.mayHaveHappened;
  return { kind: unknown ? "unknown" : "rejected", message };
}

/** The endings that mean the same for every write. */
function common(session: Session, call: Call, ending: Ending): WriteOutcome | null {
  const { exchange, mayHaveHappened } = ending;
  const kind = answerKind(exchange);
  if (kind === "success") {
    if (isUsable(call, exchange)) return { kind: "done" };
    return { kind: "unknown", message: tell(session, call, ending) };
  }
  const message = tell(session, call, ending);
  if (kind === "unauthorized") return { kind: "unauthorized", message, mayHaveHappened };
  if (kind !== null) return null;
  if (mayHaveHappened) return { kind: "unknown", message };
  if (exchange.kind === "none" && exchange.error.withheld) {
    return { kind: "unsent", message: exchange.error.message };
  }
  return { kind: "rejected", message };
}

function answerKind(exchange: Exchange): ResponseKind | null {
  return exchange.kind === "none" ? null : kindOfResponse(exchange.response);
}

function isUsable(call: Call, exchange: Exchange): boolean {
  if (exchange.kind === "none") return false;
  const { body, status } = exchange.response;
  return call.method === "POST" ? isUser(body) : isUserOrNothing(body, status);
}

/** 204 is not documented, but it cannot mean anything else. */
function isUserOrNothing(body: unknown, status: number): boolean {
  return status === 204 || isUser(body);
}

function isUser(body: unknown): boolean {
  return problemWith(body) === null;
}

function problemWith(body: unknown): string | null {
  try {
    decodeUser(body);
    return null;
  } catch (error) {
    if (error instanceof Undecodable) return error.message;
    throw error;
  }
}

function tell(session: Session, call: Call, { exchange, tries }: Ending): string {
  const problem = exchange.kind === "response" ? problemWith(exchange.response.body) : null;
  const error = apiError(session, call, exchange, tries, problem);
  return error.hint === null ? error.message : `${error.message}; ${error.hint}`;
}
