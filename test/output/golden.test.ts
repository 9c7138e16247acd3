/** Every format over every situation; `golden.ts` says how to rewrite the files. */
import { describe, it } from "node:test";
import { renderApplyText, renderPlanText, renderReportText } from "../../src/output/text.ts";
import { abridged, assertGolden } from "./golden.ts";
import { plans, results, tables } from "./situations.ts";

describe("golden plans", () => {
  for (const [name, plan] of Object.entries(plans)) {
    it(`${name}, as text on 80 columns`, () => {
      const text = renderPlanText(plan, { color: false, width: 80, diff: false });
      assertGolden(`${name}.txt`, abridged(text));
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
      const text = renderApplyText(result, { color: false, width: 80 });
      assertGolden(`${name}.apply.txt`, abridged(text));
    });
  }
});

describe("golden reports", () => {
  for (const [name, access] of Object.entries(tables)) {
    it(`${name}, as text`, () => {
      assertGolden(`${name}.report.txt`, renderReportText(access, { color: false, width: 80 }));
    });
  }
});
