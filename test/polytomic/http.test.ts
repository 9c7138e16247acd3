import assert from "node:assert/strict";
import { connect, createServer as createTcpServer } from "node:net";
import { createServer as createTlsServer } from "node:https";
import { describe, test, type TestContext } from "node:test";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { createHttpTransport } from "../../src/polytomic/http.ts";
import type { HttpOptions } from "../../src/polytomic/http.ts";
import { noResponse } from "../../src/polytomic/network-errors.ts";
import type { ApiRequest } from "../../src/polytomic/transport.ts";
import { NoResponse } from "../../src/polytomic/transport.ts";
import { listen } from "../support.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { listening, scripted } from "./support.ts";

const ME: ApiRequest = {
  method: "GET",
  path: "/api/me",
  headers: { authorization: "Bearer secret-key" },
};

/** A server that responds 101 to every request and keeps the connection open. */
async function switching(t: TestContext): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    );
    t.after(() => socket.destroy());
  });
  t.after(() => server.close());
  return `http://127.0.0.1:${await listen(server)}`;
}

function transport(base: string, options: Partial<HttpOptions> = {}) {
  return createHttpTransport({ base, timeoutSeconds: 5, env: {}, ...options });
}

async function failure(exchange: Promise<unknown>): Promise<NoResponse> {
  const error: unknown = await exchange.then(
    () => assert.fail("there was an answer"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof NoResponse, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 9 }), /secret-key/);
  return error;
}

test("a request goes out as it is, and its answer comes back parsed", async (t) => {
  const { url, received } = await scripted(t, [
    { status: 201, headers: { "X-One": "1" }, body: { data: ["é"] } },
  ]);
  const headers = { "content-type": "application/json", "idempotency-key": "12345678" };
  const answer = await transport(`${url}/base`)({
    method: "POST",
    path: "/api/x%2Fy?force=true",
    headers,
    body: { email: "é@example.com" },
  });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers["x-one"], "1");
  assert.deepEqual(answer.body, { data: ["é"] });
  assert.equal(received[0]?.method, "POST");
  assert.equal(received[0]?.path, "/base/api/x%2Fy?force=true");
  assert.equal(received[0]?.body, '{"email":"é@example.com"}');
  assert.equal(received[0]?.headers["idempotency-key"], "12345678");
});

for (const method of ["GET", "DELETE", "POST"] as const) {
  test(`${method} without a body has none`, async (t) => {
    const { url, received } = await scripted(t, [{ status: 200, body: {} }]);
    await transport(url)({ ...ME, method });
    assert.equal(received[0]?.body, "");
    assert.equal(received[0]?.headers["content-type"], undefined);
  });
}

test("a body that is not JSON is undefined, an empty one is empty", async (t) => {
  const { url } = await scripted(t, [{ status: 200, text: "<html>" }, { status: 204 }]);
  assert.equal((await transport(url)(ME)).body, undefined);
  assert.equal((await transport(url)(ME)).body, "");
});

test("a body in another encoding than UTF-8 is not JSON; a byte order mark is dropped", async (t) => {
  const bodies = [
    Buffer.from('{"data":"jörg@example.com"}', "latin1"),
    Buffer.from('\uFEFF{"data":"jörg@example.com"}'),
  ];
  const url = await listening(t, (_, response) => void response.end(bodies.shift()));
  const send = transport(url);
  assert.equal((await send(ME)).body, undefined);
  assert.deepEqual((await send(ME)).body, { data: "jörg@example.com" });
});

test("a redirect is a response and is not followed", async (t) => {
  const { url, received } = await scripted(t, [
    { status: 302, headers: { location: "/elsewhere" }, body: {} },
  ]);
  assert.equal((await transport(url)(ME)).status, 302);
  assert.equal(received.length, 1);
});

test("nothing is repeated here, whatever the status", async (t) => {
  const { url, received } = await scripted(t, [
    { status: 503, headers: { "retry-after": "0" } },
    { status: 200, body: {} },
  ]);
  assert.equal((await transport(url)(ME)).status, 503);
  assert.equal(received.length, 1);
});

test("a connection is reused", async (t) => {
  const ports = new Set<number | undefined>();
  const url = await listening(t, (request, response) => {
    ports.add(request.socket.remotePort);
    response.end("{}");
  });
  const send = transport(url);
  for (let index = 0; index < 3; index++) await send(ME);
  assert.equal(ports.size, 1);
});

