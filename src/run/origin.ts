/** The origin of an apply's result: date, commit, address, number of users. */
import type { Environment } from "../history/git.ts";
import { readHead } from "../history/head.ts";
import type { Day } from "../model/days.ts";
import type { Figures, Origin } from "../model/access.ts";
import type { ApplyResult } from "../model/result.ts";
import { VERSION } from "../version.ts";
import type { Connection } from "./connection.ts";

export interface OriginRequest {
  readonly asOf: Day;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** A saved plan was made from files that may not be these: only a pipeline knows of which commit. */
  readonly savedPlan: boolean;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
}

export async function resultOrigin(
  connection: Connection,
  result: ApplyResult,
  { asOf, madeAt, savedPlan, cwd, env }: OriginRequest,
): Promise<Origin> {
  const head = savedPlan ? null : await readHead(filesOf(result), cwd, env);
  const [source] = head?.modified ?? [];
  return {
    basis: "both",
    asOf,
    madeAt,
    version: VERSION,
    commit: head?.commit ?? env["GITHUB_SHA"] ?? env["CI_COMMIT_SHA"] ?? null,
    committedAt: null,
    url: connection.url,
    credential: connection.session.credential.kind,
    figures: countFigures(result),
    role: null,
    notes:
      head === null || source === undefined
        ? []
        : [{ code: "uncommitted", source, paths: head.modified }],
  };
}

/** The organizations' files, and the included ones that a change comes from. */
function filesOf({ plan }: ApplyResult): readonly string[] {
  return plan.organizations.flatMap(({ source, changes }) => [
    source,
    ...changes.flatMap((change) => change.source?.path ?? []),
  ]);
}

/** As they were listed before the first write. */
function countFigures({ plan, organizations }: ApplyResult): Figures {
  const listed = plan.organizations.reduce((sum, { seen }) => sum + seen.length, 0);
  const ignored = plan.organizations.reduce((sum, one) => sum + one.ignored.length, 0);
  const made = (outcome: string): boolean => outcome === "applied" || outcome === "already";
  return {
    organizations: plan.organizations.length,
    listed,
    reported: listed - ignored,
    ignored,
    leftOut: 0,
    pending: organizations
      .flatMap(({ results }) => results)
      .filter(({ change, outcome }) => change.action === "create" && !made(outcome)).length,
  };
}

/** Milliseconds since the epoch: what `SOURCE_DATE_EPOCH` says, else now. */
export function readMadeAt(env: Environment, now: number): number {
  const seconds = env["SOURCE_DATE_EPOCH"] ?? "";
  return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1000 : now;
}
