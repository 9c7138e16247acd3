/** Users files as they are written by hand: random content in random styles, each comment with a unique word. */
import fc from "fast-check";
import { scalarText } from "../../src/output/yaml-scalar.ts";
import type { GroupEntry, RoleEntry } from "../../src/config/raw-file.ts";

export const TODAY = "2026-06-15";
export const ROLE_NAMES = ["Admin", "analyst", "Billing", "Member", "Viewer", "yes: no"] as const;
export const GROUP_NAMES = ["crew", "data"] as const;

const day = fc.constantFrom("2026-06-14", TODAY, "2026-12-31", "2027-03-31");
const dayOrNone = fc.option(day, { nil: undefined, freq: 2 });

function entries<Key extends "role" | "group">(
  key: Key,
  names: readonly string[],
): fc.Arbitrary<
  readonly (string | (Readonly<Record<Key, string>> & { readonly expires?: string }))[]
> {
  const one = fc.record({ name: fc.constantFrom(...names), expires: dayOrNone });
  return fc
    .uniqueArray(one, { selector: ({ name }) => name, minLength: 1, maxLength: 3 })
    .map((list) =>
      list.map(({ name, expires }) =>
        expires === undefined
          ? name
          : ({ [key]: name, expires } as Readonly<Record<Key, string>> & {
              readonly expires: string;
            }),
      ),
    );
}

const roleList: fc.Arbitrary<readonly RoleEntry[]> = entries("role", ROLE_NAMES);
const groupList: fc.Arbitrary<readonly GroupEntry[]> = entries("group", GROUP_NAMES);

const style = fc.record({
  /** The style of the entry, of its lists, and of their entries. */
  entry: fc.constantFrom("block", "block", "flow"),
  list: fc.constantFrom("block", "flow", "padded", "lines"),
  item: fc.constantFrom("block", "flow"),
  quote: fc.constantFrom("", "", "'", '"'),
  comments: fc.boolean(),
  gap: fc.boolean(),
  oddOrder: fc.boolean(),
  /** In lists with an entry on each line. */
  trailingComma: fc.boolean(),
});
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;

const user = fc
  .record({
    email: fc.constantFrom(..."abcdefgh".split("").map((letter) => `${letter}@x.org`)),
    groups: fc.option(groupList, { nil: undefined }),
    roles: fc.option(roleList, { nil: undefined }),
    expires: fc.option(day, { nil: undefined, freq: 4 }),
    reason: fc.option(fc.constantFrom("DATA-1", "for a year: see #7"), { nil: undefined, freq: 3 }),
  })
  .filter(({ groups, roles }) => groups !== undefined || roles !== undefined);

export const file = fc.record({
  users: fc.uniqueArray(fc.record({ user, style }), {
    selector: (one) => one.user.email,
    maxLength: 6,
  }),
  groups: fc.tuple(roleList, roleList),
  unmanaged: fc.constantFrom("remove", "remove", "keep"),
  sorted: fc.boolean(),
  usersLast: fc.boolean(),
  indent: fc.constantFrom(0, 2, 4),
  crlf: fc.boolean(),
  mark: fc.boolean(),
  finalNewline: fc.boolean(),
});
export type WrittenFile = typeof file extends fc.Arbitrary<infer T> ? T : never;

export function usersOf({ users, sorted }: WrittenFile): readonly (typeof users)[number][] {
  return sorted ? users.toSorted((a, b) => (a.user.email < b.user.email ? -1 : 1)) : users;
}

export function textOf(written: WrittenFile): string {
  const users = usersOf(written);
  const indent = " ".repeat(written.indent);
  const policy = ["# policy", `policy: { unmanaged: ${written.unmanaged}, min_admins: 0 }`];
  const lines = [
    "version: 1 # version",
    "roles:",
    "  # alias",
    "  analyst: d9f8e7c6-b5a4-4210-9fed-cba987654321",
    "groups:",
    ...GROUP_NAMES.map(
      (name, at) => `  ${name}: { roles: ${flow(written.groups[at] ?? [], "")} } # ${name}`,
    ),
    ...(written.usersLast ? policy : []),
    users.length === 0 ? "users: [] # nobody" : "users: # all",
    ...users.flatMap((one, at) =>
      userLines(one.user, one.style, `u${at}`).map((line) => (line === "" ? "" : indent + line)),
    ),
    ...(written.usersLast ? [] : policy),
  ];
  const eol = written.crlf ? "\r\n" : "\n";
  const text = lines.join(eol).replace(/\s+$/, "");
  return `${written.mark ? "\uFEFF" : ""}${text}${written.finalNewline ? eol : ""}`;
}

function userLines(user: object, style: Style, word: string): readonly string[] {
  let count = 0;
  const comment = (): string => (style.comments ? ` # ${word}.${(count += 1)}` : "");
  const above = style.comments ? [`# ${word}.above`] : [];
  const gap = style.gap ? [""] : [];
  if (style.entry === "flow") return [...above, `- ${flow(user, style.quote)}${comment()}`, ...gap];
  const pairs = Object.entries(user).filter(([, value]) => value !== undefined);
  if (style.oddOrder) pairs.reverse();
  const lines = pairs.flatMap(([key, value]): readonly string[] => {
    if (!Array.isArray(value))
      return [`${key}: ${scalar(key, String(value), style.quote)}${comment()}`];
    const items: readonly unknown[] = value;
    switch (style.list) {
      case "flow":
        return [`${key}: ${flow(items, style.quote)}${comment()}`];
      case "padded":
        return [
          `${key}: [ ${items.map((one) => flow(one, style.quote)).join(" , ")} ]${comment()}`,
        ];
      case "lines":
        return [
          `${key}: [${comment()}`,
          ...items.map(
            (one, at) =>
              `    ${flow(one, style.quote)}${at < items.length - 1 || style.trailingComma ? "," : ""}${comment()}`,
          ),
          `  ]${comment()}`,
        ];
      case "block":
        return [`${key}:${comment()}`, ...items.flatMap((one) => itemLines(one, style, comment))];
    }
  });
  return [...above, ...lines.map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`)), ...gap];
}

function itemLines(item: unknown, style: Style, comment: () => string): readonly string[] {
  if (typeof item === "string" || style.item === "flow") {
    return [`  - ${flow(item, style.quote)}${comment()}`];
  }
  return Object.entries(item ?? {}).map(
    ([key, value], at) =>
      `  ${at === 0 ? "-" : " "} ${key}: ${scalar(key, String(value), style.quote)}${comment()}`,
  );
}

function flow(value: unknown, quote: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => flow(one, quote)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return scalar("", String(value), quote);
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{ ${pairs.map(([key, one]) => `${key}: ${Array.isArray(one) ? flow(one, quote) : scalar(key, String(one), quote)}`).join(", ")} }`;
}

function scalar(key: string, value: string, quote: string): string {
  if (quote === '"') return JSON.stringify(value);
  if (quote === "'") return `'${value}'`;
  return key === "expires" ? value : scalarText(value);
}

/** The text of each comment, sorted. */
export function commentsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\s)# ?([\w.]+)\s*$/gm)].map(([, comment = ""]) => comment).sort();
}
