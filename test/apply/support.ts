/** A Polytomic in memory for the executor: each write ends as the test says, and every call is recorded. */
import { nowhere } from "../../src/model/desired.ts";
import type { Clock } from "../../src/clock.ts";
import type { ListedUser, Role } from "../../src/model/current.ts";
import type {
  Change,
  Create,
  OrganizationPlan,
  Plan,
  Remove,
  Update,
} from "../../src/model/plan.ts";
import type { ChangeResult } from "../../src/model/result.ts";
import { applyPlan } from "../../src/apply/execute.ts";
import type { ApplyContext } from "../../src/apply/context.ts";
import { sortChanges } from "../../src/plan/order.ts";
import { sortRoles } from "../../src/plan/roles.ts";
import type { Reader, UserBody, WriteOutcome, Writer } from "../../src/polytomic/api.ts";

export const ADMIN: Role = { id: "r-admin", name: "Admin" };
export const MEMBER: Role = { id: "r-member", name: "Member" };
export const VIEWER: Role = { id: "r-viewer", name: "Viewer" };
export const ROLES = [ADMIN, MEMBER, VIEWER];

/** Address → roles; the id of `jane@x` is `id-jane@x`. */
export type Users = Readonly<Record<string, readonly Role[]>>;

/** How one write ends: its outcome, whether it is carried out, and what others do just after it. */
export interface Step {
  readonly outcome: WriteOutcome;
  readonly carriedOut: boolean;
  readonly afterwards?: (world: World) => void;
}

const done: WriteOutcome = { kind: "done" };
export const OK: Step = { outcome: done, carriedOut: true };

/** An outcome of this kind with the message `KIND words`; carried out if `carriedOut`. */
export function step(
  kind: Exclude<WriteOutcome["kind"], "done">,
  carriedOut = false,
  afterwards?: Step["afterwards"],
): Step {
  const message = `${kind} words`;
  const outcome =
    kind === "unauthorized" || kind === "spent"
      ? { kind, message, mayHaveHappened: kind === "unauthorized" && carriedOut }
      : { kind, message };
  return afterwards === undefined ? { outcome, carriedOut } : { outcome, carriedOut, afterwards };
}

export class World implements Pick<Reader, "users">, Writer {
  readonly calls: string[] = [];
  readonly waits: number[] = [];
  /** The steps for one address, in order; after them every write succeeds. */
  readonly script = new Map<string, Step[]>();
  /** Called before each list with the number of lists before it; may throw. */
  onList: (count: number) => void = () => {};
  /** Writes wait until this resolves. */
  beforeWrite: (email: string) => Promise<void> = async () => {};
  inFlight = 0;
  mostInFlight = 0;
  readonly #users = new Map<string, ListedUser>();
  #lists = 0;

  constructor(users: Users) {
    for (const [email, roles] of Object.entries(users)) this.put(email, roles);
  }

  put(email: string, roles: readonly Role[], id = `id-${email}`): void {
    const roleIds = roles.map((role) => role.id);
    this.#users.set(email, { id, email, organizationId: "org", roleIds, legacyRole: null });
  }

  drop(email: string): void {
    this.#users.delete(email);
  }

  rolesOf(email: string): readonly string[] | null {
    return this.#users.get(email)?.roleIds ?? null;
  }

  listed(): readonly ListedUser[] {
    return [...this.#users.values()];
  }

  async users(): Promise<readonly ListedUser[]> {
    this.calls.push("list");
    this.#lists += 1;
    this.onList(this.#lists);
    return this.listed();
  }

  create(_organization: string | null, user: UserBody, key: string): Promise<WriteOutcome> {
    return this.#write(`create ${user.email} ${key}`, user.email, () =>
      this.put(user.email, rolesWith(user.roleIds)),
    );
  }

  update(_organization: string | null, id: string, user: UserBody): Promise<WriteOutcome> {
    return this.#write(`update ${user.email}`, user.email, () =>
      this.put(user.email, rolesWith(user.roleIds), id),
    );
  }

  remove(_organization: string | null, id: string): Promise<WriteOutcome> {
    const email = this.listed().find((user) => user.id === id)?.email ?? id.slice("id-".length);
    return this.#write(`remove ${email}`, email, () => this.drop(email));
  }

