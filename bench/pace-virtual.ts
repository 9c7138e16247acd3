/**
 * Several programs that share a limit that they do not know, in virtual time: how long all of them take compared with
 * the ideal, how many requests are refused, and how far the slowest is behind. Deterministic.
 * `npm run bench:pace:shared`.
 */
import type { LimitRule } from "../src/sandbox/limits.ts";
import { createLimiter } from "../src/sandbox/limits.ts";
import { createRandom } from "../src/sandbox/ids.ts";

/** What decides when a client's next request may go. Seconds. */
export interface Policy {
  readyIn(now: number): number | null;
  sent(now: number): { readonly at: number };
  ended(ticket: { readonly at: number }, how: "answered" | "silent"): void;
  refused(ticket: { readonly at: number }, now: number, wait: number | null): void;
}

export interface Case {
  readonly rule: LimitRule;
  readonly changes?: readonly { readonly afterMs: number; readonly rule: LimitRule }[];
  readonly retryAfter: "seconds" | "none";
  /** Requests of all clients together. */
  readonly total: number;
  readonly clients: number;
  /** Seconds between the starts of one client and the next. */
  readonly stagger?: number;
  /** Seconds. */
  readonly latency?: number;
}

export interface Outcome {
  readonly seconds: number;
  readonly refusedShare: number;
  /** The slowest client's own time beside the median's. */
  readonly slowest: number;
}

const CONCURRENCY = 20;

interface Client {
  readonly policy: Policy;
  readonly start: number;
  waiting: number;
  inFlight: number;
  left: number;
  end: number;
  /** The next look at the policy that is on the calendar. */
  due: number;
}

export function simulate(one: Case, seed: number, make: (random: () => number) => Policy): Outcome {
  const random = createRandom(seed);
  const { rule, changes = [], retryAfter, latency = 0.03 } = one;
  const limiter = createLimiter({ rule, retryAfter, rateLimitHeaders: false, changes });
  const count = Math.floor(one.total / one.clients);
  const clients = Array.from({ length: one.clients }, (_, index): Client => {
    const start = 1000 + random() * 0.5 + index * (one.stagger ?? 0);
    return {
      policy: make(random),
      start,
      waiting: count,
      inFlight: 0,
      left: count,
      end: 0,
      due: start,
    };
  });
  const calendar = new Calendar();
  let refused = 0;
  let sent = 0;
  let serverInFlight = 0;
  const look = (client: Client, now: number): void => {
    while (client.waiting > 0 && client.inFlight < CONCURRENCY) {
      const wait = client.policy.readyIn(now);
      if (wait === null) return;
      if (wait > 0.0005) {
        client.due = now + wait;
        calendar.add(client.due, (at) => {
          if (client.due <= at) look(client, at);
        });
        return;
      }
      const ticket = client.policy.sent(now);
      client.waiting -= 1;
      client.inFlight += 1;
      sent += 1;
      const there = latency * 0.2 + random() * 0.002;
      calendar.add(now + there, (arrived) => {
        const { admitted, headers } = limiter.judge(arrived * 1000, serverInFlight);
        if (admitted) serverInFlight += 1;
        const back = admitted ? latency * 0.8 + random() * 0.005 : 0.002;
        calendar.add(arrived + back, (at) => {
          client.inFlight -= 1;
          if (admitted) {
            serverInFlight -= 1;
            client.left -= 1;
            if (client.left === 0) client.end = at;
            client.policy.ended(ticket, "answered");
          } else {
            refused += 1;
            client.waiting += 1;
            const after = headers["retry-after"];
            client.policy.refused(ticket, at, after === undefined ? null : Number(after));
          }
          look(client, at);
        });
      });
    }
  };
  for (const client of clients) calendar.add(client.start, (at) => look(client, at));
  calendar.run();
  const times = clients.map(({ start, end }) => end - start).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  return {
    seconds:
      Math.max(...clients.map(({ end }) => end)) - Math.min(...clients.map(({ start }) => start)),
    refusedShare: refused / sent,
    slowest: (times.at(-1) ?? 0) / median,
  };
}

type Happening = (now: number) => void;

/** A heap of what happens when; at the same moment in the order in which it was added. */
class Calendar {
  readonly #heap: { readonly at: number; readonly order: number; readonly what: Happening }[] = [];
  #order = 0;

  add(at: number, what: Happening): void {
    const heap = this.#heap;
    const entry = { at, order: this.#order++, what };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const other = heap[parent];
      if (other === undefined || before(other, entry)) break;
      heap[index] = other;
      index = parent;
    }
    heap[index] = entry;
  }

  run(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) next.what(next.at);
  }

  #take() {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
      const smaller = heap[child];
      if (smaller === undefined || before(last, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function before(
  a: { readonly at: number; readonly order: number },
  b: { readonly at: number; readonly order: number },
): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export function bucket(perSecond: number, burst = 20): LimitRule {
  return { kind: "token-bucket", perSecond, burst };
}
