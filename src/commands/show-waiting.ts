/** Shows on stderr what a run is waiting for, and the progress of reading. Shows nothing with `--quiet`. */
import { systemClock } from "../clock.ts";
import { plainText } from "../output/escape.ts";
import type { Retry } from "../polytomic/session.ts";
import type { Transport } from "../polytomic/transport.ts";
import type { GlobalFlags } from "./flags.ts";
import type { Io } from "./io.ts";

const LONG_MS = 1_000;
/** Minimum time between two lines of the same kind, because many requests wait at once. */
const AGAIN_MS = { retry: LONG_MS, pause: 5_000, silence: 10_000 } as const;

export interface Waits {
  /** Before a request is sent again. */
  retry(retry: Retry): void;
  /** While the rate limit lets no request through. */
  pause(ms: number): void;
  /** Reports if no request of `transport` had a response for a second. */
  watched(transport: Transport): Transport;
}

export function tellWaits(io: Io, host: string, { quiet }: Pick<GlobalFlags, "quiet">): Waits {
  const told = new Map<keyof typeof AGAIN_MS, number>();
  const tell = (kind: keyof typeof AGAIN_MS, text: string): void => {
    const now = io.clock.monotonic();
    const last = told.get(kind);
    if (quiet || (last !== undefined && now - last < AGAIN_MS[kind])) return;
    told.set(kind, now);
    tellLine(io, text);
  };
  return {
    retry({ problem, ms, attempt, of }) {
      if (ms < LONG_MS) return;
      tell(
        "retry",
        `${problem}; retrying in ${Math.ceil(ms / 1000)} s, attempt ${attempt} of ${of}`,
      );
    },
    pause(ms) {
      tell("pause", `Waiting ${Math.ceil(ms / 1000)} s for the rate limit.`);
    },
    watched: (transport) =>
      // Real time: a connection's silence is real, even in a test with a fast clock.
      watched(transport, systemClock, () => tell("silence", `Waiting for ${host} to respond.`)),
  };
}

/** Clears a progress line or bar first. */
function tellLine(io: Io, text: string): void {
  io.stderr.write(`${inPlace(io) ? CLEAR : ""}${plainText(text)}\n`);
}

/** One timer for all requests in flight: reports after a second without any response, once until the next response. */
function watched(transport: Transport, clock: Io["clock"], tell: () => void): Transport {
  let inFlight = 0;
  let answers = 0;
  let timer: AbortController | null = null;
  const watch = async (): Promise<void> => {
    if (timer !== null || inFlight === 0) return;
    const own = new AbortController();
    timer = own;
    const before = answers;
    await clock.sleep(LONG_MS, own.signal);
    if (timer === own) timer = null;
    if (own.signal.aborted) return;
    if (answers === before) tell();
    else void watch();
  };
  return async (request, signal) => {
    inFlight += 1;
    void watch();
    try {
      return await transport(request, signal);
    } finally {
      answers += 1;
      inFlight -= 1;
      if (inFlight === 0) {
        timer?.abort();
        timer = null;
      } else void watch();
    }
  };
}

export interface ReadProgress {
  /** One more organization has been read. */
  readonly onRead: (done: number, total: number) => void;
  /** Clears the line before other output. */
  readonly end: () => void;
}

/** On a terminal a line that is updated, elsewhere a line every few seconds: `planned 120 of 200 organizations`. */
export function readProgress(
  io: Io,
  done: "planned" | "read",
  { quiet, verbose }: Pick<GlobalFlags, "quiet" | "verbose">,
): ReadProgress {
  const rewrites = inPlace(io) && !verbose;
  const every = rewrites ? 100 : 5_000;
  let last = io.clock.monotonic();
  let shown = false;
  return {
    onRead(count, total) {
      const now = io.clock.monotonic();
      if (quiet || total < 2 || now - last < every) return;
      last = now;
      shown = rewrites;
      const line = `${done} ${count} of ${total} organizations`;
      io.stderr.write(rewrites ? `${CLEAR}${line}` : `${line}\n`);
    },
    end() {
      if (shown) io.stderr.write(CLEAR);
      shown = false;
    },
  };
}

const CLEAR = "\r\u001b[2K";

/** A terminal without a width (0 columns, as in pipelines) cannot clear a line. */
export function inPlace({ stderr, env }: Io): boolean {
  return stderr.isTTY === true && (stderr.columns ?? 0) > 0 && env["TERM"] !== "dumb";
}
