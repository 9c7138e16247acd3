/** An organization in a few words, and a file's text read as any file is. */
import { checkEmptyPlan } from "../../src/export/check.ts";
import { updateText, type Updated } from "../../src/export/into/update.ts";
import { loadFiles } from "../../src/config/load.ts";
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

export type People = Readonly<Record<string, readonly string[]>>;

/** People by address, with the names of their roles. */
export function organization(people: People, roles: readonly Role[] = ROLES): CurrentState {
  return {
    organization: ORGANIZATION,
    users: Object.entries(people).map(([email, names]) => ({
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

/** The text, brought up to date; what comes out has been planned and gives an empty plan. */
export async function brought(text: string, state: CurrentState): Promise<Updated> {
  const [desired] = await loadFiles(["-"], {
    cwd: import.meta.dirname,
    root: null,
    readStdin: () => Promise.resolve(text),
  });
  if (desired === undefined) throw new Error("no organization");
  const updated = updateText(text, desired, state, TODAY);
  await checked(updated.text, state);
  return updated;
}

export async function checked(text: string, state: CurrentState): Promise<void> {
  await checkEmptyPlan(text, state, {
    folder: import.meta.dirname,
    root: null,
    asOf: TODAY,
    shown: "users.yaml",
  });
}
