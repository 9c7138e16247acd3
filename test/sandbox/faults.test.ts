import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FAULT_KINDS, chance, isFaultKind, nth } from "../../src/sandbox/faults.ts";
import type { FaultKind } from "../../src/sandbox/faults.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";
import { ACME, ask, sandboxWith, send } from "./calls.ts";

const USERS = "/api/organization/users";
const CREATE = { body: { email: "new@example.com" }, key: "one-and-the-same-key" };

interface Expected {
  /** What the client receives: a status, `lost`, or a damaged 200. */
  readonly answer: number | "lost" | "damaged";
  /** Whether the user exists afterwards. */
  readonly there: boolean;
  /** What a repetition with the same key receives. */
  readonly repeated: number;
  /** Whether the repetition was a replay. */
  readonly replayed: boolean;
  /** When the first response came, in milliseconds. */
  readonly at: number;
}

// With 10 ms latency.
const EXPECTED: Readonly<Record<FaultKind, Expected>> = {
  "lost-request": { answer: "lost", there: false, repeated: 200, replayed: false, at: 0 },
  "lost-answer": { answer: "lost", there: true, repeated: 200, replayed: true, at: 10 },
  "error-500": { answer: 500, there: false, repeated: 500, replayed: true, at: 10 },
  "error-502": { answer: 502, there: false, repeated: 502, replayed: true, at: 10 },
  "error-503": { answer: 503, there: false, repeated: 503, replayed: true, at: 10 },
  "error-500-after": { answer: 500, there: true, repeated: 500, replayed: true, at: 10 },
  "error-502-after": { answer: 502, there: true, repeated: 502, replayed: true, at: 10 },
  "error-503-after": { answer: 503, there: true, repeated: 503, replayed: true, at: 10 },
  "garbage-html": { answer: "damaged", there: true, repeated: 200, replayed: true, at: 10 },
  "garbage-json": { answer: "damaged", there: true, repeated: 200, replayed: true, at: 10 },
  "slow-body": { answer: 200, there: true, repeated: 200, replayed: true, at: 10 },
  "slow-answer": { answer: 200, there: true, repeated: 200, replayed: true, at: 10_010 },
  conflict: { answer: 409, there: false, repeated: 200, replayed: false, at: 10 },
  "too-many-requests": { answer: 429, there: false, repeated: 200, replayed: false, at: 0 },
};

describe("what each fault does to a create", () => {
  for (const kind of Object.keys(FAULT_KINDS).filter(isFaultKind)) {
    test(kind, async () => {
      const clock = createVirtualClock();
      const faults = [nth(1, "POST", "*", kind)];
      const sandbox = sandboxWith({ clock, faults, latencyMs: 10 });
      const first = send(sandbox, "POST", USERS, CREATE);
      await clock.run(first);
      const at = clock.now();
      const there = sandbox.state.userByEmail(ACME, "new@example.com") !== null;
      assert.equal(sandbox.log[0]?.committed !== null, there);
      assert.equal(sandbox.log[0]?.invitationSent, there);
      assert.equal(sandbox.log[0]?.fault, kind);
      const second = ask(sandbox, "POST", USERS, CREATE);
      await clock.run();
      const repeated = (await second).status;
      const replayed = sandbox.log[1]?.replayed === true;
      const answer = summary(await first);
      assert.deepEqual({ answer, there, repeated, replayed, at }, EXPECTED[kind]);
    });
  }
});

function summary(delivery: Awaited<ReturnType<typeof send>>): Expected["answer"] {
  if (delivery.kind === "lost") return "lost";
  return delivery.text === null ? delivery.answer.status : "damaged";
}

