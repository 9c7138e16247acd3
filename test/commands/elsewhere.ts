/** Other sandboxes than the example company: a partner's organizations, servers that misbehave, time that flies. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../../src/clock.ts";
import { derivedId } from "../../src/sandbox/ids.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import type { SandboxOrganization, SandboxState } from "../../src/sandbox/state.ts";
import { listen } from "../support.ts";

/** A clock on which a second takes ten milliseconds, or one. It starts at noon of a day, UTC. */
export function flyingClock(day = "2026-11-23", speed = 100): Clock {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const start = performance.now();
  return {
    now: () => noon + (performance.now() - start) * speed,
    monotonic: () => (performance.now() - start) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const timer = setTimeout(resolve, ms / speed);
        signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      }),
  };
}

type User = readonly [email: string, ...roles: string[]];

export function organization(
  id: string,
  name: string,
  accounts: readonly User[],
): SandboxOrganization {
  const roles = ["Admin", "Member", "Viewer"].map((role) => {
    return { id: derivedId("role", id, role), name: role, system: role !== "Viewer" };
  });
  const users = accounts.map(([email, ...names]) => {
    const held = roles.filter((role) => names.includes(role.name)).map((role) => role.id);
    return { id: derivedId("user", id, email), email, role_ids: held };
  });
  return { id, name, users, roles };
}

export function partnerState(organizations: readonly SandboxOrganization[]): SandboxState {
  return {
    organizations,
    credentials: {
      apiKeys: [],
      partnerKeys: [{ key: "partner-key-of-all", organizationIds: null }],
      deploymentKey: null,
    },
  };
}

/** The file of an organization; `more` goes before its users. */
export function fileOf(id: string, accounts: readonly User[], more = ""): string {
  const users = accounts.map(
    ([email, ...roles]) => `  - email: ${email}\n    roles: [${roles.join(", ")}]\n`,
  );
  return `version: 1\norganization: ${id}\n${more}users:\n${users.join("")}`;
}

/** A response in place of the sandbox's; `drop` breaks the connection, `silence` never responds. */
export type Instead =
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }
  | "drop"
  | "silence"
  | null;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
}

export interface Server {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
}

/** A server in front of the sandbox: sends what `instead` returns, else the sandbox's response. */
export async function before(
  sandbox: Sandbox | null,
  instead: (asked: Asked, count: number) => Instead,
): Promise<Server> {
  const behind = sandbox === null ? null : await startSandboxServer(sandbox, { port: 0 });
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method = "", url: path = "" } = request;
    const one = { method, path, authorization: request.headers.authorization ?? "" };
    asked.push(one);
    const answer = instead(one, asked.length);
    if (answer === "silence") return;
    if (answer === "drop") request.socket.destroy();
    else if (answer !== null) {
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(answer.body);
    } else void pass(request, response, behind?.url ?? "");
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await behind?.close();
    },
  };
}

async function pass(request: IncomingMessage, response: ServerResponse, base: string) {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !/^(host|connection|content-length|accept-encoding)$/.test(name)
        ? [[name, value] as [string, string]]
        : [],
    );
    const answer = await fetch(`${base}${request.url}`, {
      method: request.method ?? "GET",
      headers,
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  } catch {
    request.socket.destroy();
  }
}
