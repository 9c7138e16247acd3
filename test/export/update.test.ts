/** Updating a file: what changes in its text, and what does not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemText } from "../../src/model/problem.ts";
import { Failure, InvalidFiles } from "../../src/model/failure.ts";
import { brought, organization, type Users, roleNamed, ROLES } from "./situations.ts";

const TEAM = `version: 1
# top
users:
  # Ann
  - email: ann@x.org # hi
    roles: [Admin]   # sure

  # Bob is here
  # for long
  - email: "bob@x.org"
    roles:
      - Member # m
      # billing until
      - role: Billing
        expires: 2027-01-01
      - Viewer
    # end of bob

  - { email: carl@x.org, roles: [ Member, 'Viewer' ] }

policy:
  unmanaged: remove # rest
`;

const AS_TEAM: Users = {
  "ann@x.org": ["Admin"],
  "bob@x.org": ["Member", "Billing", "Viewer"],
  "carl@x.org": ["Member", "Viewer"],
};

/** The lines that differ, as in a patch. */
function patch(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  return [
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
  ].join("\n");
}

const rows: readonly (readonly [what: string, file: string, now: Users, patch: string])[] = [
  ["nothing where nothing differs", TEAM, AS_TEAM, ""],
  [
    "a role more, in brackets",
    TEAM,
    { ...AS_TEAM, "ann@x.org": ["Admin", "Viewer"] },
    "-    roles: [Admin]   # sure\n+    roles: [Admin, Viewer]   # sure",
  ],
  [
    "a role less, in brackets; quotes of the other stay",
    TEAM,
    { ...AS_TEAM, "carl@x.org": ["Viewer"] },
    "-  - { email: carl@x.org, roles: [ Member, 'Viewer' ] }\n+  - { email: carl@x.org, roles: [ 'Viewer' ] }",
  ],
  [
    "a role less, with dashes: with the comment above it",
    TEAM,
    { ...AS_TEAM, "bob@x.org": ["Member", "Viewer"] },
    "-      # billing until\n-      - role: Billing\n-        expires: 2027-01-01",
  ],
  [
    "a role more, with dashes",
    TEAM,
    { ...AS_TEAM, "bob@x.org": ["Member", "Billing", "Viewer", "Analyst"] },
    "+      - Analyst",
  ],
  [
    "one user less: their comments above and inside go too",
    TEAM,
    { "ann@x.org": ["Admin"], "carl@x.org": ["Member", "Viewer"] },
    `-  # Bob is here
-  # for long
-  - email: "bob@x.org"
-    roles:
-      - Member # m
-      # billing until
-      - role: Billing
-        expires: 2027-01-01
-      - Viewer
-    # end of bob
-`,
  ],
  [
    "one user more: in sorted order, with the same gap as the others",
    TEAM,
    { ...AS_TEAM, "bea@x.org": ["Member"] },
    "+  - email: bea@x.org\n+    roles: [Member]\n+",
  ],
  [
    "one user more, at the end of a list that is not sorted",
    "version: 1\nusers:\n- email: z@x.org\n  roles: [Admin]\n- email: c@x.org\n  roles: [Member]",
    { "z@x.org": ["Admin"], "c@x.org": ["Member"], "a@x.org": ["Viewer"] },
    "+- email: a@x.org\n+  roles: [Viewer]",
  ],
  [
    "the first user of a list that was empty",
    "version: 1\nusers: [] # nobody\npolicy: { min_admins: 0 }\n",
    { "a@x.org": ["Viewer"] },
    "-users: [] # nobody\n+users: # nobody\n+  - email: a@x.org\n+    roles: [Viewer]",
  ],
  [
    "the last user goes, and the list is empty",
    "version: 1\nusers: # all\n  - email: a@x.org\n    roles: [Viewer]\n",
    {},
    "-users: # all\n-  - email: a@x.org\n-    roles: [Viewer]\n+users: [] # all",
  ],
  [
    "a list in brackets over several lines",
    "version: 1\nusers: [\n  {email: a@x.org, roles: [Admin]}, # a\n  {email: b@x.org, roles: [Member]}, # b, too\n  {email: c@x.org, roles: [Member]} # c\n]\n",
    { "a@x.org": ["Admin"], "c@x.org": ["Member", "Viewer"], "d@x.org": ["Member"] },
    "-  {email: b@x.org, roles: [Member]}, # b, too\n-  {email: c@x.org, roles: [Member]} # c\n+  {email: c@x.org, roles: [Member, Viewer]}, # c\n+  { email: d@x.org, roles: [Member] }",
  ],
];

