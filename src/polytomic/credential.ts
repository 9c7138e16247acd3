/**
 * The key that opens Polytomic: read from the environment, sent in one header, shown nowhere.
 * The names of the variables are those of Polytomic's Terraform provider.
 */
import { Failure } from "../model/failure.ts";

export type CredentialKind = "api" | "partner" | "deployment";

const VARIABLES = {
  api: "POLYTOMIC_API_KEY",
  partner: "POLYTOMIC_PARTNER_KEY",
  deployment: "POLYTOMIC_DEPLOYMENT_KEY",
} as const satisfies Record<CredentialKind, string>;

const KINDS = ["api", "partner", "deployment"] as const;
const REDACTED = "[redacted]";

/** A key whose value comes out only as an Authorization header. */
export class Credential {
  readonly kind: CredentialKind;
  readonly #key: string;
  readonly #traces: RegExp;

  constructor(kind: CredentialKind, key: string) {
    this.kind = kind;
    this.#key = key;
    this.#traces = tracesOf(key);
  }

  /** The variable it came from, for messages. */
  get variable(): string {
    return VARIABLES[this.kind];
  }

  bearer(): string {
    return `Bearer ${this.#key}`;
  }

  /** As an organization's own endpoints take a partner's or deployment's key. */
  basic(organizationId: string): string {
    return `Basic ${Buffer.from(`${organizationId}:${this.#key}`).toString("base64")}`;
  }

  /** The text without this key, in whatever form the key is in it: plain, Base64 or URL-encoded. */
  redact(text: string): string {
    return text.replaceAll(this.#traces, REDACTED);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Credential(${this.kind}, ${REDACTED})`;
  }
}

/** The one credential of this run; `choice` (`--credential`) decides when there are several. */
export function credentialFrom(
  env: Readonly<Record<string, string | undefined>>,
  choice: CredentialKind | null,
): Credential {
  const kind = choice ?? onlyKind(env);
  const key = env[VARIABLES[kind]];
  if (key === undefined) {
    throw new Failure(`--credential ${kind} needs ${VARIABLES[kind]}, which is not set`, {
      hint: `set ${VARIABLES[kind]} in the environment, never on the command line`,
    });
  }
  refuseUnusable(VARIABLES[kind], key);
  return new Credential(kind, key);
}

function onlyKind(env: Readonly<Record<string, string | undefined>>): CredentialKind {
  const [first, ...others] = KINDS.filter((kind) => env[VARIABLES[kind]] !== undefined);
  if (first === undefined) {
    throw new Failure("no Polytomic credential in the environment", {
      hint: `set ${VARIABLES.api} (one organization), ${VARIABLES.partner} or ${VARIABLES.deployment}`,
    });
  }
  if (others.length > 0) {
    const names = [first, ...others].map((kind) => VARIABLES[kind]).join(" and ");
    throw new Failure(`more than one Polytomic credential in the environment: ${names}`, {
      hint: `choose with --credential ${[first, ...others].join("|")}, or unset the others`,
    });
  }
  return first;
}

/** A header takes visible ASCII; anything else is a copying mistake that would end in a puzzling 401. */
function refuseUnusable(variable: string, key: string): void {
  if (key.trim() === "") {
    throw new Failure(`${variable} is set but empty`, { hint: "set it to the key, or unset it" });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new Failure(`${variable} has characters in it that no key has (its value is not shown)`, {
      hint: "look for white space, quotes or a line break that was copied along",
    });
  }
}

/** Matches the key in its plain, JSON, URL-encoded and Base64 forms, the latter at any offset. */
function tracesOf(key: string): RegExp {
  const encoded = encodeURIComponent(key);
  const plain = [
    key,
    JSON.stringify(key).slice(1, -1),
    encoded,
    encoded.replace(/%../g, (hex) => hex.toLowerCase()),
  ];
  const base64 = [0, 1, 2]
    .map((offset) => base64Core(key, offset))
    .filter((core) => core.length >= 6)
    .flatMap((core) => [core, core.replaceAll("+", "-").replaceAll("/", "_")])
    .map((core) => `[A-Za-z0-9+/_-]*${escapeRegExp(core)}[A-Za-z0-9+/_=-]*`);
  const longestFirst = [...new Set(plain)].toSorted((a, b) => b.length - a.length);
  return new RegExp([...base64, ...longestFirst.map(escapeRegExp)].join("|"), "g");
}

/** The Base64 letters that the key alone decides when `offset` (mod 3) bytes stand before it. */
function base64Core(key: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(key)]);
  const start = Math.ceil((offset * 8) / 6);
  const end = Math.floor((bytes.length * 8) / 6);
  return bytes.toString("base64").slice(start, end);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
