/**
 * Runs that end early (a refused credential, an interruption, a result that cannot be recorded), and the read-back.
 */
import { differenceText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { IN_DOUBT } from "../../src/apply/send-change.ts";
import {
  ADMIN,
  applied,
  create,
  MEMBER,
  outcomes,
  remove,
  step,
  update,
  type Users,
  VIEWER,
  World,
} from "./support.ts";

const USERS: Users = { "boss@x": [ADMIN], "a@x": [MEMBER], "b@x": [MEMBER], "c@x": [MEMBER] };

test("a refused credential lets nothing new begin", async () => {
  const world = new World(USERS);
  world.script.set("a@x", [step("unauthorized")]);
  const changes = [
    update("a@x", [MEMBER], [VIEWER]),
    update("b@x", [MEMBER], [VIEWER]),
    remove("c@x", [MEMBER]),
  ];
  const { results, verified, halted } = await applied(world, USERS, changes, { concurrency: 1 });
  assert.deepEqual(outcomes(results), [
    "a@x: failed: unauthorized words",
    "b@x: not-attempted: not sent: Polytomic rejected the credential: unauthorized words",
    "c@x: not-attempted: not sent: Polytomic rejected the credential: unauthorized words",
  ]);
  assert.deepEqual(world.calls, ["update a@x"]);
  assert.equal(verified, null);
  assert.equal(halted, "Polytomic rejected the credential: unauthorized words");
});

test("an interruption finishes what is under way and begins nothing new", async () => {
  const world = new World(USERS);
  const stop = new AbortController();
  world.beforeWrite = async () => {
    await Promise.resolve();
    stop.abort();
  };
  const changes = [
    update("a@x", [MEMBER], [VIEWER]),
    update("b@x", [MEMBER], [VIEWER]),
    update("c@x", [MEMBER], [VIEWER]),
  ];
  const { results, interrupted, verified } = await applied(world, USERS, changes, {
    stop: stop.signal,
    concurrency: 2,
  });
  assert.deepEqual(outcomes(results), [
    "a@x: applied",
    "b@x: applied",
    "c@x: not-attempted: not sent: interrupted",
  ]);
  assert.deepEqual(world.calls, ["update a@x", "update b@x"]);
  assert.equal(interrupted, true);
  assert.equal(verified, null);
});

test("an interruption between two tries of a create lists the users once more and sends nothing more", async () => {
  const world = new World(USERS);
  const stop = new AbortController();
  world.script.set("new@x", [step("spent", false, () => stop.abort()), step("spent")]);
  const { results } = await applied(world, USERS, [create("new@x", [MEMBER])], {
    stop: stop.signal,
  });
  assert.deepEqual(outcomes(results), ["new@x: failed: spent words"]);
  assert.deepEqual(world.calls, ["create new@x key-1", "list"]);
  assert.deepEqual(world.waits, []);
});

test("a refused credential after a try without an answer leaves it in doubt", async () => {
  const world = new World(USERS);
  world.script.set("a@x", [step("unauthorized", true)]);
  const { results } = await applied(world, USERS, [update("a@x", [MEMBER], [VIEWER])]);
  assert.deepEqual(outcomes(results), [`a@x: failed: unauthorized words; ${IN_DOUBT}`]);
});

test("what still waits for its turn at an interruption counts as not attempted", async () => {
  const world = new World(USERS);
  const stop = new AbortController();
  const interrupted = step("unsent", false, () => stop.abort());
  world.script.set("a@x", [interrupted]);
  world.script.set("new@x", [interrupted]);
  const changes = [create("new@x", [MEMBER]), update("a@x", [MEMBER], [VIEWER])];
  const { results, verified } = await applied(world, USERS, changes, { stop: stop.signal });
  assert.deepEqual(outcomes(results), [
    "new@x: not-attempted: not sent: interrupted",
    "a@x: not-attempted: not sent: interrupted",
  ]);
  assert.equal(verified, null);
});

test("if a create is interrupted while it waits for its second try, the message is the first try's", async () => {
  const world = new World(USERS);
  const stop = new AbortController();
  world.script.set("new@x", [step("spent"), step("unsent", false, () => stop.abort())]);
  const { results } = await applied(world, USERS, [create("new@x", [MEMBER])], {
    stop: stop.signal,
  });
  assert.deepEqual(outcomes(results), ["new@x: failed: spent words"]);
});

test("stopped before it began, a run sends nothing", async () => {
  const world = new World(USERS);
  const stop = AbortSignal.abort();
  const { results } = await applied(world, USERS, [remove("a@x", [MEMBER])], { stop });
  assert.deepEqual(outcomes(results), ["a@x: not-attempted: not sent: interrupted"]);
  assert.deepEqual(world.calls, []);
});

test("a result that cannot be recorded lets nothing new begin", async () => {
  const world = new World(USERS);
  const changes = [update("a@x", [MEMBER], [VIEWER]), update("b@x", [MEMBER], [VIEWER])];
  const { results, halted } = await applied(world, USERS, changes, {
    concurrency: 1,
    onResult: () => Promise.reject(new Error("no space left")),
  });
  assert.deepEqual(outcomes(results), [
    "a@x: applied",
    "b@x: not-attempted: not sent: a result could not be recorded: no space left",
  ]);
  assert.equal(halted, "a result could not be recorded: no space left");
});

test("every change is reported once, as it ends", async () => {
  const world = new World(USERS);
  world.script.set("a@x", [step("rejected")]);
  const changes = [update("a@x", [MEMBER], [VIEWER]), remove("b@x", [MEMBER])];
  const { seen, results } = await applied(world, USERS, changes);
  assert.deepEqual(outcomes(seen), ["a@x: failed: rejected words", "b@x: applied"]);
  assert.deepEqual(seen, results);
});

test("the read-back tells what differs from the plan from what others changed", async () => {
  const world = new World(USERS);
  world.onList = () => {
    world.put("a@x", [ADMIN]);
    world.put("b@x", [VIEWER]);
    world.drop("c@x");
    world.put("stranger@x", [MEMBER, VIEWER]);
  };
  const changes = [update("a@x", [MEMBER], [VIEWER])];
  const { verified, differences } = await applied(world, USERS, changes);
  assert.equal(verified, false);
  assert.deepEqual(
    differences.map((one) => [one.email, differenceText(one), one.foreign]),
    [
      ["a@x", "should have Viewer, but has Admin", false],
      ["b@x", "gained Viewer and lost Member outside this run", true],
      ["c@x", "was removed outside this run; had Member", true],
      ["stranger@x", "was added outside this run, with Member and Viewer", true],
    ],
  );
});

test("edits by others alone leave the planned changes verified", async () => {
  const world = new World(USERS);
  world.onList = () => world.put("b@x", [VIEWER]);
  const { verified, differences } = await applied(world, USERS, [
    update("a@x", [MEMBER], [VIEWER]),
  ]);
  assert.equal(verified, true);
  assert.equal(differences.length, 1);
});
