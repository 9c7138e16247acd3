/** `create-api-key`: Create API Key for one user. The key goes to a file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, lstat, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorMessage, Failure, hasCode, writeErrorMessage } from "../model/failure.ts";
import type { Organization } from "../model/current.ts";
import { emailKey } from "../model/desired.ts";
import { createApiKey } from "../polytomic/api-key.ts";
import type { Connection } from "../run/connection.ts";
import { connect } from "./connection.ts";
import { onlyOrganization } from "./flag-values.ts";
import type { ConnectionFlags, GlobalFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";
import { printNext, shellCommand, shellWord } from "./next.ts";
import { findOrganization } from "../run/find-organization.ts";

export type CreateApiKeyFlags = GlobalFlags &
  ConnectionFlags & {
    readonly organization: readonly string[];
    readonly out: string | null;
    readonly stdout: boolean;
    readonly force: boolean;
  };

export async function createKey(
  io: Io,
  email: string,
  flags: CreateApiKeyFlags,
): Promise<ExitCode> {
  const { out } = flags;
  if ((out === null) === !flags.stdout) {
    throw new Failure("specify where to write the key: --out FILE or --stdout", {
      hint: "Polytomic shows a key only once: prefer --out, and use --stdout only to pipe the key into a secret store",
    });
  }
  const connection = connect(io, flags);
  const written = onlyOrganization("create-api-key", flags.organization);
  const { organization } = await findOrganization(connection, written);
  const userId = await findUserId(connection, organization, email);
  // Opened before the key is created: an unwritable file must not lose a key.
  const file = out === null ? null : await KeyFile.open(resolve(io.cwd, out), out, flags.force);
  const key = await createApiKey(connection.session, organization.id, userId, flags.force).catch(
    async (error: unknown) => {
      await file?.discard();
      throw error;
    },
  );
  if (file !== null) await file.keep(`${key}\n`);
  else await printKey(io, key);
  if (!flags.quiet) {
    await print(
      io.stderr,
      `Created an API key for ${emailKey(email)}${out === null ? "" : ` in ${out}`}.\n`,
    );
  }
  if (out !== null) {
    const doctor = shellCommand(["doctor", "--credential", "api"]);
    await printNext(io, flags, `POLYTOMIC_API_KEY="$(cat ${shellWord(out)})" ${doctor}`);
  }
  return EXIT.done;
}

/** For a key, a closed pipe is an error too. */
async function printKey(io: Io, key: string): Promise<void> {
  const error = await print(io.stdout, `${key}\n`);
  if (error === null) return;
  throw new Failure(`could not write the key to standard output: ${errorMessage(error)}; ${LOST}`, {
    hint: CREATE_AGAIN,
  });
}

const LOST = "the key was created but could not be saved";
const CREATE_AGAIN =
  "run the command again with --force, which revokes that key and creates a new one";

async function findUserId(
  { reader, addressOf }: Connection,
  organization: Organization,
  email: string,
): Promise<string> {
  const users = await reader.users(addressOf(organization.id));
  const [user, second] = users.filter((one) => emailKey(one.email ?? "") === emailKey(email));
  if (user?.id !== undefined && user.id !== null && second === undefined) return user.id;
  throw new Failure(
    second === undefined
      ? `no user of ${organization.name} has the address ${email}`
      : `${email} is listed twice in ${organization.name}`,
    { hint: "polytomic-users export lists all users" },
  );
}

/** A file of mode 0600 that is created or replaced only once the key is in it. */
class KeyFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #shown: string;
  readonly #force: boolean;
  readonly #handle: FileHandle;

  private constructor(
    { path, shown, force }: { path: string; shown: string; force: boolean },
    temporary: string,
    handle: FileHandle,
  ) {
    this.#path = path;
    this.#temporary = temporary;
    this.#shown = shown;
    this.#force = force;
    this.#handle = handle;
  }

  static async open(path: string, shown: string, force: boolean): Promise<KeyFile> {
    const there = await lstat(path).catch(() => null);
    if (there?.isDirectory() === true) {
      throw new Failure(`${shown} is a folder; no key was created`, {
        hint: "name a file for the key",
      });
    }
    if (!force && there !== null) {
      throw new Failure(`${shown} already exists; no key was created`, {
        hint: "choose another file, or pass --force to replace both the file and the user's existing key",
      });
    }
    if (there !== null && !there.isFile()) {
      throw new Failure(`${shown} is not a regular file; no key was created`, {
        hint: "name a file for the key, or use --stdout",
      });
    }
    const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    try {
      return new KeyFile({ path, shown, force }, temporary, await open(temporary, "wx", 0o600));
    } catch (cause) {
      throw new Failure(`could not create ${shown}: ${writeErrorMessage(shown, cause)}`, {
        hint: "no key was created; check that the folder exists and is writable",
        cause,
      });
    }
  }

  async keep(text: string): Promise<void> {
    try {
      await this.#handle.writeFile(text);
      await this.#handle.sync();
      await this.#handle.close();
    } catch (cause) {
      await this.discard();
      throw new Failure(
        `could not write the key to ${this.#shown}: ${errorMessage(cause)}; ${LOST}`,
        { hint: CREATE_AGAIN, cause },
      );
    }
    await this.#reveal();
  }

  /** Without --force, a file created in the meantime is kept, and the key stays in the temporary file. */
  async #reveal(): Promise<void> {
    try {
      if (this.#force) return await rename(this.#temporary, this.#path);
      await link(this.#temporary, this.#path);
      await rm(this.#temporary);
    } catch (cause) {
      if (!this.#force && hasCode(cause, NO_LINKS) && !(await exists(this.#path))) {
        return rename(this.#temporary, this.#path);
      }
      const kept = join(dirname(this.#shown), basename(this.#temporary));
      throw new Failure(
        `could not create ${this.#shown}: ${errorMessage(cause)}; the key is in ${kept}`,
        {
          hint: `rename ${kept} to ${this.#shown}`,
          cause,
        },
      );
    }
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }
}

/** Error codes of file systems without hard links. */
const NO_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK"];

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}
