/**
 * Finds from which commit on the files have granted each role, and every change of the grants. A role counts as granted
 * at a commit if one of its grants has not expired on the commit's day. It is granted without interruption until the
 * next commit if one of its grants has not expired on the day of that commit. Otherwise it ended on the day after its
 * last day: this is an interruption, and a change between the two commits.
 */
import { groupBy } from "../model/group-by.ts";
import { addDays, type Day, dayOf, hasEnded, later } from "../model/days.ts";
import { emailKey } from "../model/desired.ts";
import type { AccessChange, ChangedRole, Commit, Since } from "../model/history.ts";
import { compareText } from "../model/place.ts";
import type { ResolvedRole, RoleResolver } from "./role-resolver.ts";
import type { FileGrants, GrantedUser } from "./file-grants.ts";
import type { Log } from "./git-log.ts";

/** What the files granted from a commit on. */
export interface State {
  /** Null for what is not committed yet. */
  readonly commit: Commit | null;
  /** Null where no file described the organization. */
  readonly fileGrants: FileGrants | null;
}

interface GrantPeriod {
  readonly role: ResolvedRole;
  /** Null: not committed yet. */
  readonly since: Commit | null;
  readonly until: Day | null;
  /** Which commit set the last day. */
  readonly untilSet: Commit | null;
}

type GrantPeriods = ReadonlyMap<string, GrantPeriod>;

/** A user whose grants do not expire, as of the last commit: unchanged until their entry changes. */
interface Settled {
  readonly user: GrantedUser;
  readonly aliases: FileGrants["aliases"];
}

export interface Access {
  /** By address (as key), then by role (as key). */
  readonly periods: ReadonlyMap<string, GrantPeriods>;
  /** Newest first. */
  readonly changes: readonly AccessChange[];
}

const NO_PERIODS: GrantPeriods = new Map();

/** `states` oldest first. Without `listed` no change is listed. */
export function traceAccess(
  states: Iterable<State>,
  names: RoleResolver,
  asOf: Day,
  listed: boolean,
): Access {
  const changes: AccessChange[] | null = listed ? [] : null;
  const settled = new Map<string, Settled>();
  let periods: ReadonlyMap<string, GrantPeriods> = new Map();
  for (const { commit, fileGrants } of states) {
    const day = commit === null ? asOf : dayOf(commit.time);
    periods = dropEnded(periods, day, changes);
    periods = next(periods, { commit, fileGrants, day, settled }, names, changes);
  }
  return { periods: dropEnded(periods, asOf, changes), changes: (changes ?? []).reverse() };
}

/** Takes out what ended before the day, and records it in the order in which it ended. */
function dropEnded(
  before: ReadonlyMap<string, GrantPeriods>,
  day: Day,
  changes: AccessChange[] | null,
): ReadonlyMap<string, GrantPeriods> {
  let after: Map<string, GrantPeriods> | null = null;
  const ended: AccessChange[] = [];
  for (const [email, periods] of before) {
    const over = [...periods.values()].filter(({ until }) => hasEnded(until, day));
    if (over.length === 0) continue;
    after ??= new Map(before);
    const left = new Map([...periods].filter(([, { until }]) => !hasEnded(until, day)));
    if (left.size === 0) after.delete(email);
    else after.set(email, left);
    if (changes !== null) ended.push(...listExpiries(email, over));
  }
  changes?.push(...ended.sort((a, b) => a.time - b.time || compareText(a.email, b.email)));
  return after ?? before;
}

function listExpiries(email: string, over: readonly GrantPeriod[]): readonly AccessChange[] {
  const byDay = groupBy(over, ({ until, untilSet }) => `${until} ${untilSet?.id ?? ""}`);
  return [...byDay.values()].flatMap((periods) => {
    const [first] = periods;
    if (first === undefined || first.until === null || first.untilSet === null) return [];
    return {
      email,
      commit: first.untilSet,
      time: Date.parse(`${addDays(first.until, 1)}T00:00:00Z`),
      ended: first.until,
      gained: [],
      lost: listRoles(periods),
      renamedFrom: null,
      renamedTo: null,
    };
  });
}

