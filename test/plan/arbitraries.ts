/**
 * Organizations for the properties: a few users, each in the files, in Polytomic, in both or in neither, some
 * renamed, some ignored, some with access that expires; and policies.
 */
import fc from "fast-check";
import type { CurrentState, ListedUser } from "../../src/model/current.ts";
import type { DesiredOrganization, DesiredUser, Policy } from "../../src/model/desired.ts";
import type { Day } from "../../src/model/days.ts";
import { at, demoteTo, file, listed, now, ROLES, user } from "./build.ts";

export interface World {
  readonly desired: DesiredOrganization;
  readonly current: CurrentState;
}

const days: readonly (Day | null)[] = [null, null, "2026-11-22", "2026-11-23", "2026-12-31"];
const day = fc.constantFrom(...days);
const roleNames = fc.subarray(
  ROLES.map(({ name }) => name),
  { minLength: 1 },
);
const spelling = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toUpperCase(),
  (text: string) => text.toLowerCase(),
);

const grants = fc
  .array(
    fc.tuple(
      fc.constantFrom("", "ops/", "data-team/"),
      fc.constantFrom(...ROLES.flatMap(({ id, name }) => [name, name.toUpperCase(), id])),
      day,
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((some) =>
    some.map(([group, role, ends]) => `${group}${role}${ends === null ? "" : `@${ends}`}`),
  );

/** One user: an entry in the files or none, accounts in Polytomic under the address and under the former one. */
const slot = fc.record({
  entry: fc.option(
    fc.record({
      grants,
      expires: day,
      renamed: fc.boolean(),
      spelled: spelling,
      reason: fc.constantFrom(null, "DATA-1"),
    }),
    { freq: 3 },
  ),
  here: fc.option(fc.record({ roles: roleNames, spelled: spelling })),
  former: fc.option(fc.record({ roles: roleNames, spelled: spelling })),
});

const policies: fc.Arbitrary<Partial<Policy>> = fc.record({
  unmanaged: fc.constantFrom("remove", "keep"),
  onRemoval: fc.constantFrom<Policy["onRemoval"]>("remove", demoteTo("Viewer"), demoteTo("member")),
  ignore: fc.subarray(["*1@x.io", "FORMER2@*", "*3@X.io"]),
  protected: fc.subarray(["person0@x.io", "*4@x.io"]),
  minAdmins: fc.integer({ min: 0, max: 3 }),
});

export const worlds: fc.Arbitrary<World> = fc
  .tuple(fc.array(slot, { maxLength: 7 }), policies)
  .map(([slots, policy]) => ({
    desired: file(
      slots.flatMap(({ entry }, index): DesiredUser[] => {
        if (entry === null) return [];
        const previously = entry.renamed ? entry.spelled(former(index)) : null;
        return [
          user(entry.spelled(address(index)), entry.grants.join(" "), {
            previously,
            expires: entry.expires,
            reason: entry.reason,
            place: at(10 + index),
          }),
        ];
      }),
      policy,
    ),
    current: now(
      slots.flatMap(({ here, former: old }, index): ListedUser[] => [
        ...(here === null ? [] : [listed(here.spelled(address(index)), here.roles.join(" "))]),
        ...(old === null ? [] : [listed(old.spelled(former(index)), old.roles.join(" "))]),
      ]),
    ),
  }));

function address(index: number): string {
  return `person${index}@x.io`;
}

function former(index: number): string {
  return `former${index}@x.io`;
}

/** The same, with all unordered lists in another order. */
export const shuffled = ({ desired, current }: World): fc.Arbitrary<World> =>
  fc
    .tuple(
      mixed(desired.users),
      mixed(current.users),
      mixed(current.roles ?? []),
      fc.tuple(...desired.users.map((one) => mixed(one.grants))),
      fc.tuple(...current.users.map(({ roleIds }) => mixed(roleIds ?? []))),
      fc.tuple(mixed(desired.policy.ignore), mixed(desired.policy.protected)),
    )
    .map(([users, listedUsers, roles, grantsOf, idsOf, [ignore, guarded]]) => ({
      desired: {
        ...desired,
        policy: { ...desired.policy, ignore, protected: guarded },
        users: users.map((one) => ({
          ...one,
          grants: grantsOf[desired.users.indexOf(one)] ?? one.grants,
        })),
      },
      current: {
        ...current,
        roles,
        users: listedUsers.map((one) => ({
          ...one,
          roleIds: idsOf[current.users.indexOf(one)] ?? one.roleIds,
        })),
      },
    }));

function mixed<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}
