/** The example company in a sandbox: its file as it is, and one that adds, changes and removes a user. */
import {
  ACME_USERS,
  acmeFile,
  polytomic,
  type Polytomic,
  run as runProgram,
  type RunOptions,
} from "../program.ts";
import { flyingClock } from "./elsewhere.ts";

export const run = (args: readonly string[], options: RunOptions = {}) =>
  runProgram(args, { clock: flyingClock(), ...options });

export const SAME = acmeFile(ACME_USERS);
/** One user is added, one changed, one removed. */
export const WANTED = acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|contractor)@/.test(email)),
  ["sam@example.com", "Member", "Billing"],
  ["newcomer@example.com", "Viewer"],
]);

export async function withSandbox(test: (server: Polytomic) => Promise<void>): Promise<void> {
  const server = await polytomic();
  try {
    await test(server);
  } finally {
    await server.close();
  }
}
