/** The type of a state file (`schemas/sandbox.schema.json`), and the text for what each key accepts. */
import {
  type Expectation,
  expectOther as other,
  expectText as text,
  type Format,
} from "../config/schema-problems.ts";
import { validate } from "../generated/sandbox.ts";
import { FAULT_KINDS, type FaultKind } from "./faults.ts";
import type { LimitOptions, LimitRule } from "./limits.ts";
import type { Duplicates } from "./users.ts";

/** A file that fits the schema. */
export interface StateFile {
  readonly organizations: readonly OrganizationEntry[];
  readonly partner_keys?: readonly {
    readonly key: string;
    readonly organizations?: readonly string[];
  }[];
  readonly deployment_key?: string;
  readonly latency_ms?: number;
  readonly jitter_ms?: number;
  readonly rate_limit?: LimitEntry & {
    readonly retry_after?: LimitOptions["retryAfter"];
    readonly headers?: boolean;
    readonly changes?: readonly (LimitEntry & { readonly after_seconds: number })[];
  };
  readonly faults?: readonly {
    readonly kind: FaultKind;
    readonly probability?: number;
    readonly nth?: number;
    readonly methods?: readonly string[];
    readonly path?: string;
    readonly ms?: number;
  }[];
  readonly seed?: number;
  readonly duplicates?: Duplicates;
  readonly dialects?: readonly string[];
}

export interface OrganizationEntry {
  readonly id?: string;
  readonly name: string;
  readonly roles?: readonly (string | { readonly id?: string; readonly name: string })[];
  readonly users?: readonly {
    readonly id?: string;
    readonly email: string;
    readonly roles?: readonly string[];
    readonly api_key?: string;
  }[];
  readonly api_keys?: readonly string[];
}

export interface LimitEntry {
  readonly kind?: LimitRule["kind"];
  readonly per_second?: number;
  readonly burst?: number;
  readonly requests?: number;
  readonly window_seconds?: number;
}

const milliseconds = other("a number of milliseconds, at most a day (86400000)", "bad-number");
const atLeastOne = other("a number, 1 or more", "bad-number");
const limit: Readonly<Record<string, Expectation>> = {
  kind: other("token-bucket, fixed-window, sliding-window or concurrent", "bad-value"),
  per_second: other("a number above 0", "bad-number"),
  burst: atLeastOne,
  requests: atLeastOne,
  window_seconds: other("a number of seconds, 0.001 or more", "bad-number"),
  after_seconds: other("a number of seconds, 0 or more", "bad-number"),
};

const expectations: Readonly<Record<string, Expectation>> = {
  "": other("a map with at least organizations:"),
  organizations: other("a list of organizations, each starting with - name:"),
  "organizations.*": other("an organization with name:"),
  "organizations.*.roles": other("a list of roles such as [Viewer]"),
  "organizations.*.roles.*": text("a role's name, or { name: NAME, id: ID }"),
  "organizations.*.users": other("a list of users, each starting with - email:"),
  "organizations.*.users.*": other("a user with email:"),
  "organizations.*.users.*.roles": other("a list of roles such as [Viewer]"),
  "organizations.*.api_keys": other("a list of keys"),
  partner_keys: other("a list such as [{ key: sandbox-partner-key }]"),
  "partner_keys.*": other("a key such as { key: sandbox-partner-key }"),
  "partner_keys.*.organizations": other("a list of organizations' ids or names"),
  latency_ms: milliseconds,
  jitter_ms: milliseconds,
  rate_limit: other("a limit such as { per_second: 50, burst: 20 }"),
  "rate_limit.retry_after": other("seconds, date or none", "bad-value"),
  "rate_limit.headers": other("true or false", "bad-value"),
  "rate_limit.changes": other("a list such as [{ after_seconds: 10, per_second: 25 }]"),
  "rate_limit.changes.*": other("a limit with after_seconds:"),
  faults: other("a list such as [{ kind: lost-answer, probability: 0.05 }]"),
  "faults.*": other("a fault with kind: and either probability: or nth:", "bad-value"),
  "faults.*.kind": other(`one of ${Object.keys(FAULT_KINDS).join(", ")}`, "bad-value"),
  "faults.*.probability": other("a number from 0 to 1", "bad-number"),
  "faults.*.nth": other("a whole number, 1 or more", "bad-number"),
  "faults.*.methods": other("a list such as [POST]"),
  "faults.*.methods.*": other("GET, POST, PUT, PATCH or DELETE", "bad-value"),
  "faults.*.ms": other("a number of milliseconds, 0 or more", "bad-number"),
  seed: other("a whole number from 0 to 4294967295", "bad-number"),
  duplicates: other("refuse or accept", "bad-value"),
  dialects: other("a list of dialects, none twice (docs/fidelity.md)", "bad-value"),
  "dialects.*": other("a dialect (docs/fidelity.md lists them)", "bad-value"),
};

export const stateFormat: Format = {
  check: validate,
  expectationAt: (path) => {
    const pattern = path.map((step) => (typeof step === "number" ? "*" : step)).join(".");
    const [, part] = /^rate_limit(?:\.changes\.\*)?\.(\w+)$/.exec(pattern) ?? [];
    const ofLimit = part === undefined ? undefined : limit[part];
    return expectations[pattern] ?? ofLimit ?? text("text that is not empty");
  },
  // What a choice lacks has an error of its own.
  reportOwn: ({ keyword }) => keyword === "if",
};
