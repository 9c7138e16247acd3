/** The files of one or several organizations, loaded for editing: changed as values, then validated and written. */
import { firstOf, pathAndLine } from "../model/text.ts";
import { type LoadContext, loadFiles } from "../config/load.ts";
import { nearestName } from "../model/nearest-name.ts";
import { type DesiredOrganization, emailKey } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import type { Problem } from "../model/problem.ts";
import { checkFiles } from "../plan/check-files.ts";
import type { WorksheetRow } from "../model/worksheet.ts";
import type { UserEntry } from "../config/raw-file.ts";
import {
  editUsersFile,
  insertUser,
  patchFile,
  readUsersFile,
  type Site,
  type UsersFile,
} from "./users-file.ts";
import { type Edited, openFile, type OpenFile } from "./files.ts";

interface Opened {
  readonly file: OpenFile;
  readonly before: UsersFile;
  value: UsersFile;
}

/** By address: where a user is listed. */
type Index = ReadonlyMap<string, readonly Pick<Site, "organization" | "user">[]>;

export class Workspace {
  readonly organizations: readonly DesiredOrganization[];
  /** As the user named them; empty for users.yaml. */
  readonly paths: readonly string[];
  readonly #context: LoadContext;
  readonly #opened = new Map<string, Opened>();
  #indexed: Index | null = null;

  private constructor(
    paths: readonly string[],
    context: LoadContext,
    organizations: readonly DesiredOrganization[],
  ) {
    this.paths = paths;
    this.#context = context;
    this.organizations = organizations;
  }

  /** Throws `InvalidFiles`: what is to be edited must be valid before. */
  static async open(
    paths: readonly string[],
    { cwd, root, sources }: Pick<LoadContext, "cwd" | "root" | "sources">,
  ): Promise<Workspace> {
    if (paths.includes("-")) {
      throw new Failure("standard input cannot be edited", { hint: "name a file" });
    }
    const context = { cwd, root, ...(sources === undefined ? {} : { sources }) };
    return new Workspace(paths, context, await loadFiles(paths, context));
  }

  /** Each entry of this user: once, also where several organizations include its file. */
  async sitesOf(email: string): Promise<readonly Site[]> {
    const sites: Site[] = [];
    for (const { organization, user } of this.#index().get(emailKey(email)) ?? []) {
      const { value } = await this.#open(user.place.path);
      const entry = (value.users ?? []).find((one) => emailKey(one.email) === emailKey(email));
      if (entry !== undefined) sites.push({ organization, user, entry });
    }
    return sites;
  }

  /** The entry of this user that an organization has; at most one. */
  async sitesAt(row: Pick<WorksheetRow, "email" | "file" | "user">): Promise<readonly Site[]> {
    const sites = await this.sitesOf(row.email);
    return sites.filter(
      ({ user: { place } }) =>
        place.path === row.user?.place.path && place.line === row.user.place.line,
    );
  }

  #index(): Index {
    if (this.#indexed !== null) return this.#indexed;
    const index = new Map<string, readonly Pick<Site, "organization" | "user">[]>();
    for (const organization of this.organizations) {
      for (const user of organization.users) {
        const known = index.get(emailKey(user.email)) ?? [];
        const isKnown = known.some(
          ({ user: { place } }) => place.path === user.place.path && place.line === user.place.line,
        );
        if (!isKnown) index.set(emailKey(user.email), [...known, { organization, user }]);
      }
    }
    this.#indexed = index;
    return index;
  }

