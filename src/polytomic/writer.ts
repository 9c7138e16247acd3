/**
 * Writes to Polytomic, only for `apply`. Retries and outcomes follow the table in docs/retries.md. An API error is an
 * outcome: the promise of a write does not reject.
 */
import type { SendCheck, UserBody, WriteOutcome, Writer } from "./api.ts";
import type { ListedUser } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import { decodeUser } from "./decode.ts";
import { apiError, RUN_AGAIN } from "./errors.ts";
import type { Ending, RetryRule } from "./retry.ts";
import { sendWithRetries } from "./retry.ts";
import type { Call, Session } from "./session.ts";
import { authorizedFor } from "./session.ts";
import { encodeSegment, usersPath } from "./version.ts";

/** A second PUT, PATCH or DELETE does no more than the first. */
const IDEMPOTENT: RetryRule<ListedUser | null> = {
  decode: decodeUserOrNothing,
  again: ["none", "undecodable", "limited", "transient"],
};
/**
 * Polytomic returns a recorded error response to a POST every time this idempotency key is sent, so a retry helps only
 * where there was no response, after a 429 (not carried out) and after a 409 (the first request is in progress). A 2xx
 * that is not a user was probably carried out: apply lists the users before anything is sent again, because a service
 * that ignores idempotency keys would send a second invitation.
 */
const KEYED: RetryRule<ListedUser> = { decode: decodeUser, again: ["none", "limited", "conflict"] };

export function createWriter(session: Session): Writer {
  const toUser = (id: string | null, userId: string) => ({
    path: `${usersPath(id)}/${encodeSegment(userId)}`,
    ...authorizedFor(session, id),
  });
  const updating = new UpdateMethod(session);
  return {
    create: async (id, user, idempotencyKey, check) =>
      create(session, user, {
        what: "add the user",
        method: "POST",
        path: usersPath(id),
        ...authorizedFor(session, id),
        body: wire(user),
        idempotencyKey,
        ...checked(check),
      }),
    update: (id, userId, user, check) =>
      updating.send((method) => ({
        what: "change the user's roles",
        method,
        ...toUser(id, userId),
        body: wire(user),
        ...checked(check),
      })),
    remove: async (id, userId, check) => {
      const call: Call = {
        what: "remove the user",
        method: "DELETE",
        ...toUser(id, userId),
        ...checked(check),
      };
      return changeOutcome(session, call, await sendWithRetries(session, call, IDEMPOTENT));
    },
  };
}

function checked(check: SendCheck | undefined): Pick<Call, "check"> {
  return check === undefined ? {} : { check };
}

/**
 * PATCH or PUT: the version's documented one, or, where that is answered 405, the other. A 405 carried out
 * nothing. Until one update was answered otherwise, updates go one at a time, so that a run sends at most one
 * request by the wrong method.
 */
class UpdateMethod {
  readonly #session: Session;
  #trying: Promise<unknown> | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  async send(callBy: (method: "PATCH" | "PUT") => Call): Promise<WriteOutcome> {
    const { learned } = this.#session;
    while (learned.updateMethod === null && this.#trying !== null) await this.#trying;
    if (learned.updateMethod !== null) return this.#sendBy(learned.updateMethod, callBy);
    const trial = this.#try(callBy);
    const over = () => {
      this.#trying = null;
    };
    this.#trying = trial.then(over, over);
    return trial;
  }

