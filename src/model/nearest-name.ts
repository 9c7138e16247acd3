/** "Did you mean": the nearest name, by one measure in the whole program. */
import leven from "leven";
import { compareText } from "./place.ts";

/** Beyond these the search costs more than a suggestion helps. */
const MAX_CANDIDATES = 2_000;
const MAX_LENGTH = 100;

/**
 * The nearest candidate without regard to case: at most a third of the letters differ (two in short names),
 * and never all of them. Null when none is near.
 */
export function nearestName(written: string, candidates: Iterable<string>): string | null {
  if (written.length > MAX_LENGTH) return null;
  const limit = Math.max(2, Math.floor(written.length / 3));
  const key = written.toLowerCase();
  let best: string | null = null;
  let least = Infinity;
  let compared = 0;
  for (const name of candidates) {
    compared += 1;
    if (compared > MAX_CANDIDATES) return null;
    const allowed = Math.min(limit, written.length - 1, name.length - 1);
    if (Math.abs(name.length - written.length) > allowed) continue;
    const distance = leven(key, name.toLowerCase());
    if (distance > allowed || distance > least) continue;
    if (distance === least && best !== null && compareText(best, name) <= 0) continue;
    best = name;
    least = distance;
  }
  return best;
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
