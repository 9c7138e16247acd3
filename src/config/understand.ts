/**
 * The text of one file → what it says. Simple YAML in which nothing is wrong is read the quick way; all
 * else the checked way, from which alone problems come.
 */
import type { Note } from "./notes.ts";
import { type Part, partOf } from "./part.ts";
import type { Reading } from "./reading.ts";
import { shapeOf } from "./shape.ts";
import { readSimpleYaml } from "./simple-yaml.ts";

export interface Understood {
  /** Null when nothing of the text could be understood. */
  readonly part: Part | null;
  /** False when something of it that other files may refer to could not be understood. */
  readonly whole: boolean;
}

const nothing: Understood = { part: null, whole: false };

export async function understand(path: string, text: string, note: Note): Promise<Understood> {
  return quickly(path, text) ?? (await checked(path, text, note));
}

function quickly(path: string, text: string): Understood | null {
  const reading = readSimpleYaml(path, text);
  if (reading === null) return null;
  let problems = 0;
  const understood = understoodOf(reading, () => {
    problems += 1;
  });
  return problems === 0 ? understood : null;
}

async function checked(path: string, text: string, note: Note): Promise<Understood> {
  // Most runs need no `yaml`, and it takes 50 ms to load.
  const { readYaml } = await import("./yaml.ts");
  const reading = readYaml(path, text, note);
  return reading === null ? nothing : understoodOf(reading, note);
}

function understoodOf(reading: Reading, note: Note): Understood {
  const shape = shapeOf(reading, note);
  if (shape === null) return nothing;
  return { part: partOf(shape.raw, reading, note), whole: shape.whole };
}
