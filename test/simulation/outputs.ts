/**
 * The output streams of one start of the program: in memory, failing like a full disk, a broken device or a closed
 * pipe.
 */
import { PassThrough, Writable } from "node:stream";
import type { Io } from "../../src/commands/io.ts";
import { Failure } from "../../src/model/failure.ts";
import type { Dice } from "./dice.ts";

export interface OutputTrouble {
  readonly where: "stdout" | "stderr" | "file";
  readonly code: "ENOSPC" | "EIO" | "EPIPE";
  /** The number of the write that fails, from 1. */
  readonly failsAt: number;
  /** Whether every later write also fails. */
  readonly lasting: boolean;
}

export interface OutputDraw {
  /** `--verbose`: each request writes to stderr. */
  readonly verbose: boolean;
  /** `--output json=result.json` */
  readonly toFile: boolean;
  readonly trouble: OutputTrouble | null;
}

export function drawOutput(dice: Dice): OutputDraw {
  const verbose = dice.chance(20);
  const toFile = dice.chance(40);
  if (!dice.chance(80)) return { verbose, toFile, trouble: null };
  const where = dice.pick(["stdout", "stdout", "stderr", toFile ? "file" : "stdout"] as const);
  const trouble = {
    where,
    code: where === "file" ? "ENOSPC" : dice.pick(["ENOSPC", "EIO", "EPIPE"] as const),
    failsAt: where === "stderr" ? dice.int(1, verbose ? 40 : 3) : dice.int(1, 2),
    lasting: dice.chance(60),
  } as const;
  return { verbose: verbose || where === "stderr", toFile, trouble };
}

export const FILE = "result.json";

export class Outputs {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** The text of the output file, once it is written. */
  file: string | null = null;
  readonly #trouble: OutputTrouble | null;
  #fileWrites = 0;
  #fileLost = false;

  readonly #onLoss: (what: string) => void;

  constructor(trouble: OutputTrouble | null, onLoss: (what: string) => void = () => {}) {
    this.#trouble = trouble;
    this.#onLoss = onLoss;
    const told = (): void => onLoss(`${trouble?.where} ${trouble?.code}`);
    this.stdout = new Stream(trouble?.where === "stdout" ? trouble : null, told);
    this.stderr = new Stream(trouble?.where === "stderr" ? trouble : null, told);
  }

  /** Whether output was lost that was still wanted: a closed pipe does not want the rest. */
  lost(): "stdout" | "stderr" | "file" | null {
    if (this.#fileLost) return "file";
    if (this.#trouble?.code === "EPIPE") return null;
    return this.stdout.lost ? "stdout" : this.stderr.lost ? "stderr" : null;
  }

  io(): Pick<Io, "env" | "cwd" | "stdin" | "stdout" | "stderr" | "writeFile"> {
    return {
      env: {},
      cwd: "/simulation",
      stdin: new PassThrough(),
      stdout: this.stdout,
      stderr: this.stderr,
      writeFile: async (_path, shown, text) => {
        this.#fileWrites += 1;
        if (this.#trouble?.where === "file" && isHit(this.#trouble, this.#fileWrites)) {
          this.#fileLost = true;
          this.#onLoss(`${this.#trouble.where} ${this.#trouble.code}`);
          throw new Failure(`could not write ${shown}: no space is left on the disk`);
        }
        this.file = text;
      },
    };
  }
}

/** Like the process's own stdout and stderr: an error does not close it, and the next write is tried. */
class Stream extends Writable {
  /** The writes that succeeded. */
  readonly chunks: string[] = [];
  lost = false;
  /** Node's own streams also use it; its types omit it. */
  declare _undestroy: () => void;
  readonly #trouble: OutputTrouble | null;
  readonly #onLoss: () => void;
  #writes = 0;

  constructor(trouble: OutputTrouble | null, onLoss: () => void) {
    super({ decodeStrings: false });
    this.#trouble = trouble;
    this.#onLoss = onLoss;
  }

  override _write(chunk: string, _: string, done: (error?: Error) => void): void {
    this.#writes += 1;
    if (this.#trouble === null || !isHit(this.#trouble, this.#writes)) {
      this.chunks.push(chunk);
      done();
      return;
    }
    this.lost = true;
    const { code } = this.#trouble;
    done(Object.assign(new Error(`${code}: the write failed`), { code }));
    this.#onLoss();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    this._undestroy();
  }
}

function isHit({ failsAt, lasting }: OutputTrouble, write: number): boolean {
  return lasting ? write >= failsAt : write === failsAt;
}