  async #try(callBy: (method: "PATCH" | "PUT") => Call): Promise<WriteOutcome> {
    const { version, learned, trace } = this.#session;
    const documented = version.updateMethod;
    const call = callBy(documented);
    const ending = await sendWithRetries(this.#session, call, IDEMPOTENT);
    if (ending.answer.kind === "none") return changeOutcome(this.#session, call, ending);
    if (ending.answer.response.status !== 405) {
      learned.updateMethod = documented;
      return changeOutcome(this.#session, call, ending);
    }
    const other = documented === "PUT" ? "PATCH" : "PUT";
    learned.updateMethod = other;
    trace?.(`${documented} is not allowed (405): users are updated with ${other} from here on`);
    const outcome = await this.#sendBy(other, callBy);
    // Not "unsent": the first request was sent, though it had no effect (405).
    return outcome.kind === "unsent" ? { kind: "rejected", message: outcome.message } : outcome;
  }

  async #sendBy(
    method: "PATCH" | "PUT",
    callBy: (method: "PATCH" | "PUT") => Call,
  ): Promise<WriteOutcome> {
    const call = callBy(method);
    return changeOutcome(
      this.#session,
      call,
      await sendWithRetries(this.#session, call, IDEMPOTENT),
    );
  }
}

function wire({ email, roleIds }: UserBody): unknown {
  return { email, role_ids: roleIds };
}

async function create(session: Session, user: UserBody, call: Call): Promise<WriteOutcome> {
  const ending = await sendWithRetries(session, call, KEYED);
  const { answer, mayHaveHappened } = ending;
  if (answer.kind === "done" && !isAsAsked(answer.value, user)) {
    const message = "Polytomic returned a user that differs from the request";
    return { kind: "spent", message, mayHaveHappened };
  }
  const outcome = commonOutcome(session, call, ending);
  if (outcome !== null) return outcome;
  return { kind: createOutcome(ending), message: describe(session, call, ending), mayHaveHappened };
}

/** A service may answer with the user who exists already, whose roles may be others. */
function isAsAsked(answered: ListedUser, { email, roleIds }: UserBody): boolean {
  return (
    answered.email !== null &&
    emailKey(answered.email) === emailKey(email) &&
    answered.roleIds !== null &&
    answered.roleIds.length === new Set(roleIds).size &&
    answered.roleIds.every((id) => roleIds.includes(id))
  );
}

/** A new key is safe only when no request with the old one can still be carried out. */
function createOutcome({
  answer: { kind },
  mayHaveHappened,
}: Ending<unknown>): "spent" | "conflict" | "unknown" | "rejected" {
  if (kind === "transient") return "spent";
  if (kind === "limited") return mayHaveHappened ? "unknown" : "spent";
  if (kind === "conflict") return "conflict";
  // After a request without an answer even a 422 proves nothing: where keys are ignored it says that the
  // first request created the user.
  return mayHaveHappened ? "unknown" : "rejected";
}

function changeOutcome(session: Session, call: Call, ending: Ending<unknown>): WriteOutcome {
  const outcome = commonOutcome(session, call, ending);
  if (outcome !== null) return outcome;
  const message = describe(session, call, ending);
  const { kind } = ending.answer;
  if (kind === "missing") {
    // An earlier try may have removed the user, and its answer was lost.
    const removed = call.method === "DELETE" && ending.mayHaveHappened;
    return removed ? { kind: "done" } : { kind: "gone", message };
  }
  const unknown = kind === "transient" || ending.mayHaveHappened;
  return { kind: unknown ? "unknown" : "rejected", message };
}

/** The endings that mean the same for every write. */
function commonOutcome(session: Session, call: Call, ending: Ending<unknown>): WriteOutcome | null {
  const { answer, tries, mayHaveHappened } = ending;
  if (answer.kind === "done") return { kind: "done" };
  const message = describe(session, call, ending);
  if (answer.kind === "undecodable") return { kind: "unknown", message };
  if (answer.kind === "unauthorized") return { kind: "unauthorized", message, mayHaveHappened };
  if (answer.kind !== "none") return null;
  if (mayHaveHappened) return { kind: "unknown", message };
  if (answer.error.withheld) {
    const why = answer.error.message;
    if (tries === 1) return { kind: "unsent", message: why };
    return {
      kind: "rejected",
      message: `the first attempt was not carried out and was not retried: ${why}`,
    };
  }
  return { kind: "rejected", message };
}

/**
 * Not documented: 204, or 200 with nothing in it (an empty body, `{}`, `{"data": null}`). None can mean anything
 * else.
 */
function decodeUserOrNothing(body: unknown, status: number): ListedUser | null {
  return status === 204 || body === "" || isEmptyAnswer(body) ? null : decodeUser(body);
}

function isEmptyAnswer(body: unknown): boolean {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
  const fields = Object.entries(body);
  return fields.every(([name, value]) => name === "data" && value === null);
}

function describe(session: Session, call: Call, ending: Ending<unknown>): string {
  const { message, hint } = apiError(session, call, ending);
  return hint === null || hint === RUN_AGAIN ? message : `${message}; ${hint}`;
}
