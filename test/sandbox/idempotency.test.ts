import assert from "node:assert/strict";
import { test } from "node:test";

import { nth } from "../../src/sandbox/faults.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";
import { ACME, BOB, MEMBER, ask, sandboxWith } from "./calls.ts";

const USERS = "/api/organization/users";
const KEY = "0b9f6a1e-1111-4222-8333-444455556666";
const DAY_MS = 24 * 60 * 60 * 1000;

function create(email: string, key: string = KEY) {
  return { body: { email }, key };
}

test("the same key gives the same answer and does nothing again", async () => {
  const sandbox = sandboxWith();
  const first = await ask(sandbox, "POST", USERS, create("new@example.com"));
  const second = await ask(sandbox, "POST", USERS, create("new@example.com"));
  assert.deepEqual(second, first);
  assert.equal(sandbox.state.history.length, 1);
  const seen = sandbox.log.map((entry) => [entry.replayed, entry.invitationSent, entry.committed]);
  assert.deepEqual(seen, [
    [false, true, sandbox.state.history[0]],
    [true, false, null],
  ]);
});

test("an error stays the outcome of its idempotency key, even once the request would succeed", async () => {
  const sandbox = sandboxWith();
  const refused = await ask(sandbox, "POST", USERS, create("bob@example.com"));
  sandbox.state.removeUser(ACME, BOB);
  const again = await ask(sandbox, "POST", USERS, create("bob@example.com"));
  const other = await ask(sandbox, "POST", USERS, create("bob@example.com", "another-key"));
  assert.deepEqual([refused.status, again.status, other.status], [422, 422, 200]);
});

test("an injected 500 is the outcome of its idempotency key too", async () => {
  const sandbox = sandboxWith({ faults: [nth(1, "POST", "*", "error-500")] });
  const statuses = [];
  for (const key of [KEY, KEY, "another-key"]) {
    statuses.push((await ask(sandbox, "POST", USERS, create("new@example.com", key))).status);
  }
  assert.deepEqual(statuses, [500, 500, 200]);
});

test("an idempotency key that is sent with another body returns the first outcome", async () => {
  const sandbox = sandboxWith();
  await ask(sandbox, "POST", USERS, create("one@example.com"));
  const { body } = await ask(sandbox, "POST", USERS, create("two@example.com"));
  assert.equal(body.data.email, "one@example.com");
  assert.equal(sandbox.state.userByEmail(ACME, "two@example.com"), null);
});

test("keys count per credential", async () => {
  const sandbox = sandboxWith();
  await ask(sandbox, "POST", USERS, create("one@example.com"));
  const authorization = "Bearer key-of-ada";
  const { body } = await ask(sandbox, "POST", USERS, {
    ...create("two@example.com"),
    authorization,
  });
  assert.equal(body.data.email, "two@example.com");
});

test("while the first is in flight, the second is 409; afterwards it gets the outcome", async () => {
  const clock = createVirtualClock();
  const sandbox = sandboxWith({ clock, latencyMs: 100 });
  const first = ask(sandbox, "POST", USERS, create("new@example.com"));
  await clock.advance(50);
  const second = ask(sandbox, "POST", USERS, create("new@example.com"));
  await clock.run();
  const third = ask(sandbox, "POST", USERS, create("new@example.com"));
  await clock.run();
  const answers = [await first, await second, await third];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 409, 200],
  );
  assert.deepEqual(answers[2], answers[0]);
  assert.equal(sandbox.state.history.length, 1);
});

test("a write takes effect when its processing ends, not when it begins", async () => {
  const clock = createVirtualClock();
  const sandbox = sandboxWith({ clock, latencyMs: 100 });
  const removal = ask(sandbox, "DELETE", `${USERS}/${BOB}`);
  await clock.advance(99);
  assert.notEqual(sandbox.state.user(ACME, BOB), null);
  await clock.advance(1);
  assert.equal(sandbox.state.user(ACME, BOB), null);
  assert.equal((await removal).status, 200);
});

test("an idempotency key is kept for a day", async () => {
  const clock = createVirtualClock();
  const sandbox = sandboxWith({ clock });
  await ask(sandbox, "POST", USERS, create("new@example.com"));
  await clock.advance(DAY_MS - 1);
  assert.equal((await ask(sandbox, "POST", USERS, create("new@example.com"))).status, 200);
  await clock.advance(1);
  assert.equal((await ask(sandbox, "POST", USERS, create("new@example.com"))).status, 422);
});

test("a key must have 8 to 255 letters, digits, dashes and underscores", async () => {
  const rows = [
    ["a".repeat(7), 400],
    ["a".repeat(8), 200],
    ["Az_-09".repeat(42), 200],
    ["a".repeat(256), 400],
    ["with space", 400],
    ["dotted.key", 400],
  ] as const;
  for (const [key, status] of rows) {
    const answer = await ask(sandboxWith(), "POST", USERS, create("new@example.com", key));
    assert.deepEqual([key, answer.status], [key, status]);
  }
});

test("a request refused before it is processed leaves its idempotency key unused", async () => {
  const faults = [nth(1, "POST", "*", "too-many-requests"), nth(2, "POST", "*", "conflict")];
  const sandbox = sandboxWith({ faults });
  const call = create("new@example.com");
  const statuses = [
    (await ask(sandbox, "POST", USERS, call)).status,
    (await ask(sandbox, "POST", USERS, call)).status,
    (await ask(sandbox, "POST", USERS, { ...call, authorization: "Bearer nobody" })).status,
    (await ask(sandbox, "POST", USERS, { ...call, version: "2019-01-01" })).status,
    (await ask(sandbox, "POST", USERS, call)).status,
  ];
  assert.deepEqual(statuses, [429, 409, 401, 400, 200]);
});

test("on other methods a key is ignored, and noted", async () => {
  const sandbox = sandboxWith();
  await ask(sandbox, "GET", USERS, { key: KEY });
  const body = { email: "bob@example.com", role_ids: [MEMBER] };
  await ask(sandbox, "PUT", `${USERS}/${BOB}`, { key: KEY, body });
  const removed = await ask(sandbox, "DELETE", `${USERS}/${BOB}`, { key: KEY });
  assert.deepEqual(removed.body.data.role_ids, [MEMBER]);
  assert.deepEqual(
    sandbox.log.map((entry) => entry.idempotencyKey),
    [KEY, KEY, KEY],
  );
});