const GROUPS = `version: 1
roles:
  analyst: ${roleNamed("Analyst").id}
groups:
  data: { roles: [Member, analyst] }
users:
`;

const groupRows: readonly (readonly [what: string, users: string, now: Users, patch: string])[] = [
  [
    "a group that still fits, and a role beside it by the file's own name for it",
    "  - email: a@x.org\n    roles: [Admin]\n  - email: b@x.org\n    groups: [data]\n",
    { "a@x.org": ["Admin", "Analyst"], "b@x.org": ["Member", "Analyst", "Viewer"] },
    "-    roles: [Admin]\n+    roles: [Admin, analyst]\n   - email: b@x.org\n     groups: [data]\n+    roles: [Viewer]",
  ],
  [
    "a group that gives too much",
    "  - email: b@x.org\n    groups: [data] # team\n    reason: DATA-1\n",
    { "b@x.org": ["Member"] },
    "-    groups: [data] # team\n+    roles: [Member]",
  ],
  [
    "a membership that ends and gives too much: its other roles end on the same day",
    "  - email: b@x.org\n    groups: [{ group: data, expires: 2027-01-01 }]\n",
    { "b@x.org": ["Member"] },
    "-    groups: [{ group: data, expires: 2027-01-01 }]\n+    roles:\n+      - role: Member\n+        expires: 2027-01-01",
  ],
  [
    "a direct role that lasted longer through a group",
    "  - email: b@x.org\n    groups: [data]\n    roles: [{ role: Member, expires: 2026-07-01 }]\n",
    { "b@x.org": ["Member"] },
    "-    groups: [data]\n-    roles: [{ role: Member, expires: 2026-07-01 }]\n+    roles: [Member]",
  ],
  [
    "both addresses of a rename: previously goes, and the former address gets its own entry",
    "  - email: new@x.org # soon\n    previously: old@x.org\n    roles: [Viewer]\n",
    { "new@x.org": ["Viewer"], "old@x.org": ["Admin"] },
    "-    previously: old@x.org\n+  - email: old@x.org\n+    roles: [Admin]",
  ],
  [
    "access that ends later, which stays",
    "  - email: b@x.org\n    roles: [Viewer]\n    expires: 2026-06-15\n    reason: trial\n    previously: c@x.org\n",
    { "b@x.org": ["Viewer"] },
    "",
  ],
  [
    "a rename that is not so yet",
    "  - email: new@x.org # soon\n    previously: old@x.org\n    roles: [Viewer]\n    reason: wedding\n",
    { "old@x.org": ["Viewer"] },
    "-  - email: new@x.org # soon\n-    previously: old@x.org\n+  - email: old@x.org # soon",
  ],
  [
    "roles that others refer to: the first of them takes them over",
    "  - email: a@x.org\n    roles: &std [Member, Viewer]\n  - email: b@x.org\n    roles: *std\n  - email: c@x.org\n    roles: *std\n",
    { "a@x.org": ["Member"], "b@x.org": ["Member", "Viewer"], "c@x.org": ["Member", "Viewer"] },
    "-    roles: &std [Member, Viewer]\n+    roles: [Member]\n   - email: b@x.org\n-    roles: *std\n+    roles: &std [Member, Viewer]",
  ],
  [
    "roles that are an alias of another user's: only the changed user's become their own",
    "  - email: a@x.org\n    roles: &std [Member, Viewer]\n  - email: b@x.org\n    roles: *std\n",
    { "a@x.org": ["Member", "Viewer"], "b@x.org": ["Member", "Billing"] },
    "-    roles: *std\n+    roles: [Member, Billing]",
  ],
  [
    "the user whose roles others refer to is gone",
    "  - email: a@x.org\n    roles: &std\n      - Member\n      - Viewer\n  - email: b@x.org\n    roles: *std\n",
    { "b@x.org": ["Member", "Viewer"] },
    "-  - email: a@x.org\n-    roles: &std\n-      - Member\n-      - Viewer\n   - email: b@x.org\n-    roles: *std\n+    roles: &std [Member, Viewer]",
  ],
  [
    "the key behind the dash goes",
    "  - groups: [data]\n    email: b@x.org\n    reason: x\n",
    { "b@x.org": ["Viewer"] },
    "-  - groups: [data]\n-    email: b@x.org\n+  - email: b@x.org\n+    roles: [Viewer]",
  ],
];

