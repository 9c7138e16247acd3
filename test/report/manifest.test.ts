import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differencesFrom, manifestText } from "../../src/report/manifest.ts";

const files = new Map([
  ["population.csv", Buffer.from("email,role\r\nsam@example.com,Viewer\r\n")],
  ["changes.json", Buffer.from("[]\n")],
]);
const about = { made_by: "polytomic-users 0.1.0", made_at: "2026-11-24T12:00:00Z" };
const manifest = Buffer.from(manifestText(about, files));

describe("the manifest of a bundle", () => {
  it("names each file with its size and its SHA-256, and its own SHA-256", () => {
    assert.deepEqual(JSON.parse(manifest.toString()), {
      format_version: 1,
      made_by: "polytomic-users 0.1.0",
      made_at: "2026-11-24T12:00:00Z",
      files: [
        {
          path: "changes.json",
          bytes: 3,
          sha256: "37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570",
        },
        {
          path: "population.csv",
          bytes: 36,
          sha256: JSON.parse(manifest.toString()).files[1].sha256,
        },
      ],
      sha256: JSON.parse(manifest.toString()).sha256,
    });
    assert.deepEqual(differencesFrom(manifest, files), []);
  });

  it("is the same for the same files in another order", () => {
    assert.equal(manifestText(about, new Map([...files].reverse())), manifest.toString());
  });

  it("finds any bit that changed in any file", () => {
    for (const [path, content] of files) {
      for (const changed of everyBit(content)) {
        const found = differencesFrom(manifest, new Map([...files, [path, changed]]));
        assert.deepEqual(found, [`${path} was changed`]);
      }
    }
  });

  it("finds any bit that changed in itself", () => {
    for (const changed of everyBit(manifest)) {
      assert.notDeepEqual(differencesFrom(changed, files), []);
    }
    for (const changed of [manifest.subarray(1), Buffer.concat([manifest, Buffer.from("\n")])]) {
      assert.notDeepEqual(differencesFrom(changed, files), []);
    }
  });

  it("finds what was added and what is missing", () => {
    const others = new Map([
      ["changes.json", Buffer.from("[]\n")],
      ["x.txt", Buffer.from("")],
    ]);
    assert.deepEqual(differencesFrom(manifest, others), [
      "population.csv is missing",
      "x.txt was added",
    ]);
  });
});

function* everyBit(content: Buffer): Iterable<Buffer> {
  for (let at = 0; at < content.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      yield changed;
    }
  }
}
