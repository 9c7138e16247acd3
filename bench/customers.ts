/** Organizations of any number and size: their files, and their state in Polytomic. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxState } from "../src/sandbox/state.ts";

export const API_KEY = "bench-api-key";
export const PARTNER_KEY = "bench-partner-key";

export interface Size {
  readonly organizations: number;
  /** In each organization. */
  readonly users: number;
  /** How many of these users have one more role in the files than in Polytomic. */
  readonly changed: number;
}

const organizationId = (index: number): string =>
  `00000000-0000-4000-a000-${String(index).padStart(12, "0")}`;
const email = (organization: number, user: number): string =>
  `person-${user}@customer-${organization}.example.com`;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** A folder with a file for each organization. */
export function writeFiles({ organizations, users: count, changed }: Size): string {
  const folder = mkdtempSync(join(tmpdir(), "polytomic-users-bench-"));
  for (const organization of numbers(organizations)) {
    const users = numbers(count).map((user) => {
      const roles = [...rolesOf(user), ...(user > 0 && user <= changed ? ["Analyst"] : [])];
      return `  - email: ${email(organization, user)}\n    roles: [${roles.join(", ")}]\n`;
    });
    const text = `version: 1\norganization: ${organizationId(organization)}\nusers:\n${users.join("")}`;
    writeFileSync(join(folder, `customer-${organization}.yaml`), text);
  }
  return folder;
}

/** The state of Polytomic: the same without the changes. */
export function stateOf({ organizations, users: count }: Size): SandboxState {
  const roles = ["Admin", "Member", "Analyst"].map((name) => ({
    id: `role-${name.toLowerCase()}`,
    name,
    system: name !== "Analyst",
  }));
  return {
    organizations: numbers(organizations).map((organization) => ({
      id: organizationId(organization),
      name: `Customer ${organization}`,
      roles,
      users: numbers(count).map((user) => ({
        id: `user-${organization}-${user}`,
        email: email(organization, user),
        role_ids: rolesOf(user).map((name) => `role-${name.toLowerCase()}`),
      })),
    })),
    credentials: {
      apiKeys: [{ key: API_KEY, organizationId: organizationId(0), userId: null }],
      partnerKeys: [{ key: PARTNER_KEY, organizationIds: null }],
      deploymentKey: null,
    },
  };
}

/** Every user is a Member, and one in ten is an Admin too. */
function rolesOf(user: number): readonly string[] {
  return user % 10 === 0 ? ["Admin", "Member"] : ["Member"];
}
