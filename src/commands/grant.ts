/** `grant EMAIL…`: gives users roles, groups and expiries in the files. Offline. */
import { grant as granted, spelled } from "../edit/grant.ts";
import { Workspace } from "../edit/workspace.ts";
import { emailKey } from "../model/desired.ts";
import { addDays, type Day, isDay } from "../model/days.ts";
import { Failure } from "../model/failure.ts";
import { type EditFlags, finishEdit } from "./finish-edit.ts";
import { asOfDay, type ExitCode, type Io } from "./io.ts";

export interface GrantFlags extends EditFlags {
  readonly role: readonly string[];
  readonly group: readonly string[];
  /** A day, `30d`, or `never`. */
  readonly expires: string | null;
  readonly reason: string | null;
  readonly asOf: Day | null;
}

export async function grant(
  io: Io,
  emails: readonly string[],
  flags: GrantFlags,
): Promise<ExitCode> {
  const { reason } = flags;
  const asOf = asOfDay(flags.asOf, io);
  const expires = flags.expires === null ? undefined : lastDay(flags.expires, asOf);
  if (flags.role.length + flags.group.length === 0 && expires === undefined && reason === null) {
    throw new Failure("nothing to grant", {
      hint: "pass --role or --group; to change an existing user, --expires or --reason is enough",
    });
  }
  const workspace = await Workspace.open(flags.file, { cwd: io.cwd, root: flags.root });
  const roles = flags.role.map((name) => spelled(name, "role", workspace.organizations));
  const groups = flags.group.map((name) => spelled(name, "group", workspace.organizations));
  const notes = roles.flatMap((one) => one.notes);
  const wanted = {
    roles: roles.map(({ name }) => name),
    groups: groups.map(({ name }) => name),
    expires,
    reason,
  };
  for (const email of new Map(emails.map((one) => [emailKey(one), one])).values()) {
    const [site] = await workspace.chosenSites(email);
    const outcome = granted({ email, ...wanted }, site ?? null, asOf);
    notes.push(...outcome.notes);
    if (site !== undefined) await workspace.replace(site, outcome.entry);
    else if (outcome.entry !== null) await workspace.add(workspace.homeOfNewUsers(), outcome.entry);
  }
  return finishEdit(io, workspace, notes, flags, asOf);
}

function lastDay(text: string, asOf: Day): Day | null {
  if (text === "never") return null;
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const day = days === undefined ? text : addDays(asOf, Number(days));
  if (!isDay(day)) {
    throw new Failure(
      `--expires takes a date such as 2026-12-31, a number of days such as 30d, or never; not ${JSON.stringify(text)}`,
    );
  }
  if (day >= asOf) return day;
  throw new Failure(`--expires ${text} is in the past: today is ${asOf}`, {
    hint: "to end access, use revoke",
  });
}
