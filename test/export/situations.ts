/** Builders of organizations, and of a file's text as it is read. */
import { editUsersFile, readUsersFile } from "../../src/edit/users-file.ts";
import { checkEmptyPlan, loadText } from "../../src/export/check.ts";
import { type Updated, updateFile } from "../../src/export/into.ts";
import type { CurrentState, Role } from "../../src/model/current.ts";
import { derivedId } from "../../src/sandbox/ids.ts";

export const TODAY = "2026-06-15";
export const ORGANIZATION = { id: "248df4b7-aa70-47b8-a036-33ac447e668d", name: "Acme" };

export function roleNamed(name: string): Role {
  return { id: derivedId("role", name), name };
}

export const ROLES: readonly Role[] = ["Admin", "Analyst", "Billing", "Member", "Viewer"].map(
  roleNamed,
);

export type Users = Readonly<Record<string, readonly string[]>>;

/** Role names by address. */
export function organization(accounts: Users, roles: readonly Role[] = ROLES): CurrentState {
  return {
    organization: ORGANIZATION,
    users: Object.entries(accounts).map(([email, names]) => ({
      id: derivedId("user", email),
      email,
      organizationId: ORGANIZATION.id,
      roleIds: names.map((name) => roleNamed(name).id),
      legacyRole: null,
    })),
    roles,
    caller: null,
  };
}

/** The updated text; its plan has been checked to be empty. */
export async function brought(
  text: string,
  state: CurrentState,
): Promise<Omit<Updated, "file"> & { readonly text: string }> {
  const [desired] = await loadText(text, import.meta.dirname);
  if (desired === undefined) throw new Error("no organization");
  const { file, ...rest } = updateFile(readUsersFile("-", text), desired, state, TODAY);
  const after = editUsersFile("-", text, file);
  await checked(after, state);
  return { text: after, ...rest };
}

export async function checked(text: string, state: CurrentState): Promise<void> {
  await checkEmptyPlan(() => loadText(text, import.meta.dirname), state, {
    asOf: TODAY,
    shown: "users.yaml",
  });
}
