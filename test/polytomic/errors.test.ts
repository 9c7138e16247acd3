/** The message of an API error: the request, the response, and the cure; on one line, without the key. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { Failure } from "../../src/model/failure.ts";
import { ApiError } from "../../src/polytomic/errors.ts";
import { createReader } from "../../src/polytomic/reader.ts";
import { ACME } from "../sandbox/calls.ts";
import { scripted, sessionTo } from "./support.ts";
import type { SessionChoice, Step } from "./support.ts";

test("where the address has a path, it is the first suspect of what is not found and of what is not JSON", async (t) => {
  const missing = await scripted(t, [{ status: 404 }]);
  const hint =
    "the address has the path /foo; Polytomic's API is usually at the root of the host: remove the path from --url or POLYTOMIC_DEPLOYMENT_URL";
  assert.equal((await errorOf(missing.url, { addressPath: "/foo" })).hint, hint);
  const page = await scripted(t, [{ status: 200, text: "<html>" }]);
  assert.equal((await errorOf(page.url, { addressPath: "/foo" })).hint, hint);
});

async function errorOf(url: string, choice: SessionChoice = {}): Promise<ApiError> {
  try {
    await createReader(sessionTo(url, choice)).users(ACME);
  } catch (error) {
    assert.ok(error instanceof ApiError && error instanceof Failure);
    return error;
  }
  return assert.fail("no error");
}

describe("each status in plain words", () => {
  const rows: readonly (readonly [Step, SessionChoice, RegExp, RegExp | null])[] = [
    [
      { status: 401 },
      {},
      /does not accept the key in POLYTOMIC_PARTNER_KEY/,
      /has not been revoked/,
    ],
    [
      { status: 403 },
      { kind: "api" },
      /does not have permission/,
      /only its own organization.*PARTNER_KEY/,
    ],
    [
      { status: 403 },
      { kind: "partner" },
      /does not have permission/,
      /POLYTOMIC_PARTNER_KEY holds a partner key.*scope/,
    ],
    [{ status: 404 }, {}, /does not exist, or this key cannot reach it/, /organization's id/],
    [{ status: 405 }, {}, /version 2023-04-25 does not support GET here/, /--api-version/],
    [{ status: 422 }, {}, /rejected these values/, /Polytomic's reason/],
    [{ status: 418 }, {}, /rejected the request/, null],
    [{ status: 302 }, {}, /redirects are not followed/, /--url/],
    [{ status: 429 }, {}, /the rate limit was exceeded.*429, tried 30 times/, /--max-rate/],
    [{ status: 500 }, {}, /a server error.*500, tried 6 times/, /later/],
    [{ status: 408 }, {}, /timed out/, /later/],
    [{ status: 200, text: "<html>" }, {}, /is not JSON/, /sign-in page/],
    [
      { status: 200, body: {} },
      {},
      /differs from the documentation: the response has no `data`/,
      /polytomic-users doctor/,
    ],
    [
      "reset",
      {},
      /closed the connection before the response was complete.*tried 6 times/,
      /run the command again/,
    ],
  ];
  for (const [step, choice, message, hint] of rows) {
    test(`${typeof step === "string" ? step : JSON.stringify(step)} ${choice.kind ?? ""}`, async (t) => {
      const { url } = await scripted(t, [step]);
      const error = await errorOf(url, choice);
      assert.match(error.message, /^could not list the users of organization [^:]*: /);
      assert.match(error.message, message);
      if (hint === null) assert.equal(error.hint, null);
      else assert.match(error.hint ?? "", hint);
    });
  }
});

test("it has method, path, status and the API's own message", async (t) => {
  const body = { message: "no access", status: 403, key: "forbidden" };
  const { url } = await scripted(t, [{ status: 403, body }]);
  const error = await errorOf(url);
  const path = `/api/organizations/${ACME}/users`;
  assert.equal(error.method, "GET");
  assert.equal(error.path, path);
  assert.equal(error.status, 403);
  assert.equal(error.apiMessage, "no access");
  assert.ok(error.message.endsWith(`(GET ${path}: 403 "no access")`));
});

test("the API's message is made one line, bounded, and does not give the key away", async (t) => {
  const basic = Buffer.from(`${ACME}:key-of-partner`).toString("base64");
  const message = `bad\r\n::error::\u001b[31mkey-of-partner\u202e ${basic} ${"x".repeat(5000)}`;
  const { url } = await scripted(t, [{ status: 422, body: { message } }]);
  const error = await errorOf(url);
  assert.match(error.apiMessage ?? "", /^bad ::error:: \[31m\[redacted\] \[redacted\] x+…$/);
  assert.equal(error.apiMessage?.length, 301);
  assert.doesNotMatch(inspect(error, { depth: 9 }), /key-of-partner/);
});
