import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { emailKey } from "../../src/model/desired.ts";
import type { Change } from "../../src/model/plan.ts";
import { hasEnded } from "../../src/model/days.ts";
import { gainsAdmin, sortChanges, losesAdmin, phaseOf, PHASES } from "../../src/plan/order.ts";
import { compilePatterns } from "../../src/model/patterns.ts";
import { shuffled, type World, worlds } from "./arbitraries.ts";
import { ADMIN, after, names, planOf, ROLES, TODAY, wholePlan } from "./build.ts";

const runs = { numRuns: 300 };

/** Address → role names after the plan, computed user by user and independently of the planning code. */
function expectedEnd({ desired, current }: World): ReadonlyMap<string, string> {
  const { policy } = desired;
  const ignored = compilePatterns(policy.ignore);
  const before = new Map(current.users.map((one) => [key(one.email), rolesOf(one.roleIds ?? [])]));
  const end = new Map<string, string>();
  const leave = (email: string): void => {
    if (policy.onRemoval !== "remove") end.set(email, rolesOf([policy.onRemoval.demoteTo]));
  };
  const spoken = new Set<string>();
  for (const { email, previously, expires, grants } of desired.users) {
    const own = emailKey(email);
    if (ignored(own)) continue;
    spoken.add(own);
    const live = hasEnded(expires, TODAY)
      ? []
      : grants.filter((one) => !hasEnded(one.expires, TODAY));
    if (live.length > 0) end.set(own, rolesOf(live.map(({ role }) => role)));
    else if (before.has(own)) leave(own);
    const old = previously === null ? null : emailKey(previously.value);
    if (old !== null && !ignored(old)) spoken.add(old); // no user has that address in the end
  }
  for (const [email, roles] of before) {
    if (spoken.has(email)) continue;
    if (ignored(email) || policy.unmanaged === "keep") end.set(email, roles);
    else leave(email);
  }
  return end;
}

function key(email: string | null): string {
  return emailKey(email ?? "");
}

/** Names of roles by name or id, sorted. */
function rolesOf(written: readonly string[]): string {
  const meant = ROLES.filter(({ id, name }) =>
    written.some((one) => one === id || emailKey(one) === emailKey(name)),
  );
  return names([...meant].sort((a, b) => (a.name < b.name ? -1 : 1)));
}

function stateOf(world: World, changes: readonly Change[]): ReadonlyMap<string, string> {
  const { users } = after(world.current, changes);
  return new Map(users.map((one) => [key(one.email), rolesOf(one.roleIds ?? [])]));
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("for every organization", () => {
  test("applying the plan's changes ends in what the files and the policy say", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { changes } = planOf(world.desired, world.current);
        assert.deepEqual(sorted(stateOf(world, changes)), sorted(expectedEnd(world)));
      }),
      runs,
    );
  });

  test("planning again after it plans nothing", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const { changes } = planOf(desired, current);
        assert.deepEqual(planOf(desired, after(current, changes)).changes, []);
      }),
      runs,
    );
  });

  test("whatever part of it was applied, planning and applying again ends in the same", () => {
    const parts = worlds.chain((world) => {
      const { changes } = planOf(world.desired, world.current);
      return fc.tuple(fc.constant(world), fc.subarray([...changes]));
    });
    fc.assert(
      fc.property(parts, ([{ desired, current }, part]) => {
        // If both addresses of a rename exist, it is no rename any more: the files no longer cover the old address.
        const world = { desired, current: after(current, part) };
        const { changes } = planOf(desired, world.current);
        assert.deepEqual(sorted(stateOf(world, changes)), sorted(expectedEnd(world)));
        assert.deepEqual(planOf(desired, after(world.current, changes)).changes, []);
      }),
      runs,
    );
  });

  test("the order of users, grants, roles and answers changes neither plan nor digest", () => {
    fc.assert(
      fc.property(
        worlds.chain((world) => fc.tuple(fc.constant(world), shuffled(world))),
        ([world, other]) => {
          const plan = planOf(world.desired, world.current);
          const same = planOf(other.desired, other.current);
          const { policy } = plan.guardInputs; // the lists of a plan keep the order of the file
          assert.deepEqual({ ...same, guardInputs: { ...same.guardInputs, policy } }, plan);
          assert.equal(wholePlan([same]).digest, wholePlan([plan]).digest);
        },
      ),
      runs,
    );
  });

  test("the case of addresses changes neither plan nor digest", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const shouted = {
          ...desired,
          users: desired.users.map((one) => ({
            ...one,
            email: one.email.toUpperCase(),
            previously:
              one.previously === null
                ? null
                : { ...one.previously, value: one.previously.value.toUpperCase() },
          })),
        };
        const whispered = {
          ...current,
          users: current.users.map((one) => ({ ...one, email: key(one.email) })),
        };
        assert.deepEqual(planOf(shouted, whispered), planOf(desired, current));
      }),
      runs,
    );
  });

  test("no change ever touches an ignored user", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const ignored = compilePatterns(desired.policy.ignore);
        const { changes } = planOf(desired, current);
        assert.deepEqual(
          changes.filter(({ email }) => ignored(email)),
          [],
        );
      }),
      runs,
    );
  });

  test("no user is in two changes, and every change changes something", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const { changes } = planOf(desired, current);
        assert.equal(new Set(changes.map(({ email }) => email)).size, changes.length);
        for (const one of changes) {
          if (one.action === "update") assert.notEqual(names(one.before), names(one.after));
        }
      }),
      runs,
    );
  });

  test("--only splits the changes and loses none, and a rename is never split", () => {
    const some = fc.subarray(
      [0, 1, 2, 3, 4, 5, 6].flatMap((i) => [`person${i}@x.io`, `former${i}@x.io`]),
    );
    fc.assert(
      fc.property(worlds, some, ({ desired, current }, only) => {
        const whole = planOf(desired, current);
        const part = planOf(desired, current, { only });
        assert.deepEqual(sortChanges([...part.changes, ...part.leftOut], ADMIN), whole.changes);
        const done = new Set(part.changes.map(({ email }) => email));
        for (const one of whole.changes) {
          if (only.includes(one.email)) assert.ok(done.has(one.email));
          if (one.action === "create" && one.renamedFrom !== null) {
            assert.equal(done.has(one.renamedFrom), done.has(one.email));
          }
        }
      }),
      runs,
    );
  });
});

