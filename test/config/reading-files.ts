/** Shared by the tests of src/config: files from texts, problems as lines. */
import { type DesiredOrganization } from "../../src/model/desired.ts";
import { InvalidFiles } from "../../src/model/failure.ts";
import { problemText, type Problem } from "../../src/model/problem.ts";
import { loadFiles } from "../../src/config/load.ts";
import { folderWith } from "../support.ts";

type Files = Readonly<Record<string, string | Buffer>>;

interface Options {
  readonly paths?: readonly string[];
  readonly root?: string;
  readonly stdin?: string | Buffer;
}

/** Loads files in a new folder; without paths, its users.yaml. The folder is a repository. */
export async function load(
  files: Files,
  options: Options = {},
): Promise<readonly DesiredOrganization[]> {
  const cwd = await folderWith({ ...files, ".git/HEAD": "" });
  return loadIn(cwd, options);
}

export function loadIn(
  cwd: string,
  options: Options = {},
): Promise<readonly DesiredOrganization[]> {
  return loadFiles(options.paths ?? [], {
    cwd,
    root: options.root ?? null,
    readStdin: () => Promise.resolve(Buffer.from(options.stdin ?? "")),
  });
}

export async function problemsOf(files: Files, options: Options = {}): Promise<readonly Problem[]> {
  return problemsFrom(load(files, options));
}

export async function problemsFrom(loading: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof InvalidFiles) return error.problems;
    throw error;
  }
  return [];
}

/** `users.yaml:3:5 unknown-key` */
export function codesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ place, code }) => `${place.path}:${place.line}:${place.column} ${code}`);
}

export function linesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map((problem) => {
    const { path, line, column } = problem.place;
    return `${path}:${line}:${column}: ${problem.code}: ${problemText(problem)}`;
  });
}
