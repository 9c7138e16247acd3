/** What an apply refuses just before sending: access taken from the wrong user, or at the wrong time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IN_DOUBT } from "../../src/apply/send-change.ts";
import type { Change } from "../../src/model/plan.ts";
import type { Writer } from "../../src/polytomic/api.ts";
import {
  ADMIN,
  applied,
  create,
  MEMBER,
  outcomes,
  remove,
  type Rules,
  step,
  update,
  type Users,
  VIEWER,
  World,
} from "./support.ts";

const TWO: Users = { "boss@x": [ADMIN], "old@x": [ADMIN], "sam@x": [MEMBER] };

test("the old address of a rename goes only once the new one is in", async () => {
  const changes = [create("new@x", [MEMBER], "sam@x"), remove("sam@x", [MEMBER], "new@x")];
  const failing = new World(TWO);
  failing.script.set("new@x", [step("rejected")]);
  assert.deepEqual(outcomes((await applied(failing, TWO, changes)).results), [
    "new@x: failed: rejected words",
    "sam@x: not-attempted: skipped: the new user new@x could not be added",
  ]);
  const faster = new World(TWO);
  faster.script.set("new@x", [step("rejected", false, (world) => world.put("new@x", [MEMBER]))]);
  assert.deepEqual(outcomes((await applied(faster, TWO, changes)).results), [
    "new@x: already",
    "sam@x: applied",
  ]);
});

test("the old address of an approved rename goes when the new one was in before the run", async () => {
  const changes = [remove("sam@x", [MEMBER], "new@x")];
  const made = new World({ ...TWO, "new@x": [MEMBER] });
  assert.deepEqual(outcomes((await applied(made, TWO, changes)).results), ["sam@x: applied"]);
  const unmade = new World(TWO);
  assert.deepEqual(outcomes((await applied(unmade, TWO, changes)).results), [
    "sam@x: not-attempted: skipped: the new user new@x is not in Polytomic yet",
  ]);
});

test("the last admin keeps the role if the grant to a successor fails", async () => {
  const users: Users = { "old@x": [ADMIN], "next@x": [MEMBER] };
  const world = new World(users);
  world.script.set("next@x", [step("rejected")]);
  const changes = [update("next@x", [MEMBER], [ADMIN]), remove("old@x", [ADMIN])];
  const { results } = await applied(world, users, changes);
  assert.deepEqual(outcomes(results), [
    "next@x: failed: rejected words",
    "old@x: not-attempted: not sent: Admin could be left with 0 holders (the minimum is 1), because another user has lost Admin or has not gained it; make a new plan",
  ]);
  assert.deepEqual(world.rolesOf("old@x"), ["r-admin"]);
});

test("a grant that is in doubt counts only if the list shows it", async () => {
  const users: Users = { "old@x": [ADMIN], "next@x": [MEMBER] };
  const changes = [update("next@x", [MEMBER], [ADMIN]), remove("old@x", [ADMIN])];
  const world = new World(users);
  world.script.set("next@x", [step("unknown", true)]);
  assert.deepEqual(outcomes((await applied(world, users, changes)).results), [
    "next@x: applied",
    "old@x: applied",
  ]);
});

test("of two admins who may go together only one goes when a third lost the role meanwhile", async () => {
  const users: Users = { "a@x": [ADMIN], "b@x": [ADMIN], "boss@x": [ADMIN] };
  const world = new World(users);
  world.onList = () => world.put("boss@x", [MEMBER]);
  const changes = [update("a@x", [ADMIN], [MEMBER]), update("b@x", [ADMIN], [MEMBER])];
  const { results } = await applied(world, users, changes);
  assert.equal(results[0]?.outcome, "applied");
  assert.equal(results[1]?.outcome, "not-attempted");
  assert.deepEqual(world.rolesOf("b@x"), ["r-admin"]);
});

test("an admin whose removal has no answer yet is not counted, whatever a later list says", async () => {
  const users: Users = { "a@x": [ADMIN], "b@x": [ADMIN], "boss@x": [MEMBER] };
  const world = new World(users);
  world.script.set("a@x", [step("unknown")]);
  const changes = [update("a@x", [ADMIN], [MEMBER]), remove("b@x", [ADMIN])];
  const { results } = await applied(world, users, changes);
  assert.deepEqual(outcomes(results), [
    `a@x: failed: unknown words; the user was unchanged when last read; ${IN_DOUBT}`,
    "b@x: not-attempted: not sent: Admin could be left with 0 holders (the minimum is 1), because another user has lost Admin or has not gained it; make a new plan",
  ]);
});

test("a listing made for one change is used for the next: an admin who lost the role elsewhere", async () => {
  const users: Users = { "a@x": [ADMIN], "b@x": [ADMIN], "boss@x": [ADMIN] };
  const world = new World(users);
  world.script.set("a@x", [step("spent", true)]);
  world.onList = (count) => {
    if (count === 2) world.put("boss@x", [MEMBER]); // after the list before the phase
  };
  const changes = [remove("a@x", [ADMIN]), remove("b@x", [ADMIN])];
  const { results } = await applied(world, users, changes, { concurrency: 1 });
  assert.deepEqual(outcomes(results), [
    "a@x: applied",
    "b@x: not-attempted: not sent: Admin could be left with 0 holders (the minimum is 1), because another user has lost Admin or has not gained it; make a new plan",
  ]);
  assert.deepEqual(world.rolesOf("b@x"), ["r-admin"]);
});

test("a list that settles one change counts for the next: a user who became an admin elsewhere", async () => {
  const users: Users = { "a@x": [MEMBER], "b@x": [MEMBER], "boss@x": [ADMIN] };
  const world = new World(users);
  world.script.set("a@x", [step("spent", true)]);
  world.onList = (count) => {
    if (count === 1) world.put("b@x", [ADMIN]);
  };
  const changes = [update("a@x", [MEMBER], [VIEWER]), update("b@x", [MEMBER], [VIEWER])];
  const { results } = await applied(world, users, changes, { concurrency: 1 });
  assert.deepEqual(outcomes(results), [
    "a@x: applied",
    "b@x: not-attempted: not sent: the user had Member when the plan was made and has Admin now; make a new plan",
  ]);
  assert.deepEqual(world.rolesOf("b@x"), ["r-admin"]);
});

test("a list that arrives while a change waits for its turn counts for that change", async () => {
  const users: Users = { "a@x": [ADMIN], "b@x": [ADMIN], "boss@x": [ADMIN] };
  const world = new World(users);
  world.script.set("a@x", [step("spent", true)]);
  world.onList = (count) => {
    if (count === 2) world.put("boss@x", [MEMBER]);
  };
  let settle = (): void => {};
  const settled = new Promise<void>((resolve) => (settle = resolve));
  const slow: Writer = {
    create: (organization, user, key) => world.create(organization, user, key),
    update: (organization, id, user) => world.update(organization, id, user),
    remove: async (organization, id, check) => {
      if (id === "id-a@x") return world.remove(organization, id);
      await settled; // as in the gate, if the rate is limited
      const refusal = check?.(1) ?? null;
      return refusal === null
        ? world.remove(organization, id)
        : { kind: "unsent", message: refusal };
    },
  };
  const changes = [remove("a@x", [ADMIN]), remove("b@x", [ADMIN])];
  const { results } = await applied(world, users, changes, {
    writer: slow,
    onResult: (_organization, { change }) => {
      if (change.email === "a@x") settle();
    },
  });
  assert.deepEqual(outcomes(results), [
    "a@x: applied",
    "b@x: not-attempted: not sent: Admin could be left with 0 holders (the minimum is 1), because another user has lost Admin or has not gained it; make a new plan",
  ]);
});

test("an admin whose removal was refused counts again for the next", async () => {
  const users: Users = { "a@x": [ADMIN], "b@x": [ADMIN], "boss@x": [MEMBER] };
  const world = new World(users);
  world.script.set("a@x", [step("rejected")]);
  const changes = [update("a@x", [ADMIN], [MEMBER]), remove("b@x", [ADMIN])];
  const { results } = await applied(world, users, changes);
  assert.deepEqual(outcomes(results), ["a@x: failed: rejected words", "b@x: applied"]);
});

test("with fewer admins than the minimum from the start, no user loses the role", async () => {
  const world = new World(TWO);
  const rules = { minAdmins: 3 };
  const { results } = await applied(world, TWO, [remove("old@x", [ADMIN])], { rules });
  assert.equal(results[0]?.outcome, "not-attempted");
});

test("--min-admins takes the place of the policy", async () => {
  const users: Users = { "old@x": [ADMIN], "sam@x": [MEMBER] };
  const world = new World(users);
  const { results } = await applied(world, users, [remove("old@x", [ADMIN])], { minAdmins: 0 });
  assert.equal(results[0]?.outcome, "applied");
});

interface Moved {
  readonly name: string;
  readonly change: Change;
  readonly edit: (world: World) => void;
  readonly outcome: string;
}

const moved: readonly Moved[] = [
  {
    name: "another client removed the user: already made",
    change: remove("sam@x", [MEMBER]),
    edit: (world) => world.drop("sam@x"),
    outcome: "sam@x: already",
  },
  {
    name: "another client changed the roles of a user to be removed: left alone",
    change: remove("sam@x", [MEMBER]),
    edit: (world) => world.put("sam@x", [VIEWER]),
    outcome:
      "sam@x: not-attempted: not sent: the user had Member when the plan was made and has Viewer now; make a new plan",
  },
  {
    name: "another client removed the user and added the address again: left alone",
    change: remove("sam@x", [MEMBER]),
    edit: (world) => world.put("sam@x", [MEMBER], "id-2"),
    outcome:
      "sam@x: not-attempted: not sent: the user was removed and added again; make a new plan",
  },
  {
    name: "another client took the admin role away: already made",
    change: update("old@x", [ADMIN], [MEMBER]),
    edit: (world) => world.put("old@x", [MEMBER]),
    outcome: "old@x: already",
  },
  {
    name: "another client removed a user who was to lose the admin role",
    change: update("old@x", [ADMIN], [MEMBER]),
    edit: (world) => world.drop("old@x"),
    outcome: "old@x: not-attempted: not sent: the user no longer exists; make a new plan",
  },
];

for (const { name, change, edit, outcome } of moved) {
  test(`between plan and write: ${name}`, async () => {
    const world = new World(TWO);
    world.onList = (count) => (count === 1 ? edit(world) : undefined);
    const { results, verified } = await applied(world, TWO, [change]);
    assert.deepEqual(outcomes(results), [outcome]);
    assert.deepEqual(world.calls, ["list"]);
    assert.equal(verified, null);
  });
}

test("no access is taken away while the users cannot be listed again", async () => {
  const world = new World(TWO);
  world.onList = () => {
    throw new Error("503 of the list");
  };
  const { results } = await applied(world, TWO, [remove("sam@x", [MEMBER])]);
  assert.deepEqual(outcomes(results), [
    "sam@x: not-attempted: not sent: the users could not be listed again before taking access away: 503 of the list",
  ]);
  assert.deepEqual(world.calls, ["list"]);
});

test("a list that cannot be true is no reason to call anything done", async () => {
  const world = new World(TWO);
  world.onList = () => world.put("SAM@x", [MEMBER], "id-twice");
  const { results } = await applied(world, TWO, [remove("sam@x", [MEMBER])]);
  assert.deepEqual(outcomes(results), [
    "sam@x: not-attempted: not sent: the users could not be listed again before taking access away: the list of users is implausible: listed twice: sam@x",
  ]);
});

interface Never {
  readonly name: string;
  readonly change: Change;
  readonly rules: Rules;
  readonly message: RegExp;
}

const nevers: readonly Never[] = [
  {
    name: "an ignored user",
    change: update("sam@x", [MEMBER], [VIEWER]),
    rules: { ignore: ["s*@x"] },
    message: /changes sam@x, which policy\.ignore matches; nothing was written/,
  },
  {
    name: "a protected user's removal",
    change: remove("sam@x", [MEMBER]),
    rules: { protected: ["sam@x"] },
    message: /sam@x is protected and would be removed/,
  },
  {
    name: "a protected user's demotion",
    change: update("sam@x", [MEMBER], [VIEWER]),
    rules: { protected: ["sam@x"] },
    message: /sam@x is protected and would lose Member/,
  },
  {
    name: "the removal of the one whose key it is",
    change: remove("sam@x", [MEMBER]),
    rules: { callerId: "id-sam@x" },
    message: /sam@x, the owner of the API key, would be removed/,
  },
];

for (const { name, change, rules, message } of nevers) {
  test(`a plan that no guard would let through is a bug and writes nothing: ${name}`, async () => {
    const world = new World(TWO);
    const changes = [create("new@x", [MEMBER]), change];
    await assert.rejects(applied(world, TWO, changes, { rules }), message);
    assert.deepEqual(world.calls, []);
  });
}

test("a protected user may gain a role", async () => {
  const world = new World(TWO);
  const changes = [update("sam@x", [MEMBER], [MEMBER, VIEWER])];
  const { results } = await applied(world, TWO, changes, { rules: { protected: ["sam@x"] } });
  assert.deepEqual(outcomes(results), ["sam@x: applied"]);
});
