/** Rules of access: every assertion in every situation, on the files and on the state after an apply. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Policy } from "../../src/model/desired.ts";
import { findingText } from "../../src/model/rule-words.ts";
import { judgeFiles } from "../../src/plan/check-files.ts";
import { load } from "../config/reading-files.ts";
import { now, planOf } from "./build.ts";

const AS_OF = "2026-06-15";

/** Rules in one line each, as `policy.rules` has them. */
const RULES = {
  conflict: "{ name: r, conflict: [Billing, Admin] }",
  expires: '{ name: r, who: ["*@agency.example"], expires_within: 90d }',
  reason: "{ name: r, roles: [Admin], reason: '^[A-Z]+-[0-9]+' }",
  domains: "{ name: r, domains: [x.io] }",
  atMost: "{ name: r, roles: [Admin], at_most: 1 }",
  through: "{ name: r, roles: [Admin], through: groups }",
  reviewed: "{ name: r, roles: [Admin], reviewed_within: 90d }",
};

interface GuardInputs {
  readonly name: string;
  readonly rule: string;
  /** Lines of `users:`; the first is line 10 of users.yaml. */
  readonly users: readonly string[];
  readonly policy?: string;
  /** The users in Polytomic: address → role names. */
  readonly current?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  /** The findings of `validate`, as `line:column sentence`. */
  readonly files: readonly string[];
  /** The findings of `plan`; by default the same. */
  readonly state?: readonly string[];
}

const J = "jane@x.io";

