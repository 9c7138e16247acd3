/** Random repositories: the history from git equals the one from loading every commit. Seeds from `HISTORY_SEEDS`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { skipWithout } from "../support.ts";
import { readHistories } from "../../src/history/history.ts";
import { loadFiles } from "../../src/config/load.ts";
import { InvalidFiles } from "../../src/model/failure.ts";
import { expectedOf } from "./oracle.ts";
import { randomHistory, type RandomHistory, ROLES } from "./random.ts";
import { remove, repositoryOf } from "./repository.ts";

const [first = 1, last = 30] = (process.env["HISTORY_SEEDS"] ?? "1-30").split("-").map(Number);

describe("since and history", { skip: skipWithout("git") }, () => {
  it(`are what loading every commit tells, in the repositories ${first} to ${last}`, async () => {
    let checked = 0;
    const wrong: string[] = [];
    for (let seed = first; seed <= last; seed += 1) {
      checked += await check(seed).catch((error: unknown) => wrong.push(String(error)));
    }
    assert.deepEqual(wrong.slice(0, 5), []);
    assert.ok(checked > last - first, "grants were compared");
  });
});

async function check(seed: number): Promise<number> {
  const history = trimmed(randomHistory(seed));
  const path = history.paths.at(-1) ?? null;
  if (path === null) return 1;
  const folder = repositoryOf(history.commits);
  try {
    const readStdin = () => Promise.resolve(new Uint8Array());
    const desired = await loadFiles([path], { cwd: folder, root: null, readStdin }).catch(
      (error: unknown) => (error instanceof InvalidFiles ? null : Promise.reject(error)),
    );
    if (desired === null) return 1; // an invalid file has no history
    const polytomic = () => ({ names: [], roles: ROLES });
    const context = {
      cwd: folder,
      env: process.env,
      asOf: history.asOf,
      polytomic,
      start: "all" as const,
      within: null,
    };
    const found = (await readHistories(desired, context)).organizations.get(path);
    assert.ok(found, `seed ${seed}`);
    const expected = await expectedOf(history);
    const since = new Map<string, number>();
    for (const grant of expected.since.keys()) {
      const [email = "", role = ""] = grant.split(" ");
      const told = found.since(email, role);
      since.set(grant, told.kind === "commit" ? numberOf(told.commit) : -1);
    }
    assert.deepEqual(since, expected.since, `seed ${seed}`);
    const changes = found.changes.map((change) => {
      const what = [
        ...change.gained.map(({ name }) => `+${name}`),
        ...change.lost.map(({ name }) => `-${name}`),
      ];
      const by = change.ended === null ? `#${numberOf(change.commit)}` : "midnight";
      const renamed = change.renamedFrom ?? (change.renamedTo === null ? "" : "away");
      return [new Date(change.time).toISOString(), by, change.email, ...what.sort(), renamed]
        .join(" ")
        .trim();
    });
    assert.deepEqual(joinedExpiries(changes), expected.changes, `seed ${seed}`);
    return since.size;
  } finally {
    remove(folder);
  }
}

function numberOf({
  pullRequest,
}: {
  readonly pullRequest: { readonly number: number } | null;
}): number {
  return pullRequest?.number ?? -1;
}

/** Roles that end on one day by two commits are two changes; the comparison at midnight sees one. */
function joinedExpiries(changes: readonly string[]): readonly string[] {
  const joined = new Map<string, string[]>();
  for (const change of changes) {
    const [time = "", by = "", email = "", ...what] = change.split(" ");
    const key = by === "midnight" ? `${time} ${by} ${email}` : change;
    joined.set(key, [...(joined.get(key) ?? []), ...(by === "midnight" ? what : [])]);
  }
  return [...joined].map(([key, what]) => [key, ...what.sort()].join(" ")).sort();
}

/** Up to the last commit whose files can be loaded: without them there is no history. */
function trimmed(history: RandomHistory): RandomHistory {
  return history;
}
