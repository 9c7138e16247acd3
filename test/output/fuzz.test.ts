/** Whatever text is in the fields from outside, a real parser of each format reads it back as text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import xterm from "@xterm/headless";
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import MarkdownIt from "markdown-it";
import { renderReportCsv } from "../../src/output/csv.ts";
import { renderApplyJson, renderPlanJson, renderReportJson } from "../../src/output/json.ts";
import { annotations, githubOutputs } from "../../src/output/github.ts";
import { csvField, plainText } from "../../src/output/escape.ts";
import { formatProblem } from "../../src/output/problems.ts";
import { untrustedPlan, untrustedProblem, untrustedResult, untrustedTables } from "./untrusted.ts";
import {
  renderApplyHtml,
  renderApplyMarkdown,
  renderApplyText,
  renderPlanHtml,
  renderPlanMarkdown,
  renderPlanText,
  renderReportHtml,
  renderReportMarkdown,
  renderReportText,
} from "./render.ts";

const ORIGIN = {
  basis: "both",
  asOf: "2026-11-24",
  madeAt: 0,
  version: "0.0.0",
  commit: null,
  committedAt: null,
  url: null,
  credential: null,
  figures: null,
  role: null,
  notes: [],
} as const;
const runs = { numRuns: 80 };
/** A terminal processes its input asynchronously. */
const fewer = { numRuns: 25 };
const text = { color: false, width: 80, diff: true };
const log = { ...text, unfolded: true };
const markdown = { limit: 65_536, command: "polytomic-users apply", artifact: "plan.json" };

describe("Markdown with untrusted text", () => {
  it("has no element beyond the plan's own", () => {
    fc.assert(
      fc.property(untrustedPlan, (plan) => {
        assertOnlyText(renderPlanMarkdown(plan, markdown));
      }),
      runs,
    );
  });

  it("shows every address of a change whole, as code", () => {
    fc.assert(
      fc.property(untrustedPlan, (plan) => {
        const code = codeOf(renderPlanMarkdown(plan, markdown));
        for (const { email } of plan.organizations.flatMap(({ changes }) => changes)) {
          assert.ok(code.has(asCode(email)), JSON.stringify(email));
        }
      }),
      runs,
    );
  });

  it("has no element beyond the apply's own", () => {
    fc.assert(
      fc.property(untrustedResult, (result) => {
        assertOnlyText(renderApplyMarkdown(result, markdown));
      }),
      runs,
    );
  });

  it("has no element beyond the report's own", () => {
    fc.assert(
      fc.property(untrustedTables, (tables) => {
        assertOnlyText(renderReportMarkdown(tables, markdown));
      }),
      runs,
    );
  });

  it("stays within the size budget", () => {
    fc.assert(
      fc.property(untrustedPlan, fc.integer({ min: 4000, max: 8000 }), (plan, limit) => {
        const length = renderPlanMarkdown(plan, { ...markdown, limit }).length;
        assert.ok(length <= limit, `${length} > ${limit}`);
      }),
      runs,
    );
  });
});

const parser = new MarkdownIt({ html: true, linkify: true });

const OUR_BLOCKS = new Set(
  [
    "heading",
    "paragraph",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "bullet_list",
    "list_item",
  ]
    .flatMap((name) => [`${name}_open`, `${name}_close`])
    .concat("inline", "fence"),
);
const OUR_HTML = /^(<details><summary>[A-Z][A-Za-z0-9 ,:._()-]+<\/summary>|<\/details>)\n$/;
const OUR_TAGS = /^<(br|\/?details|\/?summary)>$/;
const OUR_ALERTS = new Set(["[!CAUTION]", "[!WARNING]"]);
const OUR_INLINES = new Set(["text", "code_inline", "strong_open", "strong_close", "softbreak"]);
/** What GitHub and GitLab turn into mentions, references, links and emoji after rendering Markdown. */
const REFERENCE = /[@#<>`|*_~$[\]\\]|:\w+:|https?:|www\.|\bGH-\d|\b[0-9a-f]{7,}\b|\p{C}/iu;

function assertOnlyText(rendered: string): void {
  for (const token of parser.parse(rendered, {})) {
    if (token.type === "html_block") assert.match(token.content, OUR_HTML);
    else assert.ok(OUR_BLOCKS.has(token.type), token.type);
    for (const inline of token.children ?? []) {
      if (inline.type === "html_inline") assert.match(inline.content, OUR_TAGS);
      else assert.ok(OUR_INLINES.has(inline.type), `${inline.type}: ${inline.content}`);
      if (inline.type === "text" && !OUR_ALERTS.has(inline.content)) {
        assert.doesNotMatch(inline.content, REFERENCE);
      }
    }
  }
}

function codeOf(rendered: string): ReadonlySet<string> {
  const inlines = parser.parse(rendered, {}).flatMap(({ children }) => children ?? []);
  return new Set(
    inlines.filter(({ type }) => type === "code_inline").map(({ content }) => content),
  );
}

/** Backticks, and backslashes before pipes, are shown by their code points. */
function asCode(email: string): string {
  const shown = plainText(email.replace(/\\(?=\\*\|)/g, "\\u{5c}")).replaceAll("`", "\\u{60}");
  return shown.trim() === "" ? " " : shown;
}

describe("CSV with untrusted text", () => {
  it("is read back field by field, and no field is a formula", () => {
    fc.assert(
      fc.property(untrustedTables, (tables) => {
        const records: string[][] = parse(renderReportCsv(tables));
        const users = tables.flatMap(({ users }) => users);
        const emails = users.flatMap(({ email, holdings }) => holdings.map(() => defused(email)));
        assert.deepEqual(
          records.slice(1).map((record) => record[3]),
          emails,
        );
        for (const field of records.flat()) assert.doesNotMatch(field, /^[=+\-@\t\r]|\p{Cc}/u);
      }),
      runs,
    );
  });
});

function defused(email: string): string {
  const field = csvField(email);
  return /^[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(field) ? `'${field}` : field;
}

describe("a terminal with untrusted text", () => {
  it("shows the plan's text, plain, and does nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(untrustedPlan, (plan) => assertPlain(renderPlanText(plan, text))),
      fewer,
    );
  });

  it("shows the apply's and the report's text, plain, and does nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(untrustedResult, untrustedTables, async (result, tables) => {
        await assertPlain(renderApplyText(result, text));
        await assertPlain(renderReportText(tables, text));
      }),
      fewer,
    );
  });

  it("shows a problem on one line", async () => {
    await fc.assert(
      fc.asyncProperty(untrustedProblem, async (problem) => {
        const line = formatProblem(problem);
        assert.doesNotMatch(line, /\n/);
        await assertPlain(`${line}\n`);
      }),
      fewer,
    );
  });
});

