/** Reads the files that were found and all that they include, each once, and finds includes in circles. */
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { Failure } from "../model/failure.ts";
import type { Place } from "../model/problem.ts";
import { boundary, type Boundary, isInside } from "./boundary.ts";
import { type FoundFile, nearName, STANDARD_INPUT, whyNot } from "./find.ts";
import type { Note } from "./notes.ts";
import type { Part, Written } from "./part.ts";
import { readBounded, textOf } from "./read.ts";
import { understand } from "./understand.ts";
import { quote } from "./wording.ts";

export interface LoadContext {
  /** Absolute. */
  readonly cwd: string;
  /** The folder that includes may not leave, when the user chose one. */
  readonly root: string | null;
  readonly readStdin: () => Promise<string>;
  /** Texts to read in place of the files' own, by real path: edits that are not written yet. */
  readonly edited?: ReadonlyMap<string, string>;
}

interface Include {
  readonly file: SourceFile;
  readonly place: Place;
}

export interface SourceFile {
  readonly path: string;
  /** Null when nothing of it could be understood. */
  readonly part: Part | null;
  /** In the order of the file; filled in while gathering. */
  readonly includes: Include[];
  /** False when something of it that others may refer to could not be understood. */
  whole: boolean;
}

interface Location {
  readonly path: string;
  readonly absolute: string;
  readonly real: string;
}

/** What was found, by real path, and then what it includes. */
export async function gather(
  found: readonly FoundFile[],
  context: LoadContext,
  note: Note,
): Promise<Map<string, SourceFile>> {
  const boundaryOf = await boundaryIn(context);
  const files = new Map<string, SourceFile>();
  const opened: { file: SourceFile; location: Location }[] = [];
  const open = async (location: Location): Promise<SourceFile> => {
    const known = files.get(location.real);
    if (known !== undefined) return known;
    const file = await readFile(location, context, note);
    files.set(location.real, file);
    opened.push({ file, location });
    return file;
  };

  for (const file of found) if (await mayRead(file, boundaryOf, note)) await open(file);
  // Grows while it is walked.
  for (const { file, location } of opened) {
    for (const include of file.part?.include ?? []) {
      const target = await targetOf(include, location, boundaryOf, note);
      if (target === null) file.whole = false;
      else file.includes.push({ file: await open(target), place: include.place });
    }
  }
  noteCircles([...files.values()], note);
  return files;
}

async function boundaryIn({ root, cwd }: LoadContext): Promise<Boundary> {
  if (root === null) return boundary(null, await realpath(cwd));
  try {
    return boundary(await realpath(resolve(cwd, root)), cwd);
  } catch (error) {
    throw new Failure(`the folder ${quote(root)} of --root cannot be read`, {
      hint: "name the folder that holds the files and all that they include",
      cause: error,
    });
  }
}

/** A link in a folder must not lead to a file that nobody named. */
async function mayRead(file: FoundFile, boundaryOf: Boundary, note: Note): Promise<boolean> {
  if (file.folder === null || isInside(file.real, file.folder)) return true;
  if (isInside(file.real, await boundaryOf(file.folder))) return true;
  note(
    { path: file.path, line: 1, column: 1 },
    "outside-root",
    "this link leads out of the repository (or --root): put the file itself here, or name it on the command line",
  );
  return false;
}

async function readFile(location: Location, context: LoadContext, note: Note): Promise<SourceFile> {
  const file: SourceFile = { path: location.path, part: null, includes: [], whole: false };
  const text = await textAt(location, context, note);
  return text === null ? file : { ...file, ...(await understand(location.path, text, note)) };
}

async function textAt(
  location: Location,
  context: LoadContext,
  note: Note,
): Promise<string | null> {
  const { path, real } = location;
  if (path === STANDARD_INPUT) return textOf(path, Buffer.from(await context.readStdin()), note);
  const edited = context.edited?.get(real);
  if (edited !== undefined) return textOf(path, Buffer.from(edited), note);
  try {
    return textOf(path, await readBounded(real), note);
  } catch (error) {
    note({ path, line: 1, column: 1 }, ...(await whyNot(error, real)));
    return null;
  }
}

/** Null when a problem with the path was noted. Nothing outside the boundary is even looked for. */
async function targetOf(
  include: Written<string>,
  from: Location,
  boundaryOf: Boundary,
  note: Note,
): Promise<Location | null> {
  const refuse = (code: string, message: string): null => {
    note(include.place, code, `${quote(include.value)} ${message}`);
    return null;
  };
  const folder = await realpath(dirname(from.absolute));
  const limit = await boundaryOf(folder);
  const absolute = resolve(folder, include.value);
  const outside = `is outside ${quote(limit)}, which includes may not leave: move the file, or choose a wider folder with --root`;
  if (!isInside(absolute, limit)) return refuse("include-outside-root", outside);
  try {
    const real = await realpath(absolute);
    if (!isInside(real, limit)) return refuse("include-outside-root", outside);
    if ((await stat(real)).isDirectory()) {
      return refuse("include-of-folder", "is a folder: name its files one by one");
    }
    return { path: shownPath(include.value, from), absolute, real };
  } catch (error) {
    const [code, message] = await whyNot(error, absolute);
    if (code !== "file-not-found") return refuse(code, `cannot be included: ${message}`);
    const help = await nearName(absolute);
    return refuse("include-not-found", `is not there, seen from this file's folder${help}`);
  }
}

/** As a user in the working folder would name it. */
function shownPath(include: string, from: Location): string {
  return isAbsolute(include) ? include : join(dirname(from.path), include);
}

/** Depth first, with a stack of its own: a chain of includes may be long. */
function noteCircles(files: readonly SourceFile[], note: Note): void {
  const done = new Set<SourceFile>();
  for (const start of files) {
    const way = [{ file: start, next: 0 }];
    const onWay = new Set([start]);
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const include = done.has(step.file) ? undefined : step.file.includes[step.next];
      step.next += 1;
      if (include === undefined) {
        done.add(step.file);
        onWay.delete(step.file);
        way.pop();
      } else if (onWay.has(include.file)) {
        noteCircle(
          way.map(({ file }) => file),
          include,
          note,
        );
      } else {
        onWay.add(include.file);
        way.push({ file: include.file, next: 0 });
      }
    }
  }
}

function noteCircle(way: readonly SourceFile[], include: Include, note: Note): void {
  const circle = [...way.slice(way.indexOf(include.file)), include.file];
  const shown = circle.map(({ path }) => path).join(" → ");
  note(
    include.place,
    "include-cycle",
    `this includes itself in a circle, ${shown}: take one include out`,
  );
}
