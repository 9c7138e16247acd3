/** The main job over HTTP, for each credential and each version of the API. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ACME_USERS, acmeFile, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const CREDENTIALS = {
  "an API key": { POLYTOMIC_API_KEY: "sandbox-api-key" },
  "a user's API key": { POLYTOMIC_API_KEY: "sandbox-api-key-of-jane" },
  "a partner key": { POLYTOMIC_PARTNER_KEY: "sandbox-partner-key" },
  "a deployment key": { POLYTOMIC_DEPLOYMENT_KEY: "sandbox-deployment-key" },
};

const METHODS = {
  "2022-12-12": "PATCH",
  "2023-04-25": "PATCH",
  "2024-02-08": "PUT",
  "2025-09-18": "PUT",
};

/** One user is added, one changed, one removed. */
const wanted = acmeFile([
  ...ACME_USERS.filter(([email]) => !/^(sam|contractor)@/.test(email)),
  ["sam@example.com", "Member", "Billing"],
  ["newcomer@example.com", "Viewer"],
]);

for (const [who, key] of Object.entries(CREDENTIALS)) {
  describe(`with ${who}`, () => {
    for (const [version, method] of Object.entries(METHODS)) {
      it(`version ${version}: plans without writing, applies with ${method}, then plans nothing`, async () => {
        const { url, sandbox, writes, close } = await polytomic();
        try {
          const cwd = await folderWith({ "users.yaml": wanted });
          const env = { POLYTOMIC_DEPLOYMENT_URL: url, ...key };
          const flags = ["--api-version", version];

          const planned = await run(["plan", "--detailed-exitcode", ...flags], { cwd, env });
          assert.equal(planned.code, 2, planned.stderr);
          assert.match(planned.stdout, /Plan: 1 to add, 1 to change, 1 to remove, /);
          assert.equal(writes().length, 0);
          assert.ok(sandbox.log.length <= 3, "at most 2 requests an organization plus 1");

          const applied = await run(["apply", "--yes", ...flags], { cwd, env });
          assert.equal(applied.code, 0, applied.stderr);
          assert.deepEqual(
            writes().map((entry) => [entry.method, entry.committed?.kind]),
            [
              ["POST", "created"],
              [method, "updated"],
              ["DELETE", "removed"],
            ],
          );

          const again = await run(["plan", "--detailed-exitcode", ...flags], { cwd, env });
          assert.equal(again.code, 0, again.stderr);
          assert.match(again.stdout, /No changes/);
        } finally {
          await close();
        }
      });
    }
  });
}

it("in a pipe or a file, the plan has one line per user: change, address, roles, reasons, and place", async () => {
  const { env, close } = await polytomic();
  try {
    const text = `version: 1
groups:
  data: { roles: [Viewer, Analyst, Editor] }
users:
${ACME_USERS.filter(([email]) => !/^(sam|contractor|chloe)/.test(email))
  .map(([email, ...roles]) => `  - { email: ${email}, roles: [${roles.join(", ")}] }\n`)
  .join("")}  - email: sam@example.com
    groups: [data]
    roles: [Admin, { role: Billing, expires: 2026-12-31 }]
    expires: 2027-03-31
    reason: DATA-142
  - { email: chloe.martin@example.com, roles: [{ role: Analyst, expires: 2026-11-20 }, Viewer] }
  - { email: newcomer@partner.example, groups: [data], reason: DATA-7 }
`;
    const cwd = await folderWith({ "users.yaml": text });
    const args = ["plan", "--as-of", "2026-11-23", "--output", "text", "--output", "text=plan.txt"];
    const { stdout } = await run(args, { cwd, env });
    assert.equal(stdout, await readFile(join(cwd, "plan.txt"), "utf8"));
    assert.deepEqual(
      stdout.split("\n").filter((line) => line.includes("@")),
      [
        "! ~ change  sam@example.com            Member → Admin, Analyst, Billing, Editor, Viewer (gains Admin)  group data, DATA-142, earliest expiry 2026-12-31, users.yaml:14",
        "  - remove  contractor@agency.example  had Member               not in the files",
        "  ~ change  chloe.martin@example.com   Analyst → Viewer         Analyst expired on 2026-11-20, users.yaml:19",
        "  + add     newcomer@partner.example   Analyst, Editor, Viewer  group data, DATA-7, users.yaml:20",
      ],
    );
  } finally {
    await close();
  }
});
