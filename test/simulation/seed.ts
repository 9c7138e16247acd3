/** One seed, from its scenario to a clean plan: disturbed runs, then runs until nothing is left to do. */
import { changeCount } from "../../src/model/plan.ts";
import type { Edit } from "../../src/sandbox/live-state.ts";
import { wiringOf } from "./breaks.ts";
import { enoughAdmins } from "./check-admins.ts";
import {
  nothingLost,
  nothingTwice,
  recordedFirst,
  reportWritten,
  shownFirst,
  trueExit,
} from "./check-end.ts";
import { heeds429, withinLimits } from "./check-pace.ts";
import { noKeyShown, trueReport, wholeAuditLog } from "./check-report.ts";
import {
  handsOff,
  sortChanges,
  noBlindCreate,
  onlyThePlan,
  oneInvitation,
} from "./check-writes.ts";
import { rolesOnly } from "./check-writes.ts";
import { endsAsDesired } from "./desired-state.ts";
import { impossibility } from "./dialects.ts";
import type { Broken, Check } from "./invariants.ts";
import { keepsRules } from "./check-rules.ts";
import { EXIT } from "../../src/commands/io.ts";
import { Outputs } from "./outputs.ts";
import { type RunEnd, type RunRecord, startProgram } from "./program.ts";
import { type ChaosRun, drawScenario, nameOf } from "./scenario.ts";
import { Timeline } from "./timeline.ts";
import { endOf, introduction } from "./trace.ts";
import { Line, type Tell, World } from "./world.ts";

/**
 * clean: nothing left to do. refused: a guard is violated. locked-out: others removed the owner of the key.
 * impossible: a dialect makes an organization impossible to plan, nothing was written to it, and the others are
 * clean.
 */
export type Ending = "clean" | "refused" | "locked-out" | "impossible" | "broken";

export interface SeedReport {
  readonly seed: number;
  readonly ending: Ending;
  readonly broken: readonly Broken[];
  readonly runs: number;
  readonly requests: number;
  /** Users created, changed and removed by the program. */
  readonly writes: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly dialects: readonly string[];
}

const CHECKS: readonly Check[] = [
  onlyThePlan,
  handsOff,
  keepsRules,
  noBlindCreate,
  oneInvitation,
  sortChanges,
  enoughAdmins,
  trueReport,
  wholeAuditLog,
  recordedFirst,
  nothingLost,
  trueExit,
  reportWritten,
  shownFirst,
  withinLimits,
  heeds429,
  noKeyShown,
  rolesOnly,
];

/** Undisturbed runs until clean: one for the rest, one for the empty plan, and some for very tight rate limits. */
const CALM_RUNS = 8;

/** `tell` receives the trace; `brokenPart` is a name of `BREAKS`. */
export async function runSeed(
  seed: number,
  options: { readonly brokenPart?: string | null; readonly tell?: Tell } = {},
): Promise<SeedReport> {
  return new Seed(seed, options.brokenPart ?? null, options.tell ?? null).run();
}

class Seed {
  readonly #seed: number;
  readonly #world: World;
  readonly #wiring;
  readonly #timeline: Timeline;
  readonly #broken: Broken[] = [];
  #runs = 0;

  constructor(seed: number, brokenPart: string | null, tell: Tell) {
    const scenario = drawScenario(seed);
    if (tell !== null) introduction(scenario).forEach((line) => tell(line));
    this.#seed = seed;
    this.#world = new World(scenario, tell);
    this.#wiring = wiringOf(brokenPart);
    const { organizations } = scenario.settings.state;
    this.#timeline = new Timeline(organizations, this.#world.sandbox.state.history);
  }

  async run(): Promise<SeedReport> {
    for (const programs of this.#world.scenario.runs) {
      await this.#together(programs);
      if (this.#broken.length > 0) return this.#report("broken");
    }
    this.#world.becomeCalm();
    const ending = await this.#untilClean();
    return this.#report(this.#broken.length > 0 ? "broken" : ending);
  }

  async #untilClean(): Promise<Ending> {
    for (let run = 1; run <= CALM_RUNS; run += 1) {
      const record = await this.#once(null);
      if (this.#broken.length > 0) return "broken";
      const ending = this.#endingAfter(record);
      if (ending !== null) return ending;
    }
    this.#break("converges", `not clean after ${CALM_RUNS} calm runs`);
    return "broken";
  }

  #endingAfter({ end, plan, historyAtStart, historyAtEnd }: RunRecord): Ending | null {
    const { state } = this.#world.sandbox;
    if (end?.kind === "refused") return "refused";
    if (state.ownerOf(this.#world.scenario.credential.key) === null) return "locked-out";
    const { scenario } = this.#world;
    const possible = scenario.organizations.filter(
      (one) => impossibility(one, scenario, state) === null,
    );
    const impossible = scenario.organizations.length - possible.length;
    const ended = end?.kind === "applied" || (impossible > 0 && end?.kind === "failed");
    if (!ended || plan === null || plan.failed.length > impossible) return null;
    if (changeCount(plan) > 0) return null;
    if (plan.failed.length < impossible) {
      this.#break("converges", "was planned although it cannot be read whole");
    }
    if (historyAtStart !== historyAtEnd) this.#break("converges", "an empty plan wrote");
    this.#refuseWritesWhereImpossible();
    this.#broken.push(...endsAsDesired(this.#world, possible));
    return impossible > 0 ? "impossible" : "clean";
  }

  /** Paging depends on the number of users; every other reason holds from the first request on. */
  #refuseWritesWhereImpossible(): void {
    const { scenario, sandbox } = this.#world;
    for (const one of scenario.organizations) {
      const why = impossibility(one, scenario, sandbox.state);
      if (why === null || why === "pages") continue;
      const written = sandbox.state.history.some(
        ({ by, organizationId }) => by === "request" && organizationId === one.current.id,
      );
      if (written) this.#break("only-planned-writes", `${one.current.name} was written to: ${why}`);
    }
  }

  async #once(chaos: ChaosRun | null): Promise<RunRecord> {
    const [record] = await this.#together([chaos]);
    if (record === undefined) throw new Error("no program was started");
    return record;
  }

