/** `report`: shows who has access, and the source, start and end of each grant. Only reads. */
import {
  checkInputs,
  checkOutputs,
  inputFiles,
  isThere,
  readInput,
  type Renderers,
  writeResults,
} from "./files.ts";
import { Failure } from "../model/failure.ts";
import { findFiles } from "../config/find-files.ts";
import { includeRoots } from "../config/include-root.ts";
import { isDay } from "../model/days.ts";
import type { Start } from "../model/history.ts";
import { type AuditedChange, readAudited } from "../plan/audit-log-reader.ts";
import { accessReport } from "../report/access.ts";
import { collectEvidence } from "../report/evidence.ts";
import { missingHistory } from "../report/history-words.ts";
import { originFacts, reportNotice } from "../report/facts.ts";
import {
  type AccessState,
  reportAccess,
  reportAt,
  reportPolytomic,
  type ReportRequest,
} from "../run/report.ts";
import { checkCoverage } from "../run/status.ts";
import { readMadeAt } from "../run/origin.ts";
import { checkBundleFolder, verifyBundle, writeBundle } from "./bundle.ts";
import { connect } from "./connection.ts";
import type {
  ConnectionFlags,
  CoverageFlags,
  FileFlags,
  GlobalFlags,
  OutputFlags,
  ScopeFlags,
} from "./flags.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { readRequest } from "./plan.ts";
import { textStyle } from "./show-plan.ts";
import { showFailed, showProblems } from "./show-problems.ts";
import { readProgress } from "./show-waiting.ts";

export type ReportFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags &
  Omit<ScopeFlags, "only"> &
  CoverageFlags &
  Omit<OutputFlags, "diff"> & {
    /** Only who holds this role. */
    readonly role: string | null;
    /** What the files said at this commit or day. */
    readonly at: string | null;
    /** The folder that an evidence bundle is written to, with the changes since then. */
    readonly bundle: string | null;
    readonly since: string | null;
    readonly auditLog: readonly string[];
    /** The folder of a bundle to check. */
    readonly verify: string | null;
  };

export async function report(
  io: Io,
  paths: readonly string[],
  flags: ReportFlags,
): Promise<ExitCode> {
  refuseMixtures(paths, flags);
  if (flags.verify !== null) return verifyBundle(io, flags.verify);
  const logs = flags.auditLog.map((path) => ({
    path,
    as: `--audit-log ${path}`,
    use: "read" as const,
  }));
  await checkOutputs(io, flags.output, [...inputFiles(paths), ...logs]);
  if (flags.bundle !== null) await checkBundleFolder(io, flags.bundle);
  const state = await readAccess(io, paths, flags);
  if (io.interrupt.aborted) return EXIT.interrupted;
  await showProblems(io, state.problems, flags);
  const renderers = makeRenderers(io, state, flags);
  if (flags.bundle === null) await writeResults(io, flags, renderers);
  else if (state.failed.length === 0) {
    checkCoverage(state.uncovered, flags);
    await bundle(io, state, renderers, { ...flags, bundle: flags.bundle });
  }
  await showFailed(io, state.failed);
  if (state.failed.length > 0) return EXIT.failed;
  checkCoverage(state.uncovered, flags);
  await printNext(io, flags, nextAfter(state, flags));
  return EXIT.done;
}

function nextAfter({ origin }: AccessState, { at, bundle }: ReportFlags): string | null {
  if (bundle !== null) return shellCommand(["report", "--verify", bundle]);
  if (at !== null) return null;
  if (origin.basis !== "polytomic") {
    return "polytomic-users explain EMAIL (why a user has each role, and when it was granted)";
  }
  return origin.credential === "api"
    ? "polytomic-users init (writes users.yaml with these users)"
    : "polytomic-users export --all --dir FOLDER (writes a file for each organization)";
}

function refuseMixtures(paths: readonly string[], flags: ReportFlags): void {
  const refuse = (message: string, hint: string): never => {
    throw new Failure(message, { hint });
  };
  const { bundle, since, at, role, verify, auditLog, output } = flags;
  if (bundle !== null && since === null) {
    refuse("--bundle requires --since", "pass the date to list changes from: --since 2026-01-01");
  }
  if (bundle === null && (since !== null || auditLog.length > 0)) {
    refuse(
      `${since === null ? "--audit-log" : "--since"} requires --bundle`,
      "changes and the outcomes of the audit log are part of a bundle: add --bundle FOLDER",
    );
  }
  if (bundle !== null && (at !== null || role !== null || output.length > 0)) {
    const other = at !== null ? "--at" : role !== null ? "--role" : "--output";
    refuse(
      `--bundle cannot be combined with ${other}`,
      "a bundle contains everything, as CSV, JSON and HTML",
    );
  }
  if (flags.requireCoverage && (at !== null || verify !== null)) {
    refuse(
      `--require-coverage cannot be combined with ${at !== null ? "--at" : "--verify"}`,
      "coverage is checked for the organizations that the key can reach now: remove one of the two flags",
    );
  }
  if (verify !== null && (bundle !== null || at !== null || role !== null || paths.length > 0)) {
    refuse(
      "--verify cannot be combined with other flags or paths",
      "it checks a bundle offline: report --verify FOLDER",
    );
  }
}

