/** Random hand-written files, updated to random later states. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { scalarText } from "../../src/output/yaml-scalar.ts";
import type { CurrentState } from "../../src/model/current.ts";
import { email } from "./emails.ts";
import { brought, ORGANIZATION, ROLES } from "./situations.ts";

const STYLES = [
  "flow",
  "block",
  "inline",
  "group",
  "anchor",
  "alias",
  "dated",
  "odd order",
] as const;

function userLines(
  address: string,
  names: readonly string[],
  style: (typeof STYLES)[number],
  comment: string,
): readonly string[] {
  const written = names.map(scalarText);
  const head = [`  # about ${comment}`, `  - email: ${scalarText(address)} # ${comment}`];
  switch (style) {
    case "flow":
      return [...head, `    roles: [ ${written.join(" , ")} ]   # ${comment} flow`];
    case "block":
      return [...head, "    roles:", ...written.map((name) => `      - ${name} # ${comment} role`)];
    case "inline":
      return [`  - {email: ${scalarText(address)}, roles: [${written.join(",")}]} # ${comment}`];
    case "group":
      return [...head, "    groups: [crew]", `    reason: ${comment}`];
    case "anchor":
      return [...head, `    roles: &a${comment}`, ...written.map((name) => `    - ${name}`)];
    case "alias":
      return [...head, "    roles: *ap0."];
    case "dated":
      return [
        ...head,
        "    roles:",
        ...written.map((name) => `      - role: ${name}\n        expires: 2027-01-01 # ${comment}`),
        "      # the end",
        "    expires: 2028-02-02",
      ];
    case "odd order":
      return [
        `  - roles: [${written.join(", ")}]`,
        `    # inside ${comment}`,
        `    email: ${scalarText(address)}`,
      ];
  }
}

/** Indexes of roles. */
const held = fc.uniqueArray(fc.nat({ max: ROLES.length - 1 }), { minLength: 1, maxLength: 3 });

const older = fc.record({
  entries: fc.uniqueArray(
    fc.record({
      email,
      roles: held,
      style: fc.constantFrom(...STYLES),
      gap: fc.boolean(),
      /** The roles in the later state; null for a removed user. */
      now: fc.option(held, { freq: 3 }),
      /** Whether the user is unchanged. */
      same: fc.boolean(),
    }),
    { selector: (one) => one.email.toLowerCase(), maxLength: 9 },
  ),
  /** The role of the group. */
  crew: fc.nat({ max: ROLES.length - 1 }),
  newcomers: fc.uniqueArray(email, { maxLength: 3 }),
  crlf: fc.boolean(),
  usersLast: fc.boolean(),
});

type Older = typeof older extends fc.Arbitrary<infer T> ? T : never;

interface User {
  readonly email: string;
  readonly text: string;
  readonly now: readonly number[] | null;
  readonly same: boolean;
  /** This part of the text may not change: anchors in it are not moved. */
  readonly stays: boolean;
}

function usersOf({ entries, crew }: Older): readonly User[] {
  const [first] = entries;
  return entries.map((user, index) => {
    const refers = index > 0 && user.style === "alias" && first?.style === "anchor";
    const style = user.style === "alias" && !refers ? "flow" : user.style;
    const before = style === "group" ? [crew] : refers ? first.roles : user.roles;
    const { email, same } = user;
    const lines = userLines(email, before.map(roleAt), style, `p${index}.`);
    const text = `${lines.join("\n")}\n${user.gap ? "\n" : ""}`;
    return { email, text, now: same ? before : user.now, same, stays: same && !refers };
  });
}

function roleAt(index: number): string {
  return ROLES[index]?.name ?? "";
}

function textOf(file: Older, entries: readonly User[]): string {
  const users = entries.length === 0 ? "users: []\n" : "users:\n";
  const policy = "# the policy\npolicy: { min_admins: 0 }\n";
  return [
    `version: 1 # of the format\ngroups: { crew: { roles: [${roleAt(file.crew)}] } }\n`,
    ...(file.usersLast ? [policy] : []),
    users,
    ...entries.map(({ text }) => text),
    ...(file.usersLast ? [] : [policy]),
  ].join("");
}

function stateOf(file: Older, entries: readonly User[]): CurrentState {
  const known = new Set(entries.map(({ email }) => email.toLowerCase()));
  const newcomers = file.newcomers
    .filter((one) => !known.has(one.toLowerCase()))
    .map((one) => ({ email: one, now: [1] }));
  return {
    organization: ORGANIZATION,
    roles: ROLES,
    caller: null,
    users: [...entries, ...newcomers].flatMap(({ email, now }, index) =>
      now === null
        ? []
        : [
            {
              id: `user-${index}`,
              email,
              organizationId: null,
              roleIds: now.flatMap((at) => ROLES[at]?.id ?? []),
              legacyRole: null,
            },
          ],
    ),
  };
}

describe("an older file that was written by hand", () => {
  it("is updated; users who do not differ stay as written, comments included", async () => {
    await fc.assert(
      fc.asyncProperty(older, async (file) => {
        const entries = usersOf(file);
        const state = stateOf(file, entries);
        const windows = (text: string): string =>
          file.crlf ? text.replaceAll("\n", "\r\n") : text;
        const text = windows(textOf(file, entries));
        const updated = await brought(text, state);
        assert.equal((await brought(updated.text, state)).text, updated.text);
        for (const user of entries.filter(({ stays }) => stays)) {
          assert.ok(updated.text.includes(windows(user.text.trimEnd())), user.text);
        }
        for (const line of ["version: 1 # of the format\n", "# the policy\n"]) {
          assert.ok(updated.text.includes(windows(line)));
        }
        if (file.crlf) assert.doesNotMatch(updated.text, /[^\r]\n/);
        const differs = state.users.length !== entries.length || entries.some(({ same }) => !same);
        if (!differs) assert.equal(updated.text, text);
      }),
      { numRuns: 150 },
    );
  });

  it("is updated with comments and blank lines anywhere in it", async () => {
    const noise = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom("", "# c0", "  # c2", "    # c4", "      # c6")),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(older, noise, async (file, lines) => {
        const entries = usersOf(file);
        const state = stateOf(file, entries);
        const written = textOf(file, entries).split("\n");
        for (const [at, line] of lines) written.splice(at % written.length, 0, line);
        const text = written.join("\n");
        const updated = await brought(text, state);
        assert.equal((await brought(updated.text, state)).text, updated.text);
        const differs = state.users.length !== entries.length || entries.some(({ same }) => !same);
        if (!differs) assert.equal(updated.text, text);
      }),
      { numRuns: 150 },
    );
  });
});
