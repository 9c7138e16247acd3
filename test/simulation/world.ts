/**
 * The world of one seed: the sandbox's Polytomic, the network in front of it, other users, and a record of all
 * requests. The invariants are checked on this record and the sandbox's own, never on what the program says of
 * itself.
 */
import { setMaxListeners } from "node:events";
import type { Clock } from "../../src/clock.ts";
import {
  type ApiResponse,
  type ApiRequest,
  interrupted,
  NoResponse,
} from "../../src/polytomic/transport.ts";
import type { LogEntry, Delivery } from "../../src/sandbox/delivery.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";
import { Dice } from "./dice.ts";
import { editSomething } from "./edits.ts";
import { type ChaosRun, type Scenario, START } from "./scenario.ts";
import { NO_TROUBLE, type Trouble } from "./trouble.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

/** One request of the program. Moments count all events; positions are those of the sandbox's history. */
export interface Sent {
  readonly request: ApiRequest;
  readonly organizationId: string | null;
  /** For writes: the user. */
  readonly email: string | null;
  readonly at: number;
  readonly began: number;
  readonly historyAtBegin: number;
  /** Null if the connection was refused and nothing arrived. */
  readonly entry: LogEntry | null;
  /** Infinity while it is in flight, and if the program was killed meanwhile. */
  ended: number;
  endedAt: number;
  historyAtEnd: number;
  /** The response that the program received; null for none. */
  answer: ApiResponse | null;
}

/** Receives the trace, line by line; null if there is no reader. */
export type Tell = ((line: string) => void) | null;

const MOST_SLEEPS = 20_000;

export class World {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly sandbox: Sandbox;
  readonly #tell: Tell;
  /** For edits by others, and for the network before the sandbox. */
  readonly dice: Dice;
  readonly faults = new Map<string, number>();
  /** All requests to the network, over all runs. */
  requests = 0;
  calm = false;
  #moment = 0;

  constructor(scenario: Scenario, tell: Tell) {
    this.scenario = scenario;
    this.#tell = tell;
    this.clock = createVirtualClock(START);
    this.sandbox = createSandbox({ ...scenario.settings, clock: this.clock });
    this.dice = new Dice(scenario.seed ^ 0x0ed175);
  }

  /** The error of the machine's clock; the server's is right. */
  clockOffset = 0;

  /** The program's clock: an endless or invalid wait ends the run, not the simulation. */
  watchedClock(): Clock {
    let sleeps = 0;
    return {
      now: () => this.clock.now() + this.clockOffset,
      monotonic: () => this.clock.monotonic(),
      sleep: (ms, signal) => {
        sleeps += 1;
        if (!(ms >= 0 && ms < Infinity)) throw new Error(`it would sleep for ${ms} ms`);
        if (sleeps > MOST_SLEEPS) throw new Error(`it slept ${sleeps} times`);
        return this.clock.sleep(ms, signal);
      },
    };
  }

  tell(line: () => string): void {
    if (this.#tell !== null) this.#tell(line());
  }

  moment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  /** No disturbances from now on; limits and latency stay. */
  becomeCalm(): void {
    this.calm = true;
    this.sandbox.calm();
    this.tell(() => "--- calm: no more faults, edits or crashes");
  }

  /** A server completes what it began, whether or not the client still waits. */
  async settle(): Promise<void> {
    while (this.sandbox.inFlight.now > 0) await this.clock.advance(10_000);
  }

  edit(before: boolean): void {
    if (this.calm) return;
    for (const edit of this.scenario.edits) {
      if (edit.at !== this.requests || edit.before !== before) continue;
      const what = editSomething(this.sandbox.state, this.scenario, this.dice);
      this.count("edit by others");
      this.tell(() => `    edit by others: ${what}`);
    }
  }
}

/** One start of the program as the network sees it. */
export class Line {
  readonly sent: Sent[] = [];
  /** Aborts at the first signal. */
  readonly stop = new AbortController();
  /** Aborts at the second. */
  readonly again = new AbortController();
  /** The moment of the first signal. */
  interruptedAt = Infinity;
  /** The organizations that respond 403. */
  unreadable: ReadonlySet<string> = new Set();
  /** Resolves when the program is killed. */
  readonly killed: Promise<void>;
  /** The requests in flight, and their maximum so far. */
  inFlight = { now: 0, atMost: 0 };
  dead = false;
  readonly #world: World;
  readonly #chaos: ChaosRun | null;
  readonly #name: string;
  #kill: () => void = () => {};
  /** Resolves if the program ends by itself in the middle: only a broken one does. */
  readonly ended: Promise<void>;
  endedEarly = false;
  #end: () => void = () => {};

