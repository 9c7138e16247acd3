/**
 * How long the history of access takes: 5,000 commits, of which 500 change the files of an organization with 300
 * users. Prints the median of five runs of what `explain` and `report` request. `npm run bench:history`.
 */
import { loadFiles } from "../src/config/load.ts";
import { readHistories } from "../src/history/history.ts";
import { type MadeCommit, remove, repositoryOf } from "../test/history/repository.ts";

const COMMITS = 5_000;
const EVERY = 10;
const USERS = 300;
const RUNS = 5;

const folder = repositoryOf([...commits()]);
try {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    const desired = await loadFiles(["access/acme.yaml"], { cwd: folder, root: null });
    const { organizations } = await readHistories(desired, {
      cwd: folder,
      env: process.env,
      asOf: "2026-11-24",
      polytomic: () => null,
      start: "all",
      within: null,
    });
    times.push(performance.now() - start);
    const history = organizations.get("access/acme.yaml");
    if (run === 0) console.log(`${history?.changes.length} changes of access`);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  console.log(`${COMMITS} commits, ${COMMITS / EVERY} of the files: ${Math.round(median)} ms`);
} finally {
  remove(folder);
}

function* commits(): Iterable<MadeCommit> {
  for (let index = 0; index < COMMITS; index += 1) {
    const at = new Date(Date.parse("2015-01-01T00:00:00Z") + index * 3_600_000 * 20).toISOString();
    const files: Record<string, string> = { [`code/${index % 400}.txt`]: `${index}\n` };
    if (index % EVERY === 0) files["access/acme.yaml"] = usersFile(index / EVERY);
    if (index === 0) files["access/common.yaml"] = common();
    yield { at, files, message: `Change ${index} (#${index})` };
  }
}

function common(): string {
  const groups = [...Array(20).keys()].map((group) => `  team-${group}: { roles: [Viewer] }\n`);
  return `version: 1\ngroups:\n${groups.join("")}`;
}

/** Each version adds or removes one user and changes one reason. */
function usersFile(version: number): string {
  const users = [...Array(USERS).keys()]
    .filter((user) => user !== version % USERS)
    .map(
      (user) =>
        `  - email: user${user}@example.com\n    groups: [team-${user % 20}]\n    roles: [${user % 7 === version % 7 ? "Billing, Member" : "Member"}]\n    reason: DATA-${user}\n`,
    );
  return `version: 1\ninclude: [common.yaml]\nusers:\n${users.join("")}`;
}
