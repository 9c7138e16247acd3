import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pullRequestOf } from "../../src/history/git-log.ts";

const rows: readonly (readonly [subject: string, body: string, label: string | null])[] = [
  ["Give Sam Billing (#12)", "", "#12"],
  ["Merge pull request #12 from acme/sam", "Give Sam Billing (#9)", "#12"],
  ["Merge pull request #12 from acme/sam (#13)", "", "#12"],
  ["Give Sam Billing (#12), as asked", "", "#12"],
  ["Revert (#7) (#8)", "", "#8"],
  ["Give Sam Billing !12", "", "!12"],
  ["!12 Give Sam Billing", "", "!12"],
  ["Merge branch 'sam' into 'main' (access/users!12)", "", "!12"],
  ["Merge branch 'sam' into 'main'", "Give Sam Billing\n\nSee merge request acme/access!77", "!77"],
  ["Give Sam Billing", "See merge request acme/access!77 first", null],
  ["Merged in sam (pull request #12)", "", "#12"],
  ["Pull request #12: Give Sam Billing", "Merge in AC/access from sam to main", "#12"],
  ["Merged PR 12: Give Sam Billing", "", "#12"],
  ['Revert "Give Sam Billing (#12)"', "This reverts commit 0b30fa8.", null],
  ['Revert "Give Sam Billing (#12)" (#14)', "", "#14"],
  ['Reapply "Give Sam Billing (#12)"', "", null],
  ["Revert \"Merge branch 'sam' into 'main' (access/users!12)\"", "", null],
  ["Fix #12", "", null],
  ["Hello!12x and wow!!", "", null],
  ["Give Sam Billing", "(#12)", null],
  ["", "", null],
];

describe("the pull request that a commit's message names", () => {
  for (const [subject, body, label] of rows) {
    it(`${JSON.stringify(subject)} ${JSON.stringify(body)}: ${label}`, () => {
      const found = pullRequestOf(subject, body);
      assert.equal(found?.label ?? null, label);
      assert.equal(found?.number ?? null, label === null ? null : Number(label.slice(1)));
    });
  }
});
