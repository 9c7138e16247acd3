/** `export --into FILE`: brings a file up to date with what is there now; only what differs changes. */
import { chmod, readFile, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { boundary } from "../config/boundary.ts";
import { loadFiles } from "../config/load.ts";
import { checkEmptyPlan } from "../export/check.ts";
import { type Updated, updateText } from "../export/into/update.ts";
import type { CurrentState } from "../model/current.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import { counted } from "../model/words.ts";
import type { Connection } from "../run/connection.ts";
import type { ExportFlags } from "./export-one.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { asOfDay } from "./plan.ts";
import { readState } from "../run/state.ts";
import { reasonOf, writeWhole } from "./results.ts";
import { findTargets } from "../run/targets.ts";

const BYTE_ORDER_MARK = "\uFEFF";

export async function exportInto(
  io: Io,
  connection: Connection,
  file: string,
  flags: ExportFlags,
): Promise<ExitCode> {
  const path = resolve(io.cwd, file);
  const desired = await theOne(io, file, flags);
  const before = await textOf(path, file);
  const state = await stateOf(desired, connection, flags);
  const mark = before.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const asOf = asOfDay(flags.asOf, io);
  const updated = updateText(before.slice(mark.length), desired, state, asOf);
  const root = flags.root === null ? await boundaryOf(path, io) : resolve(io.cwd, flags.root);
  const context = { folder: dirname(path), root, asOf, shown: file };
  await checkEmptyPlan(updated.text, state, context);
  if (io.interrupt.aborted) return EXIT.interrupted;
  const after = `${mark}${updated.text}`;
  if (after !== before) await replace(path, file, before, after);
  if (!flags.quiet) await tell(io, file, updated, after !== before);
  return EXIT.done;
}

async function theOne(io: Io, file: string, { root }: ExportFlags): Promise<DesiredOrganization> {
  const context = { cwd: io.cwd, root, readStdin: () => Promise.resolve("") };
  const [desired] = file === "-" ? [] : await loadFiles([file], context);
  if (desired?.source === file) return desired;
  throw new Failure(`--into takes one file that describes an organization, which ${file} is not`, {
    hint: "name the file; for a new one, export > FILE",
  });
}

async function stateOf(
  desired: DesiredOrganization,
  connection: Connection,
  { organization }: ExportFlags,
): Promise<CurrentState> {
  const { targets, failed, caller } = await findTargets([desired], connection, {
    organization,
    shard: null,
  });
  const [target] = targets;
  if (target !== undefined) return readState(target.organization, caller, connection);
  throw new Failure(`${desired.source}: ${failed[0]?.message ?? "its organization is not known"}`);
}

/** The folder that the file's includes may not leave, found as the file itself would find it. */
async function boundaryOf(path: string, io: Io): Promise<string> {
  return boundary(null, await realpath(io.cwd))(await realpath(dirname(path)));
}

async function textOf(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Failure(`could not read ${shown}: ${reasonOf(cause)}`, { cause });
  }
}

/** A link stays one, and a file keeps its permissions. */
async function replace(path: string, shown: string, before: string, after: string): Promise<void> {
  if ((await textOf(path, shown)) !== before) {
    throw new Failure(`${shown} has been changed in the meantime: nothing was written`, {
      hint: "run it again",
    });
  }
  const real = await realpath(path);
  const { mode } = await stat(real);
  await writeWhole(real, shown, after);
  await chmod(real, mode & 0o7777);
}

async function tell(io: Io, file: string, updated: Updated, written: boolean): Promise<void> {
  const { added, removed, changed, notes } = updated;
  const lines = written
    ? [
        `${file}: ${counted(added, "person", "people")} added, ${removed} taken out, ${changed} changed`,
        ...notes.map((note) => `note: ${note}`),
      ]
    : [`${file} is as it should be: nothing was written`];
  await print(io.stderr, lines.map((line) => `${plainText(line)}\n`).join(""));
}
