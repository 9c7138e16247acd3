/** What the program is handed instead of touching the process: streams, environment, folder, time. */
import { addAbortSignal, type Readable, type Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { Interrupted } from "../model/failure.ts";
import type { RunStatus } from "../run/status.ts";

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working folder. */
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP: begin nothing new, and wait for nothing but what was sent. */
  readonly interrupt: AbortSignal;
  /** Aborts at the second: wait for nothing. */
  readonly interruptAgain: AbortSignal;
}

/** The program's exit codes, as users rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  changes: 2,
  refused: 3,
  partly: 4,
  interrupted: 130,
} as const satisfies Record<RunStatus, number>;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const GONE: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** Results go to stdout, everything else to stderr. Resolves once the text is handed over. */
export function print(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      // A reader that has enough (`| head`) is no failure, nor is what comes after it left.
      if (error && !GONE.has((error as NodeJS.ErrnoException).code ?? "")) reject(error);
      else resolve();
    });
  });
}

/** The bytes of standard input to its end. Throws `Interrupted` when the run is told to stop before. */
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
