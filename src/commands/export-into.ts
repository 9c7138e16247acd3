/** `export --into FILE`: updates a file to match Polytomic; changes only what differs. */
import { loadFiles } from "../config/load.ts";
import { openFile, replaceFiles } from "../edit/files.ts";
import { editUsersFile, readUsersFile } from "../edit/users-file.ts";
import { checkEmptyPlan } from "../export/check.ts";
import { type Updated, updateFile } from "../export/into.ts";
import type { CurrentState } from "../model/current.ts";
import { type DesiredOrganization, validFiles } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import { plainText } from "../output/escape.ts";
import type { Connection } from "../run/connection.ts";
import { readState } from "../run/state.ts";
import { findTargets } from "../run/targets.ts";
import type { ExportFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand } from "./next.ts";
import { writeWhole } from "./files.ts";

export async function exportInto(
  io: Io,
  connection: Connection,
  path: string,
  flags: ExportFlags,
): Promise<ExitCode> {
  const context = { cwd: io.cwd, root: flags.root };
  const [desired] = path === "-" ? [] : await loadFiles([path], context);
  if (desired?.source !== path) {
    throw new Failure(`${path} does not describe an organization, so --into cannot update it`, {
      hint: "name a file that describes one; to create a new file: export > FILE",
    });
  }
  const file = await openFile(path, io.cwd);
  const state = await readOrganizationState(desired, connection, flags);
  const asOf = asOfDay(flags.asOf, io);
  const update = updateFile(readUsersFile(path, file.text), desired, state, asOf);
  const text = editUsersFile(path, file.text, update.file);
  const edited = new Map([[file.real, text]]);
  const load = (): ReturnType<typeof loadFiles> => loadFiles([path], { ...context, edited });
  await checkEmptyPlan(load, state, { asOf, shown: path });
  if (io.interrupt.aborted) return EXIT.interrupted;
  if (text !== file.text) await replaceFiles([{ file, text }], writeWhole);
  if (!flags.quiet) await print(io.stderr, summary(path, update, text !== file.text));
  const plan = shellCommand(["plan", ...(path === "users.yaml" ? [] : [path])]);
  await printNext(io, flags, text === file.text ? null : plan);
  return EXIT.done;
}

async function readOrganizationState(
  desired: DesiredOrganization,
  connection: Connection,
  { organization }: ExportFlags,
): Promise<CurrentState> {
  const { targets, failed, caller } = await findTargets(connection, {
    loaded: validFiles([desired]),
    scope: { organization, shard: null },
    skipFailed: false,
  });
  const [target] = targets;
  if (target !== undefined) return readState(target.organization, caller, connection);
  throw new Failure(`${desired.source}: ${failed[0]?.message ?? "its organization is not known"}`);
}

function summary(
  path: string,
  { added, removed, changed, notes }: Updated,
  written: boolean,
): string {
  const lines = written
    ? [
        `${path}: ${counted(added, "user")} added, ${removed} removed, ${changed} changed`,
        ...notes.map((note) => `note: ${note}`),
      ]
    : [`${path} is already up to date`];
  return lines.map((line) => `${plainText(line)}\n`).join("");
}
