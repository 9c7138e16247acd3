/** What the sandbox remembers of every request, for tests, the simulation and people who rehearse. No keys. */
import type { CredentialKind } from "./credentials.ts";
import type { FaultKind } from "./faults.ts";
import type { Edit } from "./live-state.ts";

export interface LogEntry {
  /** When it arrived, in milliseconds. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Null where the credential is missing or unknown, or was not looked at. */
  readonly credential: CredentialKind | null;
  /** The organization that the path or the credential names. */
  readonly organizationId: string | null;
  /** As sent, also where it does not belong (GET, DELETE) and is ignored. */
  readonly idempotencyKey: string | null;
  /** Null while it is in flight; `lost` where no answer got out. */
  readonly status: number | "lost" | null;
  /** What it changed, by itself: null for a replay. The same object stands in `state.history`. */
  readonly committed: Edit | null;
  /** The outcome of an earlier request with this idempotency key. */
  readonly replayed: boolean;
  readonly invitationSent: boolean;
  readonly fault: FaultKind | null;
}

/** Writable while the request is worked on. */
export type OpenEntry = { -readonly [Key in keyof LogEntry]: LogEntry[Key] };