describe("no response", () => {
  test("refused: it was not sent", async () => {
    const error = await failure(transport("http://127.0.0.1:1")(ME));
    assert.equal(
      error.message,
      "could not reach Polytomic: connection refused by 127.0.0.1:1 (ECONNREFUSED)",
    );
    assert.equal(error.sent, false);
    assert.match(error.hint ?? "", /address and port/);
  });

  test("a name that is missing: it was not sent", async () => {
    const error = await failure(transport("https://nowhere.invalid")(ME));
    assert.match(error.message, /^could not reach Polytomic: host nowhere\.invalid not found \(/);
    assert.equal(error.sent, false);
  });

  test("cut before the response: the outcome is unknown", async (t) => {
    const { url } = await scripted(t, ["reset"]);
    const error = await failure(transport(url)(ME));
    assert.match(error.message, /closed the connection before the response was complete/);
    assert.equal(error.sent, true);
  });

  test("cut in the middle of the body: the outcome is unknown", async (t) => {
    const url = await listening(t, (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"data":');
      setImmediate(() => response.destroy());
    });
    assert.equal((await failure(transport(url)(ME))).sent, true);
  });

  test("none in time", async (t) => {
    const url = await listening(t, () => {});
    const error = await failure(transport(url, { timeoutSeconds: 0.1 })(ME));
    assert.match(error.message, /no complete response from 127\.0\.0\.1:\d+ within 0\.1 s/);
    assert.match(error.hint ?? "", /--timeout/);
    assert.equal(error.sent, true);
  });

  test("a body that never ends in time", async (t) => {
    const url = await listening(t, (_, response) => {
      response.writeHead(200);
      response.write("{");
    });
    const error = await failure(transport(url, { timeoutSeconds: 0.1 })(ME));
    assert.match(error.message, /no complete response/);
  });

  test("101 Switching Protocols, which was not requested", async (t) => {
    const url = await switching(t);
    const error = await failure(transport(url)(ME));
    assert.match(error.message, /127\.0\.0\.1:\d+ returned 101 and switched to another protocol/);
    assert.equal(error.sent, true);
  });

  test("informational responses without end", async (t) => {
    const url = await listening(t, (_, response) => {
      const more = setInterval(() => response.writeProcessing(), 20);
      response.on("close", () => clearInterval(more));
    });
    const error = await failure(transport(url, { timeoutSeconds: 0.3 })(ME));
    assert.match(error.message, /no complete response/);
  });

  test("interrupted while it is under way: given up at once", async (t) => {
    const stop = new AbortController();
    const url = await listening(t, () => stop.abort());
    const error = await failure(transport(url)(ME, stop.signal));
    assert.deepEqual(
      [error.message, error.sent, error.interrupted],
      ["no response before the run was stopped", true, true],
    );
  });

  test("a server that does not speak HTTP", async (t) => {
    const server = createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
    const port = await listen(server);
    t.after(() => server.close());
    assert.equal((await failure(transport(`http://127.0.0.1:${port}`)(ME))).sent, true);
  });

  test("an answer that is too large", async (t) => {
    const { url } = await scripted(t, [{ status: 200, text: "x".repeat(200_000) }]);
    const error = await failure(transport(url, { maxBytes: 100_000 })(ME));
    assert.equal(error.message, "the response is larger than 100000 bytes");
  });

  test("an answer that is too large once it is unpacked", async (t) => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, "x"));
    assert.ok(bomb.length < 100_000);
    const headers = { "content-encoding": "gzip" };
    const { url } = await scripted(t, [{ status: 200, headers, text: bomb }]);
    const error = await failure(transport(url, { maxBytes: 100_000 })(ME));
    assert.equal(error.message, "the response is larger than 100000 bytes");
  });
});

