/**
 * Opens a pull request that accepts drift, keeps it up to date, and closes it when there is no drift. There is only one,
 * found by its branch. The commit is created through GitHub's API: it is the checked out commit with only the users files
 * changed. The machine therefore needs no git credential.
 *
 *   PATHS      files or folders of the plan, one per line
 *   GH_TOKEN   contents: write, pull-requests: write
 *
 * In the working directory: the checkout, polytomic-export.json and polytomic-plan.md.
 */
import { execFileSync } from "node:child_process";
import { bodyOf, BRANCH, readProposal } from "./proposal.mjs";

const { GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SERVER_URL, GITHUB_SHA } = process.env;
const [owner] = GITHUB_REPOSITORY.split("/");
const address = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions`;

function api(method, path, body) {
  const input = body === undefined ? [] : ["--input", "-"];
  const answer = execFileSync(
    "gh",
    ["api", "--method", method, `repos/${GITHUB_REPOSITORY}/${path}`, ...input],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      input: body === undefined ? "" : JSON.stringify(body),
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  return JSON.parse(answer);
}

/** Sets the branch to this run's commit with these files. If it already is, it is left alone, so that approvals are kept. */
function push(files, message) {
  const { tree: base } = api("GET", `git/commits/${GITHUB_SHA}`);
  const entries = Object.entries(files);
  const tree = api("POST", "git/trees", {
    base_tree: base.sha,
    tree: entries.map(([path, content]) => ({ path, mode: "100644", type: "blob", content })),
  });
  const ref = `refs/heads/${BRANCH}`;
  const found = api("GET", `git/matching-refs/heads/${BRANCH}`).find((one) => one.ref === ref);
  if (found !== undefined) {
    const head = api("GET", `git/commits/${found.object.sha}`);
    if (head.tree.sha === tree.sha) return;
  }
  const commit = api("POST", "git/commits", { message, tree: tree.sha, parents: [GITHUB_SHA] });
  if (found === undefined) api("POST", "git/refs", { ref, sha: commit.sha });
  else api("PATCH", `git/refs/heads/${BRANCH}`, { sha: commit.sha, force: true });
}

function open(title, body) {
  try {
    api("POST", "pulls", { title, body, head: BRANCH, base: "main" });
  } catch {
    process.stderr.write(
      "::error title=polytomic-users::The pull request could not be opened. Allow it under Settings, Actions, General: " +
        "Allow GitHub Actions to create and approve pull requests\n",
    );
    process.exit(1);
  }
}

const paths = (process.env.PATHS ?? "").split("\n").flatMap((path) => path.trim() || []);
const proposal = readProposal(paths);
if (proposal === null) {
  process.stderr.write("The files could not be updated: see the previous job.\n");
  process.exit(0);
}
const [pull] = api("GET", `pulls?state=open&base=main&head=${owner}:${BRANCH}`);
if (Object.keys(proposal.files).length > 0) {
  const body = bodyOf(proposal, {
    apply: `run [*Polytomic apply*](${address}/workflows/polytomic-apply.yml) with the digest`,
    run: `${address}/runs/${GITHUB_RUN_ID}`,
    limit: 65_536,
  });
  push(proposal.files, proposal.title);
  if (pull === undefined) open(proposal.title, body);
  else api("PATCH", `pulls/${pull.number}`, { title: proposal.title, body });
} else if (pull !== undefined) {
  const body = `There is no drift any more ([run](${address}/runs/${GITHUB_RUN_ID})).`;
  api("POST", `issues/${pull.number}/comments`, { body });
  api("PATCH", `pulls/${pull.number}`, { state: "closed" });
}
