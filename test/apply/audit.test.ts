import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AppendFile } from "../../src/apply/append-file.ts";
import { AuditLog, type RunHeader } from "../../src/apply/audit.ts";
import type { Clock } from "../../src/clock.ts";
import { validate } from "../../src/generated/audit.ts";
import { Failure } from "../../src/model/failure.ts";
import type { OrganizationPlan } from "../../src/model/plan.ts";
import type { ApplyResult, ChangeResult } from "../../src/model/result.ts";
import { createVirtualClock } from "../simulation/virtual-clock.ts";
import { folderWith } from "../support.ts";
import { ADMIN, create, MEMBER, planOf, remove, update } from "./support.ts";

const HEADER: RunHeader = {
  run: "a0b1c2d3-0000-4000-8000-000000000000",
  who: { credential: "api", email: "jane@x.example", userId: "u-jane" },
  commit: "0123abc",
  digest: `sha256:${"0".repeat(64)}`,
  url: "https://app.polytomic.com",
};

const NEW = create("new@x", [MEMBER]);
const SAM = update("sam@x", [MEMBER], [ADMIN, MEMBER]);
const OLD = remove("old@x", [MEMBER]);
const PLAN = planOf({ "sam@x": [MEMBER], "old@x": [MEMBER] }, [NEW, SAM, OLD]);
const [ORGANIZATION] = PLAN.organizations as [OrganizationPlan];

const FAILED: ChangeResult = {
  change: SAM,
  outcome: "failed",
  error: "422 \u001b[2J\u202e no",
};
const RESULTS: readonly ChangeResult[] = [
  { change: NEW, outcome: "applied", error: null },
  FAILED,
  { change: OLD, outcome: "not-attempted", error: "interrupted" },
];

function resultOf(more: Partial<ApplyResult> = {}): ApplyResult {
  const { organization, source } = ORGANIZATION;
  return {
    plan: PLAN,
    organizations: [{ organization, source, results: RESULTS, verified: false, differences: [] }],
    interrupted: false,
    halted: null,
    ...more,
  };
}

async function openLog(path: string, header: RunHeader, clock: Clock): Promise<AuditLog> {
  return new AuditLog(await AppendFile.open(path), header, clock);
}

async function linesOf(path: string): Promise<readonly unknown[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line): unknown => JSON.parse(line));
}

function assertValid(line: unknown): void {
  assert.equal(validate(line), true, JSON.stringify(validate.errors));
}

test("one line before the first change, one per change and one per run, as the schema says", async () => {
  const path = join(await folderWith({}), "audit.jsonl");
  const clock = createVirtualClock(Date.UTC(2026, 10, 23, 8, 0, 0));
  const log = await openLog(path, HEADER, clock);
  await log.begin(3);
  for (const result of RESULTS) await log.change(ORGANIZATION, result);
  await clock.advance(1500);
  await log.end({ kind: "result", result: resultOf() });

  const lines = await linesOf(path);
  for (const line of lines) assertValid(line);
  const common = {
    format_version: 1,
    when: "2026-11-23T08:00:00.000Z",
    run: HEADER.run,
    who: { credential: "api", email: "jane@x.example", user_id: "u-jane" },
    commit: "0123abc",
    digest: HEADER.digest,
    url: "https://app.polytomic.com",
  };
  const member = { id: "r-member", name: "Member" };
  assert.deepEqual(lines, [
    { ...common, kind: "begin", changes: 3 },
    {
      ...common,
      kind: "change",
      organization_id: "org",
      organization_name: "Acme",
      source: "users.yaml",
      action: "create",
      email: "new@x",
      user_id: null,
      before: null,
      after: { roles: [member] },
      reasons: [],
      outcome: "applied",
      error: null,
    },
    {
      ...common,
      kind: "change",
      organization_id: "org",
      organization_name: "Acme",
      source: "users.yaml",
      action: "update",
      email: "sam@x",
      user_id: "id-sam@x",
      before: { roles: [member] },
      after: { roles: [{ id: "r-admin", name: "Admin" }, member] },
      reasons: [],
      outcome: "failed",
      error: "422 \u001b[2J\u202e no",
    },
    {
      ...common,
      kind: "change",
      organization_id: "org",
      organization_name: "Acme",
      source: "users.yaml",
      action: "remove",
      email: "old@x",
      user_id: "id-old@x",
      before: { roles: [member] },
      after: null,
      reasons: [],
      outcome: "not-attempted",
      error: "interrupted",
    },
    {
      ...common,
      kind: "run",
      when: "2026-11-23T08:00:01.500Z",
      started: "2026-11-23T08:00:00.000Z",
      outcome: "partial",
      summary: { applied: 1, failed: 1, not_attempted: 1, already: 0 },
      verified: false,
      error: null,
    },
  ]);
});

