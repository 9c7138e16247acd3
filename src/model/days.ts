/** Calendar days in UTC, as text `YYYY-MM-DD`; they compare as text. */

/** A calendar day, `YYYY-MM-DD`, in UTC. Days compare as text. */
export type Day = string;

/** True for a day that the calendar has: 2024-02-29 is one, 2026-02-29 is not. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Access that ends within this many days is announced. */
export const ANNOUNCED_DAYS = 14;

export function dayOf(millisecondsSinceEpoch: number): Day {
  return new Date(millisecondsSinceEpoch).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
}

/** The last day counts: access has ended once that day is over. */
export function hasEnded(lastDay: Day | null, asOf: Day): boolean {
  return lastDay !== null && lastDay < asOf;
}

/** The earlier of two last days, where null is never. */
export function earlier(a: Day | null, b: Day | null): Day | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

/** The later of two last days, where null is never. */
export function later(a: Day | null, b: Day | null): Day | null {
  if (a === null || b === null) return null;
  return a > b ? a : b;
}