  /**
   * The entries of the user: one, or all of them. Throws `Failure` where there is none, or several and one is
   * wanted.
   */
  async existingSites(email: string, every = false): Promise<readonly Site[]> {
    const sites = await (every ? this.sitesOf(email) : this.chosenSites(email));
    if (sites.length > 0) return sites;
    const near = nearestName(email, this.#index().keys());
    throw new Failure(`${email} is not in ${this.#shownPaths()}`, {
      hint: near === null ? "name the files with --file" : `did you mean ${near}?`,
    });
  }

  /** At most one. */
  async chosenSites(email: string): Promise<readonly Site[]> {
    const sites = await this.sitesOf(email);
    if (sites.length < 2) return sites;
    const places = sites.map(({ user }) => pathAndLine(user.place));
    throw new Failure(`${email} has ${sites.length} entries: ${firstOf(places, 20)}`, {
      hint: "choose one with --file",
    });
  }

  /** Where a new user goes. Throws `Failure` where none of several files was chosen. */
  homeOfNewUsers(): string {
    const [only, second] = this.organizations;
    if (only === undefined)
      throw new Failure(`${this.#shownPaths()} does not describe an organization`);
    if (second === undefined) return only.source;
    const sources = this.organizations.map(({ source }) => source);
    throw new Failure(
      `a new user could be added to any of ${sources.length} files: ${firstOf(sources, 20)}`,
      {
        hint: "choose one with --file; for all of them, add the user to a shared file that each of them includes (include:, see docs/partners.md)",
      },
    );
  }

  /** Other organizations whose files include this one. */
  sharing(path: string): readonly string[] {
    return this.organizations
      .filter(
        ({ source, users }) => source !== path && users.some(({ place }) => place.path === path),
      )
      .map(({ source }) => source);
  }

  /** Whether some organization with this entry has `policy.unmanaged: keep`. */
  keepsUnmanaged({ user: { place } }: Site): boolean {
    return this.organizations.some(
      ({ policy, users }) =>
        policy.unmanaged === "keep" &&
        users.some((one) => one.place.path === place.path && one.place.line === place.line),
    );
  }

  async add(path: string, entry: UserEntry): Promise<void> {
    const opened = await this.#open(path);
    const users = insertUser(opened.value.users ?? [], entry);
    opened.value = patchFile(opened.value, { users });
  }

  /** Null removes the entry. */
  async replace({ user, entry }: Site, after: UserEntry | null): Promise<void> {
    if (after === entry) return;
    const opened = await this.#open(user.place.path);
    const users = (opened.value.users ?? []).flatMap((one) =>
      one === entry ? (after === null ? [] : [after]) : [one],
    );
    opened.value = patchFile(opened.value, { users });
  }

  async #open(path: string): Promise<Opened> {
    const known = this.#opened.get(path);
    if (known !== undefined) return known;
    const file = await openFile(path, this.#context.cwd);
    const before = readUsersFile(path, file.text);
    const opened = { file, before, value: before };
    this.#opened.set(path, opened);
    return opened;
  }

  /**
   * The files whose text changes. All files are loaded with the edits: throws `InvalidFiles` with what is wrong then,
   * and with rules that are broken then and were not before.
   */
  async edits(asOf: Day): Promise<readonly Edited[]> {
    const edits = [...this.#opened.values()].flatMap(({ file, before, value }) => {
      const text = value === before ? file.text : editUsersFile(file.path, file.text, value);
      return text === file.text ? [] : [{ file, text }];
    });
    if (edits.length > 0) {
      const before = checkFiles(this.organizations, asOf).problems;
      const known = new Set(before.flatMap(breaches));
      const { problems } = checkFiles(await this.#load(edits), asOf);
      const broken = problems.filter((one) => breaches(one).some((key) => !known.has(key)));
      if (broken.length > 0) throw new InvalidFiles(broken);
    }
    return edits;
  }

  #load(edits: readonly Edited[]): Promise<readonly DesiredOrganization[]> {
    const edited = new Map(edits.map(({ file, text }) => [file.real, text]));
    return loadFiles(this.paths, { ...this.#context, edited });
  }

  #shownPaths(): string {
    return this.paths.length === 0 ? "users.yaml" : this.paths.join(", ");
  }
}

/** Identifies a violation without its line, which may have moved. */
function breaches(problem: Problem): readonly string[] {
  if (problem.code !== "rule") return [problem.code];
  const { finding } = problem.values;
  const emails =
    "holders" in finding ? finding.holders : "email" in finding ? [finding.email] : [""];
  const roles =
    "role" in finding ? finding.role : "roles" in finding ? (finding.roles ?? []).join() : "";
  return emails.map((email) => [finding.rule, email, roles].join("\n"));
}
