/** Short functions to call a sandbox without sockets. */
import assert from "node:assert/strict";

import type { Clock } from "../../src/clock.ts";
import { createSandbox, type Sandbox, type SandboxSettings } from "../../src/sandbox/sandbox.ts";
import type { Delivery } from "../../src/sandbox/delivery.ts";
import type { SandboxState } from "../../src/sandbox/state.ts";

export const ACME = "00000000-0000-4000-a000-00000000000a";
export const GLOBEX = "00000000-0000-4000-a000-00000000000b";
export const HIDDEN = "00000000-0000-4000-a000-00000000000c";
export const UNKNOWN = "00000000-0000-4000-a000-0000000000ff";

export const ADA = "00000000-0000-4000-a000-000000000001";
export const BOB = "00000000-0000-4000-a000-000000000002";

export const ADMIN = "role-admin";
export const MEMBER = "role-member";
export const VIEWER = "role-viewer";

/** Two users in Acme, none in the others; the partner key's scope is Acme and Globex. */
export const STATE: SandboxState = {
  organizations: [
    {
      id: ACME,
      name: "Acme",
      roles: [
        { id: ADMIN, name: "Admin", system: true },
        { id: MEMBER, name: "Member", system: true },
        { id: VIEWER, name: "Viewer", system: false },
      ],
      users: [
        { id: ADA, email: "ada@example.com", role_ids: [ADMIN] },
        { id: BOB, email: "bob@example.com", role_ids: [MEMBER, VIEWER] },
      ],
    },
    { id: GLOBEX, name: "Globex", roles: [], users: [] },
    { id: HIDDEN, name: "Hidden", roles: [], users: [] },
  ],
  credentials: {
    apiKeys: [
      { key: "key-of-acme", organizationId: ACME, userId: null },
      { key: "key-of-ada", organizationId: ACME, userId: ADA },
    ],
    partnerKeys: [{ key: "key-of-partner", organizationIds: [ACME, GLOBEX] }],
    deploymentKey: "key-of-deployment",
  },
};

export const stoppedClock: Clock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
};

export function sandboxWith(settings: Partial<SandboxSettings & { clock: Clock }> = {}): Sandbox {
  return createSandbox({ state: STATE, clock: stoppedClock, ...settings });
}

export function basic(organizationId: string, key: string): string {
  return `Basic ${Buffer.from(`${organizationId}:${key}`).toString("base64")}`;
}

export const BEARER_ACME = "Bearer key-of-acme";

export interface Asked {
  readonly authorization?: string | null;
  readonly version?: string;
  readonly body?: unknown;
  readonly key?: string;
}

/** One request; by default with an API key of Acme and the newest version. */
export function send(
  sandbox: Sandbox,
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Delivery> {
  const { authorization = BEARER_ACME, version, body, key } = asked;
  const headers = {
    ...(authorization !== null && { authorization }),
    ...(version !== undefined && { "x-polytomic-version": version }),
    ...(key !== undefined && { "idempotency-key": key }),
  };
  return sandbox.exchange({ method, path, headers, body });
}

/** An object of any endpoint: the fields of all kinds, of which each kind has some. */
export interface Shown {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly role_ids: readonly string[];
  readonly name: string;
  readonly system: boolean;
  readonly organization_id: string;
  readonly value: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A response: with data (one object), or the members of an error. */
  readonly body: {
    readonly data: Shown;
    readonly key: string;
    readonly message: string;
    readonly status: number;
  };
}

/** The same, where data is expected. */
export async function ask(
  sandbox: Sandbox,
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Answered> {
  const delivery = await send(sandbox, method, path, asked);
  assert.equal(delivery.kind, "answer");
  return delivery.answer as Answered;
}

/** The objects of a list endpoint. */
export async function askList(
  sandbox: Sandbox,
  path: string,
  asked: Asked = {},
): Promise<readonly Shown[]> {
  const { body } = await ask(sandbox, "GET", path, asked);
  return body.data as unknown as readonly Shown[];
}