  /** `name` distinguishes the lines of concurrent programs. */
  constructor(world: World, chaos: ChaosRun | null, name = "") {
    this.#world = world;
    this.#name = name;
    this.#chaos = chaos;
    setMaxListeners(0, this.stop.signal, this.again.signal);
    this.killed = new Promise((resolve) => (this.#kill = resolve));
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  /** The request number at which a second start of the program begins: `plan`, then `apply --plan`. */
  secondStart = Infinity;

  startAnew(): void {
    this.secondStart = this.sent.length;
  }

  end(): void {
    this.dead = true;
    this.endedEarly = true;
    this.#end();
  }

  get trouble(): Trouble {
    return this.#world.calm ? NO_TROUBLE : (this.#chaos?.trouble ?? NO_TROUBLE);
  }

  /** SIGINT, SIGTERM or SIGHUP. */
  signal(name: string): void {
    const next = this.stop.signal.aborted ? this.again : this.stop;
    if (this.dead || next.signal.aborted) return;
    this.#world.count(name);
    this.#world.tell(() => `${this.#name}    ${name}`);
    if (next === this.stop) this.interruptedAt = this.#world.moment();
    next.abort();
  }

  /** The program's transport. Once it is killed, none of its requests arrive, and it receives nothing. */
  readonly transport = async (request: ApiRequest, signal?: AbortSignal): Promise<ApiResponse> => {
    const world = this.#world;
    if (this.dead) return never();
    if (signal?.aborted) throw interrupted(false);
    world.requests += 1;
    this.#stepClock();
    world.edit(true);
    if (this.#dies(false)) return never();
    if (!world.calm && world.dice.chance(world.scenario.refusedPercent))
      return this.#refuse(request);
    if (this.#isUnreadable(request)) return this.#forbid(request);
    const pending = world.sandbox.exchange(request);
    const sent = this.#opened(request, world.sandbox.log.at(-1) ?? null);
    if (sent.entry?.fault) world.count(sent.entry.fault);
    this.inFlight.now += 1;
    this.inFlight.atMost = Math.max(this.inFlight.atMost, this.inFlight.now);
    world.edit(false);
    if (this.#dies(true)) return never();
    this.#interrupt();
    const delivery = await Promise.race([this.#arrival(pending, sent), givenUp(signal)]);
    if (this.dead) return never();
    this.inFlight.now -= 1;
    return this.#ended(sent, delivery);
  };

  #opened(request: ApiRequest, entry: LogEntry | null): Sent {
    const world = this.#world;
    const organizationId = organizationOf(request) ?? this.#ownOrganization(request);
    const sent: Sent = {
      request,
      organizationId,
      email: emailOf(world, organizationId, request),
      at: world.clock.monotonic(),
      began: world.moment(),
      historyAtBegin: world.sandbox.state.history.length,
      entry,
      ended: Infinity,
      endedAt: Infinity,
      historyAtEnd: Infinity,
      answer: null,
    };
    this.sent.push(sent);
    return sent;
  }

  #ownOrganization(request: ApiRequest): string | null {
    const isOwn = request.path.startsWith("/api/organization/");
    return isOwn ? (this.#world.scenario.organizations[0]?.current.id ?? null) : null;
  }

  #dies(afterSending: boolean): boolean {
    if (this.#world.calm || this.#chaos === null) return false;
    const { crashAt } = this.#chaos;
    const count = afterSending ? this.sent.length : this.sent.length + 1;
    if (crashAt !== count || this.#chaos.afterSending !== afterSending) return false;
    this.dead = true;
    this.#world.count("kill -9");
    this.#world.tell(
      () =>
        `${this.#name}    kill -9 ${afterSending ? "after" : "before"} sending request ${count}`,
    );
    this.#kill();
    return true;
  }

  #interrupt(): void {
    if (this.#world.calm || this.#chaos?.interruptAt !== this.sent.length) return;
    if (!this.stop.signal.aborted) this.signal("Ctrl-C");
  }

  #stepClock(): void {
    const step = this.trouble.clockStep;
    if (step === null || step.at !== this.sent.length + 1) return;
    this.#world.clockOffset += step.ms;
    this.#world.count("clock step");
    this.#world.tell(() => `${this.#name}    the clock steps by ${step.ms} ms`);
  }

  #isUnreadable(request: ApiRequest): boolean {
    const id = organizationOf(request) ?? this.#ownOrganization(request);
    const lists = request.method === "GET" && request.path.endsWith("/users");
    return lists && id !== null && this.unreadable.has(id);
  }

  async #forbid(request: ApiRequest): Promise<ApiResponse> {
    const sent = this.#opened(request, null);
    this.#world.count("organization unreadable");
    return this.#ended(sent, { status: 403, headers: {}, body: { message: "not allowed" } });
  }

  async #refuse(request: ApiRequest): Promise<ApiResponse> {
    const sent = this.#opened(request, null);
    this.#world.count("connection refused");
    return this.#ended(sent, new NoResponse("refuses connections", { sent: false }));
  }

  /** The complete response, or none. */
  async #arrival(answering: Promise<Delivery>, sent: Sent): Promise<ApiResponse | NoResponse> {
    const { clock, scenario } = this.#world;
    const pending = answering.then((delivery) => withDate(delivery, clock.now()));
    const isSlow = sent.entry?.fault?.startsWith("slow") ?? false;
    if (!isSlow) return heard(await pending);
    const over = new AbortController();
    const timeOut = clock
      .sleep(scenario.timeoutMs, over.signal)
      .then(() => new NoResponse("no whole answer in time", { sent: true }));
    const whole = pending.then(async (delivery) => {
      if (delivery.kind === "answer") await clock.sleep(delivery.slowBodyMs, over.signal);
      return heard(delivery);
    });
    const first = await Promise.race([whole, timeOut]);
    over.abort();
    if (first instanceof NoResponse) this.#world.count("time-out");
    return first;
  }

  #ended(sent: Sent, answer: ApiResponse | NoResponse): ApiResponse {
    sent.ended = this.#world.moment();
    sent.endedAt = this.#world.clock.monotonic();
    sent.historyAtEnd = this.#world.sandbox.state.history.length;
    this.#world.tell(() => `${this.#name}  ${lineOf(sent, answer, this.#world)}`);
    if (answer instanceof NoResponse) throw answer;
    sent.answer = answer;
    return answer;
  }
}

/** The client no longer waits for this request. */
function givenUp(signal: AbortSignal | undefined): Promise<NoResponse> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(interrupted(true));
    signal?.addEventListener("abort", () => resolve(interrupted(true)), { once: true });
  });
}

