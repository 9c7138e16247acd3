/** `export --all --dir FOLDER`: writes a file for each organization that the key can access. */
import { mkdir, readdir } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import pLimit from "p-limit";
import { errorMessage, Failure } from "../model/failure.ts";
import { checkedNewFile } from "../export/check.ts";
import { existingFile, fileNames } from "../export/names.ts";
import { INSTALLED_SCHEMA } from "../export/new-file.ts";
import type { Organization } from "../model/current.ts";
import { compareText } from "../model/place.ts";
import { plainText } from "../output/escape.ts";
import { formatFailure } from "../output/problems.ts";
import { counted } from "../model/text.ts";
import { ApiError } from "../polytomic/errors.ts";
import type { Connection } from "../run/connection.ts";
import { readState } from "../run/state.ts";
import { selectOrganizations } from "../run/find-organization.ts";
import type { ExportFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { writeWhole } from "./files.ts";
import { readProgress } from "./show-waiting.ts";

type Fate =
  | { readonly kind: "written"; readonly notes: readonly string[] }
  | { readonly kind: "kept" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "not-begun" };

interface Entry {
  readonly organization: Organization;
  readonly file: string;
  readonly fate: Fate;
}

/** One failed organization does not stop the others: exit 4 if others were written, else 1. */
export async function exportAll(
  io: Io,
  connection: Connection,
  dir: string,
  flags: ExportFlags,
): Promise<ExitCode> {
  if (connection.ownOrganizationOnly) {
    throw new Failure(
      "--all needs a partner or deployment key: an API key reaches only one organization",
      {
        hint: "export without --all, or use a partner or deployment key",
      },
    );
  }
  const organizations = selectOrganizations(
    await connection.reader.organizations(),
    flags.organization,
  );
  const files = await filesIn(io, dir, organizations);
  const limit = pLimit(flags.concurrency);
  const progress = readProgress(io, "read", flags);
  let done = 0;
  const entries = await Promise.all(
    organizations.map((organization) =>
      limit(async (): Promise<Entry> => {
        const { file, exists } = files.get(organization.id) ?? { file: "", exists: false };
        const fate: Fate =
          exists && !flags.force
            ? { kind: "kept" }
            : await attempt(io, connection, organization, { dir, file, flags });
        done += 1;
        progress.onRead(done, organizations.length);
        return { organization, file: join(dir, file), fate };
      }),
    ),
  ).finally(progress.end);
  await tell(io, entries, dir, flags.quiet);
  return io.interrupt.aborted ? EXIT.interrupted : exitCode(entries);
}

interface File {
  readonly file: string;
  readonly exists: boolean;
}

/** By organization id. */
async function filesIn(
  io: Io,
  dir: string,
  organizations: readonly Organization[],
): Promise<ReadonlyMap<string, File>> {
  const folder = resolve(io.cwd, dir);
  try {
    await mkdir(folder, { recursive: true });
    const there = (await readdir(folder)).sort(compareText);
    return new Map(
      [...fileNames(organizations)].map(([id, name]) => {
        const existing = existingFile(name, there);
        return [id, { file: existing ?? name, exists: existing !== null }];
      }),
    );
  } catch (cause) {
    throw new Failure(`cannot write to the folder ${dir}: ${errorMessage(cause)}`, {
      hint: "choose a writable folder with --dir",
      cause,
    });
  }
}

interface Destination {
  readonly dir: string;
  readonly file: string;
  readonly flags: ExportFlags;
}

async function attempt(
  io: Io,
  connection: Connection,
  organization: Organization,
  { dir, file, flags }: Destination,
): Promise<Fate> {
  if (io.interrupt.aborted) return { kind: "not-begun" };
  try {
    const state = await readState(organization, null, connection);
    const { text, notes } = await checkedNewFile(state, {
      ignore: flags.ignore,
      schema: schemaFrom(io.cwd, dir),
      folder: io.cwd,
      asOf: asOfDay(flags.asOf, io),
    });
    const path = join(resolve(io.cwd, dir), file);
    await writeWhole(path, join(dir, file), text);
    return { kind: "written", notes };
  } catch (error) {
    if (io.interrupt.aborted) return { kind: "not-begun" };
    // A rejected key affects every organization.
    if (!(error instanceof Failure) || (error instanceof ApiError && error.status === 401))
      throw error;
    return { kind: "failed", failure: error };
  }
}

/** The path of the schema in the working directory's `node_modules`, relative to the files' folder. */
function schemaFrom(cwd: string, dir: string): string {
  const way = relative(resolve(cwd, dir), cwd).split(sep).join("/");
  return way === "" ? INSTALLED_SCHEMA : `${way}/${INSTALLED_SCHEMA.slice("./".length)}`;
}

async function tell(io: Io, entries: readonly Entry[], dir: string, quiet: boolean): Promise<void> {
  for (const { organization, file, fate } of entries) {
    if (fate.kind === "failed") {
      const { message, hint } = fate.failure;
      const told = new Failure(
        `${organization.name} (${file}): ${message}`,
        hint === null ? {} : { hint },
      );
      await print(io.stderr, `${formatFailure(told)}\n`);
    } else if (fate.kind === "written" && !quiet) {
      for (const note of fate.notes)
        await print(io.stderr, `note: ${plainText(`${file}: ${note}`)}\n`);
    }
  }
  if (!quiet) await print(io.stderr, `${summary(entries)}\n`);
  const written = entries.some(({ fate }) => fate.kind === "written");
  await printNext(io, { quiet }, written ? shellCommand(["plan", dir]) : null);
}

function summary(entries: readonly Entry[]): string {
  const of = (kind: Fate["kind"]): number =>
    entries.filter(({ fate }) => fate.kind === kind).length;
  return [
    `${counted(of("written"), "file")} written`,
    ...(of("kept") > 0
      ? [
          `${of("kept")} already ${of("kept") === 1 ? "exists and was" : "exist and were"} not changed (--force overwrites, --into updates one file)`,
        ]
      : []),
    ...(of("failed") > 0 ? [`${of("failed")} failed`] : []),
    ...(of("not-begun") > 0 ? [`${of("not-begun")} not started`] : []),
  ].join(", ");
}

function exitCode(entries: readonly Entry[]): ExitCode {
  if (!entries.some(({ fate }) => fate.kind === "failed")) return EXIT.done;
  return entries.some(({ fate }) => fate.kind === "written") ? EXIT.partly : EXIT.failed;
}
