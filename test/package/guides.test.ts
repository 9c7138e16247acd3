/** The guides: their commands work in the given order, and the messages they explain exist. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { problemWords } from "../../src/model/problem-words.ts";
import { polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const root = new URL("../../", import.meta.url);
const page = (name: string): string => readFileSync(new URL(`docs/${name}`, root), "utf8");

/** The command lines of the program in a page, without comments. */
function commandsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^ *```sh\n(.*?)^ *```/gms)].flatMap(([, block = ""]) =>
    [...block.matchAll(/^ *polytomic-users ([^#\n]*[^#\s])/gm)].map(([, line = ""]) => line),
  );
}

describe("the commands of", () => {
  for (const name of ["adopt.md", "terraform.md"]) {
    it(`docs/${name} work on the sandbox, and no plan has a change but for the one revoked`, async (t) => {
      const server = await polytomic();
      t.after(() => server.close());
      const cwd = await folderWith({});
      const lines = commandsOf(page(name));
      assert.ok(lines.length > 2);
      for (const line of lines) {
        if (line.startsWith("export --into")) await removeUnmanaged(join(cwd, "users.yaml"));
        const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? "");
        const several = /customers/.test(line);
        const env = several
          ? { POLYTOMIC_DEPLOYMENT_URL: server.url, POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" }
          : server.env;
        const { code, stdout, stderr } = await run(args, { cwd, env });
        assert.equal(code, 0, `${line}: ${stderr}`);
        if (args[0] !== "plan") continue;
        const expected = !several && name === "adopt.md" && /expires: /.test(await users(cwd));
        assert.match(stdout, expected ? /1 to remove/ : /No changes/, line);
      }
      assert.deepEqual(server.writes(), []);
    });
  }
});

const users = (cwd: string): Promise<string> => readFile(join(cwd, "users.yaml"), "utf8");

/** As the guide says, the file decides before the last step. The leaver's entry is removed by then. */
async function removeUnmanaged(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text
      .replace(/ *unmanaged: keep\n/, "")
      .replace(/ {2}- email: contractor@agency\.example\n {4}.*\n {4}.*\n/, ""),
  );
}

describe("docs/troubleshooting.md", () => {
  const sources = readdirSync(new URL("src", root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(new URL(`src/${path}`, root), "utf8"))
    .join("\n");
  const rows = [...page("troubleshooting.md").matchAll(/^\| (`.*?) \|/gm)].map(
    ([, cell = ""]) => cell,
  );
  const quoted = rows.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text),
  );

  for (const text of quoted) {
    it(`explains a message that exists: ${text}`, () => {
      const [, code, words = code ?? ""] = /^([a-z-]+)(?:: (.*))?$/.exec(text) ?? [text, "", text];
      if (code !== undefined && code in problemWords && words === code) return;
      const fixed = words
        .split(/"[^"]*"|: |POLYTOMIC_\w+|\d+|…|%|\(|\)/)
        .map((part) => part.trim());
      for (const part of fixed.filter((one) => one.length > 2)) {
        assert.ok(sources.includes(part), part);
      }
    });
  }
});
