/**
 * The calls of GitLab's API for the GitLab jobs, with POLYTOMIC_GITLAB_TOKEN (a project access token: role Reporter,
 * scope api).
 *
 *   node gitlab.mjs files FOLDER         writes the files of a merge request that a plan reads to a new folder, as regular files
 *   node gitlab.mjs note FILE CODE       keeps one note per target on that merge request up to date
 *   node gitlab.mjs issue FILE CODE      keeps one issue per target open while there are changes, and closes it when there
 *                                        are none
 *   node gitlab.mjs last FOLDER          fetches the plan and the audit log of the last apply into the folder, and prints
 *                                        the flags for plan; prints nothing if the token lacks the role Developer
 *   node gitlab.mjs propose              keeps a merge request open that accepts drift, and closes it when there is no
 *                                        drift; needs a token with the role Developer
 *   node gitlab.mjs review FILE          keeps one issue per target open for an access review; FILE is the output of validate
 *   node gitlab.mjs changed              prints false if the push changed none of the files that a plan reads, otherwise true
 *   node gitlab.mjs reviewed             prints the digest of polytomic-plan.json; exits with 3 if it was not reviewed
 *   node gitlab.mjs newest               exits with 3 if a newer commit of the branch changes these files
 *
 * POLYTOMIC_MERGE_REQUEST is the number of the merge request, TARGET the files or folders of a plan, separated by spaces.
 * FILE is the Markdown, CODE the exit code of polytomic-users. The first line of a note:
 * <!-- polytomic-users TARGET COMMIT DIGEST -->
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join, posix } from "node:path";
import { filesOf, isPlain, workingFolder } from "./paths.mjs";
import { bodyOf, BRANCH, readProposal } from "./proposal.mjs";

const env = process.env;
const [command, file, code] = process.argv.slice(2);
const project = `/projects/${env.CI_PROJECT_ID}`;
const paths = (env.TARGET ?? "users.yaml").split(" ").filter(Boolean);
const target = (env.TARGET ?? "users.yaml").replaceAll(/[^A-Za-z0-9@._/-]/g, "_");
/** Pages of one hundred jobs to search for the last apply. */
const MOST_PAGES = 20;
const marker = `<!-- polytomic-users ${target} `;
async function gitlab(method, path, body) {
  const response = await fetch(`${env.CI_API_V4_URL}${path}`, {
    method,
    headers: { "private-token": env.POLYTOMIC_GITLAB_TOKEN, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: "error",
  });
  if (!response.ok)
    throw new Error(`GitLab returned status ${response.status} for ${method} ${path}`);
  return { value: await response.json(), next: response.headers.get("x-next-page") };
}

/** All pages of a list. */
async function all(path) {
  const found = [];
  for (let page = "1"; page !== "" && page !== null;) {
    const { value, next } = await gitlab("GET", `${path}per_page=100&page=${page}`);
    found.push(...value);
    page = next;
  }
  return found;
}

/** Those that begin with the marker and were written with this token. */
async function own(list, textOf) {
  const { value: me } = await gitlab("GET", "/user");
  return list.filter((one) => one.author.id === me.id && (textOf(one) ?? "").startsWith(marker));
}

function plan() {
  const path = "polytomic-plan.json";
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}

function text(firstLine) {
  const said = existsSync(file)
    ? readFileSync(file, "utf8")
    : `### Polytomic access: failed before anything was written\n`;
  return `${firstLine}\n${said}\n[Job with the complete plan](${env.CI_JOB_URL}).\n`;
}

function changes({ summary }) {
  return summary.create + summary.update + summary.remove;
}

async function note() {
  const notes = `${mergeRequest()}/notes`;
  const commit = readFileSync("polytomic-commit.txt", "utf8");
  const body = text(`${marker}${commit} ${plan()?.digest ?? "none"} -->`);
  const [mine] = await own(await all(`${notes}?`), (one) => one.body);
  if (mine !== undefined) await gitlab("PUT", `${notes}/${mine.id}`, { body });
  else if (code !== "0" || changes(plan()) > 0) await gitlab("POST", notes, { body });
}

async function issue() {
  if (!["0", "2", "3"].includes(code)) return;
  const issues = `${project}/issues`;
  const [mine] = await own(await all(`${issues}?state=opened&`), (one) => one.description);
  const clean = code !== "3" && changes(plan()) === 0;
  if (clean && mine === undefined) return;
  if (clean) {
    const body = `Polytomic matches the files again ([job](${env.CI_JOB_URL})).`;
    await gitlab("POST", `${issues}/${mine.iid}/notes`, { body });
    await gitlab("PUT", `${issues}/${mine.iid}`, { state_event: "close" });
    return;
  }
  const description = text(`${marker}-->`);
  if (mine !== undefined) await gitlab("PUT", `${issues}/${mine.iid}`, { description });
  else {
    const title = `Polytomic differs from the files: ${target}`;
    await gitlab("POST", issues, { title, description, confidential: true });
  }
}

/** The files that distinguish drift from pending changes. Without them, a plan shows both without the distinction. */
async function fetchLastApply(folder) {
  let found = false;
  const flags = [];
  try {
    const job = await findLastApply();
    for (const name of job === undefined ? [] : ["polytomic-plan.json", "polytomic-audit.jsonl"]) {
      const content = await artifact(job, name);
      if (content === null) continue;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), content);
      flags.push(`--since=${join(folder, name)}`);
    }
    found = flags.length > 0;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
  }
  if (!found) {
    process.stderr.write(
      "No plan or audit log of the last apply was found: drift is not distinguished from pending changes. To read them, the token needs the role Developer.\n",
    );
  }
  process.stdout.write(flags.join(" "));
}

