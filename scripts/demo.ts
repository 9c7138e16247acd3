/**
 * The main job on the sandbox, with the program that users run: `npm start`. Starts a sandbox with an
 * example organization, then validates, plans, applies, and plans again. Stops by itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const users = "examples/acme.yaml";
/** So that the output is the same on every day. */
const day = ["--as-of", "2026-12-20"];

function start(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  pipe: boolean,
): ChildProcess {
  return spawn(process.execPath, [cli, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", pipe ? "pipe" : "inherit", "inherit"],
  });
}

async function startSandbox(): Promise<{ url: string; sandbox: ChildProcess }> {
  const args = [
    "sandbox",
    "examples/sandbox/acme.yaml",
    "--port",
    "0",
    "--latency",
    "20",
    "--quiet",
  ];
  const sandbox = start(args, {}, true);
  if (sandbox.stdout === null) throw new Error("the sandbox has no output");
  for await (const url of createInterface(sandbox.stdout)) return { url, sandbox };
  throw new Error("the sandbox did not start");
}

async function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  console.log(`\n$ polytomic-users ${args.join(" ")}`);
  const [code] = await once(start(args, environment, false), "exit");
  if (code !== 0) throw new Error(`polytomic-users ${args[0]} ended with ${code}`);
}

const { url, sandbox } = await startSandbox();
try {
  console.log(`The sandbox, with the example organization Acme, is running at ${url}.`);
  const environment = { POLYTOMIC_DEPLOYMENT_URL: url, POLYTOMIC_API_KEY: "sandbox-api-key" };
  await run(["validate", users], environment);
  await run(["plan", users, ...day], environment);
  await run(["apply", users, "--yes", ...day], environment);
  await run(["plan", users, "--detailed-exitcode", ...day], environment);
  console.log("\nThe second plan shows no changes: Polytomic matches the file.");
} finally {
  sandbox.kill("SIGTERM");
}
