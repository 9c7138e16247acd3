/** The content of the package: what the program needs, and nothing else. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { packedFiles } from "./packed-files.ts";

const root = new URL("../../", import.meta.url);
const manifest: {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
} = JSON.parse(text("package.json"));

/** Listed by `npm pack` itself, from the existing build. */
const packed = packedFiles();

describe("the package", () => {
  it("has these files beside the program", () => {
    assert.deepEqual(
      packed.filter((path) => !/^(?:dist|docs)\//.test(path)),
      [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "action.yml",
        "action/changes.mjs",
        "action/comment.sh",
        "action/export.mjs",
        "action/gitlab.mjs",
        "action/issue.sh",
        "action/last-apply.sh",
        "action/newest.sh",
        "action/paths.mjs",
        "action/proposal.mjs",
        "action/propose.mjs",
        "action/review.sh",
        "action/reviewed.sh",
        "action/run.sh",
        "action/setup.sh",
        "examples/acme.yaml",
        "examples/ci/github/polytomic-apply.yml",
        "examples/ci/github/polytomic-drift.yml",
        "examples/ci/github/polytomic-plan.yml",
        "examples/ci/github/polytomic-review.yml",
        "examples/ci/gitlab/.gitlab-ci.yml",
        "examples/ci/shell/apply.sh",
        "examples/ci/shell/drift.sh",
        "examples/ci/shell/plan.sh",
        "examples/common/policy.yaml",
        "examples/common/support-staff.yaml",
        "examples/groups.yaml",
        "examples/partner/acme.yaml",
        "examples/partner/globex.yaml",
        "examples/sandbox/acme.yaml",
        "examples/sandbox/partner.yaml",
        "examples/small-team.yaml",
        "package.json",
        "schemas/audit.schema.json",
        "schemas/plan.schema.json",
        "schemas/sandbox.schema.json",
        "schemas/users.schema.json",
        "users.example.yaml",
      ],
    );
  });

  it("has every page of the documentation, and its pictures", () => {
    const pages = readdirSync(new URL("docs", root), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(fileURLToPath(root), join(parentPath, name)));
    assert.deepEqual(
      packed.filter((path) => path.startsWith("docs/")),
      pages.sort(),
    );
  });

  it("has the files that the program imports or reads, and no other below dist", () => {
    const needed = new Set([
      "dist/output/html/page.css",
      "dist/output/html/page.js",
      "dist/output/html/review-page.js",
      ...reached().files,
    ]);
    const program = packed.filter((path) => path.startsWith("dist/"));
    assert.deepEqual(
      program.filter((path) => !needed.has(path) && !isEmpty(path)),
      [],
      "these are not needed",
    );
    assert.deepEqual(
      [...needed].filter((path) => !program.includes(path)),
      [],
      "these are missing",
    );
  });

  it("depends on the packages that the program imports, and on no other", () => {
    assert.deepEqual([...reached().packages].sort(), Object.keys(manifest.dependencies).sort());
  });

  it("has the program that package.json names, ready to run", () => {
    const program = manifest.bin["polytomic-users"] ?? "";
    assert.ok(packed.includes(program));
    assert.match(text(program), /^#!\/usr\/bin\/env node\n/);
  });
});

describe("each schema", () => {
  for (const path of packed.filter((one) => one.startsWith("schemas/"))) {
    it(`${path} has its path in the package as its address`, () => {
      const schema: { readonly $id: string } = JSON.parse(text(path));
      assert.equal(schema.$id, `https://unpkg.com/polytomic-users/${path}`);
    });
  }
});

describe("the lock file", () => {
  const lock: {
    readonly packages: Readonly<
      Record<
        string,
        {
          readonly optionalDependencies?: Readonly<Record<string, string>>;
          readonly integrity?: string;
          readonly dev?: boolean;
          readonly optional?: boolean;
        }
      >
    >;
  } = JSON.parse(text("package-lock.json"));
  const entries = Object.entries(lock.packages);

  it("names no host", () => {
    assert.ok(entries.length > 20);
    assert.deepEqual(
      entries.filter(([, entry]) => "resolved" in entry).map(([path]) => path),
      [],
    );
  });

  it("has the hash of every package, except for tools of platforms that no test runs on", () => {
    const without = entries.filter(
      ([path, { integrity }]) => path !== "" && integrity === undefined,
    );
    assert.deepEqual(
      without.filter(([, { dev, optional }]) => dev !== true || optional !== true),
      [],
    );
  });

  it("has every platform's optional packages, without which npm ci refuses it", () => {
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          ![`node_modules/${name}`, `${path}/node_modules/${name}`].some(
            (one) => one in lock.packages,
          ),
      ),
    );
    assert.deepEqual(missing, []);
  });
});

describe("a release", () => {
  it("is not made with placeholders, another tag or without its section in the changelog", () => {
    const script = fileURLToPath(new URL("scripts/release-check.ts", root));
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", script, "v0.0.0"], {
      cwd: fileURLToPath(root),
      encoding: "utf8",
    });
    assert.equal(status, 1);
    for (const name of ["repository", "homepage", "bugs"]) {
      assert.match(stderr, new RegExp(`^package\\.json: ${name} is a placeholder`, "m"));
    }
    assert.match(stderr, /^docs\/editing\.md: the hook's repo is a placeholder/m);
    assert.match(stderr, /^the tag is v0\.0\.0, package\.json says \d/m);
    assert.match(stderr, /^CHANGELOG\.md has no section ## \d/m);
  });
});

/** The modules that dist/cli.js imports, directly or not, statically or dynamically. */
function reached(): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = ["dist/cli.js"];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    assert.ok(existsSync(new URL(file, root)), `${file} is imported, and not there: npm run build`);
    for (const name of importsOf(text(file))) {
      if (name.startsWith(".")) open.push(new URL(name, `file:///${file}`).pathname.slice(1));
      else if (!isBuiltin(name)) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    }
  }
  return { files, packages };
}

function importsOf(source: string): readonly string[] {
  const statement =
    /^(?:import|export)\b(?:[^;"'=]*?\bfrom)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']|new Worker\(new URL\(["']([^"']+)["']/gm;
  return [...source.matchAll(statement)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** What the compiler leaves of a module that has only types. */
function isEmpty(path: string): boolean {
  return text(path).trim() === "export {};";
}

function text(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}
