/**
 * What the GitLab jobs say on merge requests and in issues, through GitLab's API with POLYTOMIC_GITLAB_TOKEN
 * (a project access token: role Reporter, scope api). Without that variable nothing is said.
 *
 *   node gitlab.mjs note FILE CODE       one note a target on the merge request, kept up to date
 *   node gitlab.mjs issue FILE CODE      one issue a target while there are changes, closed when there are none
 *   node gitlab.mjs reviewed             prints the digest of the plan that was reviewed for this commit
 *
 * FILE is the Markdown, CODE the exit code of polytomic-users. The first line of a note says what it is about:
 * <!-- polytomic-users TARGET COMMIT DIGEST -->
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";

const env = process.env;
const [command, file, code] = process.argv.slice(2);
const project = `/projects/${env.CI_PROJECT_ID}`;
const target = (env.TARGET ?? "users.yaml").replaceAll(/[^A-Za-z0-9@._/-]/g, "_");
const marker = `<!-- polytomic-users ${target} `;
/** The digest of a plan without changes. */
const nothing = `sha256:${createHash("sha256").update("[]").digest("hex")}`;

async function gitlab(method, path, body) {
  const response = await fetch(`${env.CI_API_V4_URL}${path}`, {
    method,
    headers: { "private-token": env.POLYTOMIC_GITLAB_TOKEN, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    redirect: "error",
  });
  if (!response.ok) throw new Error(`GitLab answered ${response.status} to ${method} ${path}`);
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

/** Those that begin with the marker and are this token's own. */
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
  return `${firstLine}\n${said}\n[The job, with the whole plan](${env.CI_JOB_URL}).\n`;
}

function changes({ summary }) {
  return summary.create + summary.update + summary.remove;
}

async function note() {
  const notes = `${project}/merge_requests/${env.CI_MERGE_REQUEST_IID}/notes`;
  const commit = env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA || env.CI_COMMIT_SHA;
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
    const body = `Polytomic is as the files say again ([job](${env.CI_JOB_URL})).`;
    await gitlab("POST", `${issues}/${mine.iid}/notes`, { body });
    await gitlab("PUT", `${issues}/${mine.iid}`, { state_event: "close" });
    return;
  }
  const description = text(`${marker}-->`);
  if (mine !== undefined) await gitlab("PUT", `${issues}/${mine.iid}`, { description });
  else {
    const title = `Polytomic is not as the files say: ${target}`;
    await gitlab("POST", issues, { title, description, confidential: true });
  }
}

async function reviewed() {
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
  process.stderr.write(
    "No plan was reviewed for this commit: only a plan without changes passes.\n",
  );
  return nothing;
}

if (command === "reviewed") {
  const byHand = env.POLYTOMIC_REVIEWED_DIGEST;
  process.stdout.write(`${byHand || (env.POLYTOMIC_GITLAB_TOKEN ? await reviewed() : nothing)}\n`);
} else if (command !== "note" && command !== "issue") {
  throw new Error("note, issue or reviewed");
} else if (env.POLYTOMIC_GITLAB_TOKEN) {
  await (command === "note" ? note() : issue());
}
