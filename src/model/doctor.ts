/** The result of `doctor`: one check per line, each with its consequence for plan and apply. */

/** problem: plan or apply cannot work like this. note: they work, and the user should know. */
export type CheckStatus = "ok" | "note" | "problem";

export type CheckId =
  | "address"
  | "proxy"
  | "tls"
  | "credential"
  | "identity"
  | "organizations"
  | "users"
  | "roles"
  | "version"
  | "rate-limit"
  | "clock"
  | "speed"
  | "dialects";

export interface Check {
  readonly id: CheckId;
  readonly status: CheckStatus;
  readonly value: string;
  /** What it means for plan and apply; null where the value says it. */
  readonly means: string | null;
  /** What to do about it; null where there is nothing to do. */
  readonly todo: string | null;
}

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** Whether plan and apply can work. */
  readonly ok: boolean;
}

export function check(
  id: CheckId,
  status: CheckStatus,
  value: string,
  means: string | null = null,
  todo: string | null = null,
): Check {
  return { id, status, value, means, todo };
}
