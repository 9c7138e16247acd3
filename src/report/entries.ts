/**
 * Changes for the reader: one entry per user, so that a rename (an addition and a removal in the plan) is one
 * change, with the roles gained, lost and kept. Text in an entry is untrusted.
 */
import type { Role } from "../model/current.ts";
import { groupBy } from "../model/group-by.ts";
import type { Change, OrganizationPlan, Remove } from "../model/plan.ts";
import type { Place } from "../model/place.ts";
import { reasonTexts } from "../model/plan-words.ts";
import { gainsAdmin, losesAdmin } from "../plan/order.ts";
import { roleLabels } from "./rows.ts";

/** rename: another address, with or without other roles. */
export type Kind = "add" | "change" | "rename" | "remove";

export interface Entry {
  readonly kind: Kind;
  /** The new address of a rename. */
  readonly email: string;
  /** The old address of a rename. */
  readonly formerly: string | null;
  /** Names of roles, told apart by their ids where two have the same. Null: not in Polytomic. */
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  readonly kept: readonly string[];
  /** The admin role's name where this address gets it or loses it, else null. */
  readonly gainsAdmin: string | null;
  readonly losesAdmin: string | null;
  /** Why, in words: the reasons, a demotion in place of a removal, the earliest expiry. */
  readonly why: readonly string[];
  /** Where the files ask for it. */
  readonly source: Place | null;
}

/** The two changes of a rename, or one change. */
export type Step =
  | { readonly kind: "single"; readonly change: Change }
  | { readonly kind: "rename"; readonly change: Change; readonly old: Remove };

/** Pairs what belongs to one rename; in the order of the changes. */
export function pairRenames(changes: readonly Change[]): readonly Step[] {
  const removed = new Map<string, Remove>();
  for (const change of changes) if (change.action === "remove") removed.set(change.email, change);
  const pairs = new Map<Change, Remove>();
  for (const change of changes) {
    if (change.action !== "create" || change.renamedFrom === null) continue;
    const old = removed.get(change.renamedFrom);
    if (old !== undefined && old.renamedTo === change.email) pairs.set(change, old);
  }
  const olds = new Set<Change>(pairs.values());
  return changes
    .filter((change) => !olds.has(change))
    .map((change): Step => {
      const old = pairs.get(change);
      return old === undefined ? { kind: "single", change } : { kind: "rename", change, old };
    });
}

export function makeEntry(
  { guardInputs }: Pick<OrganizationPlan, "guardInputs">,
  step: Step,
  lookalikes: Lookalikes,
): Entry {
  const { change } = step;
  const { adminRole } = guardInputs;
  const rename = step.kind === "rename";
  const before = rename ? step.old.before : change.before;
  return {
    kind: kindOf(step),
    email: change.email,
    formerly: rename ? step.old.email : null,
    ...comparison(before, change.after),
    gainsAdmin: gainsAdmin(change, adminRole) ? adminRole.name : null,
    losesAdmin: losesAdmin(change, adminRole) ? adminRole.name : null,
    why: whyParts(change, rename, lookalikes),
    source: change.source,
  };
}

export function kindOf({ kind, change }: Step): Kind {
  return kind === "rename" ? "rename" : KINDS[change.action];
}

const KINDS = { create: "add", update: "change", remove: "remove" } as const;

function whyParts(change: Change, rename: boolean, lookalikes: Lookalikes): readonly string[] {
  const until = change.action === "remove" ? null : change.until;
  const several = (change.after?.length ?? 0) > 1;
  return [
    ...(change.action === "update" && change.insteadOfRemoval
      ? ["demoted instead of removed (policy.on_removal)"]
      : []),
    // The entry of a rename names the old address already.
    ...reasonTexts(change).slice(rename ? 1 : 0),
    ...(until === null ? [] : [`${several ? "earliest expiry" : "expires"} ${until}`]),
    ...lookalikes(change.email),
  ];
}

type Comparison = Pick<Entry, "before" | "after" | "gained" | "lost" | "kept">;

function comparison(before: readonly Role[] | null, after: readonly Role[] | null): Comparison {
  const label = roleLabels([...(before ?? []), ...(after ?? [])]);
  const had = new Set(before?.map(({ id }) => id));
  const has = new Set(after?.map(({ id }) => id));
  return {
    before: before?.map(label) ?? null,
    after: after?.map(label) ?? null,
    gained: after?.filter(({ id }) => !had.has(id)).map(label) ?? [],
    lost: before?.filter(({ id }) => !has.has(id)).map(label) ?? [],
    kept: after?.filter(({ id }) => had.has(id)).map(label) ?? [],
  };
}

/** A hint for an address that looks like another one of its organization, else nothing. */
export type Lookalikes = (email: string) => readonly string[];

/** Two addresses can differ only in their Unicode form, as `é` (NFC) and `e` with an accent (NFD) do. */
export function lookalikesIn(plan: OrganizationPlan): Lookalikes {
  const all = [...plan.changes, ...plan.leftOut, ...plan.seen].map(({ email }) => email);
  const forms = groupBy(new Set(all.filter((email) => !isAscii(email))), (email) =>
    email.normalize("NFC"),
  );
  return (email) => {
    const composed = isAscii(email) ? email : email.normalize("NFC");
    if ((forms.get(composed)?.length ?? 0) < 2) return [];
    const form = composed === email ? "NFC" : "NFD";
    return [`differs from the address that looks the same: this one is in Unicode form ${form}`];
  };
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}