/** The Date header, as HTTP servers send it: by their own clock, in whole seconds. */
function withDate(delivery: Delivery, now: number): Delivery {
  if (delivery.kind !== "answer") return delivery;
  const { answer } = delivery;
  const headers = { ...answer.headers, date: new Date(now).toUTCString() };
  return { ...delivery, answer: { ...answer, headers } };
}

function heard(delivery: Delivery): ApiResponse | NoResponse {
  return delivery.kind === "answer"
    ? delivery.answer
    : new NoResponse("cut the connection before the response was there", { sent: true });
}

function organizationOf({ path }: ApiRequest): string | null {
  return /^\/api\/organizations\/([^/?]+)/.exec(path)?.[1] ?? null;
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

/** The user of a write: by its body, else by the id in its path. */
function emailOf(world: World, organizationId: string | null, request: ApiRequest): string | null {
  if (request.method === "GET" || organizationId === null) return null;
  const { body } = request;
  if (typeof body === "object" && body !== null && "email" in body) return String(body.email);
  const userId = userIdOf(request);
  const { history } = world.sandbox.state;
  const known = world.sandbox.state.user(organizationId, userId)?.email;
  return known?.toLowerCase() ?? history.find((edit) => edit.userId === userId)?.email ?? userId;
}

export function userIdOf(request: ApiRequest): string {
  return /\/users\/([^/?]+)/.exec(request.path)?.[1] ?? "";
}

function lineOf(sent: Sent, answer: ApiResponse | NoResponse, world: World): string {
  const { request, entry } = sent;
  const time = `${((sent.at - START) / 1000).toFixed(3)} s`.padStart(12);
  const who =
    sent.email === null ? request.path : `${sent.organizationId?.slice(-1)} ${sent.email}`;
  const body = request.body === undefined ? "" : ` ${JSON.stringify(request.body)}`;
  const key = request.headers["idempotency-key"];
  const took = `${Math.round(world.clock.monotonic() - sent.at)} ms`;
  const told = answer instanceof NoResponse ? `no answer: ${answer.message}` : answer.status;
  const truth = [
    entry?.fault ?? [],
    entry?.replayed ? "replayed" : [],
    entry?.committed ? `committed ${entry.committed.kind}` : [],
  ].flat();
  return `${time} ${request.method} ${who}${body}${key === undefined ? "" : ` key ${key.slice(0, 6)}`} → ${told} in ${took}${truth.length > 0 ? ` (${truth.join(", ")})` : ""}`;
}