test("damaged answers are not JSON", async () => {
  const faults = [nth(1, "GET", "*", "garbage-html"), nth(2, "GET", "*", "garbage-json")];
  const sandbox = sandboxWith({ faults });
  const texts: (string | null)[] = [];
  for (const type of ["text/html", "application/json"]) {
    const delivery = await send(sandbox, "GET", "/api/me");
    assert.equal(delivery.kind, "answer");
    assert.equal(delivery.answer.body, undefined);
    assert.equal(delivery.answer.headers["content-type"], type);
    texts.push(delivery.text);
  }
  assert.match(texts[0] ?? "", /^<!doctype html>/);
  assert.match(texts[1] ?? "", /^\{"data"/);
  assert.throws(() => JSON.parse(texts[1] ?? ""), SyntaxError);
});

test("a slow body says how slow", async () => {
  const rows = [
    [nth(1, "GET", "*", "slow-body"), 5000],
    [nth(1, "GET", "*", "slow-body", 120), 120],
  ] as const;
  for (const [fault, slowBodyMs] of rows) {
    const delivery = await send(sandboxWith({ faults: [fault] }), "GET", "/api/me");
    assert.equal(delivery.kind, "answer");
    assert.equal(delivery.slowBodyMs, slowBodyMs);
  }
});

test("a replay is not overtaken by an error, but its answer can be lost", async () => {
  const faults = [nth(2, "POST", "*", "error-500"), nth(3, "POST", "*", "lost-answer")];
  const sandbox = sandboxWith({ faults });
  const statuses = [];
  for (let count = 0; count < 4; count += 1) {
    await send(sandbox, "POST", USERS, CREATE);
    statuses.push(sandbox.log.at(-1)?.status);
  }
  assert.deepEqual(statuses, [200, 200, "lost", 200]);
});

test("a script counts the requests that match its method and path", async () => {
  const faults = [nth(2, "GET", "/api/organization/users*", "error-503")];
  const sandbox = sandboxWith({ faults });
  const paths = [USERS, "/api/me", USERS, USERS];
  const statuses = [];
  for (const path of paths) statuses.push((await ask(sandbox, "GET", path)).status);
  assert.deepEqual(statuses, [200, 200, 503, 200]);
});

test("the first rule that matches wins, and the others still count", async () => {
  const faults = [nth(1, "GET", "*", "error-500"), nth(1, "GET", "*", "error-502")];
  const sandbox = sandboxWith({ faults: [...faults, nth(2, "GET", "*", "error-503")] });
  const statuses = [];
  for (let count = 0; count < 3; count += 1) {
    statuses.push((await ask(sandbox, "GET", "/api/me")).status);
  }
  assert.deepEqual(statuses, [500, 503, 200]);
});

async function statusesOf(seed: number): Promise<readonly (number | "lost" | null)[]> {
  const faults = [chance("error-503", 0.3), chance("lost-answer", 0.5, ["GET"])];
  const sandbox = sandboxWith({ faults, seed });
  for (let count = 0; count < 200; count += 1) await send(sandbox, "GET", "/api/me");
  return sandbox.log.map((entry) => entry.status);
}

test("the same seed draws the same faults, about as often as asked", async () => {
  const first = await statusesOf(7);
  assert.deepEqual(await statusesOf(7), first);
  assert.notDeepEqual(await statusesOf(8), first);
  const errors = first.filter((status) => status === 503).length;
  const lost = first.filter((status) => status === "lost").length;
  assert.ok(errors > 40 && errors < 80, `${errors} of 200 at 0.3`);
  assert.ok(lost > 50 && lost < 90, `${lost} of 200 at 0.7 × 0.5`);
});

test("a fault of some methods leaves the others alone", async () => {
  const sandbox = sandboxWith({
    faults: [chance("error-500", 1, ["DELETE"]), chance("conflict", 1)],
  });
  assert.equal((await ask(sandbox, "GET", USERS)).status, 200);
  assert.equal((await ask(sandbox, "DELETE", `${USERS}/x`)).status, 500);
  assert.equal((await ask(sandbox, "POST", USERS, CREATE)).status, 409);
});

test("calm() ends all faults", async () => {
  const sandbox = sandboxWith({ faults: [chance("error-500", 1)] });
  assert.equal((await ask(sandbox, "GET", USERS)).status, 500);
  sandbox.calm();
  assert.equal((await ask(sandbox, "GET", USERS)).status, 200);
});

test("latency lies between its least and its most, and requests in flight are counted", async () => {
  const clock = createVirtualClock();
  const sandbox = sandboxWith({ clock, latencyMs: 30, jitterMs: 20 });
  const ends: number[] = [];
  const asked = Array.from({ length: 50 }, async () => {
    await ask(sandbox, "GET", "/api/me");
    ends.push(clock.now());
  });
  await clock.run();
  await Promise.all(asked);
  assert.ok(Math.min(...ends) >= 30 && Math.max(...ends) < 50);
  assert.ok(new Set(ends).size > 40);
  assert.deepEqual(sandbox.inFlight, { now: 0, atMost: 50 });
});
