/** Days as the files and `--as-of` write them: `YYYY-MM-DD`. */

/** True for a day that the calendar has: 2024-02-29 is one, 2026-02-29 is not. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
