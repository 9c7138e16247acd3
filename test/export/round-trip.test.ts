/** Random organizations with untrusted names: their exports, and older files updated to them, have an empty plan. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { INSTALLED_SCHEMA, newFile } from "../../src/export/new-file.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import { email } from "./emails.ts";
import { brought, checked, ORGANIZATION } from "./situations.ts";

/** Text that YAML, an editor or a terminal could misread. */
const UNTRUSTED = [
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
  { weight: 3, arbitrary: fc.constantFrom(...UNTRUSTED) },
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
);

const roles: fc.Arbitrary<readonly Role[]> = fc.uniqueArray(
  fc.record({ id: fc.uuid(), name: roleName }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
);

/** The admin role of a file must still exist. */
function withAdmin(known: readonly Role[]): readonly Role[] {
  const others = known.filter(({ name }) => name.toLowerCase() !== "admin");
  return [{ id: "ad313131-0000-4000-8000-000000000000", name: "Admin" }, ...others];
}

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
  it("has an empty plan, whatever the names of its roles and users", async () => {
    await fc.assert(
      fc.asyncProperty(roles.chain(organizationOf), async (state) => {
        await checked(exported(state), state);
      }),
      { numRuns: 120 },
    );
  });

  it("is the same text when updated with itself", async () => {
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

  it("is updated to any other state of it", async () => {
    const states = fc
      .tuple(roles, roles, fc.array(roleName, { minLength: 8, maxLength: 8 }))
      .chain(([before, arrived, names]) => {
        // Some roles are removed, some renamed, some new.
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
