/** `doctor`: shows which key this is, what it can access, and whether plan and apply would work. Only reads. */
import { type Check, check } from "../model/doctor.ts";
import { Failure } from "../model/failure.ts";
import { chooseAddress, pathOf, pathWords } from "../polytomic/address.ts";
import { credentialFrom } from "../polytomic/credential.ts";
import { proxyFor } from "../polytomic/proxy.ts";
import { diagnose, examine } from "../run/doctor.ts";
import { connect } from "./connection.ts";
import { onlyOrganization } from "./flag-values.ts";
import type { ConnectionFlags, GlobalFlags, OutputFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { checkOutputs, isThere, writeResults } from "./files.ts";
import { printNext } from "./next.ts";
import { textStyle } from "./show-plan.ts";

export type DoctorFlags = GlobalFlags &
  ConnectionFlags &
  Pick<OutputFlags, "output"> & { readonly organization: readonly string[] };

export async function doctor(io: Io, flags: DoctorFlags): Promise<ExitCode> {
  const organization = onlyOrganization("doctor", flags.organization);
  await checkOutputs(io, flags.output);
  const checks = [...aboutAddress(io, flags), ...aboutCredential(io, flags)];
  const during = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    whileTelling(io, flags, what, work);
  if (checks.every(({ status }) => status !== "problem")) {
    checks.push(
      ...(await examine(connect(io, { ...flags, quiet: true }), { organization, during })),
    );
  }
  if (io.interrupt.aborted) return EXIT.interrupted;
  const diagnosis = diagnose(checks);
  const render = await import("../output/doctor.ts");
  await writeResults(io, flags, {
    text: async (file) => render.renderDiagnosisText(diagnosis, textStyle(io, flags, file).width),
    json: async () => render.renderDiagnosisJson(diagnosis),
  });
  if (!diagnosis.ok) return EXIT.failed;
  await printNext(io, flags, await nextCommand(io, flags));
  return EXIT.done;
}

async function nextCommand(io: Io, { credential }: DoctorFlags): Promise<string> {
  if (await isThere(io, "users.yaml")) return "polytomic-users plan";
  return credentialFrom(io.env, credential).kind === "api"
    ? "polytomic-users init (writes users.yaml from the current users and roles)"
    : "polytomic-users export --all --dir FOLDER (writes a file for each organization)";
}

/** Prints what is being waited for after one second. */
async function whileTelling<T>(
  io: Io,
  { quiet }: GlobalFlags,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const tell = async (): Promise<void> => {
    await io.clock.sleep(1000, over.signal);
    if (!over.signal.aborted && !quiet) io.stderr.write(`Waiting for Polytomic: ${what}\n`);
  };
  void tell();
  try {
    return await work();
  } finally {
    over.abort();
  }
}

function aboutAddress(io: Io, flags: DoctorFlags): readonly Check[] {
  let address: string;
  let proxy: string | null;
  try {
    address = chooseAddress(flags.url, io.env);
    proxy = proxyFor(new URL(address), io.env);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [check("address", "problem", error.message, null, error.hint)];
  }
  const from =
    flags.url !== null
      ? "--url"
      : (io.env["POLYTOMIC_DEPLOYMENT_URL"] ?? "") !== ""
        ? "POLYTOMIC_DEPLOYMENT_URL"
        : "the default";
  const [shown, path] = [`${address} (${from})`, pathOf(address)];
  const secure = address.startsWith("https:");
  const authority = io.env["NODE_EXTRA_CA_CERTS"] ? ", and those in NODE_EXTRA_CA_CERTS" : "";
  return [
    path === ""
      ? check("address", "ok", shown)
      : check("address", "note", shown, pathWords(path).means, pathWords(path).cure),
    // Only the host: the rest may contain a password.
    check("proxy", "ok", proxy === null ? "none" : new URL(proxy).host),
    check(
      "tls",
      "ok",
      secure
        ? `certificates are checked against the usual authorities${authority}`
        : "none (loopback address)",
    ),
  ];
}

/** The variable, never the value. */
function aboutCredential(io: Io, flags: DoctorFlags): readonly Check[] {
  try {
    const { variable, kind } = credentialFrom(io.env, flags.credential);
    const article = kind === "api" ? "an API" : `a ${kind}`;
    return [check("credential", "ok", `${variable}, sent as ${article} key`)];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [check("credential", "problem", error.message, null, error.hint)];
  }
}
