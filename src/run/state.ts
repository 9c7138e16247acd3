/** Reads the current state of one organization. */
import pLimit from "p-limit";
import type { CurrentState, Identity, ListedUser, Organization, Role } from "../model/current.ts";
import { Failure } from "../model/failure.ts";
import type { FailedOrganization } from "../model/plan.ts";
import { ApiError } from "../polytomic/errors.ts";
import type { Connection } from "./connection.ts";

export type Listing = readonly [users: readonly ListedUser[], roles: readonly Role[] | null];

/**
 * `listing` is what was asked for earlier (`prefetchOwn`); null asks now. Where the organization is reached by its id
 * after all, only the users are asked for again: the request for the roles is the same.
 */
export async function readState(
  organization: Organization,
  caller: Identity | null,
  connection: Connection,
  listing: Promise<Listing> | null = null,
): Promise<CurrentState> {
  const address = connection.addressOf(organization.id);
  const [users, roles] = await (address === null && listing !== null
    ? listing
    : list(connection, address, listing));
  return { organization, users, roles, caller };
}

/** Where there are more organizations, the run is taken for a long one, which starts slowly. */
const FEW_ORGANIZATIONS = 3;
/** Users, roles, and who the caller is. */
const READS_OF_ONE = 3;

/** So many organizations are about to be read: those of few are requested together. */
export function expectReads({ session }: Connection, organizations: number): void {
  if (organizations <= FEW_ORGANIZATIONS) session.gate.expect(READS_OF_ONE * organizations);
}

/** The caller's own users and roles, requested together with who the caller is; null with any other key. */
export function prefetchOwn(connection: Connection): Promise<Listing> | null {
  if (connection.addressOf("") !== null) return null;
  expectReads(connection, 1);
  const listing = list(connection, null, null);
  listing.catch(() => {}); // the awaiting caller gets the error
  return listing;
}

/**
 * A key that is refused everywhere fails by the users: the roles alone may be refused to it. After an earlier listing,
 * the users are asked for once it has ended, so that they are not older than what was asked for before.
 */
async function list(
  { reader }: Connection,
  address: string | null,
  earlier: Promise<Listing> | null,
): Promise<Listing> {
  const before = earlier === null ? null : await earlier.catch(() => null);
  return both(
    reader.users(address),
    before === null ? reader.roles(address) : Promise.resolve(before[1]),
  );
}

/** Waits for both even if one fails, so that no request continues unobserved. If both fail, rejects as the first does. */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

/** One organization's failure is its own; a refused key (401) ends the run. */
export async function stateOrFailure(
  reading: Promise<CurrentState>,
): Promise<CurrentState | Failure> {
  try {
    return await reading;
  } catch (error) {
    const endsTheRun = error instanceof ApiError && error.status === 401;
    if (error instanceof Failure && !endsTheRun) return error;
    throw error;
  }
}

export function failedOrganization(
  source: string,
  { name }: Organization,
  { message, hint }: Failure,
): FailedOrganization {
  return { source, organization: name, message: [message, hint ?? []].flat().join("; ") };
}

export interface ReadOptions {
  readonly connection: Connection;
  readonly caller: Identity | null;
  /** What was asked for earlier (`prefetchOwn`). */
  readonly own?: Promise<Listing> | null;
  /** Organizations read at once. */
  readonly concurrency: number;
  /** Called for each organization that has been read. */
  readonly onRead?: ((done: number, total: number) => void) | undefined;
}

/** What `use` makes of the state of each organization, and those that could not be read, in the given order. */
export async function readEach<
  Item extends { readonly organization: Organization; readonly source: string },
  Result,
>(
  items: readonly Item[],
  { connection, caller, own = null, concurrency, onRead }: ReadOptions,
  use: (state: CurrentState, item: Item) => Result | Promise<Result>,
): Promise<{
  readonly results: readonly Result[];
  readonly failed: readonly FailedOrganization[];
}> {
  expectReads(connection, items.length);
  const limit = pLimit(concurrency);
  let done = 0;
  const read = await Promise.all(
    items.map((item) =>
      limit(async () => {
        const { organization, source } = item;
        const state = await stateOrFailure(readState(organization, caller, connection, own));
        done += 1;
        onRead?.(done, items.length);
        return state instanceof Failure
          ? { failure: failedOrganization(source, organization, state) }
          : { result: await use(state, item) };
      }),
    ),
  ).finally(() => limit.clearQueue());
  return {
    results: read.flatMap((one) => ("result" in one ? [one.result] : [])),
    failed: read.flatMap((one) => ("failure" in one ? [one.failure] : [])),
  };
}
