import { differenceText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { IN_DOUBT } from "../../src/apply/send-change.ts";
import type { Change } from "../../src/model/plan.ts";
import {
  ADMIN,
  applied,
  create,
  MEMBER,
  OK,
  outcomes,
  remove,
  type Step,
  step,
  update,
  type Users,
  VIEWER,
  World,
} from "./support.ts";

const BOSS: Users = { "boss@x": [ADMIN] };

test("the phases follow one another: newcomers, admin grants, other roles, admin losses, removals", async () => {
  const users: Users = {
    "boss@x": [ADMIN],
    "climber@x": [MEMBER],
    "changer@x": [MEMBER],
    "faller@x": [ADMIN],
    "leaver@x": [ADMIN],
  };
  const world = new World(users);
  const changes = [
    remove("leaver@x", [ADMIN]),
    update("faller@x", [ADMIN], [MEMBER]),
    update("changer@x", [MEMBER], [VIEWER]),
    update("climber@x", [MEMBER], [ADMIN]),
    create("newcomer@x", [MEMBER]),
    create("another@x", [VIEWER]),
  ];
  const { results, verified, differences } = await applied(world, users, changes);
  assert.deepEqual(world.calls, [
    "create another@x key-1",
    "create newcomer@x key-2",
    "update climber@x",
    "update changer@x",
    "list",
    "update faller@x",
    "list",
    "remove leaver@x",
    "list",
  ]);
  assert.deepEqual(outcomes(results), [
    "another@x: applied",
    "newcomer@x: applied",
    "climber@x: applied",
    "changer@x: applied",
    "faller@x: applied",
    "leaver@x: applied",
  ]);
  assert.equal(verified, true);
  assert.deepEqual(differences, []);
});

test("a phase begins once the slowest change of the one before has ended", async () => {
  const users: Users = { ...BOSS, "leaver@x": [MEMBER] };
  const world = new World(users);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  world.beforeWrite = (email) => (email === "slow@x" ? held : Promise.resolve());
  const running = applied(world, users, [
    create("fast@x", [MEMBER]),
    create("slow@x", [MEMBER]),
    remove("leaver@x", [MEMBER]),
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(world.calls, ["create fast@x key-1", "create slow@x key-2"]);
  release();
  await running;
  assert.deepEqual(world.calls.slice(2), ["list", "remove leaver@x", "list"]);
});

test("no more changes are under way than the concurrency allows", async () => {
  const world = new World(BOSS);
  world.beforeWrite = () => new Promise((resolve) => setImmediate(resolve));
  const entries = Array.from({ length: 20 }, (_, n) => create(`p${n}@x`, [MEMBER]));
  await applied(world, BOSS, entries, { concurrency: 3 });
  assert.equal(world.mostInFlight, 3);
});

interface Row {
  readonly name: string;
  readonly users?: Users;
  readonly change: Change;
  readonly steps: readonly Step[];
  readonly outcome: string;
  readonly calls: readonly string[];
  /** Milliseconds that were waited. */
  readonly waits?: readonly number[];
}

const HELD: Users = { ...BOSS, "sam@x": [MEMBER] };
const giveRoles =
  (...roles: (typeof ADMIN)[]) =>
  (world: World) =>
    world.put("sam@x", roles);

const rows: readonly Row[] = [
  {
    name: "create, answered",
    change: create("sam@x", [MEMBER]),
    steps: [OK],
    outcome: "sam@x: applied",
    calls: ["create sam@x key-1", "list"],
  },
  {
    name: "create, an error answer after it was carried out: found, not repeated",
    change: create("sam@x", [MEMBER]),
    steps: [step("spent", true)],
    outcome: "sam@x: applied",
    calls: ["create sam@x key-1", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, an error answer and no such user in the list: a new idempotency key",
    change: create("sam@x", [MEMBER]),
    steps: [step("spent"), step("spent"), OK],
    outcome: "sam@x: applied",
    calls: [
      "create sam@x key-1",
      "list",
      "create sam@x key-2",
      "list",
      "create sam@x key-3",
      "list",
    ],
    waits: [1000, 2000],
  },
  {
    name: "create, error answers without end: four keys, then the API's words",
    change: create("sam@x", [MEMBER]),
    steps: [step("spent"), step("spent"), step("spent"), step("spent")],
    outcome: "sam@x: failed: spent words",
    calls: [
      "create sam@x key-1",
      "list",
      "create sam@x key-2",
      "list",
      "create sam@x key-3",
      "list",
      "create sam@x key-4",
      "list",
      "list",
    ],
    waits: [1000, 2000, 4000, 8000],
  },
  {
    name: "create, 409 to the end: not tried again, the outcome is unknown",
    change: create("sam@x", [MEMBER]),
    steps: [step("conflict")],
    outcome: `sam@x: failed: conflict words; the user was unchanged when last read; ${IN_DOUBT}`,
    calls: ["create sam@x key-1", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, 409 to the end although it was carried out: found",
    change: create("sam@x", [MEMBER]),
    steps: [step("conflict", true)],
    outcome: "sam@x: applied",
    calls: ["create sam@x key-1", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, no answer although it was carried out: found",
    change: create("sam@x", [MEMBER]),
    steps: [step("unknown", true)],
    outcome: "sam@x: applied",
    calls: ["create sam@x key-1", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, no answer and no such user in the list: the same idempotency key again, never a new one",
    change: create("sam@x", [MEMBER]),
    steps: [step("unknown"), step("unknown"), OK],
    outcome: "sam@x: applied",
    calls: [
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
    ],
    waits: [1000, 2000],
  },
  {
    name: "create, no answer and then an error answer: the key is never given up",
    change: create("sam@x", [MEMBER]),
    steps: [step("unknown"), step("spent"), step("rejected")],
    outcome: `sam@x: failed: rejected words; the user was unchanged when last read; ${IN_DOUBT}`,
    calls: [
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "list",
    ],
    waits: [1000, 2000],
  },
  {
    name: "create, an error answer after a try without an answer: a new key, and in doubt to the end",
    change: create("sam@x", [MEMBER]),
    steps: [
      {
        outcome: { kind: "spent", message: "spent words", mayHaveHappened: true },
        carriedOut: false,
      },
      step("rejected"),
    ],
    outcome: `sam@x: failed: rejected words; the user was unchanged when last read; ${IN_DOUBT}`,
    calls: ["create sam@x key-1", "list", "create sam@x key-2", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, never an answer: the outcome is unknown",
    change: create("sam@x", [MEMBER]),
    steps: [step("unknown"), step("unknown"), step("unknown"), step("unknown")],
    outcome: `sam@x: failed: unknown words; the user was unchanged when last read; ${IN_DOUBT}`,
    calls: [
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "create sam@x key-1",
      "list",
      "list",
    ],
    waits: [1000, 2000, 4000, 8000],
  },
  {
    name: "create, carried out without an answer, then changed by another client: the current state is shown",
    change: create("sam@x", [MEMBER]),
    steps: [step("spent", true, giveRoles(VIEWER))],
    outcome: "sam@x: failed: spent words; the user already exists, with Viewer",
    calls: ["create sam@x key-1", "list", "list"],
    waits: [1000],
  },
  {
    name: "create, refused because another client created the same: already made",
    change: create("sam@x", [MEMBER]),
    steps: [step("rejected", false, giveRoles(MEMBER))],
    outcome: "sam@x: already",
    calls: ["create sam@x key-1", "list", "list"],
  },
  {
    name: "create, refused because another client created other roles: the current state is shown",
    change: create("sam@x", [MEMBER]),
    steps: [step("rejected", false, giveRoles(ADMIN, VIEWER))],
    outcome: "sam@x: failed: rejected words; the user already exists, with Admin and Viewer",
    calls: ["create sam@x key-1", "list", "list"],
  },
  {
    name: "create, refused: the API's words",
    change: create("sam@x", [MEMBER]),
    steps: [step("rejected")],
    outcome: "sam@x: failed: rejected words",
    calls: ["create sam@x key-1", "list", "list"],
  },
  {
    name: "update, refused: the API's words",
    users: HELD,
    change: update("sam@x", [MEMBER], [VIEWER]),
    steps: [step("rejected")],
    outcome: "sam@x: failed: rejected words",
    calls: ["update sam@x", "list"],
  },
  {
    name: "update of a user who was removed in the meantime",
    users: HELD,
    change: update("sam@x", [MEMBER], [VIEWER]),
    steps: [step("gone")],
    outcome: "sam@x: failed: was removed in the meantime: gone words",
    calls: ["update sam@x", "list"],
  },
  {
    name: "update without an answer, carried out",
    users: HELD,
    change: update("sam@x", [MEMBER], [VIEWER]),
    steps: [step("unknown", true)],
    outcome: "sam@x: applied",
    calls: ["update sam@x", "list", "list"],
  },
  {
    name: "update without an answer, not carried out so far",
    users: HELD,
    change: update("sam@x", [MEMBER], [VIEWER]),
    steps: [step("unknown")],
    outcome: `sam@x: failed: unknown words; the user was unchanged when last read; ${IN_DOUBT}`,
    calls: ["update sam@x", "list", "list"],
  },
  {
    name: "removal of a user who is gone",
    users: HELD,
    change: remove("sam@x", [MEMBER]),
    steps: [step("gone")],
    outcome: "sam@x: already",
    calls: ["list", "remove sam@x", "list"],
  },
  {
    name: "removal without an answer, carried out",
    users: HELD,
    change: remove("sam@x", [MEMBER]),
    steps: [step("unknown", true)],
    outcome: "sam@x: applied",
    calls: ["list", "remove sam@x", "list", "list"],
  },
  {
    name: "removal without an answer, and another user with this address now",
    users: HELD,
    change: remove("sam@x", [MEMBER]),
    steps: [step("unknown", true, (world) => world.put("sam@x", [VIEWER], "id-2"))],
    outcome: `sam@x: failed: unknown words; the user was removed and added again; ${IN_DOUBT}`,
    calls: ["list", "remove sam@x", "list", "list"],
  },
  {
    name: "removal, refused",
    users: HELD,
    change: remove("sam@x", [MEMBER]),
    steps: [step("rejected")],
    outcome: "sam@x: failed: rejected words",
    calls: ["list", "remove sam@x", "list"],
  },
];

for (const { name, users = BOSS, change, steps, outcome, calls, waits = [] } of rows) {
  test(name, async () => {
    const world = new World(users);
    world.script.set(change.email, [...steps]);
    const { results } = await applied(world, users, [change]);
    assert.deepEqual(outcomes(results), [outcome]);
    assert.deepEqual(world.calls, calls);
    assert.deepEqual(world.waits, waits);
  });
}

test("after an error answer no new key is used while the users cannot be listed", async () => {
  const world = new World(BOSS);
  world.script.set("sam@x", [step("spent")]);
  world.onList = () => {
    throw new Error("503");
  };
  const { results, verified } = await applied(world, BOSS, [create("sam@x", [MEMBER])]);
  assert.deepEqual(outcomes(results), [
    `sam@x: failed: spent words; the current users could not be read (503); ${IN_DOUBT}`,
  ]);
  assert.equal(verified, null);
});

test("one failure stops no other change", async () => {
  const users: Users = { ...BOSS, "a@x": [MEMBER], "b@x": [MEMBER], "c@x": [MEMBER] };
  const world = new World(users);
  world.script.set("new@x", [step("rejected")]);
  world.script.set("a@x", [step("rejected")]);
  const changes = [
    create("new@x", [MEMBER]),
    update("a@x", [MEMBER], [VIEWER]),
    update("b@x", [MEMBER], [VIEWER]),
    remove("c@x", [MEMBER]),
  ];
  const { results, verified, differences } = await applied(world, users, changes);
  assert.deepEqual(outcomes(results), [
    "new@x: failed: rejected words",
    "a@x: failed: rejected words",
    "b@x: applied",
    "c@x: applied",
  ]);
  assert.equal(verified, false);
  assert.deepEqual(
    differences.map((one) => [one.email, differenceText(one), one.foreign]),
    [
      ["a@x", "should have Viewer, but has Member", false],
      ["new@x", "should have Member, but has no access", false],
    ],
  );
});

test("many checks at once cost two lists, not one each", async () => {
  const world = new World(BOSS);
  const entries = Array.from({ length: 30 }, (_, n) => create(`p${n}@x`, [MEMBER]));
  for (const { email } of entries) world.script.set(email, [step("spent", true)]);
  const { results } = await applied(world, BOSS, entries, { concurrency: 30 });
  assert.equal(results.filter(({ outcome }) => outcome === "applied").length, 30);
  // One list for the first caller, one shared by all others, one to read back.
  assert.equal(world.calls.filter((call) => call === "list").length, 3);
});
