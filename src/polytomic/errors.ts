/** The error of a failed request: what was attempted, the response, and what to do. */
import { Failure } from "../model/failure.ts";
import { pathWords } from "./address.ts";
import type { CredentialKind } from "./credential.ts";
import { errorText } from "./decode.ts";
import type { Ending } from "./retry.ts";
import type { Call, Session } from "./session.ts";
import type { ApiResponse, Method } from "./transport.ts";

export class ApiError extends Failure {
  readonly method: Method;
  readonly path: string;
  /** Null when there was no response. */
  readonly status: number | null;
  /** The API's own words, on one line and without the key; null when it gave none. */
  readonly apiMessage: string | null;

  constructor(
    call: Call,
    told: Told,
    status: number | null,
    apiMessage: string | null,
    tries: number,
  ) {
    const words = apiMessage === null ? "" : ` ${JSON.stringify(apiMessage)}`;
    const answered = status === null ? "" : `: ${status}${words}`;
    const often = tries > 1 ? `, tried ${tries} times` : "";
    // If Polytomic was not reached, the request does not matter.
    const what = told.unreached === true ? "" : `could not ${call.what}: `;
    super(
      `${what}${told.problem} (${call.method} ${call.path}${answered}${often})`,
      told.hint === null ? {} : { hint: told.hint },
    );
    this.name = "ApiError";
    this.method = call.method;
    this.path = call.path;
    this.status = status;
    this.apiMessage = apiMessage;
  }
}

/** The result of an apply says this once, at its end. */
export const RUN_AGAIN = "run the command again later";

interface Told {
  readonly problem: string;
  /** Nothing of the request reached Polytomic; `problem` says so. */
  readonly unreached?: boolean;
  readonly hint: string | null;
}

export function apiError(
  session: Session,
  call: Call,
  { answer, tries }: Ending<unknown>,
): ApiError {
  if (answer.kind === "none") {
    const { message, hint, sent, interrupted } = answer.error;
    const problem = session.credential.redact(message);
    const told = { problem, hint, unreached: !sent && !interrupted };
    return new ApiError(call, told, null, null, tries);
  }
  const { response } = answer;
  const told =
    answer.kind === "undecodable"
      ? garbage(session, response, answer.problem.message)
      : inWords(session, call, response);
  return new ApiError(call, told, response.status, ownWords(session, response), tries);
}

const LONGEST_WORDS = 300;

function ownWords({ credential }: Session, { body }: ApiResponse): string | null {
  const text = errorText(body);
  if (text === null) return null;
  const line = credential
    .redact(text)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  if (line.length <= LONGEST_WORDS) return line;
  return `${line.slice(0, LONGEST_WORDS).replace(/[\ud800-\udbff]$/, "")}…`;
}

function garbage(session: Session, response: ApiResponse, undecodable: string): Told {
  if (response.body === undefined || response.body === "") {
    return {
      problem: "the response is not JSON",
      hint:
        pathHint(session) ??
        "check that the address is Polytomic's and not that of a proxy or a sign-in page",
    };
  }
  return {
    problem: `the response differs from the documentation: ${undecodable}`,
    hint: "run polytomic-users doctor; if it finds nothing wrong, report this as a bug in polytomic-users",
  };
}

function inWords(session: Session, call: Call, { status }: ApiResponse): Told {
  const { kind, variable } = session.credential;
  switch (status) {
    case 401:
      return {
        problem: `Polytomic does not accept the key in ${variable}`,
        hint: "check that the key is complete and has not been revoked, and that the URL is the right one",
      };
    case 403:
      return { problem: "this key does not have permission", hint: wrongKey(kind, variable) };
    case 404:
      return {
        problem: "the organization or user does not exist, or this key cannot reach it",
        hint: pathHint(session) ?? NOT_FOUND,
      };
    case 405:
      return {
        problem: `API version ${session.version.name} does not support ${call.method} here`,
        hint: "choose another version with --api-version",
      };
    case 409:
      return {
        problem: "Polytomic reports that an identical request is still in progress",
        hint: RUN_AGAIN,
      };
    case 422:
      return {
        problem: "Polytomic rejected these values",
        hint: "the quoted text is Polytomic's reason: check the user's address and roles in Polytomic",
      };
    case 429:
      return {
        problem: "the rate limit was exceeded",
        hint: "run the command again later, or lower --max-rate",
      };
    default:
      return otherwise(status);
  }
}

function otherwise(status: number): Told {
  if (status >= 500) {
    return { problem: "Polytomic returned a server error", hint: RUN_AGAIN };
  }
  if (status >= 300 && status < 400) {
    return {
      problem: "Polytomic redirected to another address, and redirects are not followed",
      hint: "set the final address with --url or POLYTOMIC_DEPLOYMENT_URL",
    };
  }
  if (status === 408) return { problem: "the server timed out", hint: RUN_AGAIN };
  return { problem: "Polytomic rejected the request", hint: null };
}

/** Null where the address is a host alone. */
function pathHint({ addressPath }: Session): string | null {
  if (addressPath === undefined || addressPath === "") return null;
  const { means, cure } = pathWords(addressPath);
  return `${means}: ${cure}`;
}

const NOT_FOUND = "check the organization's id, and that the key can reach it";

function wrongKey(kind: CredentialKind, variable: string): string {
  return kind === "api"
    ? "an API key reaches only its own organization; with an API version before 2025-09-18, a partner key may be " +
        "needed: use API version 2025-09-18, or set POLYTOMIC_PARTNER_KEY (POLYTOMIC_DEPLOYMENT_KEY on premises)"
    : `check that ${variable} holds a ${kind} key, and that the organization is in its scope`;
}
