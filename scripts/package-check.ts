/**
 * `npm run package`: packs the package, installs it into an empty project, and does the main job with it on every
 * version of Node that it promises to run on (binaries come from the registry). Says which step failed, and how.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The oldest of package.json's engines, and the newest of each line; this script's own comes first. */
const NODE_VERSIONS = ["20.12.0", "22", "24"];
const NAME = "polytomic-users";
const root = fileURLToPath(new URL("..", import.meta.url));

interface Runtime {
  /** The folder of the binary, to stand first in PATH. */
  readonly folder: string;
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
}

const work = mkdtempSync(join(tmpdir(), "polytomic-users-package-"));
try {
  const project = installed(packed());
  for (const folder of nodes()) await check(folder, project);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function packed(): string {
  const args = ["pack", "--json", "--pack-destination", work];
  const [report]: readonly { readonly filename: string }[] = JSON.parse(npm(args, root));
  if (report === undefined) throw new Error("npm pack made nothing");
  return join(work, report.filename);
}

function installed(tarball: string): string {
  const project = join(work, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true }\n');
  npm(["install", "--no-audit", "--no-fund", tarball], project);
  const lock = readFileSync(join(project, "package-lock.json"), "utf8");
  if (lock.includes('"hasInstallScript"')) throw new Error("a dependency runs a script at install");
  exactlyTheTested(join(project, "node_modules", NAME, "npm-shrinkwrap.json"));
  return project;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly integrity: string }>
  >;
}

/**
 * The shrinkwrap in the package is the lock file here, by hash. npm follows it where the package comes from a registry,
 * but not for a tarball on disk, so the installed versions prove nothing.
 */
function exactlyTheTested(shrinkwrap: string): void {
  const tested: Lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const shipped: Lock = JSON.parse(readFileSync(shrinkwrap, "utf8"));
  const dependencies = Object.entries(shipped.packages).filter(([path]) => path !== "");
  if (dependencies.length < 10) throw new Error("the package does not bring its own dependencies");
  for (const [path, { version, integrity }] of dependencies) {
    const own = tested.packages[path];
    if (own?.version !== version || own.integrity !== integrity) {
      throw new Error(`${path} is ${version}, tested was ${own?.version}`);
    }
  }
}

/** The folders with the binaries, one a version. */
function nodes(): readonly string[] {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(work, "nodes");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const packages = NODE_VERSIONS.map((version) => `node-${version}@npm:${name}@${version}`);
  npm(["install", "--no-audit", "--no-fund", ...packages], folder);
  return [
    dirname(process.execPath),
    ...NODE_VERSIONS.map((version) => join(folder, "node_modules", `node-${version}`, "bin")),
  ];
}

async function check(folder: string, project: string): Promise<void> {
  const env = { PATH: [folder, process.env["PATH"]].join(delimiter), HOME: work };
  const node: Runtime = { folder, project, env };
  const version = execFileSync(join(folder, "node"), ["--version"], { encoding: "utf8" }).trim();
  const began = Date.now();
  const own = { cwd: project, env };
  expectText(run("npx", ["--no-install", NAME, "--version"], own, 0), packageVersion());
  expectText(program(node, 0, "completion", "bash"), /complete -o default/);
  expectText(
    program(node, 0, "validate", "node_modules/polytomic-users/users.example.yaml"),
    /^Valid: /,
  );
  schemasCanBeRead(node);
  const { url, sandbox } = await startSandbox(node);
  try {
    mainJob({ ...node, env: { ...env, ...credentials(url) } });
  } finally {
    sandbox.kill("SIGTERM");
    await once(sandbox, "exit");
  }
  console.log(`ok: the package on Node ${version} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

/** export → validate → an edit → plan → apply → an empty plan. */
function mainJob(node: Runtime): void {
  const file = join(node.project, "users.yaml");
  writeFileSync(file, program(node, 0, "export"));
  expectText(program(node, 0, "validate"), /^Valid: 1 organization, /);
  program(node, 0, "plan", "--detailed-exitcode");
  appendFileSync(file, "  - email: package@acme.example\n    roles: [Member]\n");
  expectText(program(node, 2, "plan", "--detailed-exitcode"), /\+ add +package@acme\.example/);
  expectText(program(node, 0, "plan", "--output", "html"), /<style>[^]+<script/);
  program(node, 0, "apply", "--yes", "--audit-log", "audit.jsonl");
  program(node, 0, "plan", "--detailed-exitcode");
}

function schemasCanBeRead({ folder, project, env }: Runtime): void {
  for (const name of ["users", "plan", "audit", "sandbox"]) {
    const path = `polytomic-users/schemas/${name}.schema.json`;
    const id = run(
      join(folder, "node"),
      ["-p", `require("${path}").$id`],
      { cwd: project, env },
      0,
    );
    if (!id.trim().endsWith(`/${path}`)) throw new Error(`${path} calls itself ${id}`);
  }
}

async function startSandbox(node: Runtime): Promise<{ url: string; sandbox: ChildProcess }> {
  const cli = join(node.project, "node_modules", "polytomic-users", "dist", "cli.js");
  const sandbox = spawn(join(node.folder, "node"), [cli, "sandbox", "--port", "0", "--quiet"], {
    env: node.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const url of createInterface(sandbox.stdout)) return { url, sandbox };
  throw new Error("the sandbox ended before it began");
}

function credentials(url: string): NodeJS.ProcessEnv {
  return { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_API_KEY: "sandbox-api-key" };
}

/** Through the link that npm makes, which is faster than npx. */
function program({ project, env }: Runtime, code: number, ...args: readonly string[]): string {
  return run(join(project, "node_modules", ".bin", NAME), args, { cwd: project, env }, code);
}

function npm(args: readonly string[], cwd: string): string {
  return run("npm", args, { cwd, env: process.env }, 0);
}

/** Returns its stdout. Throws with its whole output if it ends with another exit code. */
function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  expected: number,
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  if (status === expected) return stdout;
  throw new Error(
    `${[command, ...args].join(" ")} ended with ${status} instead of ${expected}, PATH=${options.env["PATH"]}:\n${stdout}${stderr}`,
  );
}

function expectText(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`this should match ${pattern}:\n${text.slice(0, 2000)}`);
}

function packageVersion(): RegExp {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return new RegExp(`^${manifest.version.replaceAll(".", "\\.")}\n$`);
}
