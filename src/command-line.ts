/** commander's Command as this program wants it: better suggestions, nothing empty, and a record of what was written. */
import { Command, type Option } from "commander";
import { Failure } from "./model/failure.ts";
import { nearestName } from "./model/nearest-name.ts";

/** A flag as it stands on the command line; null for a switch. */
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

  /** commander calls it for a flag that it does not know. */
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

  /** An empty word is a variable that is not set: what it stands for must not be guessed. Throws `Failure`. */
  refuseEmpty(): void {
    const argument = this.registeredArguments[0]?.name() ?? "argument";
    const empty = this.written.find(({ value }) => value === "");
    const what =
      empty === undefined ? (this.args.includes("") ? `the ${argument}` : null) : empty.flag;
    if (what === null) return;
    throw new Failure(`${what} is empty`, {
      hint: "check the variable that it comes from, or leave it out",
    });
  }
}

/** What was begun is meant: `--out` is `--output`, although `--root` has fewer other letters. */
function nearestFlag(flag: string, known: readonly string[]): string | null {
  const begun = known.filter((one) => flag.length > 3 && one.startsWith(flag));
  if (begun.length > 0) return begun.toSorted((a, b) => a.length - b.length)[0] ?? null;
  const near = nearestName(
    flag.replace(/^--/, ""),
    known.map((one) => one.slice(2)),
  );
  return near === null ? null : `--${near}`;
}
