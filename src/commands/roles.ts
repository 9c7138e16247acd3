/** `roles`: shows the organization's roles, their ids and how many users hold each. Only reads. */
import { countRoles } from "../run/roles.ts";
import { readOrganization } from "../run/find-organization.ts";
import { connect } from "./connection.ts";
import { onlyOrganization } from "./flag-values.ts";
import type { ConnectionFlags, GlobalFlags, OutputFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io } from "./io.ts";
import { checkOutputs, writeResults } from "./files.ts";
import { printNext } from "./next.ts";

export type RolesFlags = GlobalFlags &
  ConnectionFlags &
  Pick<OutputFlags, "output"> & { readonly organization: readonly string[] };

export async function roles(io: Io, flags: RolesFlags): Promise<ExitCode> {
  const organization = onlyOrganization("roles", flags.organization);
  await checkOutputs(io, flags.output);
  const list = countRoles(await readOrganization(connect(io, flags), organization));
  if (io.interrupt.aborted) return EXIT.interrupted;
  const render = await import("../output/roles.ts");
  await writeResults(io, flags, {
    text: async () => render.renderRolesText(list),
    yaml: async () => render.renderRolesYaml(list),
    json: async () => render.renderRolesJson(list),
  });
  await printNext(io, flags, "polytomic-users grant EMAIL --role NAME");
  return EXIT.done;
}
