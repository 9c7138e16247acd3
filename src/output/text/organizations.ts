/** Long lists of names, shortened, and organizations that no file covers. */
import { grouped } from "../../model/text.ts";
import type { OrganizationRow } from "../../report/report.ts";
import { paragraph, shownName } from "./style.ts";

/** How many names are shown of a long list. */
export const SHOWN = 4;

/** `Acme, Apex, Bolt, Cyan and 194 more` */
export function firstOf(names: readonly string[]): string {
  if (names.length <= SHOWN + 1) return names.join(", ");
  return `${names.slice(0, SHOWN).join(", ")} and ${grouped(names.length - SHOWN)} more`;
}

export function organizationLines(
  rows: readonly OrganizationRow[],
  width: number,
): readonly string[] {
  const names = firstOf(rows.map(({ name }) => shownName(name)));
  return paragraph(`${names} (export --all --dir FOLDER writes a file for each)`, {
    indent: 2,
    width,
  });
}