test("no line contains a control sequence for a terminal", async () => {
  const path = join(await folderWith({}), "audit.jsonl");
  const log = await openLog(path, HEADER, createVirtualClock());
  for (const result of RESULTS) await log.change(ORGANIZATION, result);
  await log.end({ kind: "failed", error: "\u009b31m\u{e0041}" });
  const text = await readFile(path, "utf8");
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  assert.match(text, /\\u001b\[2J\\u202e no/);
});

for (const [name, end, outcome, error] of [
  ["a failed run", { kind: "failed", error: "a bug" }, "failed", "a bug"],
  [
    "an interrupted run",
    { kind: "result", result: resultOf({ interrupted: true }) },
    "interrupted",
    null,
  ],
  [
    "a run whose key was refused",
    { kind: "result", result: resultOf({ halted: "401" }) },
    "partial",
    "401",
  ],
] as const) {
  test(`${name} has its line too`, async () => {
    const path = join(await folderWith({}), "audit.jsonl");
    const log = await openLog(path, HEADER, createVirtualClock());
    await log.change(ORGANIZATION, FAILED);
    await log.end(end);
    const last = (await linesOf(path)).at(-1);
    assertValid(last);
    const told = last as Readonly<Record<string, unknown>>;
    assert.deepEqual([told["kind"], told["outcome"], told["error"]], ["run", outcome, error]);
    assert.deepEqual(told["summary"], { applied: 0, failed: 1, not_attempted: 0, already: 0 });
  });
}

test("the log is added to, and a line that a killed run left open stays alone", async () => {
  const path = join(
    await folderWith({ "audit.jsonl": '{"kind":"run"}\n{"kind":"cha' }),
    "audit.jsonl",
  );
  const log = await openLog(path, HEADER, createVirtualClock());
  await log.end({ kind: "result", result: resultOf() });
  const lines = (await readFile(path, "utf8")).split("\n");
  assert.deepEqual(lines.slice(0, 2), ['{"kind":"run"}', '{"kind":"cha']);
  assertValid(JSON.parse(lines[2] ?? ""));
  assert.deepEqual(lines.slice(3), [""]);
});

test("a new log can be read by its owner alone", async () => {
  const path = join(await folderWith({}), "audit.jsonl");
  await (await AppendFile.open(path)).close();
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test("many lines at once all arrive whole, in their order, beside those of another program", async () => {
  const path = join(await folderWith({}), "lines");
  const file = await AppendFile.open(path);
  const line = (n: number) => `${n} ${"x".repeat(5000)}\n`;
  const work = Array.from({ length: 50 }, (_, n) => file.append(line(n)));
  await appendFile(path, "another\n");
  await Promise.all(work);
  await file.close();
  const lines = (await readFile(path, "utf8")).split("\n");
  assert.deepEqual(
    lines.filter((text) => text !== "another").map((text) => `${text}\n`),
    [...Array.from({ length: 50 }, (_, n) => line(n)), "\n"],
  );
});

test("a log that cannot be opened is a failure that says what to do", async () => {
  const folder = await folderWith({});
  await mkdir(join(folder, "audit.jsonl"));
  await assert.rejects(
    openLog(join(folder, "audit.jsonl"), HEADER, createVirtualClock()),
    (error) =>
      error instanceof Failure &&
      /cannot open the audit log .*audit\.jsonl: it is a folder/.test(error.message) &&
      error.hint !== null,
  );
});

test("a full disk is a failure of that line", { skip: process.platform !== "linux" }, async () => {
  const file = await AppendFile.open("/dev/full");
  await assert.rejects(
    file.append("line\n"),
    /cannot write to the audit log \/dev\/full: no space is left on the disk/,
  );
  await file.close();
});
