/** `init`: writes a users file for an existing organization. Only reads Polytomic. */
import { lstat, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkedNewFile } from "../export/check.ts";
import { INSTALLED_SCHEMA } from "../export/new-file.ts";
import { errorMessage, Failure } from "../model/failure.ts";
import { plainText } from "../output/escape.ts";
import { readOrganization } from "../run/find-organization.ts";
import { connect } from "./connection.ts";
import { writeWhole } from "./files.ts";
import type { ConnectionFlags, GlobalFlags, ScopeFlags } from "./flags.ts";
import { asOfDay, EXIT, type ExitCode, type Io, print } from "./io.ts";

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
    throw new Failure("init takes one --organization", {
      hint: "pass one --organization, or use export --all --dir FOLDER",
    });
  }
  const ciFiles = flags.ci === null ? [] : await readCiFiles(flags.ci);
  // Beside a file that exists, --ci adds the CI files alone: --force is about those, and never costs the users.
  const keepsUsers = flags.ci !== null && (await exists(io, USERS_FILE));
  const paths = ciFiles.map(({ path }) => path);
  await refuseExisting(io, keepsUsers ? paths : [USERS_FILE, ...paths], flags.force);
  if (keepsUsers && flags.ignore.length > 0) {
    throw new Failure(`--ignore is for a new file, and ${USERS_FILE} exists`, {
      hint: "write the pattern under policy.ignore in the file",
    });
  }
  const users = keepsUsers ? null : await newUsersFile(io, flags);
  if (io.interrupt.aborted) return EXIT.interrupted;
  await writeAll(io, users === null ? ciFiles : [users.file, ...ciFiles]);
  if (flags.quiet) return EXIT.done;
  const lines = [
    users === null
      ? `Wrote ${paths.join(", ")}. ${USERS_FILE} already exists and was not changed.`
      : `Wrote ${[USERS_FILE, ...paths].join(", ")}. It matches Polytomic: plan shows no changes.`,
    ...worthALook(users?.notes ?? []),
    "",
    "Next:",
    ...nextSteps(flags.ci).map((step, index) => `  ${index + 1}. ${step}`),
  ];
  await print(io.stderr, lines.map((line) => `${plainText(line)}\n`).join(""));
  return EXIT.done;
}

interface NewFile {
  /** Where it goes. */
  readonly path: string;
  readonly text: string;
}

async function newUsersFile(
  io: Io,
  flags: InitFlags,
): Promise<{ readonly file: NewFile; readonly notes: readonly string[] }> {
  const state = await readOrganization(connect(io, flags), flags.organization[0] ?? null);
  const { text, notes } = await checkedNewFile(state, {
    ignore: flags.ignore,
    schema: INSTALLED_SCHEMA,
    folder: io.cwd,
    asOf: asOfDay(flags.asOf, io),
    toStart: true,
  });
  return { file: { path: USERS_FILE, text }, notes };
}

function worthALook(notes: readonly string[]): readonly string[] {
  return notes.length === 0 ? [] : ["", "Please check:", ...notes.map((note) => `  - ${note}`)];
}

/** Writes all files or none: if one cannot be written, the earlier ones are removed again. */
async function writeAll(io: Io, files: readonly NewFile[]): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const { path: shown, text } of files) {
      const path = resolve(io.cwd, shown);
      const before = await readFile(path, "utf8").catch(() => null);
      const folder = await makeFolder(dirname(path), dirname(shown));
      if (folder !== undefined) undo.push(() => rm(folder, { recursive: true }));
      await writeWhole(path, shown, text);
      undo.push(() => (before === null ? rm(path) : writeWhole(path, shown, before)));
    }
  } catch (error) {
    for (const step of undo.toReversed()) await step();
    throw error;
  }
}

/** The topmost folder that had to be made. */
async function makeFolder(path: string, shown: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new Failure(`could not create the folder ${shown}: ${errorMessage(cause)}`, {
      hint: "nothing was written; check for a file with that name and for write permission",
      cause,
    });
  }
}

/** The package's own examples. */
async function readCiFiles(service: CiService): Promise<readonly NewFile[]> {
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
  for (const path of paths) if (await exists(io, path)) there.push(path);
  if (there.length === 0) return;
  throw new Failure(
    `${there.join(", ")} already ${there.length === 1 ? "exists" : "exist"}: nothing was written`,
    {
      hint: there.includes(USERS_FILE)
        ? "to update users.yaml, use export --into users.yaml; to replace it, pass --force"
        : "compare them with those in node_modules/polytomic-users/examples/ci, or pass --force to replace them",
    },
  );
}

/** A link that points nowhere is in the way, too. */
async function exists(io: Io, path: string): Promise<boolean> {
  return lstat(resolve(io.cwd, path)).then(
    () => true,
    () => false,
  );
}

const INSTALL = "npm init --yes && npm install --save-dev --save-exact polytomic-users";

function nextSteps(ci: CiService | null): readonly string[] {
  const review = `review ${USERS_FILE}, then commit it`;
  switch (ci) {
    case null:
      return [
        review,
        "edit it, then run: polytomic-users plan",
        "for plans on pull requests: polytomic-users init --ci github (or gitlab)",
      ];
    case "github":
      return [
        `run: ${INSTALL}; echo node_modules >> .gitignore`,
        "run: bash node_modules/polytomic-users/action/setup.sh   # creates environments that only main can use, and stores the key in them",
        `${review} to main together with the workflows, package.json and package-lock.json`,
        "protect main: require pull requests, approval by a code owner, and the status check Polytomic",
        "list the code owners in .github/CODEOWNERS",
      ];
    case "gitlab":
      return [
        `run: ${INSTALL}; echo node_modules >> .gitignore`,
        "set the variables POLYTOMIC_API_KEY (masked, hidden, protected, environment scope polytomic/*) and POLYTOMIC_GITLAB_TOKEN (masked, hidden, protected)",
        `${review} to main together with .gitlab-ci.yml, package.json and package-lock.json`,
        "protect main, and require approvals for these files",
      ];
  }
}
