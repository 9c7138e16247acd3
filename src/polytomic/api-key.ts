/**
 * Create API Key: the only answer that must never be lost, logged or asked for twice. Apart from the
 * Writer, because nothing but its own command may reach it.
 */
import { Failure } from "../model/failure.ts";
import { kindOfResponse } from "./response.ts";
import { Undecodable, decodeKeyValue } from "./decode.ts";
import { apiError } from "./errors.ts";
import type { Rule } from "./retry.ts";
import { sendWithRetries } from "./retry.ts";
import { authorizedFor, type Call, type Session } from "./session.ts";
import { segment, usersPath } from "./version.ts";

const RULE: Rule = { usable: () => true, again: ["limited"], silenceAgain: false };

/**
 * The new key's value. The endpoint is documented only with the organization in its path, for every kind of credential.
 * `force` revokes the user's existing key. Retried only after a 429: when the outcome is unknown, a key may exist whose
 * value was never received, and a retry would hide that.
 */
export async function createApiKey(
  session: Session,
  organizationId: string,
  userId: string,
  force: boolean,
): Promise<string> {
  const call: Call = {
    what: "create an API key",
    method: "POST",
    path: `${usersPath(organizationId)}/${segment(userId)}/keys${force ? "?force=true" : ""}`,
    ...authorizedFor(session, organizationId),
  };
  const { exchange, tries } = await sendWithRetries(session, call, RULE);
  if (exchange.kind === "none") {
    const error = apiError(session, call, exchange, tries);
    throw exchange.error.sent ? unknownOutcome(error, force) : error;
  }
  const { status, body } = exchange.response;
  if (status < 200 || status >= 300) {
    const error = apiError(session, call, exchange, tries);
    throw kindOfResponse(exchange.response) === "transient" ? unknownOutcome(error, force) : error;
  }
  try {
    return decodeKeyValue(body);
  } catch (error) {
    if (!(error instanceof Undecodable)) throw error;
    throw unknownOutcome(apiError(session, call, exchange, tries, error.message), force);
  }
}

/** The message says that a key may exist whose value was never received. */
function unknownOutcome(error: Failure, force: boolean): Failure {
  const revoked = force ? "the user's former key may be revoked; " : "";
  return new Failure(`${error.message}: a key may have been made whose value is lost`, {
    hint: `${revoked}make another with --force, which revokes the lost one`,
    cause: error,
  });
}
