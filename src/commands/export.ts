/** `export`: prints Polytomic's current users as YAML whose plan is empty. Only reads Polytomic. */
import { Failure } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import { connect } from "./connection.ts";
import { exportAll } from "./export-all.ts";
import { exportInto } from "./export-into.ts";
import type { ExportFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext } from "./next.ts";
import { checkedNewFile } from "../export/check.ts";
import { INSTALLED_SCHEMA } from "../export/new-file.ts";
import { readOrganization } from "../run/find-organization.ts";

export async function exportUsers(io: Io, flags: ExportFlags): Promise<ExitCode> {
  refuseContradictions(flags);
  const connection = connect(io, flags);
  if (flags.dir !== null) return exportAll(io, connection, flags.dir, flags);
  if (flags.into !== null) return exportInto(io, connection, flags.into, flags);
  const state = await readOrganization(connection, flags.organization[0] ?? null);
  const { text, notes } = await checkedNewFile(state, {
    ignore: flags.ignore,
    schema: INSTALLED_SCHEMA,
    folder: io.cwd,
    asOf: asOfDay(flags.asOf, io),
  });
  if (io.interrupt.aborted) return EXIT.interrupted;
  await print(io.stdout, text);
  if (!flags.quiet) for (const note of notes) await print(io.stderr, `note: ${plainText(note)}\n`);
  await printNext(io, flags, "save this as users.yaml, then run polytomic-users plan");
  return EXIT.done;
}

function refuseContradictions(flags: ExportFlags): void {
  const fail = (message: string, hint: string): never => {
    throw new Failure(message, { hint });
  };
  if (flags.all !== (flags.dir !== null)) {
    fail(
      "--all and --dir must be used together",
      "export --all --dir FOLDER writes one file per organization",
    );
  }
  if (flags.into !== null && flags.all) {
    fail(
      "--into cannot be combined with --all",
      "--into updates one file, --all writes one per organization",
    );
  }
  if (flags.into !== null && flags.ignore.length > 0) {
    fail("--ignore cannot be combined with --into", "add the pattern to policy.ignore in the file");
  }
  if (flags.force && !flags.all) {
    fail("--force requires --all", "it overwrites existing files in the folder of --dir");
  }
  if (!flags.all && flags.organization.length > 1) {
    fail(
      "export takes one --organization without --all",
      "pass one --organization, or use --all --dir FOLDER",
    );
  }
}
