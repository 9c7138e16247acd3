/** `export --into FILE`: brings a file up to date with what is there now. */
import { Failure } from "../model/failure.ts";
import type { Connection } from "./connection.ts";
import type { ExportFlags } from "./export-one.ts";
import type { ExitCode, Io } from "./io.ts";

export async function exportInto(
  _io: Io,
  _connection: Connection,
  file: string,
  _flags: ExportFlags,
): Promise<ExitCode> {
  throw new Failure(`--into ${file} is not there yet`);
}
