/** Why one user has each role: files and, unless it works offline, Polytomic, and the history of the files in git. */
import type { Environment } from "../history/git.ts";
import { collectNotes, readHistories, type OrganizationHistory } from "../history/history.ts";
import type { CurrentState, Role } from "../model/current.ts";
import {
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
  isUuid,
  liveGrants,
  nameKey,
  validFiles,
} from "../model/desired.ts";
import { type Day, earlier, hasEnded } from "../model/days.ts";
import type {
  ExplainedOrganization,
  ExplainedRole,
  ExplainedState,
  Explanation,
} from "../model/explanation.ts";
import { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { AccessChange, Since } from "../model/history.ts";
import type { FailedOrganization } from "../model/plan.ts";
import { compareProblems, type Problem, summarizeProblems } from "../model/problem.ts";
import { compareText } from "../model/place.ts";
import { quotedList } from "../model/text.ts";
import { roleOffline } from "../plan/access.ts";
import { indexCurrentUsers } from "../plan/current-users.ts";
import { compilePatterns } from "../model/patterns.ts";
import { knownRoles, type RoleBook, roleBook } from "../plan/roles.ts";
import type { Connection } from "./connection.ts";
import { prefetchOwn, readEach } from "./state.ts";
import { findTargets, type Scope } from "./targets.ts";

export interface ExplainRequest {
  readonly email: string;
  readonly desired: readonly DesiredOrganization[];
  readonly scope: Scope;
  readonly asOf: Day;
  readonly withHistory: boolean;
  /** Organizations read at once. */
  readonly concurrency: number;
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
}

/** What is known of one organization. */
interface Known {
  readonly desired: DesiredOrganization;
  /** Null offline. */
  readonly state: CurrentState | null;
}

/** Without a connection, from the files and git alone. */
export async function explainUser(
  connection: Connection | null,
  request: ExplainRequest,
): Promise<Explanation> {
  const problems: Problem[] = [];
  const { known, failed: unread } =
    connection === null
      ? { known: narrow(request).map((desired): Known => ({ desired, state: null })), failed: [] }
      : await readStates(connection, request);
  const failed = [...unread];
  const explained = known.flatMap((one) => {
    const result = explainIn(one, request);
    if (!("problems" in result)) return [{ ...one, ...result }];
    problems.push(...result.problems);
    const { source, organization } = one.desired;
    const message = `the file has ${summarizeProblems(result.problems)}`;
    failed.push({ source, organization, message });
    return [];
  });
  const isKnown =
    failed.length > 0 || explained.some((one) => one.status !== "absent" || one.ended !== null);
  const asked = explained.filter(({ grants }) => request.withHistory || grants.size > 0);
  const histories = await historiesFor(asked, request);
  return {
    email: emailKey(request.email),
    asOf: request.asOf,
    withHistory: request.withHistory,
    organizations: explained
      .map((one) => explainOrganization(one, histories.get(one.desired.source) ?? null, request))
      .sort((a, b) => compareText(a.name ?? a.source, b.name ?? b.source)),
    notes: collectNotes(histories.values()),
    failed: failed.sort((a, b) => compareText(a.source, b.source)),
    problems: problems.sort(compareProblems),
    near: isKnown ? null : nearestName(emailKey(request.email), addressesOf(known)),
  };
}

function addressesOf(known: readonly Known[]): ReadonlySet<string> {
  return new Set(
    known.flatMap(({ desired, state }) =>
      [...desired.users, ...(state?.users ?? [])].flatMap(({ email }) =>
        email === null ? [] : [emailKey(email)],
      ),
    ),
  );
}

function narrow({ desired, scope }: ExplainRequest): readonly DesiredOrganization[] {
  const names = scope.organization;
  const missing = names.filter((name) => desired.every((one) => one.organization !== name));
  if (missing.length > 0) {
    throw new Failure(`no file names the organization ${quotedList(missing)}`, {
      hint: "with --offline, set --organization to the id or name exactly as it is written in the file",
    });
  }
  return desired.filter(
    ({ organization }) => names.length === 0 || names.includes(organization ?? ""),
  );
}

async function readStates(
  connection: Connection,
  { desired, scope, concurrency }: ExplainRequest,
): Promise<{ readonly known: readonly Known[]; readonly failed: readonly FailedOrganization[] }> {
  const own = prefetchOwn(connection);
  const loaded = validFiles(desired);
  const found = await findTargets(connection, { loaded, scope, skipFailed: false });
  const { results, failed } = await readEach(
    found.targets.map((target) => ({ ...target, source: target.desired.source })),
    { connection, caller: found.caller, own, concurrency },
    (state, target): Known => ({ desired: target.desired, state }),
  );
  return { known: results, failed: [...found.failed, ...failed] };
}

interface Explained {
  readonly status: ExplainedState;
  readonly ended: ExplainedOrganization["ended"];
  readonly becomes: ExplainedOrganization["becomes"];
  /** By the role's key. */
  readonly grants: ReadonlyMap<string, GrantedRole>;
  readonly held: readonly Role[] | null;
}

interface GrantedRole extends Pick<ExplainedRole, "id" | "name" | "grants"> {
  /** As one of the grants writes it. */
  readonly written: string;
}

function explainIn(
  { desired, state }: Known,
  { email, asOf }: ExplainRequest,
): Explained | { readonly problems: readonly Problem[] } {
  const key = emailKey(email);
  const user = desired.users.find((one) => emailKey(one.email) === key) ?? null;
  const roles = state === null ? [] : knownRoles(state, desired.aliases);
  const book = roleBook(desired, roles, state?.roles !== null);
  const grants = user === null ? NO_GRANTS : grantedRoles(user, desired, state, book, asOf);
  if (book.problems.length > 0) return { problems: book.problems };
  const current = state === null ? null : (indexCurrentUsers(state, book).byEmail.get(key) ?? null);
  const ignored = compilePatterns(desired.policy.ignore)(key);
  const listed = user !== null;
  const findStatus = (): ExplainedState => {
    if (ignored) return "ignored";
    if (state === null) return grants.size > 0 ? "managed" : "absent";
    if (current === null) return grants.size > 0 ? "pending" : "absent";
    return listed ? "managed" : "unmanaged";
  };
  const ended = user === null || grants.size > 0 ? null : endOf(user);
  const held = state === null ? null : (current?.roles ?? []);
  const status = findStatus();
  const renamed =
    status !== "unmanaged"
      ? undefined
      : desired.users.find(
          (one) =>
            emailKey(one.previously?.value ?? "") === key && liveGrants(one, asOf).length > 0,
        );
  const becomes = renamed === undefined ? null : { email: renamed.email, place: renamed.place };
  return { status, ended, becomes, grants, held };
}

/** Of a user whose grants have all ended. */
function endOf({ place, expires, grants }: DesiredUser): ExplainedOrganization["ended"] {
  const days = grants.flatMap((grant) => earlier(grant.expires, expires) ?? []);
  const on = days.toSorted(compareText).at(-1) ?? expires;
  return on === null ? null : { place, on };
}

const NO_GRANTS: Explained["grants"] = new Map();

function grantedRoles(
  user: DesiredUser,
  desired: DesiredOrganization,
  state: CurrentState | null,
  book: RoleBook,
  asOf: Day,
): ReadonlyMap<string, GrantedRole> {
  const granted = new Map<string, GrantedRole>();
  for (const grant of user.grants) {
    const expires = earlier(grant.expires, user.expires);
    if (hasEnded(expires, asOf)) continue;
    const role =
      state === null ? roleOffline(grant.role, desired) : book.resolve(grant.role, grant.place);
    if (role === null) continue; // the book has the problem
    const key = role.id ?? nameKey(role.name);
    const known = granted.get(key);
    const { place, group } = grant;
    granted.set(key, {
      ...role,
      written: known?.written ?? grant.role,
      grants: [...(known?.grants ?? []), { place, group, expires, reason: user.reason }],
    });
  }
  return granted;
}

async function historiesFor(
  asked: readonly Known[],
  { cwd, env, asOf, withHistory }: ExplainRequest,
): Promise<ReadonlyMap<string, OrganizationHistory>> {
  const bySource = new Map(asked.map((one) => [one.desired.source, one]));
  const { organizations } = await readHistories(
    asked.map(({ desired }) => desired),
    {
      cwd,
      env,
      asOf,
      start: withHistory ? "all" : null,
      within: null,
      polytomic: (source) => {
        const { desired, state = null } = bySource.get(source) ?? {};
        if (desired === undefined || state === null) return null;
        const { id, name } = state.organization;
        return { names: [id, name], roles: knownRoles(state, desired.aliases) };
      },
    },
  );
  return organizations;
}

function explainOrganization(
  { desired, state, status, ended, becomes, grants, held }: Known & Explained,
  history: OrganizationHistory | null,
  { email, withHistory }: ExplainRequest,
): ExplainedOrganization {
  const written = desired.organization;
  const offline = written !== null && isUuid(written) ? [written, null] : [null, written];
  const [id = null, name = null] =
    state === null ? offline : [state.organization.id, state.organization.name];
  return {
    id,
    name,
    source: desired.source,
    state: status,
    ended,
    becomes,
    roles: explainRoles(grants, held, (written) => history?.since(email, written) ?? UNKNOWN),
    history: history === null || !withHistory ? [] : selectChanges(email, history.changes),
  };
}

const UNKNOWN: Since = { kind: "unknown" };

function explainRoles(
  grants: Explained["grants"],
  held: Explained["held"],
  sinceOf: (written: string) => Since,
): readonly ExplainedRole[] {
  const granted = [...grants].map(([key, { id, name, grants, written }]): ExplainedRole => {
    const isHeld = held === null ? null : held.some((role) => role.id === key);
    return { id, name, held: isHeld, since: sinceOf(written), grants };
  });
  const others = (held ?? [])
    .filter(({ id }) => !grants.has(id))
    .map(({ id, name }): ExplainedRole => {
      return { id, name, held: true, since: UNKNOWN, grants: [] };
    });
  return [...granted, ...others].sort(
    (a, b) => compareText(nameKey(a.name), nameKey(b.name)) || compareText(a.id ?? "", b.id ?? ""),
  );
}

/** The changes of one user, newest first, from a rename on backwards under the former address. */
function selectChanges(email: string, changes: readonly AccessChange[]): readonly AccessChange[] {
  let address = emailKey(email);
  let renamedBy: string | null = null;
  return changes.filter((change) => {
    const isOtherHalf = change.renamedTo !== null && change.commit.id === renamedBy;
    if (change.email !== address || isOtherHalf) return false;
    if (change.renamedFrom !== null) {
      address = change.renamedFrom;
      renamedBy = change.commit.id;
    }
    return true;
  });
}
