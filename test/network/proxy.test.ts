import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { ACME_USERS, acmeFile, type Ran } from "../program.ts";
import { folderWith } from "../support.ts";
import {
  HOST,
  PROXY_PASSWORD,
  PROXY_USER,
  type PrivateNetwork,
  privateNetwork,
  runProcess,
} from "./private-network.ts";

const KEY = "sandbox-api-key";
const AUTHORITY = "NODE_EXTRA_CA_CERTS";

let network: PrivateNetwork;
let folder: string;

before(async () => {
  network = await privateNetwork();
  const users = acmeFile([...ACME_USERS, ["new@acme.example", "Member"]]);
  folder = await folderWith({ "users.yaml": users });
});
beforeEach(() => network.forget());
after(() => network.close());

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const own = { POLYTOMIC_API_KEY: KEY, POLYTOMIC_DEPLOYMENT_URL: network.url };
  return runProcess([...args, "--verbose"], { cwd: folder, env: { ...own, ...env } });
}

/** No secret in the program's output, nor in what the proxy could read. */
function assertSecretsKept({ stdout, stderr }: Ran): void {
  for (const secret of [KEY, PROXY_USER, PROXY_PASSWORD]) {
    assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} was printed`);
  }
  for (const secret of [KEY, Buffer.from(KEY).toString("base64"), "/api/"]) {
    assert.ok(!network.proxy.seen().includes(secret), `the proxy saw ${secret}`);
  }
}

describe("through a proxy", () => {
  it("every request is tunnelled with CONNECT, with TLS from end to end", async () => {
    const ran = await run(["plan"], {
      HTTPS_PROXY: network.proxy.url,
      [AUTHORITY]: network.authorityFile,
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /\+ add +new@acme\.example/);
    assert.ok(network.proxy.tunnels.length > 0);
    assert.deepEqual([...new Set(network.proxy.tunnels)], [network.url.slice("https://".length)]);
    assert.equal(network.direct(), 0);
    assertSecretsKept(ran);
  });

  it("changes are made", async () => {
    const ran = await run(["apply", "--yes"], {
      HTTPS_PROXY: network.proxy.url,
      [AUTHORITY]: network.authorityFile,
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      network.polytomic.writes().map(({ method }) => method),
      ["POST"],
    );
    assert.equal(network.direct(), 0);
    assertSecretsKept(ran);
  });

  it("without the authority it fails before anything is sent, and says what to set", async () => {
    const ran = await run(["plan"], { HTTPS_PROXY: network.proxy.url });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /certificate of \S+ is not trusted/);
    assert.match(ran.stderr, /^hint: .*NODE_EXTRA_CA_CERTS/m);
    assert.doesNotMatch(ran.stderr, /try 2|tried/);
    assert.equal(network.polytomic.sandbox.log.length, network.before());
    assertSecretsKept(ran);
  });

  it("with a wrong password, says where the right one belongs", async () => {
    const ran = await run(["plan"], {
      HTTPS_PROXY: network.proxy.url.replace(PROXY_PASSWORD, "wrong-password"),
      [AUTHORITY]: network.authorityFile,
    });
    assert.equal(ran.code, 1);
    assert.match(
      ran.stderr,
      /could not reach Polytomic: the proxy refused a connection to polytomic\.test:\d+ \(407\)/,
    );
    assert.match(ran.stderr, /^hint: .*HTTPS_PROXY=http:\/\/USER:PASSWORD@HOST:PORT/m);
    assert.doesNotMatch(ran.stderr, /wrong-password|try 2|tried/);
    assertSecretsKept(ran);
  });
});

describe("around the proxy", () => {
  for (const [name, env] of [
    ["with NO_PROXY", { NO_PROXY: `other.example,${HOST}` }],
    ["without HTTPS_PROXY", { HTTPS_PROXY: "" }],
  ] as const) {
    it(name, async () => {
      const ran = await run(["plan"], {
        HTTPS_PROXY: network.proxy.url,
        [AUTHORITY]: network.authorityFile,
        ...env,
      });
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual(network.proxy.tunnels, []);
      assert.equal(network.proxy.seen(), "");
      assert.ok(network.direct() > 0);
      assertSecretsKept(ran);
    });
  }

  it("NODE_TLS_REJECT_UNAUTHORIZED=0 does not take the place of the authority", async () => {
    const ran = await run(["plan"], { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^hint: .*NODE_EXTRA_CA_CERTS/m);
    assert.equal(network.polytomic.sandbox.log.length, network.before());
  });
});