async function readAccess(
  io: Io,
  paths: readonly string[],
  flags: ReportFlags,
): Promise<AccessState> {
  const { onRead, end } = readProgress(io, "read", flags);
  const request: ReportRequest = {
    ...readRequest(io, paths, flags),
    onRead,
    paths,
    cwd: io.cwd,
    env: io.env,
    madeAt: readMadeAt(io.env, io.clock.now()),
    role: flags.role,
    start: parseStart(flags.since),
  };
  if (flags.at !== null) {
    // The report reads git, but today's files must not be overwritten either.
    const roots = await includeRoots(flags.root, io.cwd);
    const found = await findFiles(paths, io.cwd, roots, () => {});
    await checkInputs(
      io,
      found.map(({ path, real }) => [path, real]),
    );
    return reportAt(flags.at, { ...request, asOf: flags.asOf });
  }
  const connection = connect(io, flags);
  if (paths.length > 0 || (await isThere(io, "users.yaml"))) {
    return reportAccess(connection, request).finally(end);
  }
  if (flags.bundle !== null || flags.requireCoverage) {
    const what = flags.bundle !== null ? "a bundle" : "--require-coverage";
    throw new Failure(`${what} needs the files: there is no users.yaml in this folder`, {
      hint: "name the files or their folder",
    });
  }
  if (!flags.quiet) {
    await print(io.stderr, "No users.yaml in this folder: reporting what is in Polytomic.\n");
  }
  return reportPolytomic(connection, request).finally(end);
}

function parseStart(since: string | null): Start | null {
  if (since === null) return null;
  return isDay(since) ? { kind: "day", day: since } : { kind: "commit", name: since };
}

function makeRenderers(io: Io, state: AccessState, flags: ReportFlags): Renderers {
  const { tables, origin, uncovered, failed } = state;
  const notice = reportNotice(origin, failed);
  const access = accessReport(tables, originFacts(origin), notice, uncovered ?? []);
  return {
    text: async (file) =>
      (await import("../output/text/access.ts")).renderReportText(
        access,
        textStyle(io, flags, file),
      ),
    json: async () =>
      (await import("../output/json.ts")).renderReportJson({ origin, tables, uncovered, failed }),
    markdown: async () =>
      (await import("../output/markdown/access.ts")).renderReportMarkdown(access, {
        limit: flags.markdownLimit,
      }),
    html: async () => (await import("../output/html.ts")).renderReportHtml(access, tables),
    csv: async () => (await import("../output/csv.ts")).renderReportCsv(tables),
    vanta: async () => (await import("../output/csv.ts")).renderVantaCsv(tables),
  };
}

async function bundle(
  io: Io,
  state: AccessState,
  renderers: Renderers,
  flags: ReportFlags & { readonly bundle: string },
): Promise<void> {
  const since = flags.since ?? "";
  const startTime = startOf(state, since);
  const log = await auditLog(io, flags, state, startTime);
  const evidence = collectEvidence(state.changes, log);
  // One after the other, as bytes: thousands of organizations make large texts.
  const rendered = async (format: string): Promise<Buffer> =>
    Buffer.from((await renderers[format]?.("")) ?? "");
  const population = {
    csv: await rendered("csv"),
    json: await rendered("json"),
    html: await rendered("html"),
  };
  const { bundleFiles, bundleSummary } = await import("../output/bundle.ts");
  const from = { since, missing: missingHistory(state.origin.notes, startTime) };
  const files = bundleFiles(state.origin, from, population, evidence);
  await writeBundle(io, flags.bundle, files);
  await print(io.stdout, bundleSummary(flags.bundle, files, from, evidence));
}

/** When the changes begin, milliseconds since the epoch. A day needs no history, a commit does. */
function startOf({ startTime }: AccessState, since: string): number {
  if (startTime !== null) return startTime;
  if (isDay(since)) return Date.parse(`${since}T00:00:00Z`) - 1;
  throw new Failure(`there is no commit ${since}: the history of the files could not be read`, {
    hint: "run it in a clone of the repository, with git installed, or pass a date",
  });
}

/** What was recorded since the start; null where no log was named. */
async function auditLog(
  io: Io,
  { auditLog: paths }: ReportFlags,
  { origin }: AccessState,
  startTime: number,
): Promise<readonly AuditedChange[] | null> {
  if (paths.length === 0) return null;
  const logs = await Promise.all(
    paths.map(async (path) => {
      const hint = "it is written with: polytomic-users apply --audit-log FILE";
      return { path, text: await readInput(io, path, `the audit log ${path}`, hint) };
    }),
  );
  const all = readAudited(logs, origin.url ?? "");
  return all.filter(({ time }) => time > startTime);
}
