/** The modules that each command can import, directly or not, dynamic imports included. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const src = new URL("../../src/", import.meta.url);

/** Every file in src that this one imports, directly or not; type imports do not count. */
function reach(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [new URL(entry, src)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const path = fileURLToPath(file);
    if (seen.has(path)) continue;
    seen.add(path);
    for (const imported of importsOf(readFileSync(path, "utf8")))
      open.push(new URL(imported, file));
  }
  return new Set([...seen].map((path) => path.slice(fileURLToPath(src).length)));
}

function importsOf(text: string): readonly string[] {
  const statement =
    /(?:import|export)\s+(?!type\b)[^;"']*?from\s*["'](\.[^"']+)["']|import\(?\s*["'](\.[^"']+)["']/g;
  return [...text.matchAll(statement)].map((match) => match[1] ?? match[2] ?? "");
}

/** Folder of src → the folders that it imports, type and dynamic imports included. */
function foldersImported(): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" });
  for (const path of paths.filter((one) => /^.+\/.+\.ts$/.test(one))) {
    const folder = path.split("/")[0] ?? "";
    const imported = graph.get(folder) ?? new Set();
    graph.set(folder, imported);
    const text = readFileSync(new URL(path, src), "utf8");
    for (const [, target] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+\.ts)"/g)) {
      const [other = "", ...rest] = new URL(target ?? "", new URL(path, src)).href
        .slice(src.href.length)
        .split("/");
      if (rest.length > 0 && other !== folder) imported.add(other);
    }
  }
  return graph;
}

describe("the folders of src", () => {
  it("import each other without a cycle", () => {
    const left = new Map(foldersImported());
    assert.ok(left.size > 10, "the folders were read");
    for (let free: string[] = [""]; free.length > 0;) {
      free = [...left].flatMap(([folder, others]) =>
        [...others].some((other) => left.has(other)) ? [] : [folder],
      );
      for (const folder of free) left.delete(folder);
    }
    assert.deepEqual([...left.keys()], []);
  });
});

describe("a command that only reads", () => {
  for (const command of ["validate", "plan", "report", "explain", "export"]) {
    it(`${command} reaches neither the writer nor the making of keys nor the apply`, () => {
      const reached = [...reach(`commands/${command}.ts`)];
      assert.ok(reached.length > 10, "the imports were followed");
      assert.deepEqual(
        reached.filter((path) => /^polytomic\/(writer|api-key)\.ts$|^apply\//.test(path)),
        [],
      );
    });
  }

  it("apply does reach the writer", () => {
    assert.ok(reach("commands/apply.ts").has("polytomic/writer.ts"));
  });
});

describe("without a credential", () => {
  it("validate reaches nothing that could send a request", () => {
    assert.deepEqual(
      [...reach("commands/validate.ts")].filter((path) => path.startsWith("polytomic/")),
      [],
    );
  });
});

describe("the simulation", () => {
  const program = new URL("../simulation/program.ts", import.meta.url);
  const imported = importsOf(readFileSync(program, "utf8")).map((path) =>
    path.replace("../../src/", ""),
  );
  const modules = ["connection", "plan", "saved-plan", "apply"].map((name) => `run/${name}.ts`);

  it("runs the modules that the commands run", () => {
    const reached = reach("commands/apply.ts");
    for (const path of modules) {
      assert.ok(imported.includes(path), path);
      assert.ok(reached.has(path), path);
    }
  });

  it("has no glue of its own between plan, guards and writer", () => {
    assert.deepEqual(
      imported.filter((path) => /^(apply|plan|commands|config)\//.test(path)),
      // Exit codes, and the display of a run.
      ["commands/apply.ts", "commands/io.ts", "commands/show-plan.ts", "commands/show-waiting.ts"],
    );
  });
});
