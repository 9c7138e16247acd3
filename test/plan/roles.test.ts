import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { problemText } from "../../src/model/problem.ts";
import type { Role } from "../../src/model/current.ts";
import type { RoleAlias } from "../../src/model/desired.ts";
import { roleBook, sameRoles, sortRoles } from "../../src/plan/roles.ts";
import { ADMIN, at, BILLING, MEMBER, ROLES, VIEWER } from "./build.ts";

const alias = (name: string, id: string): RoleAlias => ({ name, id, place: at(3) });

/** `written` → the id it resolves to, or the problems. */
function meant(
  written: string,
  aliases: readonly RoleAlias[] = [],
  roles: readonly Role[] = ROLES,
): string | readonly string[] {
  const book = roleBook({ aliases }, roles);
  const role = book.resolve(written, at(20));
  return (
    role?.id ??
    book.problems.map((problem) => `${problem.place.line} ${problem.code}: ${problemText(problem)}`)
  );
}

const twin: Role = { id: "r-other", name: "member" };
const impostor: Role = { id: "r-evil", name: "r-viewer" };

describe("role names", () => {
  const rows: readonly (readonly [
    name: string,
    written: string,
    meant: string | readonly string[],
    aliases?: readonly RoleAlias[],
    roles?: readonly Role[],
  ])[] = [
    ["a role's name", "Member", "r-member"],
    ["a name in another case", "mEMBER", "r-member"],
    ["a role's id", "r-member", "r-member"],
    [
      "an id in another case is not that id",
      "R-MEMBER",
      ['20 unknown-role: the organization has no role "R-MEMBER": did you mean "Member"?'],
    ],
    ["a name of the file's own", "analysts", "r-analyst", [alias("Analysts", "r-analyst")]],
    [
      "a name of the file's own that is the role's own too",
      "viewer",
      "r-viewer",
      [alias("Viewer", "r-viewer")],
    ],
    [
      "a name in decomposed accents",
      "Cafe\u0301",
      [
        '20 unknown-role: the organization has no role "Cafe\u0301": it looks the same as "Caf\u00E9" but uses different Unicode characters (composed and decomposed accents): type it again',
      ],
      [],
      [...ROLES, { id: "r-cafe", name: "Caf\u00E9" }],
    ],
    [
      "a name that is nearly right",
      "Membr",
      ['20 unknown-role: the organization has no role "Membr": did you mean "Member"?'],
    ],
    [
      "a name that is nearly one of the file's own",
      "accountant",
      ['20 unknown-role: the organization has no role "accountant": did you mean "Accountants"?'],
      [alias("Accountants", "r-billing")],
    ],
    [
      "a short name is not nearly another short name",
      "QA",
      ['20 unknown-role: the organization has no role "QA": its roles are "Admin", "CS"'],
      [],
      [ADMIN, { id: "r-cs", name: "CS" }],
    ],
    [
      "two roles with the same name, shown by id in the same order, whatever the order of the response",
      "Member",
      [
        '20 ambiguous-role: 2 roles are named "Member" (r-member, r-other): choose one, add a name for its id under roles:, and use that name',
      ],
      [],
      [twin, ADMIN, MEMBER],
    ],
    ["the id of one of two roles of one name", "r-other", "r-other", [], [MEMBER, twin]],
    [
      "an alias tells two roles of one name apart, even by that name",
      "Member",
      "r-other",
      [alias("member", "r-other")],
      [MEMBER, twin],
    ],
    [
      "a role that is called what another's id is",
      "r-viewer",
      [
        '20 ambiguous-role: 2 roles are named "r-viewer" (r-evil, r-viewer): choose one, add a name for its id under roles:, and use that name',
      ],
      [],
      [VIEWER, impostor],
    ],
    ["one role listed twice is one role", "Viewer", "r-viewer", [], [VIEWER, { ...VIEWER }]],
    [
      "an alias of an unknown id, reported at the alias",
      "boss",
      [
        '3 unknown-role-id: "boss" is the role id r-none, which does not exist in the organization: correct the id; its roles are "Admin", "Member"',
      ],
      [alias("boss", "r-none")],
      [MEMBER, ADMIN],
    ],
    [
      "an alias that is another role's name",
      "Viewer",
      [
        '3 misleading-role-name: "Viewer" is the name of another role in the organization, but this id is the role "Admin": choose another name',
      ],
      [alias("Viewer", "r-admin")],
    ],
    [
      "an alias that is another role's name in another case",
      "viewer",
      [
        '3 misleading-role-name: "vIEWER" is the name of another role in the organization, but this id is the role "Admin": choose another name',
      ],
      [alias("vIEWER", "r-admin")],
    ],
    [
      "an alias that is another role's id",
      "r-viewer",
      [
        '3 misleading-role-name: "r-viewer" is the name of another role in the organization, but this id is the role "Admin": choose another name',
      ],
      [alias("r-viewer", "r-admin")],
    ],
  ];
  for (const [name, written, expected, aliases, roles] of rows) {
    test(name, () => assert.deepEqual(meant(written, aliases, roles), expected));
  }

  test("a wrong name is a problem wherever it is written; a wrong alias is one, at the alias", () => {
    const book = roleBook({ aliases: [alias("boss", "r-none")] }, ROLES);
    for (const line of [20, 21]) {
      book.resolve("Nobody", at(line));
      book.resolve("boss", at(line));
    }
    assert.deepEqual(
      book.problems.map(({ place, code }) => `${place.line} ${code}`),
      ["20 unknown-role", "3 unknown-role-id", "21 unknown-role"],
    );
  });

  test("up to twelve names are listed, the rest as a number", () => {
    const many = Array.from({ length: 15 }, (_, index) => ({
      id: `r-${index}`,
      name: `role number ${String(index).padStart(2, "0")}`,
    }));
    const [problem] = [meant("x", [], many)].flat();
    assert.match(String(problem), /its roles are "role number 00", .*"role number 11" and 3 more$/);
  });

  test("find() returns the same as resolve(), and records nothing", () => {
    const book = roleBook({ aliases: [alias("boss", "r-none"), alias("money", "r-billing")] }, [
      ...ROLES,
      twin,
      impostor,
    ]);
    const found = ["admin", "r-admin", "money", "boss", "Member", "r-viewer", "Nobody"].map(
      (written) => book.find(written)?.id ?? null,
    );
    assert.deepEqual(found, ["r-admin", "r-admin", "r-billing", null, null, null, null]);
    assert.deepEqual(book.problems, []);
  });

  test("the deprecated field's name means a role only where one alone has it", () => {
    const book = roleBook({ aliases: [] }, [ADMIN, MEMBER, twin]);
    assert.deepEqual(
      ["admin", "member", "owner"].map((name) => book.byLegacyName(name)),
      [ADMIN, null, null],
    );
  });
});

describe("sets of roles", () => {
  test("are sorted by name without regard to case, then id, and have nothing twice", () => {
    const small: Role = { id: "r-0", name: "admin" };
    assert.deepEqual(sortRoles([VIEWER, small, BILLING, ADMIN, VIEWER, twin, MEMBER]), [
      ADMIN,
      small,
      BILLING,
      MEMBER,
      twin,
      VIEWER,
    ]);
  });

  const rows: readonly (readonly [string, readonly Role[], readonly Role[], boolean])[] = [
    ["order means nothing", [ADMIN, MEMBER], [MEMBER, ADMIN], true],
    ["nor does a name", [ADMIN], [{ id: "r-admin", name: "Owner" }], true],
    ["nor a repetition", [ADMIN, ADMIN], [ADMIN], true],
    ["one more is another set", [ADMIN], [ADMIN, MEMBER], false],
    ["one fewer is another set", [ADMIN, MEMBER], [ADMIN], false],
    ["as many others are another set", [ADMIN, MEMBER], [ADMIN, VIEWER], false],
    ["none and none", [], [], true],
  ];
  for (const [name, a, b, same] of rows) {
    test(name, () => assert.equal(sameRoles(a, b), same));
  }
});
