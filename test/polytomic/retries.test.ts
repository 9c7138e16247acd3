/** Every row of docs/retries.md, over real sockets: the responses, the requests, and the outcome. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WriteOutcome } from "../../src/polytomic/api.ts";
import { createReader } from "../../src/polytomic/reader.ts";
import type { Session } from "../../src/polytomic/session.ts";
import { createWriter } from "../../src/polytomic/writer.ts";
import { nth } from "../../src/sandbox/faults.ts";
import type { FaultKind } from "../../src/sandbox/faults.ts";
import { ACME, BOB, MEMBER } from "../sandbox/calls.ts";
import { listening, quickClock, sandboxFor, scripted, sessionTo } from "./support.ts";
import type { Step } from "./support.ts";

const NEW = { email: "new@example.com", roleIds: [MEMBER] };
const KEY = "one-and-the-same-key";
const USER = { data: { id: BOB, email: "bob@example.com" } };
const OK: Step = { status: 200, body: USER };

type Verb = "create" | "update" | "remove";

function write(url: string, verb: Verb, clock = quickClock()): Promise<WriteOutcome> {
  const writer = createWriter(sessionTo(url, { clock }));
  switch (verb) {
    case "create":
      return writer.create(ACME, NEW, KEY);
    case "update":
      return writer.update(ACME, BOB, { email: "bob@example.com", roleIds: [MEMBER] });
    case "remove":
      return writer.remove(ACME, BOB);
  }
}

const METHOD = { create: "POST", update: "PATCH", remove: "DELETE" } as const;

describe("against the sandbox, with a fault at the first request", () => {
  type Row = readonly [verb: Verb, fault: FaultKind, outcome: WriteOutcome["kind"], log: string];
  // The log: the response to each request, `*` if it changed something, `=` if it was replayed.
  const rows: readonly Row[] = [
    ["create", "lost-request", "done", "lost 200*"],
    ["create", "lost-answer", "done", "lost* 200="],
    ["create", "garbage-html", "unknown", "200*"],
    ["create", "garbage-json", "unknown", "200*"],
    ["create", "conflict", "done", "409 200*"],
    ["create", "too-many-requests", "done", "429 200*"],
    ["create", "error-500", "spent", "500"],
    ["create", "error-503-after", "spent", "503*"],
    ["update", "lost-request", "done", "lost 200*"],
    ["update", "lost-answer", "done", "lost* 200*"],
    ["update", "garbage-json", "done", "200* 200*"],
    ["update", "too-many-requests", "done", "429 200*"],
    ["update", "error-500", "done", "500 200*"],
    ["update", "error-502-after", "done", "502* 200*"],
    ["remove", "lost-request", "done", "lost 200*"],
    ["remove", "lost-answer", "done", "lost* 404"],
    ["remove", "garbage-html", "done", "200* 404"],
    ["remove", "too-many-requests", "done", "429 200*"],
    ["remove", "error-503", "done", "503 200*"],
    ["remove", "error-500-after", "done", "500* 404"],
  ];
  for (const [verb, fault, outcome, log] of rows) {
    test(`${verb}, ${fault}: ${outcome} after ${log}`, async (t) => {
      const { sandbox, url } = await sandboxFor(t, { faults: [nth(1, METHOD[verb], "*", fault)] });
      assert.equal((await write(url, verb)).kind, outcome);
      const seen = sandbox.log.map((entry) => {
        return `${entry.status}${entry.committed === null ? "" : "*"}${entry.replayed ? "=" : ""}`;
      });
      assert.equal(seen.join(" "), log);
      const keys = new Set(sandbox.log.map((entry) => entry.idempotencyKey));
      assert.deepEqual([...keys], [verb === "create" ? KEY : null]);
    });
  }
});

describe("repeated responses", () => {
  type Row = readonly [
    name: string,
    verb: Verb,
    steps: readonly Step[],
    kind: string,
    sent: number,
  ];
  const status = (code: number): Step => ({ status: code, body: { message: "so it is" } });
  const html: Step = { status: 200, text: "<html>sign in</html>" };
  const rows: readonly Row[] = [
    ["no answer to a create in six tries", "create", ["reset"], "unknown", 6],
    ["no answer to an update in six tries", "update", ["reset"], "unknown", 6],
    ["no answer to a removal in six tries", "remove", ["reset"], "unknown", 6],
    ["500 to an update in six tries", "update", [status(500)], "unknown", 6],
    ["408 to an update, then done", "update", [status(408), OK], "done", 2],
    ["408 to a create", "create", [status(408)], "spent", 1],
    ["garbage for a create", "create", [html], "unknown", 1],
    ["garbage for a removal in six tries", "remove", [html], "unknown", 6],
    ["204 to a removal", "remove", [{ status: 204 }], "done", 1],
    ["204 to a create says nothing of a user", "create", [{ status: 204 }], "unknown", 1],
    ["409 to a create for ever", "create", [status(409)], "conflict", 8],
    ["409 to an update", "update", [status(409)], "rejected", 1],
    ["429 to a create for ever", "create", [status(429)], "spent", 3],
    ["429 to an update for ever", "update", [status(429)], "rejected", 30],
    ["no answer to a create, then 429 for ever", "create", ["reset", status(429)], "unknown", 4],
    ["no answer to a create, then 500", "create", ["reset", status(500)], "spent", 2],
    ["no answer to a create, then 422", "create", ["reset", status(422)], "unknown", 2],
    ["no answer to a create, then 403", "create", ["reset", status(403)], "unknown", 2],
    ["no answer to an update, then 422", "update", ["reset", status(422)], "unknown", 2],
    ["404 to a first removal", "remove", [status(404)], "gone", 1],
    ["404 to a removal that 429 came before", "remove", [status(429), status(404)], "gone", 2],
    ["404 to an update", "update", [status(404)], "gone", 1],
    ["404 to a create", "create", [status(404)], "rejected", 1],
    ["401 to an update", "update", [status(401)], "unauthorized", 1],
    ["401 to a create", "create", [status(401)], "unauthorized", 1],
    ["400 to a create", "create", [status(400)], "rejected", 1],
    ["403 to a removal", "remove", [status(403)], "rejected", 1],
    ["405 to an update", "update", [status(405), OK], "done", 2],
    ["405 to an update by both methods", "update", [status(405)], "rejected", 2],
    ["405 to a removal", "remove", [status(405)], "rejected", 1],
    ["204 to an update", "update", [status(204)], "done", 1],
    ["200 without a body to a removal", "remove", [{ status: 200 }], "done", 1],
    ["data: null to a removal", "remove", [{ status: 200, body: { data: null } }], "done", 1],
    ["{} to an update", "update", [{ status: 200, body: {} }], "done", 1],
    ["{} to a create", "create", [{ status: 200, body: {} }], "unknown", 1],
    ["somebody else in answer to a create", "create", [OK], "spent", 1],
    ["422 to a create", "create", [status(422)], "rejected", 1],
    [
      "a redirect of an update",
      "update",
      [{ status: 307, headers: { location: "/" } }],
      "rejected",
      1,
    ],
  ];
  for (const [name, verb, steps, kind, sent] of rows) {
    test(`${name}: ${kind}, ${sent} sent`, async (t) => {
      const { url, received } = await scripted(t, steps);
      assert.equal((await write(url, verb)).kind, kind);
      assert.equal(received.length, sent);
    });
  }

  test("one update of many uses the wrong method", async (t) => {
    const dialects = new Set(["update-by-other-method"] as const);
    const { sandbox, url } = await sandboxFor(t, { dialects });
    const lines: string[] = [];
    const writer = createWriter(sessionTo(url, { trace: (line) => lines.push(line) }));
    const body = { email: "bob@example.com", roleIds: [MEMBER] };
    const outcomes = await Promise.all(
      Array.from({ length: 9 }, () => writer.update(ACME, BOB, body)),
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      Array.from({ length: 9 }, () => "done"),
    );
    assert.equal(sandbox.log.filter(({ status }) => status === 405).length, 1);
    assert.deepEqual(
      lines.filter((line) => line.includes("not allowed")),
      ["PATCH is not allowed (405): users are updated with PUT from here on"],
    );
  });

  test("after a 405 and an interruption the update failed: a request for it was sent", async (t) => {
    const stop = new AbortController();
    const url = await listening(t, (_, response) => {
      stop.abort();
      response.writeHead(405).end();
    });
    const writer = createWriter(sessionTo(url, { stop: stop.signal }));
    const body = { email: "bob@example.com", roleIds: [MEMBER] };
    assert.equal((await writer.update(ACME, BOB, body)).kind, "rejected");
    assert.equal((await writer.update(ACME, BOB, body)).kind, "unsent");
  });

  test("a server that refuses connections was certainly not asked", async () => {
    const outcome = await write("http://127.0.0.1:1", "create");
    assert.equal(outcome.kind, "rejected");
    assert.match(
      "message" in outcome ? outcome.message : "",
      /connection refused by .*tried 6 times/,
    );
  });
});

describe("waiting", () => {
  test("grows from half a second to eight, with jitter", async (t) => {
    const { url } = await scripted(t, ["reset"]);
    const clock = quickClock();
    await write(url, "update", clock);
    const waits = clock.slept.filter((ms) => ms > 100);
    assert.deepEqual(waits, [375, 750, 1500, 3000, 6000]);
  });

  test("is as long as a 503 says, by seconds or by date", async (t) => {
    const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000).toUTCString();
    const seconds: Step = { status: 503, headers: { "retry-after": "7" } };
    const date: Step = { status: 503, headers: { date: at(100), "retry-after": at(109) } };
    const { url } = await scripted(t, [seconds, date, OK]);
    const clock = quickClock();
    assert.equal((await write(url, "update", clock)).kind, "done");
    assert.deepEqual(
      clock.slept.filter((ms) => ms > 100),
      [7000, 9000],
    );
  });

  test("is as long as a 429 says, once", async (t) => {
    const { url } = await scripted(t, [{ status: 429, headers: { "retry-after": "3" } }, OK]);
    const clock = quickClock();
    assert.equal((await write(url, "update", clock)).kind, "done");
    assert.deepEqual(
      clock.slept.filter((ms) => ms > 100),
      [3000],
    );
  });
});

describe("reads", () => {
  const again: readonly (readonly [string, Step])[] = [
    ["no answer", "reset"],
    ["408", { status: 408 }],
    ["429", { status: 429, headers: { "retry-after": "1" } }],
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["a page of HTML", { status: 200, text: "<html>" }],
    ["half of a JSON", { status: 200, text: '{"data":[{"id":' }],
    ["a list of the wrong things", { status: 200, body: { data: ["ada"] } }],
  ];
  for (const [name, step] of again) {
    test(`are repeated after ${name}`, async (t) => {
      const { url, received } = await scripted(t, [step, { status: 200, body: { data: null } }]);
      assert.deepEqual(await createReader(sessionTo(url)).users(ACME), []);
      assert.equal(received.length, 2);
    });
  }
  for (const status of [400, 401, 403, 404, 405, 422]) {
    test(`are not repeated after ${status}`, async (t) => {
      const { url, received } = await scripted(t, [{ status }]);
      const reader = createReader(sessionTo(url));
      await assert.rejects(reader.organizations(), { name: "ApiError", status });
      assert.equal(received.length, 1);
    });
  }

  test("users: a partner's key that is refused as Bearer goes as Basic, from then on", async (t) => {
    const dialects = new Set(["partner-users-by-basic"] as const);
    const { sandbox, url } = await sandboxFor(t, { dialects });
    const session = sessionTo(url);
    const reader = createReader(session);
    assert.equal((await reader.users(ACME)).length, 2);
    assert.equal((await reader.users(ACME)).length, 2);
    assert.equal((await createWriter(session).remove(ACME, BOB)).kind, "done");
    assert.deepEqual(
      sandbox.log.map(({ status }) => status),
      [403, 200, 200, 200],
    );
  });

  test("if both ways to list users fail, the first answer is the error", async (t) => {
    const { url, received } = await scripted(t, [{ status: 403 }, { status: 401 }]);
    const reader = createReader(sessionTo(url));
    await assert.rejects(reader.users(ACME), { name: "ApiError", status: 403 });
    assert.equal(received.length, 2);
  });

  for (const status of [401, 403, 404]) {
    test(`roles that are refused with ${status} are null`, async (t) => {
      const { url, received } = await scripted(t, [{ status }]);
      assert.equal(await createReader(sessionTo(url)).roles(ACME), null);
      assert.equal(received.length, 1);
    });
  }

  for (const more of [
    { pagination: { next_page_token: "t" } },
    { links: { next: "?page=2" } },
    { next: "https://elsewhere.example" },
    { meta: { has_more: true } },
    { total_count: 7 },
  ]) {
    test(`one page of a list is refused: ${JSON.stringify(more)}`, async (t) => {
      const { url, received } = await scripted(t, [{ status: 200, body: { data: [], ...more } }]);
      const reader = createReader(sessionTo(url));
      await assert.rejects(reader.users(ACME), /indicates one page of a longer list/);
      assert.equal(received.length, 1);
    });
  }

  test("a list that announces no more is the whole list", async (t) => {
    const body = { data: [], pagination: { next_page_token: "" }, links: { next: null }, total: 0 };
    const { url } = await scripted(t, [{ status: 200, body }]);
    assert.deepEqual(await createReader(sessionTo(url)).users(ACME), []);
  });
});

describe("after an interruption", () => {
  test("a write without a response is not repeated", async (t) => {
    const stop = new AbortController();
    const { url, received } = await scripted(t, ["reset"]);
    const clock = quickClock();
    const sleep = () => Promise.resolve(stop.abort());
    const session = sessionTo(url, { clock: { ...clock, sleep }, stop: stop.signal });
    const outcome = await createWriter(session).remove(ACME, BOB);
    assert.equal(outcome.kind, "unknown");
    assert.equal(received.length, 1);
  });

  test("a write that waits for its turn is not sent, a read is", async (t) => {
    const { url, received } = await scripted(t, [{ status: 200, body: { data: null } }]);
    const session = sessionTo(url, { stop: AbortSignal.abort() });
    const outcome = await createWriter(session).remove(ACME, BOB);
    assert.equal(outcome.kind, "unsent");
    assert.deepEqual(await createReader(session).users(ACME), []);
    assert.deepEqual(
      received.map(({ method }) => method),
      ["GET"],
    );
  });
});

describe("a check just before sending", () => {
  test("refuses a write before its first request", async (t) => {
    const { url, received } = await scripted(t, [OK]);
    const outcome = await createWriter(sessionTo(url)).remove(ACME, BOB, () => "not sent: no");
    assert.deepEqual(outcome, { kind: "unsent", message: "not sent: no" });
    assert.equal(received.length, 0);
  });

  test("refuses a repetition after a 429: it was sent, and certainly not carried out", async (t) => {
    const { url, received } = await scripted(t, [{ status: 429 }, OK]);
    const check = (attempt: number) => (attempt === 1 ? null : "not sent: no");
    const outcome = await createWriter(sessionTo(url)).remove(ACME, BOB, check);
    assert.deepEqual(outcome, {
      kind: "rejected",
      message: "the first attempt was not carried out and was not retried: not sent: no",
    });
    assert.equal(received.length, 1);
  });

  test("refuses a repetition, and leaves in doubt what was sent before", async (t) => {
    const { url, received } = await scripted(t, ["reset", OK]);
    const check = (attempt: number) => (attempt === 1 ? null : "not sent: no");
    const outcome = await createWriter(sessionTo(url)).remove(ACME, BOB, check);
    assert.equal(outcome.kind, "unknown");
    assert.equal(received.length, 1);
  });
});

describe("decoding", () => {
  const answering = (data: () => unknown): Session => ({
    ...sessionTo("http://127.0.0.1:1"),
    transport: async () => ({
      status: 200,
      headers: {},
      body: {
        get data() {
          return data();
        },
      },
    }),
  });

  test("a response is decoded once, by a read and by a write", async () => {
    let decoded = 0;
    const session = answering(() => {
      decoded += 1;
      return { id: BOB, email: NEW.email, role_ids: NEW.roleIds };
    });
    await createReader(session).currentOrganization();
    assert.equal(decoded, 1);
    const outcome = await createWriter(session).create(ACME, NEW, KEY);
    assert.deepEqual([outcome.kind, decoded], ["done", 2]);
  });
});
