/** Runs the program in this process, against a sandbox behind real HTTP. */
import { PassThrough, Readable, Writable } from "node:stream";
import { type Clock, systemClock } from "../src/clock.ts";
import { writeWhole } from "../src/commands/files.ts";
import type { Io } from "../src/commands/io.ts";
import { main } from "../src/main.ts";
import type { LogEntry } from "../src/sandbox/delivery.ts";
import { createSandbox, type Sandbox, type SandboxSettings } from "../src/sandbox/sandbox.ts";
import { startSandboxServer } from "../src/sandbox/server.ts";
import { EXAMPLE_USERS, exampleState } from "../src/sandbox/state.ts";

export const ACME = "248df4b7-aa70-47b8-a036-33ac447e668d";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly clock?: Clock;
  readonly interrupt?: AbortSignal;
  readonly interruptAgain?: AbortSignal;
  /** The answer at the prompt of a terminal; without it there is no terminal. Null ends the input. */
  readonly typed?: string | null;
  /** Called while the prompt waits. */
  readonly whenAsked?: () => unknown;
  /** Whether stdout and stderr are a terminal; by default they are if something is typed. */
  readonly terminal?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
}

/** Runs `polytomic-users ...args` as a user would, but in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const terminal = options.terminal ?? options.typed !== undefined;
  const stdout = new Captured(terminal, options.columns ?? 80);
  const stderr = new Captured(terminal, options.columns ?? 80);
  const io: Io = {
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    stdin: stdinOf(options, stderr),
    stdout,
    stderr,
    writeFile: writeWhole,
    clock: options.clock ?? systemClock,
    random: () => 0.5,
    interrupt: options.interrupt ?? new AbortController().signal,
    interruptAgain: options.interruptAgain ?? new AbortController().signal,
  };
  const code = await main(args, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A terminal whose user answers once the question is printed. */
function stdinOf({ stdin, typed, whenAsked }: RunOptions, stderr: Captured): Io["stdin"] {
  if (typed === undefined) return Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]);
  const terminal = new PassThrough();
  stderr.onText = (text) => {
    if (!text.includes('Type "yes" to apply')) return;
    stderr.onText = () => {};
    whenAsked?.();
    if (typed === null) terminal.end();
    else terminal.write(`${typed}\n`);
  };
  return Object.assign(terminal, { isTTY: true });
}

class Captured extends Writable {
  text = "";
  onText: (text: string) => void = () => {};
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(isTTY: boolean, columns: number) {
    super();
    this.isTTY = isTTY;
    this.columns = columns;
  }

  /** The methods of a terminal's stream that ora calls. */
  cursorTo(): void {}
  clearLine(): void {}
  moveCursor(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    this.onText(this.text);
    done();
  }
}

export interface Polytomic {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** The environment of a user of this sandbox; by default with an API key of the organization. */
  readonly env: Readonly<Record<string, string>>;
  readonly writes: () => readonly LogEntry[];
  readonly close: () => Promise<void>;
}

/** A sandbox of the example company (twelve users) on a free port. */
export async function polytomic(settings: Partial<SandboxSettings> = {}): Promise<Polytomic> {
  const sandbox = createSandbox({ state: exampleState(), ...settings, clock: systemClock });
  const server = await startSandboxServer(sandbox, { port: 0 });
  const { url } = server;
  return {
    url,
    sandbox,
    env: { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_API_KEY: "sandbox-api-key" },
    writes: () => sandbox.log.filter(({ method }) => method !== "GET"),
    close: () => server.close(),
  };
}

/** The users of the example company as a file that changes nothing; `edit` changes the users' part. */
export function acmeFile(
  entries: readonly (readonly [email: string, ...roles: string[]])[],
  more = "",
): string {
  const users = entries.map(
    ([email, ...roles]) => `  - email: ${email}\n    roles: [${roles.join(", ")}]\n`,
  );
  return `version: 1\norganization: ${ACME}\n${more}users:\n${users.join("")}`;
}

export const ACME_USERS = EXAMPLE_USERS;
