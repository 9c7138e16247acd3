/**
 * The credential, which is read from the environment, sent in one header, and never shown.
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
  readonly #plain: RegExp;
  readonly #base64: RegExp | null;

  constructor(kind: CredentialKind, key: string) {
    this.kind = kind;
    this.#key = key;
    this.#plain = plainTraces(key);
    this.#base64 = base64Traces(key);
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
    const whole = this.#base64 === null ? text : withoutRuns(text, this.#base64);
    return whole.replaceAll(this.#plain, REDACTED);
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

/** The credential of this run; `choice` (`--credential`) selects one of several. */
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
  const present = KINDS.filter((kind) => env[VARIABLES[kind]] !== undefined);
  // Pipelines set missing secrets to empty values: these count as unset if another is set.
  const filled = present.filter((kind) => env[VARIABLES[kind]] !== "");
  const [first, ...others] = filled.length > 0 ? filled : present.slice(0, 1);
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

/** A header allows visible ASCII; anything else is a copying mistake that would cause a puzzling 401. */
function refuseUnusable(variable: string, key: string): void {
  if (key.trim() === "") {
    throw new Failure(`${variable} is set but empty`, { hint: "set it to the key, or unset it" });
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new Failure(
      `${variable} contains characters that are not allowed in a key (the value is not shown)`,
      {
        hint: "check for spaces, quotes or line breaks that were copied with it",
      },
    );
  }
}

/** Matches the key in its plain, JSON and URL-encoded forms. */
function plainTraces(key: string): RegExp {
  const encoded = encodeURIComponent(key);
  const plain = [
    key,
    JSON.stringify(key).slice(1, -1),
    encoded,
    encoded.replace(/%../g, (hex) => hex.toLowerCase()),
  ];
  const longestFirst = [...new Set(plain)].toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeRegExp).join("|"), "g");
}

/** Matches the key in Base64, at any offset, to the end of the run; null where the key is too short to tell. */
function base64Traces(key: string): RegExp | null {
  const cores = [0, 1, 2]
    .map((offset) => base64Core(key, offset))
    .filter((core) => core.length >= 6)
    .flatMap((core) => [core, core.replaceAll("+", "-").replaceAll("/", "_")])
    .map((core) => `${escapeRegExp(core)}[A-Za-z0-9+/_=-]*`);
  return cores.length === 0 ? null : new RegExp(cores.join("|"), "g");
}

/** Removes each match with the Base64 before it; a regular expression for that takes quadratic time. */
function withoutRuns(text: string, traces: RegExp): string {
  let shown = "";
  let end = 0;
  for (const { index, 0: match } of text.matchAll(traces)) {
    let start = index;
    while (start > end && /[A-Za-z0-9+/_-]/.test(text.charAt(start - 1))) start--;
    shown += text.slice(end, start) + REDACTED;
    end = index + match.length;
  }
  return shown + text.slice(end);
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