  /** One program, or several that run concurrently. */
  async #together(programs: readonly (ChaosRun | null)[]): Promise<readonly RunRecord[]> {
    const world = this.#world;
    const records = programs.map((chaos) => this.#recordOf(chaos, programs.length > 1));
    for (const { number, chaos } of records) {
      world.tell(() => `--- run ${number}${chaos === null ? "" : `: ${nameOf(chaos)}`}`);
    }
    if (records.length > 1) world.count("several programs at once");
    await this.#endingOf(records);
    await world.settle();
    this.#timeline.extend();
    for (const record of records) {
      record.historyAtEnd = world.sandbox.state.history.length;
      world.tell(() => [`run ${record.number}`, ...endOf(record)].join("\n"));
      const own = new Set(record.line.sent.flatMap(({ entry }) => entry?.committed ?? []));
      const isForeign = (edit: Edit): boolean => !own.has(edit);
      const evidence = { world, record, timeline: this.#timeline, isForeign };
      for (const check of CHECKS) this.#broken.push(...check(evidence));
    }
    this.#broken.push(...nothingTwice(records, world.scenario));
    return records;
  }

  #recordOf(chaos: ChaosRun | null, isOneOfSeveral: boolean): RunRecord {
    const world = this.#world;
    this.#runs += 1;
    const line = new Line(world, chaos, isOneOfSeveral ? `[${this.#runs}]` : "");
    return {
      number: this.#runs,
      chaos,
      line,
      outputs: this.#outputs(line),
      unshown: null,
      plan: null,
      already: [],
      audit: [],
      auditFailedAt: Infinity,
      auditLost: [],
      code: null,
      reported: null,
      historyAtStart: world.sandbox.state.history.length,
      historyAtEnd: 0,
      end: null,
    };
  }

  #outputs(line: Line): Outputs {
    const world = this.#world;
    return new Outputs(line.trouble.output?.trouble ?? null, (what) => {
      world.count(`output lost: ${what}`);
      world.tell(() => `    a write failed: ${what}`);
      if (this.#wiring.endsAtLostOutput) line.end();
    });
  }

  async #endingOf(records: readonly RunRecord[]): Promise<void> {
    const running = records.map(async (record) => {
      record.end = await this.#start(record);
    });
    await this.#world.clock.run(Promise.all(running));
    for (const { end, number } of records) {
      if (end === null) this.#break("terminates", `run ${number} did not end`);
    }
  }

  /** Resolves when the program has ended, in whatever way. */
  async #start(record: RunRecord): Promise<RunEnd | null> {
    const { line, chaos, number } = record;
    if (chaos !== null) await this.#world.clock.sleep(chaos.startsAfterMs);
    const over = new AbortController();
    this.#signals(record, over.signal);
    const killed = line.killed.then((): RunEnd => ({ kind: "killed" }));
    const ended = line.ended.then((): RunEnd => ({
      kind: "failed",
      message: "ended by a lost output",
    }));
    const program = startProgram(this.#world, record, this.#wiring).catch((error: unknown) => {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#break("terminates", `run ${number} threw: ${what}`);
      return null;
    });
    const end = await Promise.race([program, killed, ended]);
    over.abort();
    if (line.endedEarly) record.code = EXIT.failed;
    return end;
  }

  /** The signals that come at a given time rather than at a request. */
  #signals({ line }: RunRecord, over: AbortSignal): void {
    const { signal } = line.trouble;
    if (signal === null) return;
    const { clock } = this.#world;
    const send = async (): Promise<void> => {
      await clock.sleep(signal.afterMs, over);
      if (over.aborted) return;
      line.signal("signal");
      if (signal.againAfterMs === null) return;
      await clock.sleep(signal.againAfterMs, over);
      if (!over.aborted) line.signal("second signal");
    };
    void send();
  }

  #break(invariant: Broken["invariant"], message: string): void {
    this.#broken.push({ invariant, message });
  }

  #report(ending: Ending): SeedReport {
    const { sandbox, requests, faults } = this.#world;
    for (const { invariant, message } of this.#broken) {
      this.#world.tell(() => `VIOLATION ${invariant}: ${message}`);
    }
    const writes = sandbox.state.history.filter(({ by }) => by === "request").length;
    const report = { seed: this.#seed, ending, broken: this.#broken, runs: this.#runs };
    const dialects = [...(this.#world.scenario.settings.dialects ?? [])];
    return { ...report, requests, writes, faults, dialects };
  }
}
