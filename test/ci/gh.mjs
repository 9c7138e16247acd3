#!/usr/bin/env node
// Replaces GitHub's command line in the steps' PATH: passes its call to the test (github.ts) and prints the answer.
import { text } from "node:stream/consumers";

const args = process.argv.slice(2);
const stdin = args[0] === "secret" || args.includes("--input") ? await text(process.stdin) : "";
const response = await fetch(process.env.GH_SERVER, {
  method: "POST",
  body: JSON.stringify({ args, stdin, env: process.env, cwd: process.cwd() }),
});
const { stdout, stderr, exitCode } = await response.json();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
