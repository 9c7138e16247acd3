/** Reads an organization's file and all files that it includes as of a commit. */
import { posix } from "node:path";
import { mergeFiles } from "../config/merge.ts";
import { parseFile, type ParsedFile } from "../config/parsed-file.ts";
import { collectProblems, problemText, type Problem } from "../model/problem.ts";
import { decodeText } from "../config/read-text.ts";
import type { DesiredOrganization } from "../model/desired.ts";
import { groupBy } from "../model/group-by.ts";
import type { Trouble } from "../model/history.ts";
import { ObjectReader, type Repository } from "./git.ts";
import { type Log, readLog } from "./git-log.ts";
import { VersionParser } from "./version-parser.ts";
import { GrantCondenser, type FileGrants } from "./file-grants.ts";

export interface OrganizationVersion {
  /** Of the organization's own file, from the repository's top. */
  readonly path: string;
  /** As the organization's own file names it; null where it does not, or cannot be read. */
  readonly organization: string | null;
  /** All paths that were looked at, also those that were not there: while none changes, nothing does. */
  readonly paths: readonly string[];
  readonly fileGrants: FileGrants | Trouble;
}

interface Collected extends Pick<OrganizationVersion, "paths"> {
  readonly files: readonly ParsedFile[];
  readonly trouble: Trouble | null;
}

interface ReadFile {
  readonly file: ParsedFile | null;
  readonly trouble: Trouble | null;
}

interface Node {
  /** Where the file seems to be: its includes are relative to that. */
  readonly shown: string;
  readonly file: ParsedFile;
  readonly includes: string[];
}

/** What is read of the files: what they grant, or also the places. */
type Detail = "grants" | "all";

const MOST_LINKS = 20;
const MOST_KEPT = 16;

/** What files grant at each commit. Each included blob is parsed once, whatever includes it. */
export class CommitFiles {
  readonly log: Log;
  /** Paths that a pattern for YAML files does not find, and that includes name. */
  readonly unlisted = new Set<string>();
  readonly #objects: ObjectReader;
  readonly #condenser = new GrantCondenser();
  readonly #versions = new VersionParser();
  /** Contents that were asked for ahead, by blob. */
  readonly #asked = new Map<string, Promise<Buffer | null>>();
  /** By blob and path. Of an organization's own file the last few: each version is needed once or twice. */
  readonly #own = new Map<string, Promise<ReadFile>>();
  readonly #included = new Map<string, Promise<ReadFile>>();

  constructor(log: Log, objects: ObjectReader) {
    this.log = log;
    this.#objects = objects;
  }

  async readVersion(path: string, index: number): Promise<OrganizationVersion> {
    const quick = await this.#collect(path, index, "grants");
    const found = quick.trouble ?? merge(path, quick.files);
    const hasPlaces = "code" in found && found.code === "invalid";
    const { files, paths, trouble } = hasPlaces ? await this.#collect(path, index, "all") : quick;
    const fileGrants = hasPlaces ? (trouble ?? merge(path, files)) : found;
    return {
      path,
      organization: files[0]?.organization?.value ?? null,
      paths,
      fileGrants: "code" in fileGrants ? fileGrants : this.#condenser.condense(fileGrants),
    };
  }

  /** The whole desired state, not only the grants. */
  async readDesired(path: string, index: number): Promise<DesiredOrganization | Trouble> {
    const { files, trouble } = await this.#collect(path, index, "all");
    return trouble ?? merge(path, files);
  }

  /** The organization's own file first, and then as if each stood where it is included. */
  async #collect(path: string, index: number, detail: Detail): Promise<Collected> {
    const looked = new Set<string>();
    const nodes = new Map<string, Node>();
    let trouble: Trouble | null = null;
    const open = async (shown: string): Promise<string | null> => {
      const found = await this.#followLinks(shown, index, looked);
      if (typeof found !== "string") {
        trouble ??= found;
        return null;
      }
      if (nodes.has(found)) return found;
      const read = await this.#readFile(found, shown, index, shown === path, detail);
      trouble ??= read.trouble;
      if (read.file === null) return null;
      nodes.set(found, { shown, file: read.file, includes: [] });
      return found;
    };

