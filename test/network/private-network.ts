/**
 * A company network on loopback: a Polytomic behind TLS with a certificate of a private authority, and a proxy that
 * only allows CONNECT. The program runs as a separate process.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { generate } from "selfsigned";
import { folderWith } from "../support.ts";
import { polytomic, type Polytomic, type Ran } from "../program.ts";

/** Not a loopback name, because those bypass every proxy. */
export const HOST = "polytomic.test";
export const PROXY_USER = "proxy-user";
export const PROXY_PASSWORD = "proxy-password-1f7c";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Replaces /etc/hosts. */
const HOSTS = `data:text/javascript,${encodeURIComponent(`
  import dns from "node:dns";
  const lookup = dns.lookup;
  dns.lookup = (name, ...rest) => lookup(name === "${HOST}" ? "127.0.0.1" : name, ...rest);
`)}`;

export interface PrivateNetwork {
  readonly polytomic: Polytomic;
  /** `https://polytomic.test:PORT` */
  readonly url: string;
  /** The certificate of the private authority. */
  readonly authorityFile: string;
  readonly proxy: Proxy;
  /** Connections to Polytomic that did not come through the proxy, since `forget`. */
  readonly direct: () => number;
  /** The number of requests to Polytomic at `forget`. */
  readonly before: () => number;
  /** Resets the records. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

export async function privateNetwork(): Promise<PrivateNetwork> {
  const authority = await generate([{ name: "commonName", value: "Private CA" }], {
    algorithm: "sha256",
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const { private: key, cert } = await generate([{ name: "commonName", value: HOST }], {
    algorithm: "sha256",
    keyType: "ec",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: HOST }] }],
  });
  const folder = await folderWith({ "ca.pem": authority.cert });
  const service = await polytomic();
  const tls = await behindTls(service, { key, cert });
  const url = `https://${HOST}:${tls.port}`;
  const proxy = await startProxy(tls.port);
  let connections = 0;
  let requests = 0;
  return {
    polytomic: service,
    url,
    authorityFile: join(folder, "ca.pem"),
    proxy,
    direct: () => tls.connections() - connections - proxy.tunnels.length,
    before: () => requests,
    forget: () => {
      proxy.forget();
      connections = tls.connections();
      requests = service.sandbox.log.length;
    },
    close: async () => {
      await Promise.all([proxy.close(), tls.close(), service.close()]);
    },
  };
}

async function behindTls(
  service: Polytomic,
  certificate: { readonly key: string; readonly cert: string },
): Promise<Listening> {
  const to = Number(new URL(service.url).port);
  return listening(
    createTlsServer(certificate, (socket) => tunnel(socket, connect(to, "127.0.0.1"))),
  );
}

export interface Proxy {
  /** The proxy's address with user and password. */
  readonly url: string;
  /** `HOST:PORT` of each requested tunnel. */
  readonly tunnels: readonly string[];
  /** Everything that the proxy could read: the heads of requests, and the bytes in the tunnels. */
  readonly seen: () => string;
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

/** Every tunnel goes to this port of loopback. */
async function startProxy(to: number): Promise<Proxy> {
  const tunnels: string[] = [];
  const chunks: Buffer[] = [];
  const note = ({ method, url, rawHeaders }: IncomingMessage) =>
    chunks.push(Buffer.from(`${method} ${url} ${rawHeaders.join(" ")}\n`));
  const server = createServer((request, response) => {
    note(request);
    response.writeHead(405).end();
  });
  server.on("connect", (request, socket: Socket, head) => {
    note(request);
    const expected = `Basic ${Buffer.from(`${PROXY_USER}:${PROXY_PASSWORD}`).toString("base64")}`;
    if (request.headers["proxy-authorization"] !== expected) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    tunnels.push(request.url ?? "");
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.unshift(head);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    tunnel(socket, connect(to, "127.0.0.1"));
  });
  const { port, close } = await listening(server);
  return {
    url: `http://${PROXY_USER}:${PROXY_PASSWORD}@127.0.0.1:${port}`,
    tunnels,
    seen: () => Buffer.concat(chunks).toString("latin1"),
    forget: () => {
      tunnels.length = 0;
      chunks.length = 0;
    },
    close,
  };
}

/** In both directions; if one end breaks, the other is closed. */
function tunnel(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on("error", () => other.destroy()).on("close", () => other.destroy());
  other.on("error", () => one.destroy()).on("close", () => one.destroy());
}

interface Listening {
  readonly port: number;
  /** So far. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

async function listening(server: Server): Promise<Listening> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Runs the built program with this environment and nothing else. */
export async function runProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ran> {
  const child = spawn(process.execPath, ["--import", HOSTS, cli, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code, stdout, stderr };
}