describe("TLS", () => {
  test("an untrusted certificate is refused, regardless of the environment", async (t) => {
    const server = createTlsServer({ key: KEY, cert: CERTIFICATE }, () => {
      assert.fail("the request must not arrive");
    });
    const port = await listen(server);
    t.after(() => server.close());
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    t.after(() => {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    });
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    const error = await failure(transport(`https://localhost:${port}`)(ME));
    assert.match(error.message, /the certificate of localhost:\d+ is not trusted/);
    assert.match(error.hint ?? "", /NODE_EXTRA_CA_CERTS/);
    assert.deepEqual([error.sent, error.lasting], [false, true]);
  });

  for (const [code, message, hint] of [
    ["ERR_TLS_CERT_ALTNAME_INVALID", "is for another host", /check the address/],
    ["CERT_HAS_EXPIRED", "has expired or is not valid yet", /check this machine's clock/],
    ["CERT_NOT_YET_VALID", "has expired or is not valid yet", /check this machine's clock/],
  ] as const) {
    test(`${code}: a certificate authority would not help`, () => {
      const target = { base: "https://polytomic.example", timeoutSeconds: 5, env: {} };
      const error = noResponse(Object.assign(new Error(code), { code }), target);
      assert.equal(
        error.message,
        `could not reach Polytomic: the certificate of polytomic.example ${message} (${code})`,
      );
      assert.match(error.hint ?? "", hint);
      assert.deepEqual([error.sent, error.lasting], [false, true]);
    });
  }

  test("a server that speaks plain HTTP is reported as such", async (t) => {
    const { url } = await scripted(t, [{ status: 200, body: {} }]);
    const error = await failure(transport(url.replace("http:", "https:"))(ME));
    assert.match(error.message, /does not speak HTTPS/);
    assert.equal(error.sent, false);
  });
});

describe("a proxy", () => {
  test("gets a CONNECT for the host, and never the key", async (t) => {
    const asked: string[] = [];
    const server = createTcpServer((socket) => {
      socket.once("data", (data) => {
        asked.push(data.toString());
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      });
    });
    const port = await listen(server);
    t.after(() => server.close());
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const error = await failure(transport("https://app.polytomic.invalid", { env })(ME));
    assert.match(
      error.message,
      /the proxy refused a connection to app\.polytomic\.invalid \(407\)/,
    );
    assert.match(error.hint ?? "", /user name and password/);
    assert.deepEqual([error.sent, error.lasting], [false, true]);
    assert.match(asked.join(), /^CONNECT app\.polytomic\.invalid:443 HTTP\/1\.1\r\n/);
    assert.doesNotMatch(asked.join(), /secret-key/);
  });

  test("opens a tunnel that TLS goes through", async (t) => {
    const { url, received } = await scripted(t, [{ status: 200, body: { data: 1 } }]);
    const target = Number(new URL(url).port);
    const server = createTcpServer((socket) => {
      socket.once("data", () => {
        const onward = connect(target, "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.pipe(onward).pipe(socket);
        });
      });
    });
    const port = await listen(server);
    t.after(() => server.close());
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    // At the end of the tunnel is a server that does not speak TLS: it is reached, and the message says so.
    const error = await failure(transport("https://app.polytomic.invalid", { env })(ME));
    assert.match(error.message, /does not speak HTTPS/);
    assert.equal(received.length, 0);
  });

  test("by SOCKS is asked for the host, and never sees the key", async (t) => {
    const seen: Buffer[] = [];
    const server = createTcpServer((socket) => {
      socket.on("data", (data) => {
        seen.push(data);
        // SOCKS 5: no authentication; then "host unreachable".
        if (seen.length === 1) socket.write(Uint8Array.of(5, 0));
        else socket.end(Uint8Array.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0));
      });
    });
    const port = await listen(server);
    t.after(() => server.close());
    const env = { ALL_PROXY: `socks5h://127.0.0.1:${port}` };
    await failure(transport("https://app.polytomic.invalid", { env })(ME));
    assert.match(String(seen[1]), /app\.polytomic\.invalid/);
    assert.doesNotMatch(seen.join(), /secret-key/);
  });

  test("that closes the connection is named", async (t) => {
    const server = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
    const port = await listen(server);
    t.after(() => server.close());
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const error = await failure(transport("https://app.polytomic.invalid", { env })(ME));
    assert.match(
      error.message,
      /^no complete response from app\.polytomic\.invalid \(through the proxy\) \(/,
    );
  });

  test("is not asked for loopback", async (t) => {
    const { url, received } = await scripted(t, [{ status: 200, body: {} }]);
    const env = { HTTP_PROXY: "http://127.0.0.1:1", ALL_PROXY: "http://127.0.0.1:1" };
    assert.equal((await transport(url, { env })(ME)).status, 200);
    assert.equal(received.length, 1);
  });

  test("that is missing is reported without its password", async () => {
    const env = { HTTPS_PROXY: "http://me:secret-key@127.0.0.1:1" };
    const error = await failure(transport("https://app.polytomic.invalid", { env })(ME));
    assert.equal(
      error.message,
      "could not reach Polytomic: the proxy 127.0.0.1:1 refused the connection (ECONNREFUSED)",
    );
    assert.deepEqual([error.sent, error.lasting], [false, false]);
  });
});