/** The last job of this branch that applied something; those that had nothing to apply have no artifacts. */
async function findLastApply() {
  const ofBranch = ({ name, ref, tag, artifacts_file }) =>
    name === "polytomic-apply" && ref === env.CI_COMMIT_BRANCH && !tag && artifacts_file;
  const jobs = `${project}/jobs?scope[]=success&scope[]=failed&per_page=100&page=`;
  for (let page = "1", pages = 0; page && pages < MOST_PAGES; pages += 1) {
    const { value, next } = await gitlab("GET", `${jobs}${page}`);
    const job = value.find(ofBranch);
    if (job !== undefined) return job;
    page = next;
  }
  return undefined;
}

async function artifact({ id }, name) {
  const response = await fetch(`${env.CI_API_V4_URL}${project}/jobs/${id}/artifacts/${name}`, {
    headers: { "private-token": env.POLYTOMIC_GITLAB_TOKEN },
    redirect: "error",
  });
  if (response.status === 404) return null;
  if (!response.ok)
    throw new Error(`GitLab returned status ${response.status} for ${name} of the job ${id}`);
  return response.text();
}

async function review() {
  const first = `<!-- polytomic-users review ${target} -->`;
  const said = readFileSync(file, "utf8").replaceAll(/^/gm, "    ");
  const description = [
    first,
    `The worksheet is in polytomic-review.html and polytomic-review.csv of [this job](${env.CI_JOB_URL}).`,
    "Decide *keep* or *revoke* for each row, run `polytomic-users review --decisions review.csv`, and open a merge request with the edits. Merging it is the sign-off.",
    "The output of `polytomic-users validate`, which lists the users who are due for review (`reviewed_within`):",
    said,
  ].join("\n\n");
  const { value: me } = await gitlab("GET", "/user");
  const issues = await all(`${project}/issues?state=opened&`);
  const mine = issues.find((one) => one.author.id === me.id && one.description?.startsWith(first));
  if (mine !== undefined) await gitlab("PUT", `${project}/issues/${mine.iid}`, { description });
  else {
    const title = `Access review: ${target}`;
    await gitlab("POST", `${project}/issues`, { title, description, confidential: true });
  }
}

function mergeRequest() {
  if (!/^\d+$/.test(env.POLYTOMIC_MERGE_REQUEST ?? ""))
    throw new Error("POLYTOMIC_MERGE_REQUEST is not the number of a merge request");
  return `${project}/merge_requests/${env.POLYTOMIC_MERGE_REQUEST}`;
}

/** Nothing from the merge request is checked out or run, and no link is created or followed. */
async function files(folder) {
  const { value: request } = await gitlab("GET", mergeRequest());
  if (request.source_project_id !== request.target_project_id)
    stop(1, "merge requests from forks are not planned");
  const entries = await all(`${project}/repository/tree?ref=${request.sha}&recursive=true&`);
  const tree = new Map(
    entries
      .filter(({ path, type }) => type !== "tree" && isPlain(path))
      .map((one) => [one.path, one]),
  );
  const contents = new Map();
  // The includes of a file are known only after it has been fetched.
  for (let missing = paths; missing.length > 0;) {
    const read = (path) => contents.get(path) ?? null;
    const needed = filesOf(paths, { list: [...tree.keys()], read });
    missing = needed.filter((path) => tree.has(path) && !contents.has(path));
    for (const path of missing) {
      const { mode, id } = tree.get(path);
      if (mode !== "100644" && mode !== "100755")
        stop(1, `${path} is a symbolic link or a submodule: only regular files are read`);
      if (/\.ya?ml$/i.test(path)) contents.set(path, await blob(id));
      else tree.delete(path);
    }
  }
  mkdirSync(folder);
  writeFileSync(join(folder, "polytomic-commit.txt"), request.sha);
  for (const [path, content] of contents) {
    mkdirSync(join(folder, posix.dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), content, { flag: "wx" });
  }
}

async function blob(id) {
  const { value } = await gitlab("GET", `${project}/repository/blobs/${id}`);
  return Buffer.from(value.content, "base64").toString("utf8");
}

