/** commander's Command with better suggestions, a check for empty arguments, and a record of the flags as written. */
import { Command, type Option } from "commander";
import { isEmail } from "./model/desired.ts";
import { Failure } from "./model/failure.ts";
import { nearestName } from "./model/nearest-name.ts";

/** A flag as written on the command line; null for a switch. */
export interface WrittenFlag {
  readonly flag: string;
  readonly value: string | null;
}

export class CommandLine extends Command {
  readonly written: WrittenFlag[] = [];

  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  override addOption(option: Option): this {
    super.addOption(option);
    return this.on(`option:${option.name()}`, (value: string | null | undefined) => {
      this.written.push({ flag: option.long ?? option.flags, value: value ?? null });
    });
  }

  /** Called by commander for an unknown flag. */
  unknownOption(flag: string): void {
    const help = this.createHelp();
    const known = [...help.visibleOptions(this), ...help.visibleGlobalOptions(this)];
    const near = nearestFlag(
      flag,
      known.flatMap(({ long }) => long ?? []),
    );
    const suggestion = near === null ? "" : `\n(Did you mean ${near}?)`;
    this.error(`error: unknown option '${flag}'${suggestion}`, {
      code: "commander.unknownOption",
    });
  }

  /**
   * An empty word is a variable that is not set: what it stands for must not be guessed. What must be an e-mail
   * address is checked before anything is read. Throws `Failure`.
   */
  checkWords(): void {
    const empty = this.written.find(({ value }) => value === "");
    if (empty !== undefined) refuseEmpty(empty.flag);
    const known = this.registeredArguments;
    for (const [index, word] of this.args.entries()) {
      const name = known[Math.min(index, known.length - 1)]?.name() ?? "argument";
      const address = ADDRESSES.get(name);
      if (word === "") refuseEmpty(`the ${address ?? name}`);
      if (address !== undefined) checkAddress(word);
    }
  }
}

/** The arguments that are e-mail addresses, and how they are called in messages. */
const ADDRESSES: ReadonlyMap<string, string> = new Map([
  ["email", "e-mail address"],
  ["old", "previous address"],
  ["new", "new address"],
]);

function refuseEmpty(what: string): never {
  throw new Failure(`${what} is empty`, {
    hint: "check the shell variable that the value comes from, or omit it",
  });
}

function checkAddress(word: string): void {
  if (isEmail(word) && !/[<>,;]/.test(word)) return;
  const inner = /<([^<>]*)>/.exec(word)?.[1]?.trim() ?? word.trim();
  const hint = isEmail(inner)
    ? `write ${inner}`
    : word.split(/[,;]\s*/).every(isEmail)
      ? "separate several addresses with spaces"
      : "write an address such as jane.doe@example.com";
  throw new Failure(`${JSON.stringify(word)} is not an e-mail address`, { hint });
}

/** A prefix is preferred: `--out` suggests `--output`, although `--root` is closer by edit distance. */
function nearestFlag(flag: string, known: readonly string[]): string | null {
  const begun = known.filter((one) => flag.length > 3 && one.startsWith(flag));
  if (begun.length > 0) return begun.toSorted((a, b) => a.length - b.length)[0] ?? null;
  const near = nearestName(
    flag.replace(/^--/, ""),
    known.map((one) => one.slice(2)),
  );
  return near === null ? null : `--${near}`;
}
