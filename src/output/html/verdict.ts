/** The sentences below an apply's headline: whether it came to its end, was read back, and what to do next. */
import type { ApplyResult } from "../../model/result.ts";
import { INTERRUPTED, nextStep, verificationText } from "../outcomes.ts";
import { markup, type Markup, type Piece } from "./markup.ts";

export function verdict(result: ApplyResult): Piece {
  const check = verificationText(result);
  const next = nextStep(result);
  const lines = [
    result.interrupted ? INTERRUPTED : null,
    result.halted === null ? null : `Stopped: ${result.halted}`,
    check,
  ].flatMap((line) => (line === null ? [] : [markup`<p>${line}</p> `]));
  if (next !== null) lines.push(nextLine(next));
  if (lines.length === 0) return null;
  return markup`<div class="verdict ${next === null ? colourOfEnd(result) : "alarm"}">${lines}</div> `;
}

/** Verified says nothing of organizations that could not even be planned. */
function colourOfEnd({ interrupted, halted, plan }: ApplyResult): "well" | "alarm" | "plain" {
  if (interrupted || halted !== null) return "alarm";
  return plan.failed.length > 0 ? "plain" : "well";
}

function nextLine(next: string): Markup {
  return markup`<p><strong>${next}</strong></p> `;
}
