/** `rename`: the new entry of one user. Pure. */
import { emailKey } from "../model/desired.ts";
import { Failure } from "../model/failure.ts";
import { compilePatterns } from "../model/patterns.ts";
import { type Outcome, patchUser, type Site } from "./users-file.ts";
import { pathAndLine } from "../model/text.ts";

export function rename(site: Site, address: string): Outcome {
  const { entry, organization } = site;
  if (emailKey(entry.email) === emailKey(address)) {
    const same = entry.email === address;
    return {
      entry: patchUser(entry, { email: address }),
      notes: [
        same ? `${address} already has this address` : `${entry.email} is now spelled ${address}`,
      ],
    };
  }
  const { previously } = entry;
  if (previously !== undefined && emailKey(previously) !== emailKey(address)) {
    throw new Failure(
      `${entry.email} was renamed from ${previously} (${pathAndLine(site.user.place)}), and an entry can have only one previous address`,
      { hint: "apply that rename first, then delete the previously: key from the entry" },
    );
  }
  return {
    entry: patchUser(entry, { email: address, previously: entry.email }),
    notes: [
      `${entry.email} renamed to ${address}`,
      ...(compilePatterns(organization.policy.protected)(entry.email)
        ? [
            `policy.protected matches ${entry.email}: apply refuses to remove it until that pattern is changed`,
          ]
        : []),
    ],
  };
}
