/** What an editor shows with schemas/users.schema.json, as the YAML language server gives it. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { folderWith } from "../support.ts";

const root = new URL("../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");
const README_EXAMPLE = /```yaml\n(.*?)```/s.exec(text("README.md"))?.[1] ?? "";
/** The line that names the schema, as in the README. */
const [MODELINE = ""] = README_EXAMPLE.split("\n");

interface Property {
  readonly description?: string;
  readonly $ref?: string;
}
interface Definition extends Property {
  readonly properties: Readonly<Record<string, Property>>;
}
const schema: Definition & { readonly $defs: Readonly<Record<string, Definition>> } = JSON.parse(
  text("schemas/users.schema.json"),
);

/** A property's own description, or else that of its definition. */
function descriptionOf({ description, $ref = "" }: Property): string {
  const found = description ?? schema.$defs[$ref.slice("#/$defs/".length)]?.description;
  return found ?? assert.fail(`no description: ${JSON.stringify({ $ref })}`);
}

describe("an editor with the YAML language server", { timeout: 30_000 }, () => {
  let editor: Editor;
  before(async () => {
    editor = await Editor.start();
  });
  after(() => editor.stop());

  // ¦ is the cursor.
  for (const { where, file, definition, there } of [
    { where: "the top of a file", file: "version: 1\n¦", definition: null, there: ["version"] },
    { where: "policy", file: "policy:\n  ¦", definition: "policy", there: [] },
    {
      where: "a rule",
      file: "policy:\n  rules:\n    - name: a\n      ¦",
      definition: "rule",
      there: ["name"],
    },
    {
      where: "an exception of a rule",
      file: "policy:\n  rules:\n    - name: a\n      except:\n        - email: a@example.com\n          ¦",
      definition: "ruleException",
      there: ["email"],
    },
    { where: "a group", file: "groups:\n  team:\n    ¦", definition: "group", there: [] },
    {
      where: "a user",
      file: "users:\n  - email: a@example.com\n    ¦",
      definition: "user",
      there: ["email"],
    },
    {
      where: "a role of a user",
      file: "users:\n  - email: a@example.com\n    roles:\n      - ¦",
      definition: "roleEntry",
      there: [],
    },
    {
      where: "a group of a user",
      file: "users:\n  - email: a@example.com\n    groups:\n      - group: team\n        ¦",
      definition: "groupEntry",
      there: ["group"],
    },
  ]) {
    it(`completes the keys of ${where}, with their descriptions`, async () => {
      const described = definition === null ? schema : schema.$defs[definition];
      const keys = Object.entries(described?.properties ?? {})
        .filter(([key]) => !there.includes(key))
        .map(([key, property]) => [key, descriptionOf(property)]);
      assert.ok(keys.length > 0);
      assert.deepEqual(Object.fromEntries(await editor.keysAt(file)), Object.fromEntries(keys));
    });
  }

  it("completes the values of unmanaged", async () => {
    assert.deepEqual(await editor.valuesAt("policy:\n  unmanaged: ¦"), ["remove", "keep"]);
  });

  for (const { file, described } of [
    { file: "ver¦sion: 1\n", described: schema.properties["version"] },
    {
      file: "policy:\n  max_rem¦ovals: 3\n",
      described: schema.$defs["policy"]?.properties["max_removals"],
    },
    {
      file: "users:\n  - email: a@example.com\n    roles:\n      - role: Billing\n        exp¦ires: 2026-12-31\n",
      described: schema.$defs["roleEntry"]?.properties["expires"],
    },
  ]) {
    it(`explains ${/\S*¦\S*/.exec(file)?.[0].replace("¦", "")} with its description`, async () => {
      const lines = (await editor.hoverAt(file)).split("\n");
      assert.ok(lines.includes(descriptionOf(described ?? {})), lines.join("\n"));
    });
  }

  it("finds no mistake in the README's example", async () => {
    assert.deepEqual(await editor.mistakesIn(README_EXAMPLE), []);
  });

  it("marks a key that does not exist, a value that is not allowed and an invalid day", async () => {
    const user = "version: 1\nusers:\n  - email: a@example.com\n    roles: [Viewer]\n    ";
    assert.deepEqual(await editor.mistakesIn(`${MODELINE}\n${user}expire: 2026-12-31\n`), [
      '6:5 "expire": Property expire is not allowed.',
    ]);
    assert.deepEqual(
      await editor.mistakesIn(`${MODELINE}\nversion: 1\npolicy:\n  unmanaged: drop\n`),
      ['4:14 "drop": Value is not accepted. Valid values: "remove", "keep".'],
    );
    assert.deepEqual(await editor.mistakesIn(`${MODELINE}\n${user}expires: soon\n`), [
      '6:14 "soon": String does not match the pattern of "^[0-9]{4}-[0-9]{2}-[0-9]{2}$".',
    ]);
  });
});

