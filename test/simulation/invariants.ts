/** What must hold in every seed. docs/simulation.md has these words; a test holds them together. */
import type { RunRecord } from "./program.ts";
import type { Timeline } from "./timeline.ts";
import type { World } from "./world.ts";

export const INVARIANTS = {
  "one-invitation":
    "nobody is invited who is there already, but for whom somebody else added after the list that decided it",
  "no-blind-create":
    "a create is sent with a new key only after the one before was answered, and a list read after that answer",
  "enough-admins":
    "no write of the program leaves fewer admins than min_admins, but for what somebody else took or gave after the program's last look",
  "hands-off": "nobody ignored is written to, nobody protected loses a role or is removed",
  "only-the-plan":
    "every write is one that the judged plan has; plan and refused runs write nothing",
  "roles-only":
    "with policy.create: false nobody is created, and with unmanaged: keep beside it nobody is removed",
  "keeps-rules":
    "no run leaves a state that breaks a rule of level error, but for what others did or --only left out",
  "in-order":
    "newcomers, admin grants, other roles, admin losses, removals: no phase begins before the one before it has ended; a former address goes only when the new one is there",
  "true-report": "every outcome and every verified is what the server's own log shows",
  "whole-audit-log": "the audit log has one whole line a change, as in the report, and one a run",
  "recorded-first":
    "where an audit log is kept, nothing is written before its begin line, and nothing new once a line could not be written",
  "nothing-lost":
    "every organization of the files is in the plan or among those that failed, in a saved plan too",
  "true-exit":
    "0 only where everything is as planned, recorded and reported; 1 and 3 only where no write was sent; 4 where something was written or an organization skipped; 130 where the run was told to stop",
  "report-written":
    "a run that wrote something has a report, unless it was killed or the report could not be written",
  "within-limits":
    "never more requests in flight than --concurrency, or more a second than --max-rate",
  "heeds-429": "after a 429 nothing is sent before the time it names",
  "no-key-shown": "no credential is in a result or in the audit log",
  "always-ends": "every run ends, and no run throws what is not a Failure",
  "ends-as-desired":
    "once nothing goes wrong any more, running until clean ends in the desired state, and the next plan is empty",
} as const;

type Invariant = keyof typeof INVARIANTS;

export interface Broken {
  readonly invariant: Invariant;
  /** Who, where, and what happened instead. */
  readonly message: string;
}

/** What every check of one run gets. */
export interface Evidence {
  readonly world: World;
  readonly record: RunRecord;
  readonly timeline: Timeline;
}

export type Check = (evidence: Evidence) => readonly Broken[];
