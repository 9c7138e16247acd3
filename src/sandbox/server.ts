/**
 * The sandbox as an HTTP server, on the loopback address only. This file handles what concerns HTTP alone (bodies that
 * are too large or not JSON, broken connections, slow bodies); `sandbox.exchange` does everything else.
 *
 * For users of the sandbox: `GET /_sandbox/log` lists every request so far, `GET /_sandbox/state` the current state.
 * Neither shows keys; neither counts as a request.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { errorMessage, Failure } from "../model/failure.ts";
import type { Sandbox, SandboxRequest } from "./sandbox.ts";
import type { Delivery } from "./delivery.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** A slow body comes in so many drops. */
const DROPS = 10;

export interface SandboxServer {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  /** Stops listening and breaks what is open. */
  close(): Promise<void>;
}

/** Port 0 takes any free one. Rejects with `Failure` where the port is taken. */
export async function startSandboxServer(
  sandbox: Sandbox,
  options: { readonly port: number },
): Promise<SandboxServer> {
  const closing = new AbortController();
  const server = createServer((request, response) => {
    serve(sandbox, request, response, closing.signal).catch(() => request.socket.destroy());
  });
  const port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      closing.abort();
      return closeServer(server);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const hint = "choose another with --port, or pass --port 0 for any free port";
      const why = errorMessage(cause);
      reject(new Failure(`the sandbox cannot listen on port ${port}: ${why}`, { hint, cause }));
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  sandbox: Sandbox,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const text = await readBody(request);
  if (text === null) return plain(response, 413, "body_too_large", "the body is larger than 1 MiB");
  const path = request.url ?? "/";
  if (path.startsWith("/_sandbox/")) return inspect(sandbox, path, response);
  const body = parsed(text);
  if (body === MALFORMED) {
    return plain(response, 400, "malformed_body", "the body is not JSON");
  }
  const delivery = await sandbox.exchange(asRequest(request, path, body));
  await deliver(delivery, request, response, closing);
}

function asRequest(request: IncomingMessage, path: string, body: unknown): SandboxRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { method: request.method ?? "GET", path, headers, body };
}

async function deliver(
  delivery: Delivery,
  request: IncomingMessage,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  if (delivery.kind === "lost") {
    request.socket.destroy();
    return;
  }
  const { answer, slowBodyMs } = delivery;
  const text = delivery.text ?? JSON.stringify(answer.body);
  const bytes = Buffer.from(text);
  const length = answer.status === 204 ? {} : { "content-length": bytes.length };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  if (slowBodyMs > 0) await trickle(bytes, slowBodyMs, response, closing);
  else response.end(request.method === "HEAD" ? undefined : bytes);
}

async function trickle(
  bytes: Buffer,
  ms: number,
  response: ServerResponse,
  closing: AbortSignal,
): Promise<void> {
  const drop = Math.ceil(bytes.length / DROPS);
  response.flushHeaders();
  for (let from = 0; from < bytes.length && !response.destroyed; from += drop) {
    await sleep(ms / DROPS, undefined, { signal: closing });
    response.write(bytes.subarray(from, from + drop));
  }
  response.end();
}

/** The body as text, or null where it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString("utf8");
}

const MALFORMED = Symbol("malformed");

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return MALFORMED;
  }
}

function inspect(sandbox: Sandbox, path: string, response: ServerResponse): void {
  switch (path) {
    case "/_sandbox/log":
      return json(response, 200, sandbox.log);
    case "/_sandbox/state":
      return json(response, 200, { organizations: sandbox.state.snapshot() });
    default:
      return plain(response, 404, "not_found", "use /_sandbox/log or /_sandbox/state");
  }
}

function plain(response: ServerResponse, status: number, key: string, message: string): void {
  json(response, status, { key, message, metadata: {}, status });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(value, null, 1)}\n`);
}
