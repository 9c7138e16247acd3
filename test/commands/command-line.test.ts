/**
 * Errors in the command line (misspelt, empty, useless or out-of-range flags), and the command that a plan suggests.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acmeFile, polytomic, run } from "../program.ts";
import { folderWith } from "../support.ts";

const WANTED = acmeFile(
  [
    ["cto@example.com", "Admin"],
    ["new@example.com", "Member"],
  ],
  "policy: { unmanaged: keep }\n",
);

describe("a misspelt flag", () => {
  for (const [args, flag] of [
    [["plan", "--out", "x"], "--output"],
    [["plan", "--max-removal", "3"], "--max-removals"],
    [["apply", "--ys"], "--yes"],
    [["apply", "--dryrun"], "--dry-run"],
    [["plan", "--organisation", "x"], "--organization"],
    [["plan", "--detailed-exit-code"], "--detailed-exitcode"],
    [["report", "--verbos"], "--verbose"],
  ] as const) {
    it(`${args.join(" ")}: ${flag}`, async () => {
      const { code, stderr } = await run(args);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`Did you mean ${flag}\\?`));
    });
  }
  it("that resembles nothing has no suggestion", async () => {
    assert.doesNotMatch((await run(["plan", "--frobnicate"])).stderr, /Did you mean/);
  });
});

describe("help and version", () => {
  for (const args of [
    ["plan", "-h"],
    ["help", "plan"],
    ["plan", "--help"],
  ]) {
    it(args.join(" "), async () => {
      const { code, stdout } = await run(args);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: polytomic-users plan /);
    });
  }
  it("-V", async () => assert.match((await run(["-V"])).stdout, /^\d+\.\d+\.\d+\n$/));
  it("the sandbox's help has no null in it", async () => {
    assert.doesNotMatch((await run(["sandbox", "--help"])).stdout, /null/);
  });
});

describe("a variable that is not set", () => {
  for (const [args, what] of [
    [["apply", "--yes", ""], "the path"],
    [["validate", ""], "the path"],
    [["plan", "users.yaml", ""], "the path"],
    [["apply", "--yes", "--audit-log", ""], "--audit-log"],
    [["apply", "--yes", "--plan", ""], "--plan"],
    [["plan", "--only", ""], "--only"],
    [["plan", "--organization", ""], "--organization"],
    [["plan", "--expect-digest", ""], "--expect-digest"],
    [["export", "--into", ""], "--into"],
    [["create-api-key", "", "--stdout"], "the e-mail address"],
    [["sandbox", ""], "the file"],
    [["rename", "", "x@example.com"], "the previous address"],
    [["rename", "cto@example.com", ""], "the new address"],
    [["grant", "cto@example.com", "", "--role", "Viewer"], "the e-mail address"],
    [["explain", "cto@example.com", ""], "the path"],
  ] as const) {
    it(`${args.map((word) => word || '""').join(" ")} does nothing`, async () => {
      const server = await polytomic();
      try {
        const cwd = await folderWith({ "users.yaml": WANTED });
        const { code, stderr } = await run(args, { cwd, env: server.env });
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`^error: ${what} is empty$`, "m"));
        assert.equal(server.sandbox.log.length, 0);
      } finally {
        await server.close();
      }
    });
  }
  it("POLYTOMIC_API_VERSION an empty value counts as unset", async () => {
    const { code } = await withPlan([], { POLYTOMIC_API_VERSION: "" });
    assert.equal(code, 0);
  });
});

describe("a flag that would have no effect", () => {
  for (const flags of [["--since", "plan.json"], ["--detailed-exitcode"]]) {
    it(`apply ${flags.join(" ")} is refused, apply --dry-run is not`, async () => {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const { code, stderr } = await run(["apply", "--yes", ...flags], { cwd });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^error: ${flags[0]} cannot be used when applying$`, "m"));
      assert.match(stderr, /it works only with plan, and with apply --dry-run without --plan$/m);
    });
  }
  it("apply --dry-run --detailed-exitcode is plan", async () => {
    const server = await polytomic();
    try {
      const cwd = await folderWith({ "users.yaml": WANTED });
      const args = ["apply", "--dry-run", "--detailed-exitcode"];
      assert.equal((await run(args, { cwd, env: server.env })).code, 2);
    } finally {
      await server.close();
    }
  });
});

describe("--timeout", () => {
  for (const text of ["2147484", "86401", "0", "-1", "1e3"]) {
    it(`${text} is an error`, async () => {
      const { code, stderr } = await run(["plan", `--timeout=${text}`]);
      assert.equal(code, 1);
      assert.match(stderr, /--timeout/);
    });
  }
  it("86400 is not", async () => {
    assert.equal((await withPlan(["--timeout", "86400"])).code, 0);
  });
});

async function withPlan(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const server = await polytomic();
  try {
    const cwd = await folderWith({ "users.yaml": WANTED });
    const ran = await run(["plan", ...flags], { cwd, env: { ...server.env, ...env } });
    return { ...ran, url: server.url };
  } finally {
    await server.close();
  }
}

describe("the command that a plan suggests", () => {
  it("has every flag that matters for the apply, as it was written", async () => {
    const flags = [
      "--max-removals 12 --max-role-changes 50% --min-admins 0 --shard 1/1 --as-of 2026-11-20 --root .",
      "--credential api --api-version 2025-09-18 --concurrency 3 --max-rate 9.5 --timeout 20",
      "--only new@example.com --organization Acme",
    ].flatMap((line) => line.split(" "));
    const shown = [
      "--output",
      "markdown",
      "--diff",
      "--markdown-limit",
      "9000",
      "--detailed-exitcode",
    ];
    const { stdout, code } = await withPlan([...flags, ...shown]);
    assert.equal(code, 2);
    const [, command = ""] = /(polytomic-users apply [^\n`]*)/.exec(stdout) ?? [];
    const digest = /sha256:[0-9a-f]{64}/.exec(stdout)?.[0];
    assert.equal(
      command,
      `polytomic-users apply --yes --expect-digest ${digest} ${flags.join(" ")}`,
    );
  });

  it("with a saved plan leaves out what a saved plan has in it", async () => {
    const line =
      "--output markdown --output json=plan.json --max-removals 12 --only new@example.com --shard 1/1 --timeout 20";
    const { stdout } = await withPlan(line.split(" "));
    assert.match(
      stdout,
      /polytomic-users apply --yes --plan plan\.json --max-removals 12 --timeout 20(`|\n)/,
    );
  });

  it("quotes text that a shell would split", async () => {
    const server = await polytomic();
    try {
      const cwd = await folderWith({ "my users.yaml": WANTED });
      const args = ["plan", "my users.yaml", "--output", "markdown"];
      const { stdout } = await run(args, { cwd, env: server.env });
      assert.match(stdout, /polytomic-users apply --yes --expect-digest \S+ 'my users\.yaml'/);
    } finally {
      await server.close();
    }
  });
});

it("create-api-key for another organization does not speak of a file", async () => {
  const server = await polytomic();
  try {
    const args = ["create-api-key", "jane.doe@example.com", "--organization", "Other", "--stdout"];
    const { code, stderr } = await run(args, { env: server.env });
    assert.equal(code, 1);
    assert.match(stderr, /--organization is "Other", but the API key belongs to Acme/);
    assert.doesNotMatch(stderr, /the file/);
  } finally {
    await server.close();
  }
});