const table: readonly GuardInputs[] = [
  {
    name: "two roles that cannot be combined, granted directly",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, Viewer, Admin] }`],
    files: [
      '10:48 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "one of them through a group: reported where the user is a member",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing], groups: [ops] }`],
    files: [
      '10:50 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "one of them has expired",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, { role: Admin, expires: 2026-06-14 }] }`],
    files: [],
  },
  {
    name: "one of them ends today: it is held today",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, { role: Admin, expires: 2026-06-15 }] }`],
    files: [
      '10:40 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "the whole access has expired",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, Admin], expires: 2026-06-14 }`],
    files: [],
  },
  {
    name: "by an alias in the file and the role's own name in the rule: only Polytomic knows that they are one",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, boss] }`],
    files: [],
    state: [
      '10:40 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "an unmanaged user who is kept",
    rule: RULES.conflict,
    policy: "unmanaged: keep",
    users: [],
    current: { [J]: "Billing Admin" },
    files: [],
    state: [
      '6:15 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "an unmanaged user who is removed",
    rule: RULES.conflict,
    users: [],
    current: { [J]: "Billing Admin" },
    files: [],
  },
  {
    name: "an ignored user",
    rule: RULES.conflict,
    policy: `ignore: [${J}]`,
    users: [],
    current: { [J]: "Billing Admin" },
    files: [],
  },
  {
    name: "a rename: the new address is judged, the old one is gone",
    rule: RULES.conflict,
    users: [`- { email: ${J}, previously: old@x.io, roles: [Viewer] }`],
    current: { "old@x.io": "Billing Admin" },
    files: [],
  },
  {
    name: "--only leaves out a user who would break the rule: the apply does not create them",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, Admin] }`, "- { email: b@x.io, roles: [Viewer] }"],
    only: ["b@x.io"],
    files: [
      '10:40 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
    state: [],
  },
  {
    name: "--only leaves out a user who already breaks the rule: a warning, so that one user can be removed at night",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Viewer] }`],
    current: { [J]: "Billing Admin", "thief@x.io": "Viewer" },
    only: ["thief@x.io"],
    files: [],
    state: [
      '10:12 warning rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "--only names the user who breaks the rule",
    rule: RULES.conflict,
    users: [`- { email: ${J}, roles: [Billing, Admin] }`],
    current: { [J]: "Billing Admin" },
    only: [J],
    files: [
      '10:40 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "a demoted user is judged by the role that is left",
    rule: "{ name: r, roles: [Viewer], domains: [x.io] }",
    policy: "on_removal: { demote_to: Viewer }",
    users: [],
    current: { "z@y.io": "Admin" },
    files: [],
    state: [
      '6:15 rule "r": the domain of z@y.io is not x.io: remove the user, or add the domain to the rule',
    ],
  },
  {
    name: "a grant that never ends, and one that ends too late",
    rule: RULES.expires,
    users: [
      "- { email: a@agency.example, roles: [Viewer] }",
      "- { email: b@agency.example, roles: [{ role: Viewer, expires: 2026-09-14 }] }",
      "- { email: c@agency.example, roles: [{ role: Viewer, expires: 2026-09-13 }] }",
      "- { email: d@agency.example, roles: [Viewer], expires: 2026-07-01 }",
      "- { email: e@x.io, roles: [Viewer] }",
    ],
    files: [
      '10:38 rule "r": a@agency.example has Viewer, which never expires; it must expire by 2026-09-13 (within 90 days): set expires: to that date or earlier',
      '11:38 rule "r": b@agency.example has Viewer, which expires on 2026-09-14; it must expire by 2026-09-13 (within 90 days): set expires: to that date or earlier',
    ],
  },
  {
    name: "a membership that ends is a grant that ends",
    rule: RULES.expires,
    users: [
      "- { email: a@agency.example, groups: [{ group: ops, expires: 2026-07-01 }] }",
      "- { email: b@agency.example, groups: [ops] }",
    ],
    files: [
      '11:39 rule "r": b@agency.example has Admin, which never expires; it must expire by 2026-09-13 (within 90 days): set expires: to that date or earlier',
    ],
  },
  {
    name: "reasons",
    rule: RULES.reason,
    users: [
      `- { email: ${J}, roles: [Admin], reason: SEC-1 and more }`,
      "- { email: b@x.io, roles: [Admin] }",
      "- { email: c@x.io, roles: [Viewer, Admin], reason: because }",
      "- { email: d@x.io, roles: [Viewer] }",
    ],
    files: [
      '11:28 rule "r": b@x.io has no reason; the rule requires one that matches ^[A-Z]+-[0-9]+: add the ticket or an explanation as reason:',
      '12:36 rule "r": c@x.io has the reason "because", which does not match ^[A-Z]+-[0-9]+: add the ticket or an explanation as reason:',
    ],
  },
  {
    name: "domains: subdomains are others",
    rule: RULES.domains,
    users: [
      "- { email: A@X.io, roles: [Viewer] }",
      "- { email: b@sub.x.io, roles: [Viewer] }",
      "- { email: c@evilx.io, roles: [Viewer] }",
    ],
    files: [
      '11:12 rule "r": the domain of b@sub.x.io is not x.io: remove the user, or add the domain to the rule',
      '12:12 rule "r": the domain of c@evilx.io is not x.io: remove the user, or add the domain to the rule',
    ],
  },
  {
    name: "too many holders: once, at the first that is too many",
    rule: RULES.atMost,
    users: [
      "- { email: a@x.io, groups: [ops] }",
      "- { email: b@x.io, roles: [Admin] }",
      "- { email: c@x.io, roles: [Admin] }",
    ],
    files: [
      '11:28 rule "r": 3 users have Admin (a@x.io, b@x.io, c@x.io), but the rule allows at most 1: revoke it for 2 of them',
    ],
  },
  {
    name: "too many holders with one that is unmanaged and kept",
    rule: RULES.atMost,
    policy: "unmanaged: keep",
    users: ["- { email: a@x.io, roles: [Admin] }"],
    current: { "z@x.io": "Admin", "a@x.io": "Admin" },
    files: [],
    state: [
      '6:15 rule "r": 2 users have Admin (a@x.io, z@x.io), but the rule allows at most 1: revoke it for 1 of them',
    ],
  },
  {
    name: "too many holders now, and --only removes one of them",
    rule: RULES.atMost,
    users: ["- { email: a@x.io, roles: [Admin] }"],
    current: { "a@x.io": "Admin", "b@x.io": "Admin", "c@x.io": "Admin" },
    only: ["c@x.io"],
    files: [],
    state: [
      '6:15 warning rule "r": 2 users have Admin (a@x.io, b@x.io), but the rule allows at most 1: revoke it for 1 of them',
    ],
  },
  {
    name: "granted directly, beside the group as well",
    rule: RULES.through,
    users: [
      "- { email: a@x.io, groups: [ops] }",
      "- { email: b@x.io, groups: [ops], roles: [Admin] }",
    ],
    files: ['11:43 rule "r": b@x.io is granted Admin directly: grant it through a group'],
  },
  {
    name: "held without the files, which are no group",
    rule: RULES.through,
    policy: "unmanaged: keep",
    users: [],
    current: { [J]: "Admin" },
    files: [],
    state: [
      '6:15 rule "r": jane@x.io has Admin in Polytomic, but not through a group in the files: grant it through a group, or remove it',
    ],
  },
  {
    name: "reviews: just in time, too old, never, and one that is yet to come",
    rule: RULES.reviewed,
    users: [
      "- { email: a@x.io, roles: [Admin], reviewed: 2026-03-17 }",
      "- { email: b@x.io, roles: [Admin], reviewed: 2026-03-16 }",
      "- { email: c@x.io, roles: [Admin] }",
      "- { email: d@x.io, roles: [Admin], reviewed: 2026-06-16 }",
    ],
    files: [
      '11:28 rule "r": the access of b@x.io was last reviewed on 2026-03-16; it must be reviewed every 90 days: confirm it, and set reviewed: to today\'s date',
      '12:28 rule "r": the access of c@x.io was never reviewed; it must be reviewed every 90 days: confirm it, and set reviewed: to today\'s date',
      '13:28 rule "r": the access of d@x.io was last reviewed on 2026-06-16; it must be reviewed every 90 days: confirm it, and set reviewed: to today\'s date',
    ],
  },
  {
    name: "level warning",
    rule: "{ name: r, conflict: [Billing, Admin], level: warning }",
    users: [`- { email: ${J}, roles: [Billing, Admin] }`],
    files: [
      '10:40 warning rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "an exception that holds, on its last day",
    rule: `{ name: r, conflict: [Billing, Admin], except: [{ email: JANE@x.io, until: ${AS_OF} }] }`,
    users: [`- { email: ${J}, roles: [Billing, Admin] }`],
    files: [],
  },
  {
    name: "an exception that is over: the rule holds again, and the exception is reported",
    rule: "{ name: r, conflict: [Billing, Admin], except: [{ email: jane@x.io, until: 2026-06-14 }] }",
    users: [`- { email: ${J}, roles: [Billing, Admin] }`],
    files: [
      '6:82 warning rule "r": the exception for jane@x.io ended on 2026-06-14: remove it, or extend it',
      '10:40 rule "r": jane@x.io has Admin and Billing, which must not be combined: remove one of them',
    ],
  },
  {
    name: "an exception that is over and not needed any more",
    rule: "{ name: r, conflict: [Billing, Admin], except: [{ email: jane@x.io, until: 2026-06-14 }] }",
    users: [`- { email: ${J}, roles: [Admin] }`],
    files: [
      '6:82 warning rule "r": the exception for jane@x.io ended on 2026-06-14: remove it, or extend it',
    ],
  },
  {
    name: "an exception that is not needed yet",
    rule: "{ name: r, conflict: [Billing, Admin], except: [{ email: jane@x.io, until: 2027-06-14 }] }",
    users: [`- { email: ${J}, roles: [Admin] }`],
    files: [],
  },
];

/** users.yaml with the rule in line 6 and the users from line 10. */
function fileWith({ rule, policy, users }: GuardInputs): string {
  return [
    "version: 1",
    "roles: { boss: 00000000-0000-4000-8000-00000000000b }",
    "groups: { ops: { roles: [Admin] } }",
    "policy:",
    "  rules:",
    `    - ${rule}`,
    `  ${policy ?? "min_admins: 0"}`,
    "# users",
    users.length === 0 ? "users: []" : "users:",
    ...users,
  ].join("\n");
}

describe("rules", () => {
  for (const situation of table) {
    test(situation.name, async () => {
      const [desired] = await load({ "users.yaml": fileWith(situation) });
      assert.ok(desired);
      const said = (findings: ReturnType<typeof judgeFiles>): readonly string[] =>
        findings.map((finding) => {
          const { place, level } = finding;
          const mark = level === "warning" ? "warning " : "";
          return `${place.line}:${place.column} ${mark}${findingText(finding)}`;
        });
      assert.deepEqual(said(judgeFiles(desired, AS_OF)), situation.files, "the files");
      const policy: Partial<Policy> = {
        maxRemovals: { kind: "count", count: 99 },
        maxRoleChanges: { kind: "count", count: 99 },
      };
      const plan = planOf(
        { ...desired, aliases: [BOSS], policy: { ...desired.policy, ...policy } },
        now(situation.current ?? {}),
        { asOf: AS_OF, ...(situation.only === undefined ? {} : { only: situation.only }) },
      );
      assert.deepEqual(said(plan.ruleFindings), situation.state ?? situation.files, "the state");
    });
  }
});

const BOSS = { name: "boss", id: "r-admin", place: { path: "users.yaml", line: 2, column: 10 } };
