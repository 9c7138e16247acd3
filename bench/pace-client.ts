/** One program of `bench/pace.ts`: it changes the roles of its part of the users, in a process of its own. */
import { DefaultRateLimiter } from "@smithy/util-retry";
import pLimit from "p-limit";
import { systemClock } from "../src/clock.ts";
import { Credential } from "../src/polytomic/credential.ts";
import { createGate, type Gate } from "../src/polytomic/gate.ts";
import { createHttpTransport } from "../src/polytomic/http.ts";
import { nothingLearned } from "../src/polytomic/session.ts";
import { chooseVersion } from "../src/polytomic/version.ts";
import { createWriter } from "../src/polytomic/writer.ts";
import { EMAIL, KEY, ORGANIZATION, ROLE } from "./pace-server.ts";

export type GateName = keyof typeof GATES;

export interface Work {
  readonly url: string;
  readonly users: readonly (readonly [index: number, userId: string])[];
  readonly gate: GateName;
  /** Programs that share the limit, this one included. */
  readonly programs: number;
}

/** The defaults of the command line. */
const CONCURRENCY = 20;
const MAX_RATE = 500;

const GATES = {
  "polytomic-users": (programs: number): Gate =>
    createGate({
      clock: systemClock,
      maxRate: MAX_RATE,
      concurrency: CONCURRENCY,
      random: Math.random,
      sharers: programs,
    }),
  "@smithy/util-retry": (): Gate => {
    const inFlight = pLimit(CONCURRENCY);
    const limiter = new DefaultRateLimiter();
    return {
      run: (send) =>
        inFlight(async () => {
          await limiter.getSendToken();
          const response = await send();
          const refused = response.status === 429;
          limiter.updateClientSendingRate(refused ? { errorType: "THROTTLING" } : {});
          return response;
        }),
      expect: () => {},
    };
  },
};

/** How many changes the client takes for failed. */
async function changeAll({ url, users, gate, programs }: Work): Promise<number> {
  const credential = new Credential("partner", KEY);
  const writer = createWriter({
    credential,
    version: chooseVersion(credential, null),
    transport: createHttpTransport({ base: url, timeoutSeconds: 30, env: {} }),
    gate: GATES[gate](programs),
    clock: systemClock,
    random: Math.random,
    userAgent: "polytomic-users/bench",
    trace: null,
    stop: null,
    abort: null,
    learned: nothingLearned(),
  });
  const change = async ([index, userId]: readonly [number, string]): Promise<boolean> => {
    const body = { email: EMAIL(index), roleIds: [ROLE] };
    return (await writer.update(ORGANIZATION, userId, body)).kind === "done";
  };
  const done = await Promise.all(users.map(change));
  return done.filter((one) => !one).length;
}

process.on("message", (work) => {
  void changeAll(work as Work).then((failed) => process.send?.(failed));
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