describe("the order of an apply", () => {
  /** The number of admins after each change, within a phase in the worst order: losses first. */
  function adminCounts({ desired, current }: World): readonly number[] {
    const { changes, guardInputs } = planOf(desired, current);
    let count = guardInputs.admins.length;
    const counts = [count];
    for (const phase of PHASES) {
      const ofPhase = changes.filter((one) => phaseOf(one, ADMIN) === phase);
      for (const change of [
        ...ofPhase.filter((one) => losesAdmin(one, ADMIN)),
        ...ofPhase.filter((one) => gainsAdmin(one, ADMIN)),
        ...ofPhase,
      ].filter((one, index, all) => all.indexOf(one) === index)) {
        count += Number(gainsAdmin(change, ADMIN)) - Number(losesAdmin(change, ADMIN));
        counts.push(count);
      }
    }
    return counts;
  }

  test("no moment has fewer admins than the start and the end", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const counts = adminCounts(world);
        const floor = Math.min(counts[0] ?? 0, counts.at(-1) ?? 0);
        assert.ok(
          counts.every((count) => count >= floor),
          counts.join(" "),
        );
      }),
      runs,
    );
  });

  test("a plan that the guards let pass has at least the minimum at every moment, if it had at the start", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const plan = wholePlan([planOf(world.desired, world.current)]);
        const counts = adminCounts(world);
        const { minAdmins } = world.desired.policy;
        const said = plan.organizations[0]?.violations.some(({ guard }) => guard === "min-admins");
        const enough = counts.every((count) => count >= Math.min(minAdmins, counts[0] ?? 0));
        assert.ok(said === true || enough, `${counts.join(" ")} of ${minAdmins}`);
      }),
      runs,
    );
  });

  test("newcomers come first and removals last; a rename's new address before its old one", () => {
    fc.assert(
      fc.property(worlds, ({ desired, current }) => {
        const { changes } = planOf(desired, current);
        const ranks = changes.map((one) => ["create", "update", "remove"].indexOf(one.action));
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => a - b),
        );
        const emails = changes.map(({ email }) => email);
        for (const one of changes) {
          if (one.action !== "remove" || one.renamedTo === null) continue;
          const there = current.users.some((user) => key(user.email) === one.renamedTo);
          assert.ok(emails.includes(one.renamedTo) || there);
          assert.ok(emails.indexOf(one.renamedTo) < emails.indexOf(one.email));
        }
      }),
      runs,
    );
  });
});
