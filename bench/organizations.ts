/**
 * `validate`, `plan`, `report` and `apply` over organizations of any number and size, at the program's default rate.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Size, writeFiles } from "./customers.ts";
import { interleaved, measure, type Measured, PARSER_ALONE, PROGRAM } from "./measure.ts";
import { environment, serve } from "./server.ts";
import { growth, memory, printTable, ratio, time } from "./table.ts";

/** The default of `--max-rate`. */
const RATE = 500;

type Online = Measured & { readonly requests: number };

interface Row {
  readonly size: Size;
  readonly alone: Measured;
  readonly validate: Measured;
  readonly plan: Online;
  readonly report: Online;
  readonly apply: Online;
}

export async function organizations(
  sizes: readonly Size[],
  rounds: number,
  title: string,
): Promise<void> {
  const rows: Row[] = [];
  for (const size of sizes) rows.push(await rowOf(size, rounds));
  printValidate(rows, title);
  printOnline(rows, "plan", title);
  printOnline(rows, "report", title);
  printOnline(rows, "apply", title);
}

function printValidate(rows: readonly Row[], title: string): void {
  printTable(
    `\`validate\`: ${title}`,
    ["organizations × users", "parser alone", "validate", "× parser alone", "memory", "growth"],
    rows.map((row, index) => [
      nameOf(row.size),
      time(row.alone.ms),
      time(row.validate.ms),
      ratio(row.validate.ms, row.alone.ms),
      memory(row.validate.megabytes),
      grown(rows, index, "validate"),
    ]),
  );
}

function printOnline(rows: readonly Row[], what: "plan" | "report" | "apply", title: string): void {
  const ideal = `all requests at ${RATE}/s`;
  printTable(
    `\`${what}\`: ${title}`,
    [
      "organizations × users",
      "requests",
      ideal,
      "time",
      "× that",
      "processor time",
      "memory",
      "growth",
    ],
    rows.map((row, index) => {
      const { ms, cpuMs, megabytes, requests } = row[what];
      const idealMs = (requests / RATE) * 1000;
      return [
        nameOf(row.size),
        requests.toLocaleString("en"),
        time(idealMs),
        time(ms),
        // A few requests take no time compared with the start of the program.
        requests < RATE ? "" : ratio(ms, idealMs),
        time(cpuMs),
        memory(megabytes),
        grown(rows, index, what),
      ];
    }),
  );
}

function nameOf({ organizations, users }: Size): string {
  return `${organizations.toLocaleString("en")} × ${users.toLocaleString("en")}`;
}

type Measure = "validate" | "plan" | "report" | "apply";

function grown(rows: readonly Row[], index: number, what: Measure): string {
  const sample = (row: Row | undefined) =>
    row === undefined ? null : { work: row.size.organizations * row.size.users, ms: row[what].ms };
  const now = sample(rows[index]);
  return now === null ? "" : growth(now, sample(rows[index - 1]));
}

async function rowOf(size: Size, rounds: number): Promise<Row> {
  const folder = writeFiles(size);
  const files = readdirSync(folder).map((name) => join(folder, name));
  const server = await serve({ size, latencyMs: 0 });
  const env = environment(server, "partner");
  const online = async (...args: readonly string[]): Promise<Online> => {
    const measured = await measure({ args: [PROGRAM, ...args, folder], env });
    return { ...measured, requests: await server.requests() };
  };
  try {
    const offline = await interleaved(
      {
        alone: { args: [PARSER_ALONE, ...files] },
        validate: { args: [PROGRAM, "validate", folder] },
      },
      rounds,
    );
    return {
      size,
      ...offline,
      plan: await online("plan"),
      report: await online("report", "--output", "csv"),
      apply: await online("apply", "--yes"),
    };
  } finally {
    server.stop();
    rmSync(folder, { recursive: true });
  }
}
