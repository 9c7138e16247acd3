/** Finds the nearest name for "did you mean"; the whole program uses this one measure. */
import leven from "leven";
import { compareText } from "./place.ts";

/** Beyond these the search costs more than a suggestion helps. */
const MAX_CANDIDATES = 2_000;
const MAX_LENGTH = 100;

/**
 * The nearest candidate without regard to case: at most a third of the letters differ (one in short names), and never
 * all of them. What is before and after the @ of an e-mail address, or the dot of a file's extension, is compared
 * separately: a long domain in common makes no two users alike. Null when none is near.
 */
export function nearestName(written: string, candidates: Iterable<string>): string | null {
  if (written.length > MAX_LENGTH) return null;
  let best: string | null = null;
  let least = Infinity;
  let compared = 0;
  for (const name of candidates) {
    compared += 1;
    if (compared > MAX_CANDIDATES) return null;
    const distance = distanceBetween(written, name);
    if (distance > least || distance === Infinity) continue;
    if (distance === least && best !== null && compareText(best, name) <= 0) continue;
    best = name;
    least = distance;
  }
  return best;
}

function partsOf(name: string): readonly string[] {
  const [, before, after] =
    /^([^@]+)@([^@]+)$/.exec(name) ?? /^(.+)\.([a-z]{1,5})$/i.exec(name) ?? [];
  return before === undefined || after === undefined ? [name] : [before, after];
}

/** Infinity where they are not near. */
function distanceBetween(written: string, name: string): number {
  const [parts, others] = [partsOf(written), partsOf(name)];
  if (parts.length !== others.length) return editsBetween(written, name);
  return parts.reduce((sum, part, at) => sum + editsBetween(part, others[at] ?? ""), 0);
}

/** Two letters in the wrong order are one edit. */
function editsBetween(written: string, name: string): number {
  const a = written.normalize("NFC").toLowerCase();
  const b = name.normalize("NFC").toLowerCase();
  if (a === b) return 0;
  const limit = Math.max(1, Math.floor(a.length / 3));
  const allowed = Math.min(limit, a.length - 1, b.length - 1);
  if (Math.abs(a.length - b.length) > allowed) return Infinity;
  const distance = leven(a, b);
  const edits = distance === 2 && sortLetters(a) === sortLetters(b) ? 1 : distance;
  return edits > allowed ? Infinity : edits;
}

function sortLetters(text: string): string {
  return text.split("").sort(compareText).join("");
}

/** As `nearestName`, each name searched once and not more than a thousand of them: for files full of wrong names. */
export function nameFinder(candidates: readonly string[]): (written: string) => string | null {
  const found = new Map<string, string | null>();
  return (written) => {
    const known = found.get(written);
    if (known !== undefined) return known;
    if (found.size >= 1_000) return null;
    const near = nearestName(written, candidates);
    found.set(written, near);
    return near;
  };
}
