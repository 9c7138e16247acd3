import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Failure } from "../../src/model/failure.ts";
import { parseFault } from "../../src/sandbox/faults.ts";
import { parseLimit, parseLimitChange } from "../../src/sandbox/limits.ts";

describe("limits as a command line writes them", () => {
  const plain = { retryAfter: "seconds", rateLimitHeaders: true, changes: [] };
  const rows: readonly (readonly [string, object])[] = [
    ["50/s", { ...plain, rule: { kind: "token-bucket", perSecond: 50, burst: 50 } }],
    ["50/s,burst=20", { ...plain, rule: { kind: "token-bucket", perSecond: 50, burst: 20 } }],
    ["1/2s", { ...plain, rule: { kind: "token-bucket", perSecond: 0.5, burst: 1 } }],
    ["token-bucket=5/s", { ...plain, rule: { kind: "token-bucket", perSecond: 5, burst: 5 } }],
    [
      "fixed-window=100/10s",
      { ...plain, rule: { kind: "fixed-window", requests: 100, windowMs: 10_000 } },
    ],
    [
      "sliding-window=3/0.5s,retry-after=date,headers=off",
      {
        rule: { kind: "sliding-window", requests: 3, windowMs: 500 },
        retryAfter: "date",
        rateLimitHeaders: false,
        changes: [],
      },
    ],
    [
      "concurrent=4,retry-after=none",
      { ...plain, retryAfter: "none", rule: { kind: "concurrent", requests: 4 } },
    ],
  ];
  for (const [text, expected] of rows) {
    test(text, () => assert.deepEqual(parseLimit(text), expected));
  }
});

describe("texts that are not a limit", () => {
  const rows = [
    "",
    "fast",
    "50",
    "0/s",
    "-1/s",
    "50/m",
    "50/s,burst=0",
    "50/s,burst",
    "50/s,brust=3",
    "50/s,toString=3",
    "50/s,retry-after=soon",
    "50/s,headers=maybe",
    "fixed-window=10",
    "fixed-window=10/s,burst=3",
    "concurrent=4/s",
    "leaky=3/s",
    "50/0s",
  ];
  for (const text of rows) {
    test(JSON.stringify(text), () => {
      assert.throws(
        () => parseLimit(text),
        (error) => error instanceof Failure && error.hint?.includes("50/s,burst=20") === true,
      );
    });
  }
});

test("a change of the limit has its time", () => {
  const rule = { kind: "token-bucket", perSecond: 25, burst: 10 };
  assert.deepEqual(parseLimitChange("10s:25/s,burst=10"), { afterMs: 10_000, rule });
  assert.deepEqual(parseLimitChange("0.5s:25/s,burst=10"), { afterMs: 500, rule });
  for (const text of ["25/s", "10:25/s", "10s:", "10s:fast"]) {
    assert.throws(() => parseLimitChange(text), Failure);
  }
});

test("faults as a command line writes them", () => {
  const any = { methods: null, path: null, ms: null };
  assert.deepEqual(parseFault("lost-answer=0.05"), {
    ...any,
    kind: "lost-answer",
    when: { probability: 0.05 },
  });
  assert.deepEqual(parseFault("error-500=1:post,DELETE"), {
    ...any,
    kind: "error-500",
    when: { probability: 1 },
    methods: ["POST", "DELETE"],
  });
});

test("a text that is not a fault: the error lists the faults", () => {
  for (const text of ["", "lost", "lost=0.5", "toString=0.5"]) {
    assert.throws(
      () => parseFault(text),
      (error) =>
        error instanceof Failure && error.hint?.includes("lost-answer, error-500") === true,
    );
  }
  for (const text of [
    "lost-answer",
    "lost-answer=",
    "lost-answer=2",
    "lost-answer=-1",
    "lost-answer=x",
  ]) {
    assert.throws(() => parseFault(text), /the probability of lost-answer must be from 0 to 1/);
  }
  assert.throws(() => parseFault("conflict=1:PSOT"), /has an invalid method: "PSOT"/);
});
