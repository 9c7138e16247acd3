/** `init`: starts a repository from an organization that exists. Reads Polytomic, writes files here. */
import { access, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkedNewFile } from "../export/check.ts";
import { INSTALLED_SCHEMA } from "../export/new-file.ts";
import { Failure } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import { readState } from "../run/state.ts";
import { findOrganization } from "../run/targets.ts";
import { connect } from "./connection.ts";
import { writeWhole } from "./files.ts";
import type { ConnectionFlags, GlobalFlags, ScopeFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { asOfDay } from "./plan.ts";

const USERS_FILE = "users.yaml";

type CiService = "github" | "gitlab";

export type InitFlags = GlobalFlags &
  ConnectionFlags &
  Pick<ScopeFlags, "organization" | "asOf"> & {
    readonly ignore: readonly string[];
    readonly ci: CiService | null;
    readonly force: boolean;
  };

export async function init(io: Io, flags: InitFlags): Promise<ExitCode> {
  if (flags.organization.length > 1) {
    throw new Failure("a file describes one organization", {
      hint: "give one --organization, or use export --all --dir FOLDER",
    });
  }
  const ciFiles = flags.ci === null ? [] : await ciFilesOf(flags.ci);
  await refuseExisting(io, [USERS_FILE, ...ciFiles.map(({ path }) => path)], flags.force);
  const connection = connect(io, flags);
  const written = flags.organization[0] ?? null;
  const { organization, caller } = await findOrganization(connection, written);
  const state = await readState(organization, caller, connection);
  const { text, notes } = await checkedNewFile(state, {
    ignore: flags.ignore,
    schema: INSTALLED_SCHEMA,
    folder: io.cwd,
    asOf: asOfDay(flags.asOf, io),
    toStart: true,
  });
  if (io.interrupt.aborted) return EXIT.interrupted;
  for (const file of [{ path: USERS_FILE, text }, ...ciFiles]) {
    const path = resolve(io.cwd, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, file.path, file.text);
  }
  if (flags.quiet) return EXIT.done;
  const lines = [
    `Wrote ${[USERS_FILE, ...ciFiles.map(({ path }) => path)].join(", ")}. Its plan is empty.`,
    ...(notes.length === 0 ? [] : ["", "Worth a look:", ...notes.map((note) => `  - ${note}`)]),
    "",
    "Next:",
    ...nextSteps(flags.ci).map((step, index) => `  ${index + 1}. ${step}`),
  ];
  await print(io.stderr, lines.map((line) => `${plainText(line)}\n`).join(""));
  return EXIT.done;
}

interface CiFile {
  /** Where it goes. */
  readonly path: string;
  readonly text: string;
}

/** The package's own examples. */
async function ciFilesOf(service: CiService): Promise<readonly CiFile[]> {
  const folder = fileURLToPath(new URL(`../../examples/ci/${service}`, import.meta.url));
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yml")).sort();
  return Promise.all(
    names.map(async (name) => ({
      path: service === "github" ? join(".github", "workflows", name) : name,
      text: await readFile(join(folder, name), "utf8"),
    })),
  );
}

/** Before anything is read or written. */
async function refuseExisting(io: Io, paths: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  const there: string[] = [];
  for (const path of paths) {
    await access(resolve(io.cwd, path)).then(
      () => there.push(path),
      () => {},
    );
  }
  if (there.length === 0) return;
  throw new Failure(`${there.join(", ")} would be replaced: nothing was written`, {
    hint: "start in an empty folder, or pass --force; export --into updates a file and keeps its comments",
  });
}

const INSTALL = "npm init --yes && npm install --save-dev --save-exact polytomic-users";

function nextSteps(ci: CiService | null): readonly string[] {
  const read = `read ${USERS_FILE}, and commit it`;
  switch (ci) {
    case null:
      return [
        read,
        "change something, and run: polytomic-users plan",
        "for plans on pull requests: polytomic-users init --ci github (or gitlab) --force",
      ];
    case "github":
      return [
        `${INSTALL}; echo node_modules >> .gitignore`,
        "bash node_modules/polytomic-users/action/setup.sh   # environments for main alone, and the key in them",
        `${read}, with the workflows, package.json and package-lock.json, on main`,
        "protect main: pull requests only, an approval by a code owner, the status check Polytomic required",
        "name the owners in .github/CODEOWNERS",
      ];
    case "gitlab":
      return [
        `${INSTALL}; echo node_modules >> .gitignore`,
        "set the variables POLYTOMIC_API_KEY (masked, hidden, protected, environment scope polytomic/*) and POLYTOMIC_GITLAB_TOKEN (masked, hidden, protected)",
        `${read}, with .gitlab-ci.yml, package.json and package-lock.json, on main`,
        "protect main, and require approvals for these files",
      ];
  }
}
