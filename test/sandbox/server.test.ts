import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "node:net";

import { systemClock } from "../../src/clock.ts";
import { Failure } from "../../src/model/failure.ts";
import { nth } from "../../src/sandbox/faults.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import type { SandboxServer } from "../../src/sandbox/server.ts";
import { ACME, BEARER_ACME, sandboxWith } from "./calls.ts";

const HEADERS = { authorization: BEARER_ACME };
const USERS = "/api/organization/users";

/** One fault for each of these paths, so that the tests do not disturb each other. */
const FAULTS = [
  nth(1, "GET", "/api/me?lost", "lost-answer"),
  nth(1, "GET", "/api/me?html", "garbage-html"),
  nth(1, "GET", "/api/me?half", "garbage-json"),
  nth(1, "GET", "/api/me?slow", "slow-body", 60),
  nth(1, "GET", "/api/me?endless", "slow-body", 60_000),
  nth(1, "POST", `${USERS}?lost`, "lost-answer"),
];

describe("the sandbox over HTTP", () => {
  let sandbox: Sandbox;
  let server: SandboxServer;

  before(async () => {
    sandbox = sandboxWith({ clock: systemClock, faults: FAULTS });
    server = await startSandboxServer(sandbox, { port: 0 });
  });
  after(() => server.close());

  function get(path: string): Promise<Response> {
    return fetch(`${server.url}${path}`, { headers: HEADERS });
  }

  function post(body: string, path: string = USERS): Promise<Response> {
    return fetch(`${server.url}${path}`, { method: "POST", headers: HEADERS, body });
  }

  test("it answers on the loopback address, in JSON, with the version", async () => {
    const response = await get("/api/me");
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.equal(response.headers.get("x-polytomic-version"), "2025-09-18");
    assert.deepEqual(await response.json(), {
      data: {
        organization_id: ACME,
        organization_name: "Acme",
        is_user: false,
        is_organization: true,
        is_partner: false,
        is_system: false,
      },
    });
  });

  test("a body that is not JSON is 400, one that is too large 413", async () => {
    const malformed = await post('{"email":');
    const large = await post(`{"email":"${"a".repeat(1024 * 1024)}"}`);
    const keys = [malformed, large].map(async (response) => [
      response.status,
      ((await response.json()) as { key: string }).key,
    ]);
    assert.deepEqual(await Promise.all(keys), [
      [400, "malformed_body"],
      [413, "body_too_large"],
    ]);
  });

  test("a method that HTTP has and the API has not is 405", async () => {
    const response = await fetch(`${server.url}/api/me`, { method: "OPTIONS", headers: HEADERS });
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET"]);
  });

  test("a lost answer is a broken connection, and what was asked is done", async () => {
    await assert.rejects(get("/api/me?lost"), TypeError);
    const body = JSON.stringify({ email: "lost@example.com" });
    await assert.rejects(post(body, `${USERS}?lost`), TypeError);
    assert.notEqual(sandbox.state.userByEmail(ACME, "lost@example.com"), null);
  });

  test("invalid bytes arrive unchanged", async () => {
    const html = await get("/api/me?html");
    assert.deepEqual([html.status, html.headers.get("content-type")], [200, "text/html"]);
    assert.match(await html.text(), /^<!doctype html>/);
    const half = await get("/api/me?half");
    await assert.rejects(half.json(), SyntaxError);
  });

  test("a slow body arrives in small parts, and complete", async () => {
    const response = await get("/api/me?slow");
    const drops = [];
    for await (const drop of response.body ?? []) drops.push(Buffer.from(drop));
    assert.ok(drops.length > 1, `${drops.length} drops`);
    assert.equal(JSON.parse(Buffer.concat(drops).toString()).data.organization_id, ACME);
  });

  test("the history of requests can be read, without keys", async () => {
    const log = (await (await get("/_sandbox/log")).json()) as readonly { path: string }[];
    const state = await (await get("/_sandbox/state")).text();
    assert.equal(log[0]?.path, "/api/me");
    assert.deepEqual(JSON.parse(state).organizations[0].name, "Acme");
    assert.doesNotMatch(JSON.stringify(log) + state, /key-of-/);
    assert.equal((await get("/_sandbox/other")).status, 404);
    assert.equal(sandbox.log.filter(({ path }) => path.startsWith("/_sandbox")).length, 0);
  });

  test("a port in use is reported", async () => {
    const port = Number(new URL(server.url).port);
    await assert.rejects(
      startSandboxServer(sandbox, { port }),
      (error) => error instanceof Failure && /cannot listen on port/.test(error.message),
    );
  });
});

test("close() breaks open connections, including a body on its way", async () => {
  const sandbox = sandboxWith({ clock: systemClock, faults: FAULTS });
  const server = await startSandboxServer(sandbox, { port: 0 });
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const answered = new Promise((resolve) => socket.once("data", resolve));
  socket.on("error", () => undefined);
  socket.write(`GET /api/me?endless HTTP/1.1\r\nhost: x\r\nauthorization: ${BEARER_ACME}\r\n\r\n`);
  await answered;
  await server.close();
  await closed;
});
