import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { SHELLS } from "../../src/completion/grammar.ts";
import { run } from "../program.ts";
import { skipWithout } from "../support.ts";
import { completions } from "./shells.ts";

const ALL_FILES = ["access", "plan.json", "users.yaml", "with space.yaml"];
const COMMANDS = [
  "apply",
  "completion",
  "create-api-key",
  "doctor",
  "explain",
  "export",
  "grant",
  "init",
  "plan",
  "rename",
  "report",
  "review",
  "revoke",
  "roles",
  "sandbox",
  "validate",
];
const EVERYWHERE = ["--help", "--no-color", "--quiet", "--verbose", "--version"];

const SITUATIONS: readonly (readonly [name: string, line: string, expected: readonly string[]])[] =
  [
    ["the commands", "", COMMANDS],
    ["a command's name", "pl", ["plan"]],
    ["the program's flags", "--", EVERYWHERE],
    ["a command after a flag", "--quiet val", ["validate"]],
    ["files for a path", "validate ", ALL_FILES],
    ["a second path", "validate users.yaml ac", ["access"]],
    ["a file with a blank in its name", "validate wi", ["with space.yaml"]],
    ["a command's flags", "validate --", [...EVERYWHERE, "--as-of", "--output", "--root"].sort()],
    ["a flag after a path", "plan users.yaml --det", ["--detailed-exitcode"]],
    ["formats", "plan --output ", ["gitlab", "html", "json", "markdown", "text"]],
    [
      "another command's formats",
      "report --output ",
      ["csv", "html", "json", "markdown", "text", "vanta"],
    ],
    ["a format after =", "plan --output=mark", ["markdown"]],
    ["a format's file", "plan --output json=pl", ["plan.json"]],
    ["the words that a flag takes", "plan --credential ", ["api", "deployment", "partner"]],
    ["one of them after =", "plan --credential=pa", ["partner"]],
    ["a flag's file", "apply --plan pl", ["plan.json"]],
    ["folders", "plan --root ", ["access"]],
    ["nothing for an address", "plan --only ", []],
    ["nothing for an argument that cannot be known", "create-api-key ", []],
    ["an optional file", "sandbox us", ["users.yaml"]],
    ["the shells", "completion ", ["bash", "fish", "zsh"]],
    ["a flag of this command alone", "sandbox --see", ["--seed"]],
    ["a path that is a command's name", "validate report ac", ["access"]],
  ];

for (const shell of SHELLS) {
  describe(
    `${shell} completes`,
    { skip: skipWithout(shell) || (shell !== "fish" && skipWithout("script")) },
    () => {
      let answers: readonly (readonly string[])[] = [];

      before(async () => {
        const script = await run(["completion", shell]);
        const lines = SITUATIONS.map(([, line]) => `polytomic-users ${line}`);
        answers = await completions(shell, script.stdout, lines);
      });

      for (const [at, [name, line, expected]] of SITUATIONS.entries()) {
        it(`${name}: polytomic-users ${line}`, () => assert.deepEqual(answers[at], expected));
      }
    },
  );
}

describe("the command", () => {
  it("says which shells there are", async () => {
    const { code, stderr } = await run(["completion", "tcsh"]);
    assert.equal(code, 1);
    assert.match(stderr, /Allowed choices are bash, zsh, fish\./);
  });
});
