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
  /**
   * Every file that the plan was made from. None for a saved plan: the files here may be others, and only a pipeline
   * knows the commit.
   */
  readonly files: ReadonlySet<string>;
  readonly savedPlan: boolean;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
}

export async function resultOrigin(
  connection: Connection,
  result: ApplyResult,
  { asOf, madeAt, files, savedPlan, cwd, env }: OriginRequest,
): Promise<Origin> {
  const head = await readHead(files, cwd, env);
  const [source] = head?.modified ?? [];
  const commit = head?.commit ?? env["GITHUB_SHA"] ?? env["CI_COMMIT_SHA"] ?? null;
  return {
    basis: "both",
    asOf,
    madeAt,
    version: VERSION,
    commit,
    committedAt: null,
    url: connection.url,
    credential: connection.session.credential.kind,
    figures: countFigures(result),
    role: null,
    notes: notesOn(savedPlan && commit === null, source, head?.modified ?? []),
  };
}

function notesOn(
  isCommitUnknown: boolean,
  source: string | undefined,
  paths: readonly string[],
): Origin["notes"] {
  if (isCommitUnknown) return [{ code: "saved-plan" }];
  return source === undefined ? [] : [{ code: "uncommitted", source, paths }];
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
    pending:
      plan.organizations.reduce((sum, { pending }) => sum + pending.length, 0) +
      organizations
        .flatMap(({ results }) => results)
        .filter(({ change, outcome }) => change.action === "create" && !made(outcome)).length,
  };
}

/** Milliseconds since the epoch: what `SOURCE_DATE_EPOCH` says, else now. */
export function readMadeAt(env: Environment, now: number): number {
  const seconds = env["SOURCE_DATE_EPOCH"] ?? "";
  return /^\d{1,11}$/.test(seconds) ? Number(seconds) * 1000 : now;
}
