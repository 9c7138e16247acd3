/** Every format of every situation; `golden.ts` says how to update the files. */
import { describe, it } from "node:test";
import { renderReportCsv } from "../../src/output/csv.ts";
import { annotations, githubOutputs } from "../../src/output/github.ts";
import { renderGitlab } from "../../src/output/gitlab.ts";
import { abridged, assertGolden } from "./golden.ts";
import { plans, results, tables } from "./situations.ts";
import {
  renderApplyMarkdown,
  renderApplyText,
  renderPlanMarkdown,
  renderPlanText,
  renderReportMarkdown,
  renderReportText,
} from "./render.ts";

const narrow = {
  color: false,
  width: 80,
  diff: false,
  command: "polytomic-users apply --yes --plan plan.json",
};

describe("golden plans", () => {
  for (const [name, plan] of Object.entries(plans)) {
    it(`${name}, as text on 80 columns`, () => {
      assertGolden(`${name}.txt`, abridged(renderPlanText(plan, narrow)));
    });

    it(`${name}, as Markdown`, () => {
      // 2,000 changes do not fit into a budget that is small enough to be read here.
      const limit = name === "two-thousand" ? 10_000 : 65_536;
      const command = "polytomic-users apply --plan plan.json --yes";
      const text = renderPlanMarkdown(plan, { limit, command, artifact: "plan.json" });
      assertGolden(`${name}.md`, text);
    });

    it(`${name}, for GitLab`, () => {
      assertGolden(`${name}.gitlab.json`, renderGitlab(plan));
    });

    it(`${name}, for GitHub Actions`, () => {
      const text = annotations([], plan) + githubOutputs(plan, 0, "end-of-value");
      assertGolden(`${name}.actions.txt`, text);
    });
  }

  it("realistic, as text on a wide terminal, with colour and diffs", () => {
    const text = renderPlanText(plans.realistic, { color: true, width: 132, diff: true });
    assertGolden("realistic-wide.txt", text);
  });
});

describe("golden results", () => {
  for (const [name, result] of Object.entries(results)) {
    it(`${name}, as text`, () => {
      assertGolden(`${name}.apply.txt`, abridged(renderApplyText(result, narrow)));
    });

    it(`${name}, as Markdown`, () => {
      const limit = name === "two-thousand" ? 10_000 : 65_536;
      assertGolden(`${name}.apply.md`, renderApplyMarkdown(result, { limit, artifact: null }));
    });
  }
});

describe("golden reports", () => {
  for (const [name, access] of Object.entries(tables)) {
    it(`${name}, as text`, () => {
      assertGolden(`${name}.report.txt`, renderReportText(access, narrow));
    });

    it(`${name}, as Markdown`, () => {
      assertGolden(`${name}.report.md`, renderReportMarkdown(access, { limit: 65_536 }));
    });

    it(`${name}, as CSV`, () => {
      assertGolden(`${name}.report.csv`, renderReportCsv(access));
    });
  }
});
