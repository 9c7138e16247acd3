/** `validate` and one edit of a large file beside the YAML parser alone on the same bytes. */
import { appendFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "./customers.ts";
import { interleaved, type Measured, PARSER_ALONE, PROGRAM } from "./measure.ts";
import { growth, memory, printTable, ratio, time } from "./table.ts";

/** An edit without writing the file. */
const GRANT = ["new@example.com", "--role", "Member", "--dry-run"];

export async function oneFile(sizes: readonly number[], rounds: number): Promise<void> {
  const rows: string[][] = [];
  let before: { work: number; ms: number } | null = null;
  for (const users of sizes) {
    const folder = writeFiles({ organizations: 1, users, changed: 0 });
    const file = join(folder, "customer-0.yaml");
    const bytes = statSync(file).size;
    const { alone, validate, grant } = await interleaved(
      {
        alone: { args: [PARSER_ALONE, file] },
        validate: { args: [PROGRAM, "validate", file] },
        grant: { args: [PROGRAM, "grant", ...GRANT, "--file", file] },
      },
      rounds,
    );
    const checked = await withAnEscape(file);
    rows.push([
      users.toLocaleString("en"),
      `${(bytes / 1e6).toFixed(2)} MB`,
      `${time(alone.ms)}, ${memory(alone.megabytes)}`,
      `${time(validate.ms)}, ${memory(validate.megabytes)}`,
      ratio(validate.ms, alone.ms),
      growth({ work: users, ms: validate.ms }, before),
      `${time(checked.ms)}, ${memory(checked.megabytes)}`,
      ratio(checked.ms, alone.ms),
      `${time(grant.cpuMs)} CPU`,
      ratio(grant.cpuMs, validate.cpuMs),
    ]);
    before = { work: users, ms: validate.ms };
    rmSync(folder, { recursive: true });
  }
  printTable(
    `\`validate\` and \`grant\` of one file (medians of ${rounds}; full reader once)`,
    [
      "users",
      "file",
      "parser alone",
      "validate",
      "× parser alone",
      "growth",
      "full reader",
      "× parser alone",
      "one grant",
      "× CPU of validate",
    ],
    rows,
  );
}

/** One value that the fast reader leaves to the full reader. */
async function withAnEscape(file: string): Promise<Measured> {
  appendFileSync(file, '  - email: "escaped\\u0040example.com"\n    roles: [Member]\n');
  const { checked } = await interleaved({ checked: { args: [PROGRAM, "validate", file] } }, 1);
  return checked;
}
