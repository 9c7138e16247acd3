/** What commands use instead of `process`: streams, environment, working directory, output files, clock. */
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { type Day, dayOf } from "../model/days.ts";
import { errorMessage, Failure, Interrupted } from "../model/failure.ts";
import type { RunStatus } from "../run/status.ts";

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Writes an output file: the whole text or nothing. `shown` is its name in messages. Rejects with `Failure`. */
  readonly writeFile: (path: string, shown: string, text: string) => Promise<void>;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP: send nothing new, and wait only for requests already sent. */
  readonly interrupt: AbortSignal;
  /** Aborts at the second: stop waiting. */
  readonly interruptAgain: AbortSignal;
}

/** The day that counts as today: the given one, else today's in UTC. */
export function asOfDay(asOf: Day | null, { clock }: Pick<Io, "clock">): Day {
  return asOf ?? dayOf(clock.now());
}

/** Colour only on a terminal that supports it. */
export function isColored(
  { env }: Pick<Io, "env">,
  stream: { readonly isTTY?: boolean },
  color: boolean,
): boolean {
  return color && stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** The width of a terminal. */
export function columnsOf({ columns }: { readonly columns?: number }): number {
  return Math.max(40, columns || 80);
}

/** The program's exit codes. */
export const EXIT = {
  done: 0,
  failed: 1,
  changes: 2,
  refused: 3,
  partly: 4,
  interrupted: 130,
} as const satisfies Record<RunStatus, number>;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Results go to stdout, everything else to stderr. Never rejects, because a stream that fails (a full disk behind a
 * redirect, a terminal that is gone) must not end an apply in the middle: resolves with why the text was lost, or null.
 */
export function print(stream: Writable, text: string): Promise<Error | null> {
  if (text === "") return Promise.resolve(null); // on a full disk even writing nothing fails
  return new Promise((resolve) => stream.write(text, (error) => resolve(error ?? null)));
}

function handedOver(stream: Writable): Promise<unknown> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => stream.write("", resolve));
}

/** The first error of each stream. */
const losses = new WeakMap<Writable, Error>();
/** A reader that closes the pipe early (`| head`) does not want the rest. */
const HAS_ENOUGH: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** From now on an error on stdout or stderr is remembered instead of thrown. */
export function rememberLosses({ stdout, stderr }: Pick<Io, "stdout" | "stderr">): void {
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (!HAS_ENOUGH.has(error.code ?? "") && !losses.has(stream)) losses.set(stream, error);
    });
  }
}

/** Throws `Failure` if any output so far was lost. */
export async function checkPrinted(io: Io): Promise<void> {
  await Promise.all([handedOver(io.stdout), handedOver(io.stderr)]);
  await new Promise((resolve) => setImmediate(resolve)); // streams report errors a moment later
  for (const [name, stream] of [
    ["output", io.stdout],
    ["error", io.stderr],
  ] as const) {
    const error = losses.get(stream);
    if (error !== undefined) {
      throw new Failure(`could not write to standard ${name}: ${errorMessage(error)}`, {
        hint: "check for a full disk or a closed terminal",
      });
    }
  }
}

/** The bytes of standard input to its end. Throws `Interrupted` when the run is interrupted before that. */
export async function readAll({ stdin, interrupt }: Io): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of addAbortSignal(interrupt, stdin)) {
      chunks.push(Buffer.from(chunk as Uint8Array));
    }
  } catch (error) {
    throw interrupt.aborted ? new Interrupted() : error;
  }
  return Buffer.concat(chunks);
}
