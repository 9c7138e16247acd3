/**
 * `npm run bench`: time, memory and requests, each beside a reference measured in the same run, because ratios differ
 * less between machines than times. Takes a few minutes; `--full` has the larger rows.
 */
import { availableParallelism, loadavg } from "node:os";
import { oneFile } from "./one-file.ts";
import { organizations } from "./organizations.ts";
import { smallApplies } from "./small-applies.ts";
import { startup } from "./startup.ts";

const full = process.argv.includes("--full");

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, ` +
    `load average ${loadavg()[0]?.toFixed(1)} at the start.`,
);
if (process.env["NODE_EXTRA_CA_CERTS"] !== undefined) {
  console.log(
    "NODE_EXTRA_CA_CERTS is set, which makes every start of Node slower, the bare one too.",
  );
}
await startup(full ? 40 : 20);
await smallApplies([10, 100, 1_000], 3);
await oneFile([100, 1_000, 10_000, 100_000], full ? 5 : 3);
await organizations(
  [10, 100, 1_000, ...(full ? [2_000] : [])].map((count) => ({
    organizations: count,
    users: 50,
    changed: 1,
  })),
  full ? 3 : 1,
  "many organizations of 50 users, one change in each",
);
await organizations(
  [100, 1_000, 10_000, ...(full ? [100_000] : [])].map((users) => ({
    organizations: 1,
    users,
    changed: users / 100,
  })),
  full ? 3 : 1,
  "one organization, a change for one user in a hundred",
);
