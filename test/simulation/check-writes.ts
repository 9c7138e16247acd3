/** The writes of one run, from the network's record: allowed, in order, and not repeated blindly. */
import type { Change, OrganizationPlan } from "../../src/model/plan.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import { emailKey } from "../../src/model/desired.ts";
import type { Broken, Evidence } from "./invariants.ts";
import { sameIds } from "./timeline.ts";
import { type Sent, userIdOf } from "./world.ts";

interface PlannedWrite {
  readonly sent: Sent;
  readonly plan: OrganizationPlan;
  readonly change: Change;
}

export function isWrite({ request }: Sent): boolean {
  return request.method !== "GET";
}

/** The change of the plan that this request carries out, or null. */
function changeOf(sent: Sent, plan: OrganizationPlan): Change | null {
  const { method, body } = sent.request;
  const email = emailKey(sent.email ?? "");
  const change = plan.changes.find((one) => one.email === email);
  if (change === undefined) return null;
  const roles = change.after?.map(({ id }) => id) ?? [];
  switch (change.action) {
    case "create":
      return method === "POST" && sameIds(rolesIn(body), roles) ? change : null;
    case "update": {
      const isUpdate = method === "PUT" || method === "PATCH";
      const fits = userIdOf(sent.request) === change.userId && sameIds(rolesIn(body), roles);
      return isUpdate && fits ? change : null;
    }
    case "remove":
      return method === "DELETE" && userIdOf(sent.request) === change.userId ? change : null;
  }
}

function rolesIn(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null || !("role_ids" in body)) return [];
  return Array.isArray(body.role_ids) ? body.role_ids.map(String) : [];
}

function plannedWrites({ record }: Evidence): readonly PlannedWrite[] {
  return record.line.sent.filter(isWrite).flatMap((sent) => {
    const plan = planFor(record.plan?.organizations ?? [], sent);
    const change = plan === undefined ? null : changeOf(sent, plan);
    return plan === undefined || change === null ? [] : [{ sent, plan, change }];
  });
}

function planFor(plans: readonly OrganizationPlan[], { organizationId }: Sent) {
  return plans.find(({ organization }) => organization.id === organizationId);
}

export function onlyThePlan(evidence: Evidence): readonly Broken[] {
  const { record } = evidence;
  const plans = record.plan?.organizations ?? [];
  const mayWrite =
    record.chaos?.mode !== "plan" && plans.every(({ violations }) => violations.length === 0);
  return record.line.sent.filter(isWrite).flatMap((sent): readonly Broken[] => {
    const plan = planFor(plans, sent);
    if (mayWrite && plan !== undefined && changeOf(sent, plan) !== null) return [];
    const why = mayWrite ? "the plan has no such change" : "this run must not write";
    return [{ invariant: "only-planned-writes", message: `${nameOf(sent)}: ${why}` }];
  });
}

export function handsOff({ world, record }: Evidence): readonly Broken[] {
  const writes = record.line.sent.filter(isWrite);
  return world.scenario.organizations.flatMap(({ current, desired }): readonly Broken[] => {
    const ignored = compilePatterns(desired.policy.ignore);
    const kept = compilePatterns(desired.policy.protected);
    const here = writes.filter(({ organizationId }) => organizationId === current.id);
    const plan = record.plan?.organizations.find(
      ({ organization }) => organization.id === current.id,
    );
    return here.flatMap((sent) => {
      const email = sent.email ?? "";
      if (ignored(email)) return [broken("ignored-and-protected-untouched", sent, "is ignored")];
      const takes = plan !== undefined && takesSomething(changeOf(sent, plan));
      return kept(email) && takes
        ? [broken("ignored-and-protected-untouched", sent, "is protected")]
        : [];
    });
  });
}

/** According to the plan; what others granted in the meantime may be lost. */
function takesSomething(change: Change | null): boolean {
  if (change === null || change.before === null) return false;
  const after = new Set(change.after?.map(({ id }) => id));
  return change.before.some(({ id }) => !after.has(id));
}

export function rolesOnly({ world, record }: Evidence): readonly Broken[] {
  return world.scenario.organizations.flatMap(({ current, desired }): readonly Broken[] => {
    const { create, unmanaged } = desired.policy;
    if (create) return [];
    return record.line.sent
      .filter(({ organizationId }) => organizationId === current.id)
      .flatMap((sent) => {
        const { method } = sent.request;
        if (method === "POST") return [broken("roles-only", sent, "is created")];
        return method === "DELETE" && unmanaged === "keep"
          ? [broken("roles-only", sent, "is removed")]
          : [];
      });
  });
}

