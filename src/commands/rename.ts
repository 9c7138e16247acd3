/** `rename OLD NEW`: gives a user another address in the files. Offline. */
import { rename as renamed } from "../edit/rename.ts";
import { Workspace } from "../edit/workspace.ts";
import { emailKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { type EditFlags, finishEdit } from "./finish-edit.ts";
import { asOfDay, type ExitCode, type Io } from "./io.ts";

export async function rename(
  io: Io,
  former: string,
  address: string,
  flags: EditFlags,
): Promise<ExitCode> {
  const workspace = await Workspace.open(flags.file, { cwd: io.cwd, root: flags.root });
  const asOf = asOfDay(null, io);
  const isOther = emailKey(former) !== emailKey(address);
  const [there] = isOther ? await workspace.chosenSites(address) : [];
  if (there !== undefined) {
    const done = emailKey(there.entry.previously ?? "") === emailKey(former);
    if (done && (await workspace.sitesOf(former)).length === 0) {
      const notes = [`${former} was already renamed to ${address}`];
      return finishEdit(io, workspace, notes, flags, asOf);
    }
    const { path, line } = there.user.place;
    throw new Failure(`${address} already has an entry (${path}:${line})`, {
      hint: "merge the two entries by hand, or choose another address",
    });
  }
  const notes: string[] = [];
  for (const site of await workspace.existingSites(former)) {
    const outcome = renamed(site, address);
    notes.push(...outcome.notes);
    await workspace.replace(site, outcome.entry);
  }
  return finishEdit(io, workspace, notes, flags, asOf);
}