interface Moment extends State {
  readonly day: Day;
  /** By address; kept up to date. */
  readonly settled: Map<string, Settled>;
}

function next(
  before: ReadonlyMap<string, GrantPeriods>,
  { commit, fileGrants, day, settled }: Moment,
  names: RoleResolver,
  changes: AccessChange[] | null,
): ReadonlyMap<string, GrantPeriods> {
  const after = new Map<string, GrantPeriods>();
  const aliases = fileGrants?.aliases ?? [];
  const resolve = names.resolverFor(aliases);
  const here: AccessChange[] = [];
  const renamed = new Map<string, string>();
  const record = (change: Omit<AccessChange, "commit" | "time" | "ended">): void => {
    if (commit !== null) here.push({ ...change, commit, time: commit.time, ended: null });
  };
  for (const user of fileGrants?.users ?? []) {
    const { email } = user;
    const going = before.get(email);
    const last = settled.get(email);
    if (going !== undefined && last?.user === user && last.aliases === aliases) {
      after.set(email, going);
      continue;
    }
    settled.delete(email);
    const granted = collectGranted(user, resolve, day);
    if (granted.size === 0) continue;
    const former = before.has(email) ? null : user.previously;
    const had =
      before.get(email) ?? (former === null ? NO_PERIODS : (before.get(former) ?? NO_PERIODS));
    const renamedFrom = former !== null && had.size > 0 ? former : null;
    if (renamedFrom !== null) renamed.set(renamedFrom, email);
    const periods = new Map<string, GrantPeriod>();
    for (const [key, { role, until }] of granted) {
      const period = had.get(key);
      const untilSet = period !== undefined && period.until === until ? period.untilSet : commit;
      periods.set(key, {
        role,
        since: period === undefined ? commit : period.since,
        until,
        untilSet,
      });
    }
    after.set(email, periods);
    if (user.grants.every(({ until }) => until === null)) settled.set(email, { user, aliases });
    if (changes === null) continue;
    const gained = listRoles([...periods.values()].filter(({ role }) => !had.has(role.key)));
    const lost = listRoles([...had.values()].filter(({ role }) => !periods.has(role.key)));
    if (gained.length + lost.length > 0 || renamedFrom !== null) {
      record({ email, gained, lost, renamedFrom, renamedTo: null });
    }
  }
  if (changes === null) return after;
  for (const [email, had] of before) {
    if (after.has(email)) continue;
    const renamedTo = renamed.get(email) ?? null;
    record({ email, gained: [], lost: listRoles([...had.values()]), renamedFrom: null, renamedTo });
  }
  changes.push(...here.sort((a, b) => compareText(b.email, a.email)));
  return after;
}

interface Granted {
  readonly role: ResolvedRole;
  readonly until: Day | null;
}

/** By the role's key. */
export function collectGranted(
  user: GrantedUser,
  resolve: (written: string) => ResolvedRole,
  day: Day,
): ReadonlyMap<string, Granted> {
  const granted = new Map<string, Granted>();
  for (const grant of user.grants) {
    const { until } = grant;
    if (hasEnded(until, day)) continue;
    const role = resolve(grant.role);
    const known = granted.get(role.key);
    granted.set(role.key, { role, until: known === undefined ? until : later(known.until, until) });
  }
  return granted;
}

export function listRoles(periods: readonly Granted[]): readonly ChangedRole[] {
  const roles = periods.map(({ role }) => role);
  return roles.length < 2 ? roles : roles.sort((a, b) => compareText(a.name, b.name));
}

/** Since when a role has been granted; `role` as these names have it, or its id. */
export function makeSince(
  { periods }: Access,
  resolve: (written: string) => ResolvedRole,
  log: Log,
  afterGaps: ReadonlySet<string>,
): (email: string, role: string) => Since {
  return (email, role) => {
    const period = periods.get(emailKey(email))?.get(resolve(role).key);
    if (period === undefined) return { kind: "unknown" };
    const { since } = period;
    if (since === null) return { kind: "uncommitted" };
    if (afterGaps.has(since.id)) return { kind: "unknown" };
    const isFirst = log.beginsShallow && since.id === log.commits[0]?.id;
    return { kind: isFirst ? "shallow" : "commit", commit: since };
  };
}
