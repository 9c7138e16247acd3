/** Finds organizations that the key can access by their ids or exact names. */
import { type CurrentState, type Identity, type Organization } from "../model/current.ts";
import { isUuid } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import { didYouMean } from "../model/problem-words.ts";
import { problemText, type ProblemValues } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { quotedList } from "../model/text.ts";
import { type Connection, readCaller } from "./connection.ts";
import { readState } from "./state.ts";

/** What a lookup found: an organization, or the reason why there is none. */
export type Found =
  | { readonly organization: Organization; readonly trouble: null }
  | {
      readonly organization: null;
      readonly trouble: string;
      /** Where the name in the file is wrong. */
      readonly problem: NameProblem | null;
      /** The ids of the organizations that may be meant. */
      readonly candidates: readonly string[];
    };

type NameProblem = {
  [Code in "unknown-organization" | "ambiguous-organization"]: {
    readonly code: Code;
    readonly values: ProblemValues[Code];
  };
}["unknown-organization" | "ambiguous-organization"];

/** One organization by id or exact name; null is the caller's own. Throws `Failure` if there is none. */
export async function findOrganization(
  connection: Connection,
  written: string | null,
): Promise<{ readonly organization: Organization; readonly caller: Identity | null }> {
  const { caller, find } = await makeLookup(connection);
  if (caller === null && written === null) {
    throw new Failure("a partner or deployment key can reach several organizations", {
      hint: "choose one with --organization ID or NAME",
    });
  }
  return { organization: foundBy(find, written), caller };
}

function foundBy(find: Finder, written: string | null): Organization {
  const { organization, trouble } = find(written, "option");
  if (organization === null) throw new Failure(trouble);
  return organization;
}

/** The organizations that have these ids or exact names; without any, all that the key reaches. As `selectOrganizations`. */
export async function findOrganizations(
  connection: Connection,
  names: readonly string[],
): Promise<{ readonly organizations: readonly Organization[]; readonly caller: Identity | null }> {
  const { caller, find, organizations } = await makeLookup(connection);
  const reachable =
    organizations ?? (names.length === 0 ? [null] : names).map((name) => foundBy(find, name));
  return { organizations: selectOrganizations(reachable, names), caller };
}

/**
 * Those of the reachable organizations that have these ids or exact names; without any, all. Sorted by id. Throws
 * `Failure` for a name that none has, or several.
 */
export function selectOrganizations(
  reachable: readonly Organization[],
  names: readonly string[],
): readonly Organization[] {
  const sorted = [...new Map(reachable.map((one) => [one.id, one])).values()].sort((a, b) =>
    compareText(a.id, b.id),
  );
  if (names.length === 0) return sorted;
  const isNamed = ({ id, name }: Organization, written: string): boolean =>
    id === written || name === written;
  const missing = names.filter((name) => !sorted.some((one) => isNamed(one, name)));
  if (missing.length > 0) {
    throw new Failure(`this key cannot reach an organization ${quotedList(missing)}`, {
      hint: "set --organization to an id or an exact name",
    });
  }
  for (const name of names) refuseAmbiguous(name, sorted);
  return sorted.filter((one) => names.some((name) => isNamed(one, name)));
}

/** Its current state. Throws `Failure` as `findOrganization` does. */
export async function readOrganization(
  connection: Connection,
  written: string | null,
): Promise<CurrentState> {
  const { organization, caller } = await findOrganization(connection, written);
  return readState(organization, caller, connection);
}

/** Where the organization is named: in a file, or by --organization. */
type Written = "file" | "option";
type Finder = (written: string | null, where?: Written) => Found;

interface Lookup {
  readonly caller: Identity | null;
  readonly find: Finder;
  /** All that a partner or deployment key reaches; null with an API key. */
  readonly organizations: readonly Organization[] | null;
}

export async function makeLookup(connection: Connection): Promise<Lookup> {
  const caller = await readCaller(connection);
  if (caller !== null) return { caller, find: makeOwnFinder(caller), organizations: null };
  const organizations = await connection.reader.organizations();
  return { caller, find: makeFinder(organizations), organizations };
}

type OwnOrganization = Pick<Identity, "organizationId" | "organizationName">;

/** Finds the one organization that an API key belongs to. */
export function makeOwnFinder({ organizationId, organizationName }: OwnOrganization): Finder {
  if (organizationId === null) return byIdAlone;
  const own = { id: organizationId, name: organizationName ?? organizationId };
  return (written, where = "file") => {
    if (written === null || written === own.id || written === own.name) {
      return { organization: own, trouble: null };
    }
    const cure = didYouMean(
      written,
      nearestName(written, [own.name]),
      ": use that organization's key, or a partner key",
    );
    return notFound(
      `${where === "file" ? "the file describes" : "--organization is"} "${written}", but the API key belongs to ${own.name} (${own.id}) and cannot reach any other organization${cure}`,
    );
  };
}

/** Polytomic does not say which organization the API key belongs to, so that only its id can be used. */
function byIdAlone(written: string | null, where: Written = "file"): Found {
  if (written !== null && isUuid(written)) {
    return { organization: { id: written, name: written }, trouble: null };
  }
  const key = where === "file" ? "organization: in the file" : "--organization";
  return notFound(
    `Polytomic does not return which organization the API key belongs to: set ${key} to its id`,
  );
}

/** Finds one of the organizations that a partner or deployment key reaches. */
export function makeFinder(organizations: readonly Organization[]): Finder {
  const byId = new Map(organizations.map((one) => [one.id, one]));
  const byName = new Map(organizations.map((one) => [one.name, one]));
  const twice = new Set(
    organizations.filter((one) => byName.get(one.name) !== one).map(({ name }) => name),
  );
  return (written) => {
    if (written === null) {
      return notFound(
        "the file names no organization: add organization: with its id or name (only an API key belongs to one organization)",
      );
    }
    const organization = byId.get(written) ?? byName.get(written);
    if (organization === undefined) {
      const known = organizations.map(({ name }) => name);
      const values = { name: written, near: nearestName(written, known), known };
      return wrongName({ code: "unknown-organization", values });
    }
    if (!byId.has(written) && twice.has(written)) {
      const ids = organizations.filter(({ name }) => name === written).map(({ id }) => id);
      const values = { name: written, ids: ids.sort(compareText) };
      return wrongName({ code: "ambiguous-organization", values });
    }
    return { organization, trouble: null };
  };
}

export function notFound(trouble: string): Found {
  return { organization: null, trouble, problem: null, candidates: [] };
}

function wrongName(problem: NameProblem): Found {
  const candidates = problem.code === "ambiguous-organization" ? problem.values.ids : [];
  return { organization: null, trouble: problemText(problem), problem, candidates };
}

/** An id is unique; a name that several organizations have is refused. */
export function refuseAmbiguous(written: string, organizations: readonly Organization[]): void {
  if (organizations.some(({ id }) => id === written)) return;
  const ids = organizations.filter(({ name }) => name === written).map(({ id }) => id);
  if (ids.length < 2) return;
  throw new Failure(
    `${ids.length} organizations are named "${written}": ${ids.sort(compareText).join(", ")}`,
    { hint: "choose one with --organization ID" },
  );
}
