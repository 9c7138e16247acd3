/** Requests in flight, requests per second, and the waiting times that 429 responses name. */
import type { Broken, Evidence } from "./invariants.ts";
import { broken } from "./check-writes.ts";
import type { Sent } from "./world.ts";

/** How much a late timer may catch up (the gate's own tolerance), in requests of one second, and one for rounding. */
const SLACK = 0.03;

export function withinLimits({ world, record }: Evidence): readonly Broken[] {
  const { concurrency, maxRate } = world.scenario;
  const { inFlight, sent, secondStart } = record.line;
  const found: Broken[] = [];
  if (inFlight.atMost > concurrency) {
    const message = `${inFlight.atMost} requests in flight, ${concurrency} are allowed`;
    found.push({ invariant: "request-limits-kept", message });
  }
  // `plan` and `apply --plan` are two processes, each with its own gate.
  const starts = [sent.slice(0, secondStart), sent.slice(secondStart)];
  const most = Math.max(...starts.map(busiestSecond));
  if (most > maxRate * (1 + SLACK) + 1) {
    const message = `${most} requests in one second, ${maxRate} are allowed`;
    found.push({ invariant: "request-limits-kept", message });
  }
  return found;
}

function busiestSecond(sent: readonly Sent[]): number {
  let most = 0;
  let first = 0;
  for (const [last, { at }] of sent.entries()) {
    while ((sent[first]?.at ?? at) <= at - 1000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

export function heeds429({ record }: Evidence): readonly Broken[] {
  const { sent, secondStart } = record.line;
  return [sent.slice(0, secondStart), sent.slice(secondStart)].flatMap(earlyAfter429);
}

function earlyAfter429(sent: readonly Sent[]): readonly Broken[] {
  return sent.flatMap((refused) => {
    const until = announced(refused);
    if (until === null) return [];
    const early = sent.find(
      (one) => one.began > refused.ended && one.at > refused.endedAt && one.at < until - 1,
    );
    if (early === undefined) return [];
    return [
      broken("respects-retry-after", early, `${Math.round(until - early.at)} ms before its time`),
    ];
  });
}

/** When a 429 lets requests begin again, in milliseconds since the epoch; null where it does not say. */
function announced({ answer, endedAt }: Sent): number | null {
  if (answer?.status !== 429) return null;
  const value = answer.headers["retry-after"];
  if (value === undefined) return null;
  return /^\d+$/.test(value) ? endedAt + Number(value) * 1000 : Date.parse(value);
}