interface Position {
  readonly line: number;
  readonly character: number;
}
interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: Position; readonly end: Position };
}
interface CompletionItem {
  readonly label: string;
  readonly kind: number;
  readonly documentation?: string | { readonly value: string };
}
/** A message of the server: a request, a notification or a response. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly uri?: string;
    readonly items?: readonly { readonly section: string }[];
    readonly diagnostics?: readonly Diagnostic[];
  };
  readonly result?: {
    readonly items?: readonly CompletionItem[];
    readonly contents?: { readonly value: string };
  };
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

/** CompletionItemKind of the protocol. */
const PROPERTY = 10;
/** Without the schema store, which would be downloaded. */
const SETTINGS = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };

/** A minimal editor: it opens files and asks about places in them. */
class Editor {
  readonly #server: ChildProcess;
  readonly #folder: string;
  /** By what is awaited: the id of a response, or the address of a file whose diagnostics come. */
  readonly #waiting = new Map<number | string, Waiting>();
  #requests = 0;
  #files = 0;

  static async start(): Promise<Editor> {
    const folder = await folderWith({
      "node_modules/polytomic-users/schemas/users.schema.json": text("schemas/users.schema.json"),
    });
    const editor = new Editor(folder);
    await editor.#ask("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: {
        workspace: { configuration: true },
        textDocument: { hover: { contentFormat: ["markdown"] } },
      },
    });
    editor.#tell("initialized", {});
    return editor;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    const program = fileURLToPath(
      import.meta.resolve("yaml-language-server/bin/yaml-language-server"),
    );
    this.#server = fork(program, ["--node-ipc"], {
      execArgv: [],
      signal: AbortSignal.timeout(30_000),
    });
    this.#server.on("message", (message: Message) => this.#receive(message));
    const fail = (error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    };
    this.#server.on("error", fail);
    this.#server.on("exit", (code) => fail(new Error(`the language server ended with ${code}`)));
  }

  async stop(): Promise<void> {
    const exit = once(this.#server, "exit");
    await this.#ask("shutdown", null);
    this.#tell("exit", null);
    assert.deepEqual(await exit, [0, null]);
  }

  async keysAt(file: string) {
    const items = await this.#completionAt(file);
    return items
      .filter(({ kind }) => kind === PROPERTY)
      .map(({ label, documentation }) => [
        label,
        typeof documentation === "object" ? documentation.value : documentation,
      ]);
  }

  async valuesAt(file: string): Promise<readonly string[]> {
    return (await this.#completionAt(file)).map(({ label }) => label);
  }

  async hoverAt(file: string): Promise<string> {
    const { result } = await this.#ask("textDocument/hover", this.#openAtCursor(file));
    return result?.contents?.value ?? "";
  }

  async mistakesIn(file: string): Promise<readonly string[]> {
    const uri = this.#newAddress();
    const published = this.#wait(uri);
    this.#open(uri, file);
    const { params } = await published;
    const lines = file.split("\n");
    return (params?.diagnostics ?? []).map(({ message, range: { start, end } }) => {
      const marked = lines[start.line]?.slice(start.character, end.character);
      return `${start.line + 1}:${start.character + 1} "${marked}": ${message}`;
    });
  }

  async #completionAt(file: string): Promise<readonly CompletionItem[]> {
    const { result } = await this.#ask("textDocument/completion", this.#openAtCursor(file));
    return result?.items ?? [];
  }

  #openAtCursor(file: string) {
    const [above = "", below = ""] = `${MODELINE}\n${file}`.split("¦");
    const uri = this.#newAddress();
    this.#open(uri, above + below);
    const lines = above.split("\n");
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    return { textDocument: { uri }, position };
  }

  #open(uri: string, content: string): void {
    const textDocument = { uri, languageId: "yaml", version: 1, text: content };
    this.#tell("textDocument/didOpen", { textDocument });
  }

  #newAddress(): string {
    this.#files += 1;
    return pathToFileURL(join(this.#folder, `users-${this.#files}.yaml`)).href;
  }

  async #ask(method: string, params: object | null): Promise<Message> {
    this.#requests += 1;
    const id = this.#requests;
    const answer = this.#wait(id);
    this.#server.send({ jsonrpc: "2.0", id, method, params });
    const message = await answer;
    assert.equal(message.error, undefined, `${method}: ${message.error?.message}`);
    return message;
  }

  #tell(method: string, params: object | null): void {
    this.#server.send({ jsonrpc: "2.0", method, params });
  }

  #wait(key: number | string): Promise<Message> {
    return new Promise((resolve, reject) => this.#waiting.set(key, { resolve, reject }));
  }

  #receive(message: Message): void {
    const { id, method, params } = message;
    if (method !== undefined && id !== undefined) {
      const result =
        params?.items?.map(({ section }) => (section === "yaml" ? SETTINGS : null)) ?? null;
      this.#server.send({ jsonrpc: "2.0", id, result });
      return;
    }
    const key = id ?? (method === "textDocument/publishDiagnostics" ? params?.uri : undefined);
    if (key === undefined) return;
    this.#waiting.get(key)?.resolve(message);
    this.#waiting.delete(key);
  }
}