/** Without the unchanged lines between two that differ. */
function onlyDifferences(text: string): string {
  const lines = text.split("\n");
  const removed = lines.filter((line) => line.startsWith("-")).map((line) => line.slice(1));
  const added = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
  return [
    ...removed.filter((line) => !added.includes(line)).map((line) => `-${line}`),
    ...added.filter((line) => !removed.includes(line)).map((line) => `+${line}`),
  ].join("\n");
}

describe("updating a file", () => {
  for (const [what, file, now, expected] of rows) {
    it(what, async () => {
      const { text } = await brought(file, organization(now));
      assert.equal(patch(file, text), expected);
    });
  }

  for (const [what, users, now, expected] of groupRows) {
    it(what, async () => {
      const { text } = await brought(`${GROUPS}${users}`, organization(now));
      const difference = onlyDifferences(patch(`${GROUPS}${users}`, text));
      assert.equal(difference, onlyDifferences(expected));
    });
  }

  it("keeps line endings of Windows", async () => {
    const file = TEAM.replaceAll("\n", "\r\n");
    const now = { ...AS_TEAM, "bea@x.org": ["Member"], "bob@x.org": ["Admin"] };
    const { text } = await brought(file, organization(now));
    const unix = (await brought(TEAM, organization(now))).text;
    assert.equal(text, unix.replaceAll("\n", "\r\n"));
  });

  it("leaves out users whom the policy ignores", async () => {
    const users = "users:\n  - email: a@x.org\n    roles: [Admin]\n";
    const now = organization({ "a@x.org": ["Admin"], "bot@y.org": [] });
    const ignoring = `version: 1\npolicy: { ignore: ["*@y.org"] }\n${users}`;
    assert.equal((await brought(ignoring, now)).text, ignoring);
  });

  it("under unmanaged: keep, adds users who were created by hand, except what a file cannot describe", async () => {
    const keeping =
      "version: 1\npolicy: { unmanaged: keep, on_removal: { demote_to: Viewer } }\nusers:\n  - email: a@x.org\n    roles: [Admin]\n";
    const now = organization({ "a@x.org": ["Admin"], "hand@x.org": ["Viewer"], "bot@y.org": [] });
    const { text, added, notes } = await brought(keeping, now);
    assert.equal(text, `${keeping}  - email: hand@x.org\n    roles: [Viewer]\n`);
    assert.equal(added, 1);
    assert.deepEqual(notes, ['not added, and kept as they are: "bot@y.org" has no role']);
  });

  it("leaves out who has become what on_removal makes of them", async () => {
    const file =
      "version: 1\npolicy: { on_removal: { demote_to: Viewer } }\nusers:\n  - email: a@x.org\n    roles: [Admin]\n";
    const now = organization({ "a@x.org": ["Admin"], "left@x.org": ["Viewer"] });
    assert.equal((await brought(file, now)).text, file);
  });

  it("gives a name to a role that its own name does not tell from another", async () => {
    const twin = { id: "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa", name: "viewer" };
    const file = "version: 1\n\nusers:\n  - email: a@x.org\n    roles: [Admin]\n";
    const now = organization({ "a@x.org": ["Admin", "Viewer"] }, [...ROLES, twin]);
    const viewer = roleNamed("Viewer").id;
    const { text } = await brought(file, now);
    assert.equal(
      text,
      `version: 1\n\nroles:\n  Viewer (${viewer.slice(0, 8)}): ${viewer}\n\nusers:\n  - email: a@x.org\n    roles: [Admin, Viewer (${viewer.slice(0, 8)})]\n`,
    );
  });

  it("writes a role again under its new name", async () => {
    const file = "version: 1\nusers:\n  - email: a@x.org\n    roles: [Admin, Old] # both\n";
    const { text } = await brought(file, organization({ "a@x.org": ["Admin", "Viewer"] }));
    assert.equal(text, file.replace("Old", "Viewer"));
  });

  it("is refused when the admin role of its policy does not exist", async () => {
    const file =
      "version: 1\npolicy: { admin_role: Boss }\nusers:\n  - email: a@x.org\n    roles: [Admin]\n";
    await assert.rejects(
      brought(file, organization({ "a@x.org": ["Admin"] })),
      (error: unknown) =>
        error instanceof Failure && /not written.*line 2: unknown-role/.test(error.message),
    );
  });

  const refused: readonly (readonly [what: string, users: string, now: Users, problem: string])[] =
    [
      [
        "a role that has ended in the file and is still held",
        "  - email: b@x.org\n    roles: [Viewer, { role: Billing, expires: 2026-06-14 }]\n",
        { "b@x.org": ["Viewer", "Billing"] },
        "8:21 held-after-expiry: b@x.org still holds Billing",
      ],
      [
        "access that has ended in the file and is still there",
        "  - email: b@x.org\n    roles: [Viewer]\n    expires: 2026-06-14\n",
        { "b@x.org": ["Viewer"] },
        "7:12 held-after-expiry: b@x.org is still in Polytomic",
      ],
      [
        "a former address that is still there after the access of its new one has ended",
        "  - email: new@x.org\n    previously: b@x.org\n    roles: [Viewer]\n    expires: 2026-06-14\n",
        { "b@x.org": ["Viewer"] },
        "7:12 held-after-expiry: b@x.org is still in Polytomic",
      ],
      [
        "a role that is missing any more and would have ended, in place of which there may be another",
        "  - email: b@x.org\n    roles: [Viewer, { role: Old, expires: 2027-01-01 }]\n",
        { "b@x.org": ["Viewer", "Billing"] },
        '8:21 unknown-expiring-role: the organization has no role "Old", which this file grants to b@x.org until 2027-01-01 (b@x.org holds Billing): rename the role',
      ],
    ];
  for (const [what, users, now, problem] of refused) {
    it(`is refused with the place: ${what}`, async () => {
      await assert.rejects(brought(`${GROUPS}${users}`, organization(now)), (error: unknown) => {
        assert.ok(error instanceof InvalidFiles);
        const [first] = error.problems.map(
          (one) => `${one.place.line}:${one.place.column} ${one.code}: ${problemText(one)}`,
        );
        assert.ok(first?.startsWith(problem), first);
        return true;
      });
    });
  }

  it("leaves alone whose access has ended and who has become what on_removal makes of them", async () => {
    const file =
      "version: 1\npolicy: { on_removal: { demote_to: Viewer } }\nusers:\n  - email: a@x.org\n    roles: [Admin]\n  - email: b@x.org\n    roles: [Member]\n    expires: 2026-06-14\n";
    const now = organization({ "a@x.org": ["Admin"], "b@x.org": ["Viewer"] });
    assert.equal((await brought(file, now)).text, file);
  });

  it("is refused when a user to list has no role, or one that List Roles does not return", async () => {
    const file = "version: 1\nusers:\n  - email: a@x.org\n    roles: [Admin]\n";
    await assert.rejects(
      brought(file, organization({ "a@x.org": ["Admin"], "b@x.org": [], "c@x.org": ["Ghost"] })),
      /"b@x\.org" has no role; "c@x\.org" has a role that List Roles does not return/,
    );
  });
});
