/** Tables in the format of docs/performance.md. */

export function printTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const ruler = columns.map((_, index) => (index === 0 ? "---" : "---:"));
  console.log([`\n### ${title}\n`, line(columns), line(ruler), ...rows.map(line)].join("\n"));
}

export function time(ms: number): string {
  return ms < 9_950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function ratio(value: number, reference: number): string {
  return (value / reference).toFixed(2);
}

export function memory(megabytes: number): string {
  return `${Math.round(megabytes)} MB`;
}

/** The factor of the time for the factor of the work; empty on the first row. */
export function growth(
  now: { readonly work: number; readonly ms: number },
  before: { readonly work: number; readonly ms: number } | null,
): string {
  if (before === null) return "";
  return `${ratio(now.ms, before.ms)} for ${Math.round((now.work / before.work) * 10) / 10}`;
}