  async #write(call: string, email: string, carryOut: () => void): Promise<WriteOutcome> {
    this.calls.push(call);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    await this.beforeWrite(email);
    this.inFlight -= 1;
    const { outcome, carriedOut, afterwards } = this.script.get(email)?.shift() ?? OK;
    if (carriedOut) carryOut();
    afterwards?.(this);
    return outcome;
  }
}

function rolesWith(ids: readonly string[]): readonly Role[] {
  return ROLES.filter(({ id }) => ids.includes(id));
}

const common = { reasons: [], source: null };

export function create(email: string, after: readonly Role[], renamedFrom?: string): Create {
  return {
    ...common,
    action: "create",
    email,
    userId: null,
    before: null,
    after: sortRoles(after),
    until: null,
    renamedFrom: renamedFrom ?? null,
  };
}

export function update(email: string, before: readonly Role[], after: readonly Role[]): Update {
  return {
    ...common,
    action: "update",
    email,
    userId: `id-${email}`,
    before: sortRoles(before),
    after: sortRoles(after),
    until: null,
    insteadOfRemoval: false,
  };
}

export function remove(email: string, before: readonly Role[], renamedTo?: string): Remove {
  return {
    ...common,
    action: "remove",
    email,
    userId: `id-${email}`,
    before: sortRoles(before),
    after: null,
    renamedTo: renamedTo ?? null,
  };
}

export interface Rules {
  readonly minAdmins?: number;
  readonly ignore?: readonly string[];
  readonly protected?: readonly string[];
  readonly callerId?: string | null;
}

export function planOf(users: Users, changes: readonly Change[], rules: Rules = {}): Plan {
  const organization: OrganizationPlan = {
    organization: { id: "org", name: "Acme" },
    source: "users.yaml",
    guardInputs: {
      adminRole: ADMIN,
      policy: {
        ignore: rules.ignore ?? [],
        protected: rules.protected ?? [],
        maxRemovals: { kind: "share", percent: 100 },
        maxRoleChanges: { kind: "share", percent: 100 },
        minAdmins: rules.minAdmins ?? 1,
        limitPlaces: nowhere,
      },
      users: Object.keys(users).length,
      admins: Object.keys(users).filter((email) => users[email]?.includes(ADMIN)),
      callerId: rules.callerId ?? null,
      implausible: [],
    },
    changes: sortChanges(changes, ADMIN),
    leftOut: [],
    unchanged: 0,
    expiring: [],
    unmanaged: [],
    ignored: [],
    pending: [],
    notices: [],
    seen: Object.entries(users).map(([email, roles]) => ({
      email,
      userId: `id-${email}`,
      roleIds: roles.map(({ id }) => id).sort(),
    })),
    ruleFindings: [],
    violations: [],
  };
  return { url: "https://x.example", organizations: [organization], failed: [], digest: "sha256:" };
}

/** Applies `changes` to the world; `more` replaces parts of the context. */
export async function applied(
  world: World,
  users: Users,
  changes: readonly Change[],
  more: Partial<ApplyContext> & { readonly rules?: Rules } = {},
) {
  const { rules, ...context } = more;
  const seen: ChangeResult[] = [];
  let keys = 0;
  const result = await applyPlan(planOf(users, changes, rules), {
    reader: world,
    writer: world,
    clock: instantClock(world),
    newKey: () => `key-${++keys}`,
    stop: new AbortController().signal,
    concurrency: 4,
    minAdmins: null,
    addressOf: (id) => id,
    rolesOf: () => ROLES,
    onResult: (_organization, one) => void seen.push(one),
    ...context,
  });
  const [organization] = result.organizations;
  if (organization === undefined) throw new Error("no organization in the result");
  return { ...organization, interrupted: result.interrupted, halted: result.halted, seen };
}

/** `email: outcome` or `email: outcome: error`, in the plan's order. */
export function outcomes(results: readonly ChangeResult[]): readonly string[] {
  return results.map(({ change, outcome, error }) =>
    [change.email, outcome, ...(error === null ? [] : [error])].join(": "),
  );
}

/** No time passes; the waits are recorded. */
function instantClock(world: World): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms, signal) => {
      if (signal?.aborted) return;
      now += ms;
      world.waits.push(ms);
    },
  };
}
