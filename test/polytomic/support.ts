/** Sessions, clocks and servers for the client's tests: real sockets on loopback, no waiting. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import { Credential } from "../../src/polytomic/credential.ts";
import type { CredentialKind } from "../../src/polytomic/credential.ts";
import { createHttpTransport } from "../../src/polytomic/http.ts";
import { createGate } from "../../src/polytomic/gate.ts";
import { nothingLearned, type Session } from "../../src/polytomic/session.ts";
import { chooseVersion } from "../../src/polytomic/version.ts";
import { createSandbox } from "../../src/sandbox/sandbox.ts";
import type { Sandbox, SandboxSettings } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import { STATE } from "../sandbox/calls.ts";
import { listen } from "../support.ts";

/** Time passes only by sleeping, and sleeping returns at once. */
export function quickClock(): Clock & { readonly slept: number[] } {
  let now = 1_700_000_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const KEYS: Readonly<Record<CredentialKind, string>> = {
  api: "key-of-acme",
  partner: "key-of-partner",
  deployment: "key-of-deployment",
};

export interface SessionChoice {
  readonly kind?: CredentialKind;
  readonly version?: string | null;
  readonly clock?: Clock;
  readonly timeoutSeconds?: number;
  readonly trace?: (line: string) => void;
  readonly stop?: AbortSignal;
  readonly abort?: AbortSignal;
  readonly addressPath?: string;
}

export function sessionTo(url: string, choice: SessionChoice = {}): Session {
  const kind = choice.kind ?? "partner";
  const credential = new Credential(kind, KEYS[kind]);
  const clock = choice.clock ?? quickClock();
  return {
    credential,
    version: chooseVersion(credential, choice.version ?? null),
    transport: createHttpTransport({
      base: url,
      timeoutSeconds: choice.timeoutSeconds ?? 5,
      env: {},
    }),
    addressPath: choice.addressPath ?? "",
    gate: createGate({ clock, maxRate: 1000, concurrency: 10 }),
    clock,
    random: () => 0.5,
    userAgent: "polytomic-users/0.0.0-test",
    trace: choice.trace ?? null,
    stop: choice.stop ?? null,
    abort: choice.abort ?? null,
    learned: nothingLearned(),
  };
}

/** A sandbox behind HTTP for this test, with Acme, Globex and Hidden. */
export async function sandboxFor(
  t: TestContext,
  settings: Partial<SandboxSettings> = {},
): Promise<{ readonly sandbox: Sandbox; readonly url: string }> {
  const sandbox = createSandbox({ state: STATE, clock: systemClock, ...settings });
  const server = await startSandboxServer(sandbox, { port: 0 });
  t.after(() => server.close());
  return { sandbox, url: server.url };
}

/** How a server responds to one request. */
export type Step =
  | "reset"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** The raw text, in place of `body`. */
      readonly text?: string | Buffer;
    };

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that takes one step per request, repeats the last one, and records what it received. */
export async function scripted(
  t: TestContext,
  steps: readonly Step[],
): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const url = await listening(t, async (request, response) => {
    const step = steps[Math.min(received.length, steps.length - 1)];
    const chunks: Buffer[] = [];
    received.push(await read(request, chunks));
    if (step === undefined || step === "reset") {
      request.socket.destroy();
      return;
    }
    response.writeHead(step.status, step.headers);
    response.end(step.text ?? (step.body === undefined ? "" : JSON.stringify(step.body)));
  });
  return { url, received };
}

export async function listening(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void handle(request, response));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

async function read(request: IncomingMessage, chunks: Buffer[]): Promise<Received> {
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const { method = "", url: path = "", headers } = request;
  return { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
}
