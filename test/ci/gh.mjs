#!/usr/bin/env node
// Plays GitHub's command line for the tests: `gh api` over the comments, issues, pull requests and artifacts in the
// JSON file GH_STATE, with the real jq for --jq, and `gh run download`. Every call is appended to GH_CALLS.
// What it does not know is an error.
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { GH_STATE, GH_CALLS, GH_TOKEN, GITHUB_REPOSITORY } = process.env;
const args = process.argv.slice(2);
appendFileSync(GH_CALLS, `${JSON.stringify({ args, env: process.env })}\n`);
const state = JSON.parse(readFileSync(GH_STATE, "utf8"));
const save = () => writeFileSync(GH_STATE, JSON.stringify(state, null, 2));

function fail(message) {
  process.stderr.write(`gh: ${message}\n`);
  process.exit(1);
}

if (GH_TOKEN !== "token-of-the-job")
  fail("To use GitHub CLI in a GitHub Actions workflow, set GH_TOKEN");
if (args[0] === "run" && args[1] === "download") download(args.slice(2));
else if (args[0] === "api") await api(args.slice(1));
else fail(`unknown command ${args.join(" ")}`);

function download([run, ...flags]) {
  const value = (name) => flags[flags.indexOf(name) + 1];
  if (value("--repo") !== GITHUB_REPOSITORY) fail("another repository");
  const artifact = state.artifacts.find(
    (one) => one.name === value("--name") && String(one.workflow_run.id) === run,
  );
  if (artifact === undefined) fail("no valid artifacts found to download");
  cpSync(join(artifact.folder), value("--dir"), { recursive: true });
}

async function api(words) {
  const request = { method: null, path: null, fields: {}, jq: null, silent: false };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--paginate") continue;
    else if (word === "--silent") request.silent = true;
    else if (word === "--method") request.method = words.shift();
    else if (word === "--jq") request.jq = words.shift();
    else if (word === "-f") field(request.fields, words.shift(), false);
    else if (word === "-F") field(request.fields, words.shift(), true);
    else if (word.startsWith("-") || request.path !== null) fail(`unknown argument ${word}`);
    else request.path = word;
  }
  const answer = route(request);
  if (request.silent) return;
  if (request.jq === null) process.stdout.write(JSON.stringify(answer));
  else process.stdout.write(await filtered(answer, request.jq));
}

/** -F reads a file behind @, as gh does. */
function field(fields, text, magic) {
  const at = text.indexOf("=");
  const value = text.slice(at + 1);
  fields[text.slice(0, at)] =
    magic && value.startsWith("@") ? readFileSync(value.slice(1), "utf8") : value;
}

function route({ method, path, fields }) {
  const [place, query = ""] = path.split("?");
  const prefix = `repos/${GITHUB_REPOSITORY}/`;
  if (!place.startsWith(prefix)) fail(`404 ${path}`);
  const verb = method ?? (Object.keys(fields).length > 0 ? "POST" : "GET");
  const what = `${verb} ${place.slice(prefix.length)}`;
  const [, number] = /^\w+ issues\/(\d+)/.exec(what) ?? [];
  const [, comment] = /^PATCH issues\/comments\/(\d+)$/.exec(what) ?? [];
  if (comment !== undefined) return change(state.comments, "id", comment, fields);
  if (/^GET issues\/\d+\/comments$/.test(what)) {
    return state.comments.filter((one) => one.issue === Number(number));
  }
  if (/^POST issues\/\d+\/comments$/.test(what)) {
    return added(
      state.comments,
      { id: 1000 + state.comments.length, issue: Number(number) },
      fields,
    );
  }
  if (what === "GET issues" && query.includes("state=open")) {
    return state.issues.filter((one) => one.state === "open");
  }
  if (what === "POST issues") {
    return added(state.issues, { number: 100 + state.issues.length, state: "open" }, fields);
  }
  if (/^PATCH issues\/\d+$/.test(what)) return change(state.issues, "number", number, fields);
  const [, sha] = /^GET commits\/(\w+)\/pulls$/.exec(what) ?? [];
  if (sha !== undefined) return state.pulls.filter((one) => one.commits.includes(sha));
  if (what === "GET actions/artifacts") {
    const name = new URLSearchParams(query).get("name");
    return { artifacts: state.artifacts.filter((one) => one.name === name) };
  }
  return fail(`404 ${what}`);
}

function added(list, fresh, fields) {
  if (typeof fields.body !== "string" || fields.body === "") fail("422 body");
  if (fields.body.length > 65_536) fail("422 body is too long (maximum is 65536 characters)");
  const one = { ...fresh, ...fields, user: { login: "github-actions[bot]" } };
  list.push(one);
  save();
  return one;
}

function change(list, key, value, fields) {
  const one = list.find((entry) => String(entry[key]) === value);
  if (one === undefined) fail(`404 ${key} ${value}`);
  if ((fields.body ?? "").length > 65_536)
    fail("422 body is too long (maximum is 65536 characters)");
  Object.assign(one, fields);
  save();
  return one;
}

/** gh hands the environment to jq; this build of jq has none of its own. */
async function filtered(value, filter) {
  const jq = createRequire(import.meta.url)("jq-wasm");
  const environment = Object.fromEntries(
    ["AUTHOR", "MARKER", "GITHUB_SHA"].map((name) => [name, process.env[name] ?? ""]),
  );
  const text = await jq.raw(value, `def env: ${JSON.stringify(environment)}; ${filter}`, ["-r"]);
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
