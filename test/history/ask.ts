/** The history of an organization's file in a repository that a test made. */
import { loadFiles } from "../../src/config/load.ts";
import type { Role } from "../../src/model/current.ts";
import type { Since } from "../../src/model/history.ts";
import { readHistories, type OrganizationHistory } from "../../src/history/history.ts";

export interface Asked {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly asOf?: string;
  readonly root?: string;
  readonly names?: readonly string[];
  readonly roles?: readonly Role[];
}

export async function historyIn(
  cwd: string,
  path = "users.yaml",
  { env = process.env, asOf = "2026-11-24", root, names, roles }: Asked = {},
): Promise<OrganizationHistory> {
  const readStdin = () => Promise.resolve(Buffer.from("version: 1\nusers: []\n"));
  const desired = await loadFiles([path], { cwd, root: root ?? null, readStdin });
  const polytomic = () => (roles === undefined ? null : { names: names ?? [], roles });
  const context = { cwd, env, asOf, polytomic, start: "all" as const, within: null };
  const history = (await readHistories(desired, context)).organizations.get(path);
  if (history === undefined) throw new Error(`no history of ${path}`);
  return history;
}

/** `2026-01-05 #1`, or the kind where there is no commit to name. */
export function sinceText(since: Since): string {
  if (since.kind !== "commit") return since.kind;
  const { time, pullRequest } = since.commit;
  const day = new Date(time).toISOString().slice(0, 10);
  return pullRequest === null ? day : `${day} ${pullRequest.label}`;
}
