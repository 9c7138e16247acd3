/** Organizations of any number and size: the files that describe them, and what Polytomic has of them. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxState } from "../src/sandbox/state.ts";

export const API_KEY = "bench-api-key";
export const PARTNER_KEY = "bench-partner-key";

export interface Size {
  readonly organizations: number;
  /** In each. */
  readonly people: number;
  /** Of each organization's people: in the files they have a role more than in Polytomic. */
  readonly changed: number;
}

const organizationId = (index: number): string =>
  `00000000-0000-4000-a000-${String(index).padStart(12, "0")}`;
const email = (organization: number, person: number): string =>
  `person-${person}@customer-${organization}.example.com`;
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

/** A folder with a file for each organization. */
export function writeFiles({ organizations, people, changed }: Size): string {
  const folder = mkdtempSync(join(tmpdir(), "polytomic-users-bench-"));
  for (const organization of numbers(organizations)) {
    const users = numbers(people).map((person) => {
      const roles = [...rolesOf(person), ...(person > 0 && person <= changed ? ["Analyst"] : [])];
      return `  - email: ${email(organization, person)}\n    roles: [${roles.join(", ")}]\n`;
    });
    const text = `version: 1\norganization: ${organizationId(organization)}\nusers:\n${users.join("")}`;
    writeFileSync(join(folder, `customer-${organization}.yaml`), text);
  }
  return folder;
}

/** What Polytomic has: the same without the changes. */
export function stateOf({ organizations, people }: Size): SandboxState {
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
      users: numbers(people).map((person) => ({
        id: `user-${organization}-${person}`,
        email: email(organization, person),
        role_ids: rolesOf(person).map((name) => `role-${name.toLowerCase()}`),
      })),
    })),
    credentials: {
      apiKeys: [{ key: API_KEY, organizationId: organizationId(0), userId: null }],
      partnerKeys: [{ key: PARTNER_KEY, organizationIds: null }],
      deploymentKey: null,
    },
  };
}

/** Everybody is a member, and one in ten an admin too. */
function rolesOf(person: number): readonly string[] {
  return person % 10 === 0 ? ["Admin", "Member"] : ["Member"];
}
