/** Roles by name; where two roles look the same, their ids tell them apart. */
import type { Role } from "../model/current.ts";
import { nameKey } from "../model/desired.ts";
import { plainText } from "../model/plain-text.ts";

/** The label of each of these roles. Still hostile. */
export function roleLabels(roles: readonly Role[]): (role: Role) => string {
  const ids = new Map<string, Set<string>>();
  for (const role of roles) {
    const look = lookOf(role);
    const same = ids.get(look);
    if (same === undefined) ids.set(look, new Set([role.id]));
    else same.add(role.id);
  }
  return (role) =>
    (ids.get(lookOf(role))?.size ?? 0) > 1 || role.name.trim() === ""
      ? `${role.name} (${role.id})`.trim()
      : role.name;
}

function lookOf({ name }: Role): string {
  return nameKey(plainText(name).trim());
}
