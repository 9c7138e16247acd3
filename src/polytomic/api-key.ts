/**
 * Create API Key. Its response must not be lost or logged, and the request must not be repeated. Separate from the
 * writer, because only the command `create-api-key` may use it.
 */
import { Failure } from "../model/failure.ts";
import { decodeKeyValue } from "./decode.ts";
import { apiError } from "./errors.ts";
import type { RetryRule } from "./retry.ts";
import { sendWithRetries } from "./retry.ts";
import { authorizedFor, type Call, type Session } from "./session.ts";
import { encodeSegment, usersPath } from "./version.ts";

const RULE: RetryRule<string> = { decode: decodeKeyValue, again: ["limited"] };

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
    path: `${usersPath(organizationId)}/${encodeSegment(userId)}/keys${force ? "?force=true" : ""}`,
    ...authorizedFor(session, organizationId),
  };
  const ending = await sendWithRetries(session, call, RULE);
  const { answer } = ending;
  if (answer.kind === "done") return answer.value;
  const error = apiError(session, call, ending);
  const mayBeMade =
    answer.kind === "none"
      ? answer.error.sent
      : answer.kind === "transient" || answer.kind === "undecodable";
  if (mayBeMade) throw unknownOutcome(error, force);
  if (error.status === 422 && !force) {
    const hint = "if the user already has a key, pass --force to revoke it and create a new one";
    throw new Failure(error.message, { hint, cause: error });
  }
  throw error;
}

/** The message says that a key may exist whose value was never received. */
function unknownOutcome(error: Failure, force: boolean): Failure {
  const revoked = force ? "the user's existing key may have been revoked; " : "";
  return new Failure(
    `${error.message}: a key may have been created, but its value was not received`,
    {
      hint: `${revoked}run the command again with --force, which revokes that key and creates a new one`,
      cause: error,
    },
  );
}