export function noBlindCreate({ record }: Evidence): readonly Broken[] {
  const { sent } = record.line;
  const last = new Map<string, Sent>();
  return sent.flatMap((one) => {
    if (one.request.method !== "POST") return [];
    const user = `${one.organizationId} ${one.email}`;
    const before = last.get(user);
    last.set(user, one);
    if (before === undefined || keyOf(before) === keyOf(one)) return [];
    const looked = sent.some(
      (look) =>
        isList(look, one.organizationId) && look.began > before.ended && look.ended < one.began,
    );
    return looked ? [] : [broken("no-blind-create", one, "a new key without a look")];
  });
}

function keyOf({ request }: Sent): string | undefined {
  return request.headers["idempotency-key"];
}

/** A complete list of this organization's users that was received. */
export function isList(
  { request, organizationId, answer }: Sent,
  organization: string | null,
): boolean {
  const lists = request.method === "GET" && request.path.endsWith("/users");
  return lists && organizationId === organization && answer?.status === 200 && !!answer.body;
}

export function oneInvitation({ world, record, timeline, isForeign }: Evidence): readonly Broken[] {
  const { history } = world.sandbox.state;
  return record.line.sent.flatMap((sent) => {
    const edit = sent.entry?.committed;
    if (edit?.kind !== "created") return [];
    const position = history.indexOf(edit);
    const there = timeline.at(edit.organizationId, edit.email, position).length > 0;
    const byOthers = history
      .slice(decidedAt(record.line.sent, sent), position)
      .some((one) => isForeign(one) && isSameUser(one, edit));
    return there && !byOthers
      ? [broken("no-duplicate-invitation", sent, "was invited although there already")]
      : [];
  });
}

type UserKey = Pick<Sent, "organizationId" | "email">;

function isSameUser(a: UserKey, b: UserKey): boolean {
  return a.organizationId === b.organizationId && a.email === b.email;
}

/**
 * The position in the history that the program knew when it decided on this invitation: that of its plan's list, or,
 * for a new key, of the first list after the response to the request before. Later events it cannot know.
 */
function decidedAt(sent: readonly Sent[], write: Sent): number {
  const own = sent.filter((one) => one.request.method === "POST" && isSameUser(one, write));
  const before = own.findLast((one) => one.began < write.began && keyOf(one) !== keyOf(write));
  const lists = sent.filter((one) => isList(one, write.organizationId));
  if (before !== undefined) {
    return lists.find((one) => one.began > before.ended)?.historyAtBegin ?? 0;
  }
  const first = sent.find((one) => isWrite(one) && one.organizationId === write.organizationId);
  return lists.findLast((one) => one.ended < (first ?? write).began)?.historyAtBegin ?? 0;
}

/**
 * The position in the history that the program knew when it first sent this write; later events it cannot know. A
 * repetition of the same request is no new decision.
 */
export function lastLook(sent: readonly Sent[], write: Sent): number {
  const first = sent.find((one) => isSameRequest(one, write)) ?? write;
  const look = sent.findLast((one) => isList(one, write.organizationId) && one.ended < first.began);
  return look?.historyAtBegin ?? 0;
}

function isSameRequest(a: Sent, b: Sent): boolean {
  const isSame = a.request.method === b.request.method && a.request.path === b.request.path;
  return isSame && a.email === b.email && keyOf(a) === keyOf(b);
}

export function sortChanges(evidence: Evidence): readonly Broken[] {
  const writes = plannedWrites(evidence);
  return writes.flatMap((later): readonly Broken[] => {
    const early = writes.find(
      (one) =>
        one.plan === later.plan && rank(one) < rank(later) && one.sent.ended > later.sent.began,
    );
    if (early !== undefined) {
      const message = `${nameOf(later.sent)} began before ${nameOf(early.sent)} had ended`;
      return [{ invariant: "phase-order", message }];
    }
    return formerGoesLast(later, evidence);
  });
}

function formerGoesLast(
  { sent, plan, change }: PlannedWrite,
  { timeline }: Evidence,
): readonly Broken[] {
  if (change.action !== "remove" || change.renamedTo === null) return [];
  const positions = [0, sent.historyAtBegin] as const;
  const seen = timeline.between(plan.organization.id, change.renamedTo, ...positions);
  const wasThere = seen.some((users) => users.length > 0);
  return wasThere ? [] : [broken("phase-order", sent, `${change.renamedTo} is missing yet`)];
}

function rank({ change, plan }: PlannedWrite): number {
  const { id } = plan.guardInputs.adminRole;
  const had = change.before?.some((role) => role.id === id) ?? false;
  const has = change.after?.some((role) => role.id === id) ?? false;
  if (change.action === "create") return 0;
  if (change.action === "remove") return 4;
  return had === has ? 2 : has ? 1 : 3;
}

export function broken(invariant: Broken["invariant"], sent: Sent, what: string): Broken {
  return { invariant, message: `${nameOf(sent)}: ${what}` };
}

function nameOf({ request, email, organizationId, began }: Sent): string {
  return `${request.method} ${email ?? request.path} in ${organizationId?.slice(-1) ?? "?"} (moment ${began})`;
}
