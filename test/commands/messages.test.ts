/** Messages are true: their cause, subject and cure are those of the run. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { join } from "node:path";
import { createServer } from "node:net";
import { acmeFile, polytomic, type Ran, run } from "../program.ts";
import { folderWith, listen } from "../support.ts";
import { organization, partnerState } from "./elsewhere.ts";

const DAY = ["--as-of", "2026-11-24"];
const KEEP = "policy: { unmanaged: keep }\n";
const API = { POLYTOMIC_API_KEY: "sandbox-api-key-of-jane" };

interface Running {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ran: (...args: readonly string[]) => Promise<Ran>;
}

async function inFolder(
  files: Readonly<Record<string, string>>,
  work: (running: Running) => Promise<void>,
  settings: Parameters<typeof polytomic>[0] = {},
): Promise<void> {
  const server = await polytomic(settings);
  const cwd = await folderWith(files);
  const { env } = server;
  try {
    await work({ cwd, env, ran: (...args) => run(args, { cwd, env }) });
  } finally {
    await server.close();
  }
}

describe("grant and revoke", () => {
  const users = acmeFile([["sam@example.com", "Admin"]]);
  const offline = async (...args: readonly string[]): Promise<string> =>
    (await run([...args, ...DAY], { cwd: await folderWith({ "users.yaml": users }) })).stderr;

  it("grant --expires never: there is no expiry", async () => {
    const never = await offline("grant", "sam@example.com", "--expires", "never");
    assert.match(never, /^sam@example\.com: all access already has no expiry\n/);
    const dated = users.replace("roles: [Admin]", "roles: [Admin]\n    expires: 2027-01-01");
    const cwd = await folderWith({ "users.yaml": dated });
    const now = await run(["grant", "sam@example.com", "--expires", "never", ...DAY], { cwd });
    assert.match(now.stderr, /^sam@example\.com: all access has no expiry now\n/);
  });

  it("grant of a role with a typo warns", async () => {
    assert.match(
      await offline("grant", "kim@example.com", "--role", "Admn"),
      /^warning: no other entry has the role "Admn": did you mean "Admin"\? /,
    );
  });

  it("revoke --everywhere names the file of each entry", async () => {
    const two = (name: string) =>
      `version: 1\norganization: ${name}\nusers:\n  - email: b@x.org\n    roles: [Admin]\n  - email: c@x.org\n    roles: [Admin]\n`;
    const cwd = await folderWith({ "c/acme.yaml": two("Acme"), "c/globex.yaml": two("Globex") });
    const { stderr } = await run(["revoke", "b@x.org", "--everywhere", "--file", "c", ...DAY], {
      cwd,
    });
    assert.match(
      stderr,
      /^c\/acme\.yaml: b@x\.org: all access revoked\nc\/globex\.yaml: b@x\.org: all access revoked\n/,
    );
  });
});

describe("a file that cannot be read or written", () => {
  const missing: readonly (readonly [args: readonly string[], error: RegExp])[] = [
    [
      ["apply", "--plan", "nope.json", "--yes"],
      /^error: could not read the plan nope\.json: no such file or folder\n/,
    ],
    [
      ["report", "--verify", "nope"],
      /^error: could not read the bundle nope: no such file or folder\n/,
    ],
    [
      ["create-api-key", "cto@example.com", "--out", "nope/key"],
      /^error: could not create nope\/key: the folder nope does not exist\n/,
    ],
    [
      ["plan", "--output", "json=nope/plan.json"],
      /^error: could not write nope\/plan\.json: the folder nope does not exist\n/,
    ],
    [
      ["apply", "--yes", "--audit-log", "nope/log"],
      /error: cannot open the audit log .*nope\/log: the folder .*nope does not exist\nhint: create the folder/,
    ],
    [
      ["sandbox", "nope.yaml"],
      /^error: could not read the sandbox's state from nope\.yaml: no such file or folder\n/,
    ],
  ];
  for (const [args, error] of missing) {
    it(args.join(" "), () =>
      inFolder(
        { "users.yaml": acmeFile([["new@example.com", "Admin"]], KEEP) },
        async ({ ran }) => {
          const { code, stderr } = await ran(...args, ...(args[0] === "plan" ? DAY : []));
          assert.notEqual(code, 0);
          assert.match(stderr, error);
          assert.doesNotMatch(stderr, /ENOENT|\.tmp/);
        },
      ),
    );
  }
});

describe("the organization of a key", () => {
  it("doctor --organization with another organization than the API key's is refused", () =>
    inFolder({}, async ({ ran }) => {
      const { code, stdout } = await ran("doctor", "--organization", "Globex");
      assert.equal(code, 1);
      assert.match(
        stdout.replaceAll(/\s+/g, " "),
        /--organization is "Globex", but the API key belongs to Acme .* and cannot reach any other organization/,
      );
    }));

  it("a partner key suggests an export of all organizations", () => {
    const state = partnerState([organization("o-1", "One", [["a@x.example", "Admin"]])]);
    return inFolder(
      {},
      async ({ cwd, env }) => {
        const { POLYTOMIC_DEPLOYMENT_URL = "" } = env;
        const partner = { POLYTOMIC_DEPLOYMENT_URL, POLYTOMIC_PARTNER_KEY: "partner-key-of-all" };
        const { code, stderr } = await run(["report"], { cwd, env: partner });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /Next: polytomic-users export --all --dir FOLDER /);
      },
      { state },
    );
  });

  it("an API key in POLYTOMIC_PARTNER_KEY: the variable is named", () =>
    inFolder({}, async ({ cwd, env }) => {
      const { POLYTOMIC_DEPLOYMENT_URL = "" } = env;
      const wrong = {
        POLYTOMIC_DEPLOYMENT_URL,
        POLYTOMIC_PARTNER_KEY: API.POLYTOMIC_API_KEY,
      };
      const { stderr } = await run(["export", "--all", "--dir", "c"], { cwd, env: wrong });
      assert.match(stderr, /does not have permission|does not accept the key/);
      assert.match(stderr, /POLYTOMIC_PARTNER_KEY/);
    }));

  it("create-api-key takes one organization, and its help says which is the default", async () => {
    const { stdout } = await run(["create-api-key", "--help"]);
    assert.match(
      stdout.replaceAll(/\s+/g, " "),
      /the organization of the user \(default: the API key's organization/,
    );
    assert.doesNotMatch(stdout, /all in the files/);
  });

  it("create-api-key for a user with a key names --force", () =>
    inFolder({}, async ({ ran }) => {
      const create = (out: string) => ran("create-api-key", "sam@example.com", "--out", out);
      assert.equal((await create("k1")).code, 0);
      assert.match(
        (await create("k2")).stderr,
        /\nhint: if the user already has a key, pass --force to revoke it and create a new one\n/,
      );
    }));
});

describe("plan, apply and report", () => {
  it("apply --plan a second time: the changes of the plan are in place", () =>
    inFolder({}, async ({ ran }) => {
      await ran("init");
      await ran("grant", "sam@example.com", "--role", "Admin");
      await ran("plan", "--output", "json=plan.json");
      const apply = () => ran("apply", "--plan", "plan.json", "--yes");
      assert.equal((await apply()).code, 0);
      const { code, stdout } = await apply();
      assert.equal(code, 0);
      assert.match(stdout, /^All changes of the saved plan are already in place\.$/m);
      assert.doesNotMatch(stdout, /matches the files/);
    }));

  it("an apply that a guard stops wrote nothing; a plan would write nothing", () => {
    const files = { "users.yaml": acmeFile([["cto@example.com", "Admin"]]) };
    return inFolder(files, async ({ ran }) => {
      assert.match(
        (await ran("plan", ...DAY)).stdout,
        /^Blocked by .*: apply would write nothing\.$/m,
      );
      const { code, stdout } = await ran("apply", "--yes", ...DAY);
      assert.equal(code, 3);
      assert.match(stdout, /^Blocked by .*: nothing was written\.$/m);
    });
  });

  it("report: access that has expired is in the past", () => {
    const expired = acmeFile([["cto@example.com", "Admin"]], KEEP);
    const text = `${expired}  - email: sam@example.com\n    roles: [Member]\n    expires: 2026-11-23\n`;
    return inFolder({ "users.yaml": text }, async ({ ran }) => {
      const words = (await ran("report", ...DAY)).stdout.replaceAll(/\s+/g, " ");
      assert.match(words, /all access expired on 2026-11-23/);
      const before = await ran("report", "--as-of", "2026-11-23");
      assert.match(before.stdout.replaceAll(/\s+/g, " "), /all access expires on 2026-11-23/);
    });
  });

  it("explain and report of an address that is about to be renamed", () => {
    const text = `${acmeFile([["cto@example.com", "Admin"]], KEEP)}  - email: sam.new@example.com\n    previously: sam@example.com\n    roles: [Member]\n`;
    return inFolder({ "users.yaml": text }, async ({ ran }) => {
      const explained = await ran("explain", "sam@example.com", ...DAY);
      assert.match(
        explained.stdout.replaceAll(/\s+/g, " "),
        /to be renamed to sam\.new@example\.com \(previously: at users\.yaml:\d+\)\./,
      );
      const reported = (await ran("report", ...DAY)).stdout.replaceAll(/\s+/g, " ");
      assert.match(reported, /held under the previous address/);
    });
  });

  it("explain --offline suggests the history offline", async () => {
    const cwd = await folderWith({ "users.yaml": acmeFile([["cto@example.com", "Admin"]]) });
    const { stderr } = await run(["explain", "cto@example.com", "--offline", ...DAY], { cwd });
    assert.match(stderr, /^Next: polytomic-users explain cto@example\.com --offline --history$/m);
  });
});

describe("the sandbox and help", () => {
  it("a port that is in use", async () => {
    const taken = createServer();
    const port = await listen(taken);
    const { code, stderr } = await run(["sandbox", "--port", String(port)]);
    taken.close();
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^error: the sandbox cannot listen on port ${port}: the port is already in use\n`),
    );
  });

  it("one user is not 1 users", async () => {
    const stop = new AbortController();
    stop.abort();
    const file = join("examples", "sandbox", "partner.yaml");
    const { stdout } = await run(["sandbox", file, "--port", "0"], { interrupt: stop.signal });
    assert.match(stdout, /"Stark Logistics", 1 user$/m);
  });

  it("help for a command that does not exist is an error with a suggestion", async () => {
    const { code, stdout, stderr } = await run(["help", "plam"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: unknown command 'plam'\n\(Did you mean plan\?\)/);
  });
});

describe("review, plan and --since", () => {
  const files = { "users.yaml": acmeFile([["cto@example.com", "Admin"]], KEEP) };

  it("review refuses a role that no user has, and an unknown user", () =>
    inFolder(files, async ({ ran }) => {
      const role = await ran("review", "--role", "Viewr", ...DAY);
      assert.equal(role.code, 1);
      assert.match(
        role.stderr,
        /^error: no user holds or is granted the role "Viewr"\nhint: roles held or granted: .*Viewer/m,
      );
      const user = await ran("review", "--only", "sma@example.com", ...DAY);
      assert.equal(user.code, 1);
      assert.match(
        user.stderr,
        /^error: --only sma@example\.com: no user has this address, .*\nhint: did you mean sam@example\.com\?/m,
      );
    }));

  it("a user whose access expired in the files and who is kept is not called unmanaged", () => {
    const policy = "policy: { unmanaged: keep, create: false }\n";
    const text = `${acmeFile([["cto@example.com", "Admin"]], policy)}  - email: sam@example.com\n    roles: [Member]\n    expires: 2026-11-23\n`;
    return inFolder({ "users.yaml": text }, async ({ ran }) => {
      const { stdout } = await ran(
        "plan",
        ...DAY,
        "--output",
        "text",
        "--output",
        "json=plan.json",
      );
      const section =
        /^Access expired in the files, kept \(policy\.create: false, policy\.unmanaged: keep\): 1\n {2}sam@example\.com/m;
      assert.match(stdout, section);
      assert.match(stdout, /^Unmanaged, kept .*\n(?!.*sam@)/m);
    });
  });

  it("--since with another file names both kinds that it takes", () =>
    inFolder(files, async ({ ran }) => {
      const { code, stderr } = await ran("plan", "--since", "users.yaml", ...DAY);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: users\.yaml is not a saved plan or an audit log: it is not JSON$/m,
      );
    }));
});