    const own = await open(path);
    const waiting = own === null ? [] : [own];
    const done = new Set<string>();
    const order: ParsedFile[] = [];
    for (let real = waiting.pop(); real !== undefined; real = waiting.pop()) {
      const node = nodes.get(real);
      if (node === undefined || done.has(real)) continue;
      done.add(real);
      order.push(node.file);
      if (real !== own && node.file.organization !== null) {
        trouble ??= {
          code: "invalid",
          problem: `${node.shown} is included and names an organization`,
        };
      }
      for (const { value } of node.file.include) {
        const target = resolveInclude(node.shown, value);
        if (target === null) trouble ??= { code: "outside-repository", path: value };
        else {
          const included = await open(target);
          if (included !== null) node.includes.push(included);
        }
      }
      waiting.push(...node.includes.toReversed());
    }
    if (hasCycle(nodes))
      trouble ??= { code: "invalid", problem: "the files include each other in a cycle" };
    return { files: order, paths: [...looked], trouble };
  }

  /** The files on disk, to compare with the commits. */
  condense(desired: DesiredOrganization): FileGrants {
    return this.#condenser.condense(desired);
  }

  /** The organization's own file alone; null where it cannot be read. */
  async readOwnFile(path: string, index: number): Promise<ParsedFile | null> {
    const found = await this.#followLinks(path, index, new Set());
    return typeof found === "string"
      ? (await this.#readFile(found, path, index, true, "grants")).file
      : null;
  }

  /** Null where there is no file, or a link. */
  async textAt(path: string, index: number): Promise<string | null> {
    const file = this.log.fileAt(path, index);
    if (file === null || file.isLink) return null;
    return (await this.#objects.read(file.blob))?.toString("utf8") ?? null;
  }

  /** The path of the real file: links in the repository are followed, inside of it. */
  async #followLinks(path: string, index: number, looked: Set<string>): Promise<string | Trouble> {
    let at = path;
    for (let links = 0; links < MOST_LINKS; links += 1) {
      looked.add(at);
      const file = this.log.fileAt(at, index);
      if (file === null) {
        if (!/\.ya?ml$/i.test(at)) this.unlisted.add(at);
        return { code: "missing-file", path: at };
      }
      if (!file.isLink) return at;
      const target = (await this.#objects.read(file.blob))?.toString("utf8");
      if (target === undefined) return { code: "missing-object", path: at };
      const next = resolveInclude(at, target);
      if (next === null) return { code: "outside-repository", path: at };
      at = next;
    }
    return { code: "invalid", problem: `the links at ${path} lead in a circle` };
  }

  #readFile(
    path: string,
    shown: string,
    index: number,
    isOwn: boolean,
    detail: Detail,
  ): Promise<ReadFile> {
    const file = this.log.fileAt(path, index);
    if (file === null) throw new Error(`nothing is at ${path}`);
    if (isOwn) this.#prefetch(path, index);
    const key = `${file.blob}\0${shown}\0${detail}`;
    const cache = isOwn ? this.#own : this.#included;
    const read =
      this.#own.get(key) ?? this.#included.get(key) ?? this.#readBlob(file.blob, shown, detail);
    cache.set(key, read);
    const [oldest] = this.#own.keys();
    if (this.#own.size > MOST_KEPT && oldest !== undefined) this.#own.delete(oldest);
    return read;
  }

  /** Asks for the version before this one, which comes next: git finds it while this one is parsed. */
  #prefetch(path: string, index: number): void {
    const before = this.log.fileAt(path, this.log.changedAt(path, index) - 1);
    if (before === null || this.#asked.has(before.blob)) return;
    const content = this.#objects.read(before.blob);
    content.catch(() => {}); // the reader gets the error
    this.#asked.set(before.blob, content);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST_KEPT && oldest !== undefined) this.#asked.delete(oldest);
  }

  async #readBlob(blob: string, path: string, detail: Detail): Promise<ReadFile> {
    const asked = this.#asked.get(blob);
    this.#asked.delete(blob);
    const content = await (asked ?? this.#objects.read(blob));
    if (content === null) return { file: null, trouble: { code: "missing-object", path } };
    const { report, sorted } = collectProblems();
    const text = decodeText(path, content, report);
    const quick = text === null || detail === "all" ? null : await this.#versions.parse(path, text);
    if (quick !== null) return { file: quick, trouble: null };
    const file = text === null ? null : (await parseFile(path, text, report)).parsed;
    const [first] = sorted();
    return { file, trouble: first === undefined ? null : invalid(first) };
  }
}

/** How often the log is read again for files whose names only an older file tells. */
const MOST_ROUNDS = 5;

export async function withCommitFiles<T>(
  repository: Repository,
  head: string,
  paths: readonly string[],
  work: (files: CommitFiles) => Promise<T>,
): Promise<T> {
  const others = new Set(paths);
  const objects = new ObjectReader(repository);
  try {
    for (let round = 1; ; round += 1) {
      const files = new CommitFiles(await readLog(repository, head, others), objects);
      const result = await work(files);
      const unlisted = [...files.unlisted].filter((path) => !others.has(path));
      if (unlisted.length === 0 || round === MOST_ROUNDS) return result;
      for (const path of unlisted) others.add(path);
    }
  } finally {
    objects.close();
  }
}

function merge(path: string, files: readonly ParsedFile[]): DesiredOrganization | Trouble {
  const [own, ...others] = files;
  if (own === undefined) return { code: "missing-file", path };
  const { report, sorted } = collectProblems();
  const set = { source: path, files: [own, ...others] as const, complete: true };
  const desired = mergeFiles(set, report);
  const [problem] = sorted();
  return problem === undefined ? desired : invalid(problem);
}

function invalid(problem: Problem): Trouble {
  const { path, line } = problem.place;
  return { code: "invalid", problem: `${path}:${line}: ${problemText(problem)}` };
}

/** From the repository's top; null where it leads out of it. */
function resolveInclude(from: string, include: string): string | null {
  if (posix.isAbsolute(include)) return null;
  const path = posix.join(posix.dirname(from), include);
  return path === ".." || path.startsWith("../") ? null : path;
}

/** Takes away what includes nothing that is left, until nothing can be taken away. */
function hasCycle(nodes: ReadonlyMap<string, Node>): boolean {
  const open = new Map([...nodes].map(([path, { includes }]) => [path, new Set(includes).size]));
  const edges = [...nodes].flatMap(([path, { includes }]) =>
    [...new Set(includes)].map((target) => ({ path, target })),
  );
  const includedBy = groupBy(edges, ({ target }) => target);
  const free = [...open].filter(([, count]) => count === 0).map(([path]) => path);
  for (let path = free.pop(); path !== undefined; path = free.pop()) {
    open.delete(path);
    for (const { path: by } of includedBy.get(path) ?? []) {
      const left = (open.get(by) ?? 0) - 1;
      open.set(by, left);
      if (left === 0) free.push(by);
    }
  }
  return open.size > 0;
}
