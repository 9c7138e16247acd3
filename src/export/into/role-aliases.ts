/** How a file that there is names roles: by its own names for them, else by theirs, else by a new name under `roles:`. */
import { isMap } from "yaml";
import type { CurrentState, Role } from "../../model/current.ts";
import type { DesiredOrganization } from "../../model/desired.ts";
import { Failure } from "../../model/failure.ts";
import { nameOf } from "../people.ts";
import { aliasesFor, type NamedRole, roleWriter } from "../role-names.ts";
import { scalarText } from "../scalar.ts";
import { insertEntries } from "./block.ts";
import { collectionOf, unusual } from "./collection.ts";
import { editFlow } from "./flow.ts";
import { indexOf, valueOf } from "./parsed.ts";
import type { Editing } from "./user.ts";

export interface RoleNames {
  /** Quoted. Throws `Failure` for a role that nothing leads to. */
  readonly write: (role: Role) => string;
  /** The names to add under `roles:`. */
  readonly news: readonly NamedRole[];
}

/** `used` are the roles that the run will write. */
export function roleNames(
  used: readonly Role[],
  desired: DesiredOrganization,
  state: CurrentState,
): RoleNames {
  const byId = new Map(state.roles.map((role) => [role.id, role]));
  const own = desired.aliases.map(({ name, id }) => ({
    name,
    role: byId.get(id) ?? { id, name: id },
  }));
  const before = roleWriter(own, state.roles);
  const nameless = used.filter((role) => [null, role.id].includes(before(role)));
  const taken = own.map(({ name }) => name);
  const news = aliasesFor(nameless, state.roles, taken);
  const write = roleWriter([...own, ...news], state.roles);
  return {
    news,
    write: (role) => {
      const written = write(role);
      if (written !== null) return scalarText(written);
      throw new Failure(
        `${desired.source} cannot be brought up to date with ${nameOf(state)}: nothing names the role ${JSON.stringify(role.name)} alone`,
        { hint: `give it a name under roles:, with its id ${role.id}` },
      );
    },
  };
}

export function addRoleNames(news: readonly NamedRole[], { file, edits }: Editing): void {
  if (news.length === 0) return;
  const pairs = news.map(({ name, role }) => `${scalarText(name)}: ${scalarText(role.id)}`);
  const roles = valueOf(file.root, "roles");
  if (roles === null) return addKey(pairs, { file, edits });
  if (!isMap(roles)) throw unusual();
  const collection = collectionOf(roles);
  const last = collection.entries.length - 1;
  if (collection.style === "flow") {
    editFlow(file.text, collection, new Set(), new Map([[last, pairs]]), edits);
  } else {
    const lines = pairs.map((pair) => [pair]);
    insertEntries(file.text, collection, last, lines, edits);
  }
}

/** Behind what says which file this is. */
function addKey(pairs: readonly string[], { file, edits }: Pick<Editing, "file" | "edits">): void {
  const root = collectionOf(file.root);
  const after = Math.max(
    ...["version", "organization", "include"].map((key) => indexOf(file.root, key)),
  );
  if (root.style === "flow") {
    const added = new Map([[after, [`roles: { ${pairs.join(", ")} }`]]]);
    editFlow(file.text, root, new Set(), added, edits);
  } else {
    insertEntries(file.text, root, after, [["roles:", ...pairs.map((pair) => `  ${pair}`)]], edits);
  }
}
