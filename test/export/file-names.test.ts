/** Names of files for organizations. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { existingFile, fileNames } from "../../src/export/names.ts";

const ID = "248df4b7-aa70-47b8-a036-33ac447e668d";

function nameFor(name: string, id = ID): string | undefined {
  return fileNames([{ id, name }]).get(id);
}

const names: readonly (readonly [name: string, file: string])[] = [
  ["Acme GmbH & Co. KG", "acme-gmbh-co-kg-248df4b7.yaml"],
  ["Straße Ünïcode", "strasse-unicode-248df4b7.yaml"],
  ["../../etc/passwd", "etc-passwd-248df4b7.yaml"],
  ["C:\\con", "c-con-248df4b7.yaml"],
  ["CON", "con-248df4b7.yaml"],
  ["..", "organization-248df4b7.yaml"],
  ["日本", "organization-248df4b7.yaml"],
  ["a\u0000b", "a-b-248df4b7.yaml"],
  ["x".repeat(500), `${"x".repeat(60)}-248df4b7.yaml`],
];

describe("the file of an organization", () => {
  for (const [name, file] of names) {
    it(`${JSON.stringify(name.slice(0, 20))} is ${file}`, () => assert.equal(nameFor(name), file));
  }

  it("has a name of its own, also beside others of the same name and the same first digits", () => {
    const ids = [ID, ID.replace(/d$/, "e"), "org/../1", "org/../2"];
    const files = fileNames(ids.map((id) => ({ id, name: "Acme" })));
    assert.equal(new Set(files.values()).size, 4);
    for (const file of files.values()) assert.match(file, /^acme-[0-9a-f]{16}\.yaml$/);
  });

  it("is found again after the organization was renamed", () => {
    const there = ["acme-248df4b7.yaml", "globex-11111111.yaml"];
    assert.equal(existingFile("acme-inc-248df4b7.yaml", there), "acme-248df4b7.yaml");
    assert.equal(existingFile("acme-33333333.yaml", there), null);
  });
});