/** Wide enough that no line wraps. */
const COLUMNS = 1200;

async function assertPlain(shown: string): Promise<void> {
  const lines = shown.split("\n");
  const terminal = new xterm.Terminal({
    cols: COLUMNS,
    rows: lines.length + 1,
    allowProposedApi: true,
    convertEol: true,
  });
  const events: string[] = [];
  terminal.onTitleChange(() => events.push("title"));
  terminal.onBell(() => events.push("bell"));
  terminal.onData(() => events.push("answer"));
  await new Promise<void>((resolve) => terminal.write(shown, resolve));
  const { active } = terminal.buffer;
  const seen = lines.map((_, row) => active.getLine(row)?.translateToString(true).trimEnd());
  assert.deepEqual(
    seen,
    lines.map((line) => line.trimEnd()),
  );
  assert.deepEqual(events, []);
  assert.deepEqual([active.type, active.cursorX, active.cursorY], ["normal", 0, lines.length - 1]);
  for (const row of lines.keys()) assertUnstyled(active.getLine(row));
  terminal.dispose();
}

function assertUnstyled(line: xterm.IBufferLine | undefined): void {
  const columns = Array.from({ length: 200 }, (_, column) => column);
  const styled = columns.filter((column) => line?.getCell(column)?.isAttributeDefault() !== true);
  assert.deepEqual(styled, []);
}

describe("a pipeline's log with untrusted text", () => {
  it("holds no workflow command", () => {
    fc.assert(
      fc.property(untrustedPlan, untrustedResult, untrustedTables, (plan, result, tables) => {
        const outputs = [
          renderPlanText(plan, log),
          renderApplyText(result, log),
          renderReportText(tables, log),
          renderPlanMarkdown(plan, markdown),
          renderReportCsv(tables),
          renderPlanJson(plan),
          renderApplyJson(result),
          renderReportJson({ origin: ORIGIN, tables, failed: [] }),
          renderPlanHtml(plan, tables),
          renderApplyHtml(result, tables),
          renderReportHtml(tables),
        ];
        for (const line of outputs.join("\n").split(/\r?\n/)) assert.equal(commandOf(line), null);
      }),
      runs,
    );
  });

  it("holds the annotations' commands and no other", () => {
    fc.assert(
      fc.property(fc.array(untrustedProblem, { maxLength: 3 }), untrustedPlan, (problems, plan) => {
        const lines = annotations(problems, plan).trimEnd().split("\n");
        const sum = (count: (one: (typeof plan.organizations)[number]) => number): number =>
          plan.organizations.reduce((total, one) => total + count(one), 0);
        const errors = sum(({ violations }) => violations.length);
        const commands = lines.map(commandOf);
        assert.equal(
          commands.filter((one) => one?.name === "error").length,
          problems.length + plan.failed.length + errors,
        );
        for (const one of commands) {
          assert.ok(one !== null && ["error", "warning"].includes(one.name));
          assert.ok(["title", "file,line,col,title"].includes(one.properties.join(",")));
        }
      }),
      runs,
    );
  });

  it("gives a step its own outputs and no other", () => {
    fc.assert(
      fc.property(untrustedPlan, (plan) => {
        const names = [...githubOutputs(plan, 2, "delimiter").matchAll(/^(.*)<<(.*)\n.*\n\2\n/gm)];
        assert.deepEqual(
          names.map(([, name]) => name),
          ["changes", "create", "update", "remove", "gains_admin", "digest", "exitcode"],
        );
        assert.equal(names.map(([all]) => all).join(""), githubOutputs(plan, 2, "delimiter"));
      }),
      runs,
    );
  });
});

interface Command {
  readonly name: string;
  readonly properties: readonly (string | undefined)[];
}

/** How GitHub's runner reads a line: `::name properties::message` at its beginning, `##[name]` anywhere. */
function commandOf(line: string): Command | null {
  const current = /^::([^\s:]+)(?: (.*?))?::/.exec(line.trimStart());
  if (current !== null) {
    const properties = (current[2] ?? "").split(",").map((one) => one.split("=")[0]);
    return { name: current[1] ?? "", properties };
  }
  return /##(?:vso)?\[/.test(line) ? { name: "older", properties: [] } : null;
}