async function propose() {
  const proposal = readProposal(paths);
  if (proposal === null) return;
  const requests = `${project}/merge_requests`;
  const target_branch = env.CI_COMMIT_BRANCH;
  const query = new URLSearchParams({ state: "opened", source_branch: BRANCH, target_branch });
  const [open] = await all(`${requests}?${query}&`);
  if (Object.keys(proposal.files).length === 0) {
    if (open === undefined) return;
    const body = `There is no drift any more ([job](${env.CI_JOB_URL})).`;
    await gitlab("POST", `${requests}/${open.iid}/notes`, { body });
    await gitlab("PUT", `${requests}/${open.iid}`, { state_event: "close" });
    return;
  }
  const description = bodyOf(proposal, {
    apply: `start a pipeline on \`${target_branch}\` with the variable \`POLYTOMIC_REVIEWED_DIGEST\` set to`,
    run: env.CI_JOB_URL,
    limit: 1_000_000,
  });
  const { title, files } = proposal;
  // If the branch already has this commit, it is left alone, so that approvals are kept.
  if (open === undefined || !(await isPushed(files, open.sha))) {
    const actions = Object.entries(files).map(([file_path, content]) => ({
      action: "update",
      file_path,
      content,
    }));
    const start_sha = env.CI_COMMIT_SHA;
    const commit = { branch: BRANCH, start_sha, force: true, commit_message: title, actions };
    await gitlab("POST", `${project}/repository/commits`, commit);
  }
  if (open !== undefined) await gitlab("PUT", `${requests}/${open.iid}`, { title, description });
  else {
    const request = { source_branch: BRANCH, target_branch, title, description };
    await gitlab("POST", requests, { ...request, remove_source_branch: true });
  }
}

/** Whether this commit is the pipeline's commit with only these files changed. */
async function isPushed(files, commit) {
  const idsOf = async (ref) => {
    const entries = await all(`${project}/repository/tree?ref=${ref}&recursive=true&`);
    return new Map(entries.filter(({ type }) => type !== "tree").map(({ path, id }) => [path, id]));
  };
  const wanted = await idsOf(env.CI_COMMIT_SHA);
  for (const [path, content] of Object.entries(files)) {
    const hash = createHash(wanted.get(path)?.length === 64 ? "sha256" : "sha1");
    const header = `blob ${Buffer.byteLength(content)}\0`;
    wanted.set(path, hash.update(header).update(content).digest("hex"));
  }
  const there = await idsOf(commit);
  return there.size === wanted.size && [...wanted].every(([path, id]) => there.get(path) === id);
}

function stop(code, message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(code);
}

/** The last commit up to this commit or branch that changes the path. */
async function last(ref, path) {
  const query = new URLSearchParams({ ref_name: ref, path, per_page: "1" });
  const { value } = await gitlab("GET", `${project}/repository/commits?${query}`);
  return value[0]?.id ?? "none";
}

/** The first file that a plan reads and whose last commit on `ref` is a different one. */
async function movedOn(ref) {
  for (const path of filesOf(paths, workingFolder())) {
    const commit = await last(ref, path);
    if (commit !== (await last(env.CI_COMMIT_SHA, path))) return { path, commit };
  }
  return null;
}

async function changed() {
  const before = env.CI_COMMIT_BEFORE_SHA ?? "";
  const compare = env.CI_PIPELINE_SOURCE === "push" && !/^0*$/.test(before);
  const unchanged = compare && (await movedOn(before)) === null;
  if (unchanged)
    process.stderr.write("Nothing to plan: the push changed no file that a plan reads.\n");
  process.stdout.write(`${!unchanged}\n`);
}

async function newest() {
  const moved = await movedOn(env.CI_COMMIT_BRANCH);
  if (moved === null) return;
  stop(3, `${moved.path} was changed by the newer commit ${moved.commit}; nothing was written`);
}

async function reviewed() {
  const { digest } = plan();
  if (
    changes(plan()) > 0 &&
    digest !== (env.POLYTOMIC_REVIEWED_DIGEST || (await reviewedDigest()))
  ) {
    stop(
      3,
      `this plan was not reviewed: review it, then start a pipeline manually with POLYTOMIC_REVIEWED_DIGEST=${digest}`,
    );
  }
  process.stdout.write(`${digest}\n`);
}

/** From the note about the last commit of the merge request that this commit merges; null if there is none. */
async function reviewedDigest() {
  const merged = await all(`${project}/repository/commits/${env.CI_COMMIT_SHA}/merge_requests?`);
  for (const { iid, sha, state } of merged) {
    if (state !== "merged") continue;
    const notes = await all(`${project}/merge_requests/${iid}/notes?`);
    for (const { body } of await own(notes, (one) => one.body)) {
      const [first] = body.split("\n", 1);
      const [, commit, digest] = /([0-9a-f]{40}) (sha256:[0-9a-f]{64}) -->$/.exec(first) ?? [];
      if (commit === sha) return digest;
    }
  }
  return null;
}

const commands = {
  changed,
  files: () => files(file),
  issue,
  last: () => fetchLastApply(file),
  newest,
  note,
  propose,
  review,
  reviewed,
};
const run = commands[command];
if (run === undefined) throw new Error(Object.keys(commands).join(", "));
await run();
