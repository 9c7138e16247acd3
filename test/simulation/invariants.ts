/** The invariants of every seed. docs/simulation.md has the same wording; a test compares the two. */
import type { Edit } from "../../src/sandbox/live-state.ts";
import type { RunRecord } from "./program.ts";
import type { Timeline } from "./timeline.ts";
import type { World } from "./world.ts";

export const INVARIANTS = {
  "no-duplicate-invitation":
    "no user is added who already exists, unless others added the user after the listing that the decision was based on",
  "no-blind-create":
    "a create is sent with a new idempotency key only after the previous one had a response and the users were listed after that response",
  "min-admins-kept":
    "no write leaves fewer admins than min_admins, except for admin roles that others removed or granted after the users were last listed",
  "ignored-and-protected-untouched":
    "no ignored user is written to, no protected user loses a role or is removed",
  "only-planned-writes":
    "every write is in the plan that the guards checked; plan and refused runs write nothing",
  "roles-only":
    "with policy.create: false no user is created; with unmanaged: keep as well, no user is removed",
  "rules-kept":
    "no run leaves a state that violates a rule of level error, except through changes by others or users outside --only",
  "phase-order":
    "additions, admin gains, other role changes, admin losses, removals: no phase begins before the previous one has ended; in a rename, the old e-mail address is removed only after the new one exists",
  "accurate-report":
    "every reported outcome, and the `verified` field of the report, agrees with the server's own log",
  "complete-audit-log":
    "the audit log has one complete line for each change, equal to the report, and one for each run",
  "audit-before-write":
    "with an audit log, nothing is written to Polytomic before the begin line of the log, and no new write is started after a line could not be written",
  "all-organizations-accounted":
    "every organization of the files is in the plan or listed as failed, also in a saved plan; with shards, each organization is in exactly one of them",
  "correct-exit-code":
    "0 only if everything is as planned, recorded and reported; 1 and 3 only if no write was sent; 4 if something was written or an organization was skipped; 130 if the run was interrupted",
  "report-written":
    "a run that wrote something produces a report at each output that works, unless it was killed",
  "shown-before-write":
    "nothing is written to Polytomic if the plan could not be written to its output",
  "request-limits-kept":
    "there are never more requests in flight than --concurrency, nor more per second than --max-rate",
  "respects-retry-after": "after a 429 nothing is sent before the time that its Retry-After names",
  "no-credential-leaked": "no credential appears in a result or in the audit log",
  terminates: "every run ends, and no run throws anything but a Failure",
  converges:
    "once the faults stop, repeated runs reach the desired state, and the next plan is empty",
} as const;

type Invariant = keyof typeof INVARIANTS;

export interface Broken {
  readonly invariant: Invariant;
  /** The user, the organization, and what happened instead. */
  readonly message: string;
}

/** The input of every check of one run. */
export interface Evidence {
  readonly world: World;
  readonly record: RunRecord;
  readonly timeline: Timeline;
  /** Whether others made the edit: in Polytomic itself, or by a program that runs at the same time. */
  readonly isForeign: (edit: Edit) => boolean;
}

export type Check = (evidence: Evidence) => readonly Broken[];
