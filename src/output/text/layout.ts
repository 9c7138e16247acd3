/** What the three texts (plan, apply, report) have in common. */
import type { Organization } from "../../model/current.ts";
import type { FailedOrganization } from "../../model/plan.ts";
import { plainText } from "../escape.ts";
import { counted } from "../../model/words.ts";
import type { Paint } from "./paint.ts";
import { paragraph } from "./paragraph.ts";

export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

export interface Layout {
  readonly width: number;
  readonly paint: Paint;
}

/** Lines that belong together. An empty one is left out. */
export type Block = readonly string[];

/** Blocks with an empty line between them. */
export function blocksToText(blocks: readonly Block[]): string {
  return blocks
    .filter(({ length }) => length > 0)
    .map((block) => `${block.join("\n")}\n`)
    .join("\n");
}

export function heading(
  { organization, source }: { readonly organization: Organization; readonly source: string },
  colours: Paint,
): string {
  const name = colours.strong(`Organization ${plainText(organization.name)}`);
  return `${name}  ${plainText(organization.id)}  ${plainText(source)}`;
}

/** Organizations that could not be planned, and so were not touched. */
export function failures(failed: readonly FailedOrganization[], { width, paint }: Layout): Block {
  if (failed.length === 0) return [];
  return [
    paint.bad(`Could not be planned: ${counted(failed.length, "organization")}`),
    ...failed.flatMap(({ source, organization, message }) => {
      const name = organization === null ? source : `${organization} (${source})`;
      return paragraph(`${plainText(name)}: ${plainText(message)}`, { indent: 2, width });
    }),
  ];
}
