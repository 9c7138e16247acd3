/** Random organizations with hostile names: exported, and brought into older files, they plan to nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { INSTALLED_SCHEMA, newFile } from "../../src/export/document.ts";
import { scalarText } from "../../src/export/scalar.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import { brought, checked, ORGANIZATION, ROLES } from "./situations.ts";

/** What YAML, an editor or a terminal could take for something else. */
const HOSTILE = [
  ["yes", "0123", "a: b", "~", "null", " lead", "trail ", "  ", "😀", "👨‍👩‍👧 family", "it's", '"q"'],
  [
    "a\nb",
    "\u0000",
    "\u007f\u0085",
    "\u202eevil",
    "\ufeff",
    "\ufffe",
    "\ud800",
    "\u{e0001}",
    "\u2028",
  ],
  [
    "[a]",
    "{a: b}",
    "a, b",
    "# c",
    "a #b",
    "- a",
    "?",
    "*a",
    "&a",
    "!t",
    "%d",
    "@at",
    "`x`",
    "|",
    ">",
  ],
  [
    "<<",
    "...",
    "---",
    "1e3",
    "0x1f",
    ".inf",
    "2026-01-01",
    "12:30",
    "=",
    "\\",
    "\\u0041",
    "ß",
    "İ",
    "Σς",
  ],
  ["x".repeat(2000), "Admin", "admin", "Member", "member", "roles", "__proto__", "a\u00a0b"],
].flat();

const roleName = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);

const roles: fc.Arbitrary<readonly Role[]> = fc.uniqueArray(
  fc.record({ id: fc.uuid(), name: roleName }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
);

/** The admin role of a file has to stay there, whatever else does not. */
function withAdmin(known: readonly Role[]): readonly Role[] {
  const others = known.filter(({ name }) => name.toLowerCase() !== "admin");
  return [{ id: "ad313131-0000-4000-8000-000000000000", name: "Admin" }, ...others];
}

const email = fc
  .tuple(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9'#*&!{}~=|.%+-]{1,8}$/),
      fc.constantFrom("0123", "yes", "null", "ünï", "😀", '"q"', "a:b", "[x]"),
    ),
    fc.constantFrom("x.org", "example.com"),
  )
  .map(([local, domain]) => `${local}@${domain}`);

function organizationOf(known: readonly Role[]): fc.Arbitrary<CurrentState> {
  const user = fc.record({
    email,
    held: fc.uniqueArray(fc.nat({ max: known.length - 1 }), { minLength: 1, maxLength: 4 }),
  });
  return fc
    .uniqueArray(user, { selector: (one) => one.email.toLowerCase(), maxLength: 10 })
    .map((users) => ({
      organization: ORGANIZATION,
      roles: known,
      caller: null,
      users: users.map(({ email, held }, index) => ({
        id: `user-${index}`,
        email,
        organizationId: ORGANIZATION.id,
        roleIds: held.flatMap((at) => known[at]?.id ?? []),
        legacyRole: null,
      })),
    }));
}

function exported(state: CurrentState): string {
  return newFile(state, { ignore: [], schema: INSTALLED_SCHEMA }).text;
}

describe("an exported organization", () => {
  it("plans to nothing, whatever its roles and people are called", async () => {
    await fc.assert(
      fc.asyncProperty(roles.chain(organizationOf), async (state) => {
        await checked(exported(state), state);
      }),
      { numRuns: 120 },
    );
  });

  it("is the same text, brought up to date with itself", async () => {
    await fc.assert(
      fc.asyncProperty(roles.chain(organizationOf), async (state) => {
        const text = exported(state);
        assert.deepEqual(await brought(text, state), {
          text,
          added: 0,
          removed: 0,
          changed: 0,
          notes: [],
        });
      }),
      { numRuns: 40 },
    );
  });

  it("is brought up to date with any other state of it", async () => {
    const states = fc
      .tuple(roles, roles, fc.array(roleName, { minLength: 8, maxLength: 8 }))
      .chain(([before, arrived, names]) => {
        // Some roles are gone by now, some are called something else, some are new.
        const left = before
          .filter((_, index) => index % 3 !== 1)
          .map((role, index) => (index % 2 === 0 ? role : { ...role, name: names[index] ?? "" }));
        return fc.tuple(
          organizationOf(withAdmin(before)),
          organizationOf(withAdmin([...left, ...arrived])),
        );
      });
    await fc.assert(
      fc.asyncProperty(states, async ([older, newer]) => {
        const { text } = await brought(exported(older), newer);
        assert.equal((await brought(text, newer)).text, text);
      }),
      { numRuns: 120 },
    );
  });
});

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

