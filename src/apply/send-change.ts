/** One change → requests → one outcome. */
import { errorMessage } from "../model/failure.ts";
import type { Change, Create, Remove, Update } from "../model/plan.ts";
import type { Outcome } from "../model/result.ts";
import { conflictText } from "../model/plan-words.ts";
import { type Comparison, compareWithPlan, type Users } from "../plan/compare-with-plan.ts";
import type { SendCheck, UserBody, Writer, WriteOutcome } from "../polytomic/api.ts";

export interface Sent {
  /** not-attempted: stopped before the first request for it was sent. */
  readonly outcome: Outcome;
  readonly error: string | null;
  /** Failed, and a request may still be carried out. */
  readonly inDoubt: boolean;
  /** Failed, and the user is certainly as before. */
  readonly asBefore: boolean;
  /** The credential was refused (401): nothing else can succeed. */
  readonly unauthorized: boolean;
}

export interface Sender {
  readonly writer: Writer;
  /** The organization in paths; null is the caller's own. */
  readonly address: string | null;
  /** Lists the users now; rejects where that fails. */
  readonly look: () => Promise<Users>;
  readonly newKey: () => string;
  /** Ends at once when nothing new may begin. */
  readonly pause: (ms: number) => Promise<void>;
  /** Why nothing new may begin; null when it may. */
  readonly refusal: () => string | null;
  /** Asked just before each request of this change. */
  readonly check: SendCheck;
}

/** Part of every error of a change in doubt. */
export const IN_DOUBT = "in doubt: Polytomic may still make this change";

/**
 * At most this many attempts to create one user, and the pause after the first, which doubles: 1, 2, 4, 8 s.
 * A new idempotency key is used only after an error *response* (so the old key's request has ended) and a listing
 * after it that does not have the user. Once there was no response, the run keeps the key, whatever the later
 * responses are (a 429, for example, says nothing about a request that is still in progress): Polytomic carries out
 * one key once, so repeating it is safe.
 */
const TRIES = 4;
const FIRST_PAUSE = 1_000;

type Refusal = Exclude<WriteOutcome, { kind: "done" | "unsent" }>;

export function sendChange(sender: Sender, change: Change): Promise<Sent> {
  switch (change.action) {
    case "create":
      return create(sender, change);
    case "update":
      return update(sender, change);
    case "remove":
      return remove(sender, change);
  }
}

async function create(sender: Sender, change: Create): Promise<Sent> {
  const user = bodyOf(change);
  let key = sender.newKey();
  let keepsKey = false;
  let inDoubt = false;
  let last: Sent | null = null;
  for (let tries = 1; ; tries += 1) {
    const answer = await sender.writer.create(sender.address, user, key, sender.check);
    if (answer.kind === "done") return APPLIED;
    if (answer.kind === "unsent") return last ?? unsent(answer);
    if (answer.kind === "unauthorized") return unauthorized(answer, inDoubt);
    const open = answer.kind === "spent" || answer.kind === "unknown" || answer.kind === "conflict";
    keepsKey ||= open && answer.kind !== "spent";
    inDoubt ||= keepsKey || (answer.kind === "spent" && answer.mayHaveHappened);
    if (open) await sender.pause(FIRST_PAUSE * 2 ** (tries - 1));
    const seen = await look(sender, change);
    // The API said no, and yet the user is there: another client was faster.
    if (!open && seen.kind === "done" && tries === 1) return ALREADY;
    last = judged(answer, seen, inDoubt);
    const mayTry = open && answer.kind !== "conflict" && tries < TRIES;
    if (!mayTry || seen.kind !== "pending" || sender.refusal() !== null) return last;
    if (!keepsKey) key = sender.newKey();
  }
}

async function update(sender: Sender, change: Update): Promise<Sent> {
  const answer = await sender.writer.update(
    sender.address,
    change.userId,
    bodyOf(change),
    sender.check,
  );
  if (answer.kind === "gone") return failed(`was removed in the meantime: ${answer.message}`);
  return confirm(sender, change, answer);
}

async function remove(sender: Sender, change: Remove): Promise<Sent> {
  const answer = await sender.writer.remove(sender.address, change.userId, sender.check);
  return answer.kind === "gone" ? ALREADY : confirm(sender, change, answer);
}

async function confirm(sender: Sender, change: Change, answer: WriteOutcome): Promise<Sent> {
  switch (answer.kind) {
    case "done":
      return APPLIED;
    case "unsent":
      return unsent(answer);
    case "unauthorized":
      return unauthorized(answer, false);
    case "gone":
    case "rejected":
      return failed(answer.message, { asBefore: true });
    case "spent":
    case "conflict":
    case "unknown":
      return judged(answer, await look(sender, change), answer.kind === "unknown");
  }
}

type Seen = Comparison | { readonly kind: "unreadable"; readonly message: string };

async function look(sender: Sender, change: Change): Promise<Seen> {
  try {
    return compareWithPlan(change, await sender.look());
  } catch (error) {
    const why = errorMessage(error);
    return { kind: "unreadable", message: `the current users could not be read (${why})` };
  }
}

/**
 * The outcome according to the current users. If the user is as planned, the change counts as applied: it cannot be
 * distinguished from the same change made by others at that moment.
 */
function judged(answer: Refusal, seen: Seen, inDoubt: boolean): Sent {
  const doubt = inDoubt ? `; ${IN_DOUBT}` : "";
  switch (seen.kind) {
    case "done":
      return APPLIED;
    case "pending":
      return failed(
        `${answer.message}${inDoubt ? "; the user was unchanged when last read" : ""}${doubt}`,
        {
          inDoubt,
          asBefore: true,
        },
      );
    case "conflict":
      return failed(`${answer.message}; the user ${conflictText(seen.conflict)}${doubt}`, {
        inDoubt,
      });
    case "unreadable": {
      const open = inDoubt || answer.kind === "spent";
      return failed(`${answer.message}; ${seen.message}${open ? `; ${IN_DOUBT}` : ""}`, {
        inDoubt: open,
      });
    }
  }
}

const NOTHING_LEFT = { error: null, inDoubt: false, asBefore: false, unauthorized: false } as const;
const APPLIED: Sent = { outcome: "applied", ...NOTHING_LEFT };
const ALREADY: Sent = { outcome: "already", ...NOTHING_LEFT };

function failed(error: string, more: Partial<Sent> = {}): Sent {
  return { ...NOTHING_LEFT, ...more, outcome: "failed", error };
}

function unsent({ message }: { readonly message: string }): Sent {
  return { ...failed(message, { asBefore: true }), outcome: "not-attempted" };
}

function unauthorized(
  { message, mayHaveHappened }: Extract<WriteOutcome, { kind: "unauthorized" }>,
  earlierDoubt: boolean,
): Sent {
  const inDoubt = mayHaveHappened || earlierDoubt;
  const error = inDoubt ? `${message}; ${IN_DOUBT}` : message;
  return failed(error, { unauthorized: true, inDoubt, asBefore: !inDoubt });
}

function bodyOf(change: Create | Update): UserBody {
  return { email: change.email, roleIds: change.after.map(({ id }) => id) };
}
