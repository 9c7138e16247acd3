/** `revoke EMAIL…`: removes users, or some of their roles, from the files. Offline. */
import { revoke as revoked } from "../edit/revoke.ts";
import { Workspace } from "../edit/workspace.ts";
import { emailKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { type EditFlags, finishEdit } from "./finish-edit.ts";
import { asOfDay, type ExitCode, type Io } from "./io.ts";

export interface RevokeFlags extends EditFlags {
  /** Empty: all access. */
  readonly role: readonly string[];
  /** Every entry of the user, where several files have one. */
  readonly everywhere: boolean;
  readonly asOf: Day | null;
}

export async function revoke(
  io: Io,
  emails: readonly string[],
  flags: RevokeFlags,
): Promise<ExitCode> {
  const asOf = asOfDay(flags.asOf, io);
  const workspace = await Workspace.open(flags.file, { cwd: io.cwd, root: flags.root });
  const notes: string[] = [];
  for (const email of new Map(emails.map((one) => [emailKey(one), one])).values()) {
    const sites = await workspace.existingSites(email, flags.everywhere);
    for (const site of sites) {
      const outcome = revoked(site, flags.role, asOf, workspace.keepsUnmanaged(site));
      const { path } = site.user.place;
      notes.push(...outcome.notes.map((note) => (sites.length > 1 ? `${path}: ${note}` : note)));
      await workspace.replace(site, outcome.entry);
    }
  }
  return finishEdit(io, workspace, notes, flags, asOf);
}
