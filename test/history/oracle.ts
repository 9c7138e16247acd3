/**
 * Since when, and every change, computed the slow and plain way: the files of every commit are written to a folder
 * and loaded with the program's own reader, and access is compared after every commit and at every midnight.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadFiles } from "../../src/config/load.ts";
import { type DesiredOrganization, emailKey, nameKey } from "../../src/model/desired.ts";
import { InvalidFiles } from "../../src/model/failure.ts";
import type { RandomHistory } from "./random.ts";
import { ROLES } from "./random.ts";

export interface Expected {
  /** `email role` → the number of the commit. */
  readonly since: ReadonlyMap<string, number>;
  /** `time email +gained -lost`, sorted. */
  readonly changes: readonly string[];
}

interface Moment {
  readonly time: number;
  /** The commit at this moment; null at midnight. */
  readonly commit: number | null;
  readonly said: DesiredOrganization | null;
  /** By address. */
  readonly holds: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function expectedOf(history: RandomHistory): Promise<Expected> {
  const moments = await momentsOf(history);
  return { since: sinceOf(moments), changes: changesOf(moments) };
}

async function momentsOf({ commits, paths, asOf }: RandomHistory): Promise<readonly Moment[]> {
  const files = new Map<string, string>();
  const moments: Moment[] = [];
  let said: DesiredOrganization | null = null;
  let clock = 0;
  const midnights = (until: number): void => {
    if (clock === 0) return;
    const midnight = (time: number): number => Math.floor(time / 86_400_000) * 86_400_000;
    for (let time = midnight(clock) + 86_400_000; time <= until; time += 86_400_000) {
      moments.push({ time, commit: null, said, holds: holdsOf(said, time) });
    }
  };
  for (const [index, made] of commits.entries()) {
    for (const [path, text] of Object.entries(made.files)) {
      if (text === null) files.delete(path);
      else files.set(path, text);
    }
    const time = Date.parse(made.merged?.at ?? made.at);
    midnights(time);
    const path = paths[index] ?? null;
    const loaded = path === null ? null : await loaded_(files, path);
    if (loaded !== "invalid") said = loaded;
    moments.push({ time, commit: index, said, holds: holdsOf(said, time) });
    clock = time;
  }
  midnights(Date.parse(`${asOf}T00:00:00Z`));
  return moments;
}

async function loaded_(
  files: ReadonlyMap<string, string>,
  path: string,
): Promise<DesiredOrganization | "invalid" | null> {
  const folder = mkdtempSync(join(tmpdir(), "polytomic-users-oracle-"));
  try {
    for (const [name, text] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const readStdin = () => Promise.resolve(new Uint8Array());
    const [one] = await loadFiles([path], { cwd: folder, root: folder, readStdin });
    return one ?? null;
  } catch (error) {
    if (error instanceof InvalidFiles) return "invalid";
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function holdsOf(
  said: DesiredOrganization | null,
  time: number,
): ReadonlyMap<string, ReadonlySet<string>> {
  const day = new Date(time).toISOString().slice(0, 10);
  const holds = new Map<string, ReadonlySet<string>>();
  for (const { email, grants, expires } of said?.users ?? []) {
    if (expires !== null && expires < day) continue;
    const roles = grants
      .filter((grant) => grant.expires === null || grant.expires >= day)
      .map(({ role }) => roleName(role));
    if (roles.length > 0) holds.set(emailKey(email), new Set(roles));
  }
  return holds;
}

/** In these histories an alias always means the same role. */
function roleName(written: string): string {
  if (nameKey(written) === "looker") return "Viewer";
  return ROLES.find(({ id, name }) => id === written || name === written)?.name ?? "?";
}

/** The address under which this user was known one moment earlier: the same, or the one before a rename. */
function formerAddress(email: string, now: Moment, before: Moment): string {
  if (now.commit === null || before.holds.has(email)) return email;
  const user = now.said?.users.find((one) => emailKey(one.email) === email);
  return emailKey(user?.previously?.value ?? email);
}

function sinceOf(moments: readonly Moment[]): ReadonlyMap<string, number> {
  const since = new Map<string, number>();
  const last = moments.at(-1);
  for (const [email, roles] of last?.holds ?? []) {
    for (const role of roles) {
      let at = moments.length - 1;
      let who = email;
      for (; at > 0; at -= 1) {
        const now = moments[at];
        const before = moments[at - 1];
        if (now === undefined || before === undefined) break;
        const earlier = formerAddress(who, now, before);
        if (before.holds.get(earlier)?.has(role) !== true) break;
        who = earlier;
      }
      since.set(`${email} ${role}`, moments[at]?.commit ?? -1);
    }
  }
  return since;
}

function changesOf(moments: readonly Moment[]): readonly string[] {
  const changes: string[] = [];
  for (const [index, now] of moments.entries()) {
    const before = moments[index - 1] ?? null;
    const taken = new Set<string>();
    for (const [email, roles] of now.holds) {
      const former = before === null ? email : formerAddress(email, now, before);
      const had = before?.holds.get(former) ?? new Set<string>();
      if (former !== email && had.size > 0) taken.add(former);
      const gained = [...roles].filter((role) => !had.has(role));
      const lost = [...had].filter((role) => !roles.has(role));
      const renamed = former !== email && had.size > 0 ? former : "";
      if (gained.length + lost.length > 0 || renamed !== "") {
        changes.push(changeText(now, email, gained, lost, renamed));
      }
    }
    for (const [email, had] of before?.holds ?? []) {
      if (now.holds.has(email)) continue;
      changes.push(changeText(now, email, [], [...had], taken.has(email) ? "away" : ""));
    }
  }
  return changes.sort();
}

function changeText(
  { time, commit }: Moment,
  email: string,
  gained: readonly string[],
  lost: readonly string[],
  renamed: string,
): string {
  const what = [...gained.map((role) => `+${role}`), ...lost.map((role) => `-${role}`)].sort();
  const by = commit === null ? "midnight" : `#${commit}`;
  return [new Date(time).toISOString(), by, email, ...what, renamed].join(" ").trim();
}
