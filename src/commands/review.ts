/** `review`: makes the worksheet of an access review, and edits the files by its decisions. Only reads Polytomic. */
import { checkInputs, checkOutputs, inputFiles, readInput, writeResults } from "./files.ts";
import { Failure } from "../model/failure.ts";
import { SourceLines } from "../config/read-text.ts";
import { decide, type DecisionsOutcome } from "../edit/decisions.ts";
import { readDecisions } from "../edit/decision-files.ts";
import { Workspace } from "../edit/workspace.ts";
import { counted } from "../model/text.ts";
import { plainText } from "../output/escape.ts";
import { renderWorksheetCsv, worksheetCells } from "../output/csv.ts";
import { incompleteNotice } from "../report/facts.ts";
import { readReview, type Review } from "../run/review.ts";
import { connect } from "./connection.ts";
import { type EditFlags, finishEdit } from "./finish-edit.ts";
import type { ConnectionFlags, OutputFlags, ScopeFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { showFailed, showProblems } from "./show-problems.ts";

export type ReviewFlags = Omit<EditFlags, "file"> &
  ConnectionFlags &
  ScopeFlags &
  Pick<OutputFlags, "output"> & {
    readonly role: readonly string[];
    /** Worksheets with decisions; empty: make one. */
    readonly decisions: readonly string[];
  };

export async function review(
  io: Io,
  paths: readonly string[],
  flags: ReviewFlags,
): Promise<ExitCode> {
  return flags.decisions.length === 0 ? worksheet(io, paths, flags) : decisions(io, paths, flags);
}

async function worksheet(io: Io, paths: readonly string[], flags: ReviewFlags): Promise<ExitCode> {
  if (flags.dryRun) {
    throw new Failure("--dry-run requires --decisions", {
      hint: "without --decisions, review changes nothing",
    });
  }
  await checkOutputs(io, flags.output, inputFiles(paths));
  const sources = new SourceLines();
  const workspace = await Workspace.open(paths, { cwd: io.cwd, root: flags.root, sources });
  await checkInputs(io, sources.files());
  const read = await readRows(io, workspace, flags);
  if (io.interrupt.aborted) return EXIT.interrupted;
  const { rows } = read;
  const users = new Set(rows.map(({ organization, email }) => `${organization} ${email}`)).size;
  const how =
    flags.output.length === 0 && rows.length > 0
      ? " Save the worksheet with --output html=review.html or --output csv=review.csv."
      : "";
  const summary = `${counted(rows.length, "row")} to decide, for ${counted(users, "user")}.${how}\n`;
  await writeResults(io, flags, {
    text: async () => (flags.quiet ? "" : summary),
    csv: async () => renderWorksheetCsv(rows),
    html: async () =>
      (await import("../output/html/review.ts")).renderReviewHtml(
        rows,
        asOfDay(flags.asOf, io),
        incompleteNotice(read.failed),
      ),
  });
  await showFailed(io, read.failed);
  if (read.failed.length > 0) return EXIT.failed;
  await printNext(io, flags, nextAfter(flags, rows.length));
  return EXIT.done;
}

function nextAfter({ output }: ReviewFlags, rows: number): string | null {
  const [csv = null, html = null] = ["csv", "html"].map(
    (wanted) => output.find(({ format, file }) => format === wanted && file !== null)?.file,
  );
  const apply = (file: string): string => shellCommand(["review", "--decisions", file]);
  if (rows === 0) return null;
  if (html !== null) return `decide in ${html}, save the CSV, then run ${apply("review.csv")}`;
  return csv === null ? null : `decide in ${csv}, then run ${apply(csv)}`;
}

async function decisions(io: Io, paths: readonly string[], flags: ReviewFlags): Promise<ExitCode> {
  if (flags.output.length > 0 || flags.only.length > 0 || flags.role.length > 0) {
    throw new Failure("--decisions cannot be combined with --output, --only or --role", {
      hint: "the rows come from the worksheet: remove these flags",
    });
  }
  const decided = readDecisions(
    await Promise.all(flags.decisions.map((path) => readWorksheet(io, path))),
  );
  const workspace = await Workspace.open(paths, { cwd: io.cwd, root: flags.root });
  const asOf = asOfDay(flags.asOf, io);
  const read = await readRows(io, workspace, flags);
  if (io.interrupt.aborted) return EXIT.interrupted;
  // An unread organization would look as if its access were gone.
  await showFailed(io, read.failed);
  if (read.failed.length > 0) return EXIT.failed;
  const outcome = await decide({
    workspace,
    rows: read.rows,
    decided,
    cellsOf: worksheetCells,
    asOf,
  });
  const code = await finishEdit(io, workspace, [...outcome.notes, countsOf(outcome)], flags, asOf);
  if (code !== EXIT.done) return code;
  if (outcome.open.length > 0) {
    const lines = outcome.open.map((line) => `  ${plainText(line)}\n`).join("");
    await print(io.stderr, `Open rows:\n${lines}`);
    await printNext(io, flags, "decide the open rows, then run this command again");
  }
  return outcome.open.length > 0 ? EXIT.changes : EXIT.done;
}

function countsOf({ kept, revoked, reviewed, open }: DecisionsOutcome): string {
  return `${kept} kept, ${revoked} revoked, ${open.length} open; ${counted(reviewed, "user")} reviewed.`;
}

async function readRows(io: Io, workspace: Workspace, flags: ReviewFlags): Promise<Review> {
  const read = await readReview(connect(io, flags), {
    desired: workspace.organizations,
    scope: flags,
    asOf: asOfDay(flags.asOf, io),
    concurrency: flags.concurrency,
    stop: io.interrupt,
    only: flags.only,
    roles: flags.role,
    git: flags.decisions.length > 0 ? null : { cwd: io.cwd, env: io.env },
  });
  await showProblems(io, read.problems, flags);
  return read;
}

async function readWorksheet(io: Io, path: string): Promise<{ path: string; text: string }> {
  const hint = "--decisions takes a worksheet of review --output csv=FILE with decisions";
  return { path, text: await readInput(io, path, path, hint) };
}