function personLines(
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

const older = fc
  .uniqueArray(
    fc.record({
      email,
      roles: fc.uniqueArray(fc.nat({ max: ROLES.length - 1 }), { minLength: 1, maxLength: 3 }),
      style: fc.constantFrom(...STYLES),
      gap: fc.boolean(),
      now: fc.option(
        fc.uniqueArray(fc.nat({ max: ROLES.length - 1 }), { minLength: 1, maxLength: 3 }),
        { freq: 3 },
      ),
      same: fc.boolean(),
    }),
    { selector: (one) => one.email.toLowerCase(), maxLength: 9 },
  )
  .chain((people) =>
    fc.record({ people: fc.constant(people), crew: fc.nat({ max: 4 }), crlf: fc.boolean() }),
  );

describe("an older file that was written by hand", () => {
  it("is brought up to date; who does not differ stays as written, comments included", async () => {
    await fc.assert(
      fc.asyncProperty(older, fc.array(email, { maxLength: 3 }), async (file, newcomers) => {
        const name = (at: number): string => ROLES[at]?.name ?? "";
        const eol = file.crlf ? "\r\n" : "\n";
        const people = file.people.map((person, index) => {
          const [first] = file.people;
          const refers = person.style === "alias" && first?.style === "anchor";
          const style = person.style === "alias" && !refers ? "flow" : person.style;
          const before = style === "group" ? [file.crew] : refers ? first.roles : person.roles;
          const now = person.same ? before : person.now;
          const lines = personLines(person.email, before.map(name), style, `p${index}.`);
          const text = lines.join("\n").replaceAll("\n", eol);
          return { ...person, now, text, stays: person.same && !refers };
        });
        const text = [
          "version: 1 # of the format",
          `groups: { crew: { roles: [${name(file.crew)}] } }`,
          people.length === 0 ? "users: []" : "users:",
          ...people.map(({ text, gap }) => `${text}${gap ? eol : ""}`),
          "# the policy",
          "policy: { min_admins: 0 }",
          "",
        ].join(eol);
        const known = new Set(people.map(({ email }) => email.toLowerCase()));
        const now: [string, readonly number[]][] = [
          ...people.flatMap(({ email, now }): [string, readonly number[]][] =>
            now === null ? [] : [[email, now]],
          ),
          ...[...new Set(newcomers)]
            .filter((one) => !known.has(one.toLowerCase()))
            .map((one): [string, readonly number[]] => [one, [1]]),
        ];
        const state: CurrentState = {
          organization: ORGANIZATION,
          roles: ROLES,
          caller: null,
          users: now.map(([email, held], index) => ({
            id: `user-${index}`,
            email,
            organizationId: null,
            roleIds: held.flatMap((at) => ROLES[at]?.id ?? []),
            legacyRole: null,
          })),
        };
        const updated = await brought(text, state);
        assert.equal((await brought(updated.text, state)).text, updated.text);
        for (const person of people.filter(({ stays }) => stays)) {
          assert.ok(updated.text.includes(person.text), person.text);
        }
        for (const line of ["version: 1 # of the format", "# the policy"]) {
          assert.ok(updated.text.includes(`${line}${eol}`));
        }
        if (file.crlf) assert.doesNotMatch(updated.text, /[^\r]\n/);
        const differs = now.length !== people.length || people.some(({ same }) => !same);
        if (!differs) assert.equal(updated.text, text);
      }),
      { numRuns: 150 },
    );
  });
});
