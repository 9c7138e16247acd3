import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../src/model/failure.ts";
import { proxyFor } from "../../src/polytomic/proxy.ts";

const URL_HTTPS = "https://app.polytomic.com/api/me";

describe("the proxy", () => {
  for (const [name, url, env, expected] of [
    ["is none by default", URL_HTTPS, {}, null],
    ["is HTTPS_PROXY", URL_HTTPS, { HTTPS_PROXY: "http://proxy:3128" }, "http://proxy:3128"],
    ["may be in lower case", URL_HTTPS, { https_proxy: "http://proxy:1" }, "http://proxy:1"],
    ["needs no scheme", URL_HTTPS, { HTTPS_PROXY: "proxy:3128" }, "http://proxy:3128"],
    ["is ALL_PROXY else", URL_HTTPS, { ALL_PROXY: "socks5://proxy:9" }, "socks5://proxy:9"],
    ["is not HTTP_PROXY for https", URL_HTTPS, { HTTP_PROXY: "http://proxy:3128" }, null],
    ["is not an empty variable", URL_HTTPS, { HTTPS_PROXY: "" }, null],
    ["is never for localhost", "http://localhost:1/", { HTTP_PROXY: "http://proxy:1" }, null],
    ["is never for 127.0.0.1", "https://127.0.0.1/", { ALL_PROXY: "http://proxy:1" }, null],
  ] as const) {
    test(name, () => assert.equal(proxyFor(new URL(url), env), expected));
  }

  for (const [exemption, exempt] of [
    ["*", true],
    ["app.polytomic.com", true],
    ["polytomic.com", true],
    [".polytomic.com", true],
    ["*.polytomic.com", true],
    ["other.example, POLYTOMIC.COM", true],
    ["app.polytomic.com:443", true],
    ["app.polytomic.com:8443", false],
    ["tomic.com", false],
    ["app.polytomic.com.evil.example", false],
    ["other.example", false],
    ["", false],
  ] as const) {
    test(`NO_PROXY ${JSON.stringify(exemption)}: ${exempt ? "direct" : "proxied"}`, () => {
      const env = { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: exemption };
      assert.equal(proxyFor(new URL(URL_HTTPS), env), exempt ? null : "http://proxy:3128");
    });
  }

  for (const [variable, value] of [
    ["HTTPS_PROXY", "http://me:hunter2@[:9"],
    ["ALL_PROXY", "gopher://me:hunter2@proxy:9"],
  ] as const) {
    test(`is not ${value}: told without what may be a password`, () => {
      assert.throws(
        () => proxyFor(new URL(URL_HTTPS), { [variable]: value }),
        (error) =>
          error instanceof Failure &&
          error.message === `${variable} is not the address of a proxy` &&
          !(error.hint ?? "").includes("hunter2"),
      );
    });
  }
});
