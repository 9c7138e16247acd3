/** Edits of a large file rewrite only the entries around those that change, with the same result. */
import assert from "node:assert/strict";
import type { UserEntry } from "../../src/config/raw-file.ts";
import { test } from "node:test";
import fc from "fast-check";
import { readFastYaml } from "../../src/config/fast-yaml.ts";
import { readYaml } from "../../src/config/yaml.ts";
import { rewriteExcerpt } from "../../src/edit/excerpt.ts";
import type { ValueMap } from "../../src/edit/render.ts";
import { rewrite } from "../../src/edit/rewrite.ts";
import {
  editUsersFile,
  insertUser,
  patchFile,
  patchUser,
  readUsersFile,
} from "../../src/edit/users-file.ts";
import { collectProblems } from "../../src/model/problem.ts";
import { file, textOf } from "./written.ts";

/** Files with some dozens of users, in many styles. */
const files = fc.array(file, { minLength: 10, maxLength: 16 }).map((parts) => {
  const [first] = parts;
  const users = parts
    .flatMap((one) => one.users)
    .map((one, index) => ({
      ...one,
      user: { ...one.user, email: `u${String(index).padStart(3, "0")}@x.org` },
    }));
  return textOf({ ...first, users } as Parameters<typeof textOf>[0]);
});

const place = fc.double({ min: 0, max: 0.999, noNaN: true });
const edits = fc.array(
  fc.record({ at: place, kind: fc.constantFrom("role", "expire", "remove", "rename", "add") }),
  { minLength: 1, maxLength: 4 },
);

function edited(
  users: readonly UserEntry[],
  { at, kind }: { readonly at: number; readonly kind: string },
): readonly UserEntry[] {
  const index = Math.floor(at * users.length);
  const user = users[index];
  if (user === undefined) return users;
  switch (kind) {
    case "role":
      return users.with(index, patchUser(user, { roles: [...(user.roles ?? []), "Owner"] }));
    case "expire":
      return users.with(index, patchUser(user, { expires: "2027-01-31" }));
    case "remove":
      return users.toSpliced(index, 1);
    case "rename":
      return users.with(
        index,
        patchUser(user, { email: `n${user.email}`, previously: user.email }),
      );
    default:
      return insertUser(users, { email: `v${user.email}`, roles: ["Viewer"] });
  }
}

test("the result is that of rewriting the whole file", () => {
  let excerpts = 0;
  fc.assert(
    fc.property(files, edits, (text, changes) => {
      const before = readUsersFile("users.yaml", text);
      const users = changes.reduce(edited, before.users ?? []);
      const wanted = patchFile(before, { users });
      const document = readYaml("users.yaml", text, collectProblems().report);
      assert.ok(document);
      const excerpt = rewriteExcerpt(document, text, wanted, 1);
      if (excerpt === null) return;
      excerpts += 1;
      assert.equal(excerpt, rewrite(text, wanted as ValueMap).result());
    }),
    { numRuns: 150 },
  );
  assert.ok(excerpts > 10, `${excerpts} of 150`);
});

test("a file of thousands of users keeps every other line", () => {
  const lines = Array.from({ length: 3000 }, (_, n) => [
    ...(n % 7 === 0 ? ["", `  # team ${n}`] : []),
    `  - email: u${String(n).padStart(4, "0")}@x.org # ${n}`,
    "    roles: [Viewer]",
  ]).flat();
  const text = ["version: 1", "users:", ...lines, ""].join("\n");
  const before = readUsersFile("users.yaml", text);
  const users = (before.users ?? []).map((user) =>
    user.email === "u1500@x.org" ? patchUser(user, { roles: ["Viewer", "Admin"] }) : user,
  );
  const wanted = patchFile(before, { users });
  const document = readFastYaml("users.yaml", text);
  assert.ok(document);
  assert.notEqual(rewriteExcerpt(document, text, wanted), null);
  const after = editUsersFile("users.yaml", text, wanted);
  const changed = after.split("\n").filter((line, index) => line !== text.split("\n")[index]);
  assert.deepEqual(changed, ["    roles: [Viewer, Admin]"]);
});
