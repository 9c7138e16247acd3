/**
 * Random repositories with grants, gaps, groups, includes, renames of files and users, merges, expiries and broken
 * files. The same seed gives the same commits.
 */
import type { MadeCommit } from "./repository.ts";

export interface RandomHistory {
  readonly commits: readonly MadeCommit[];
  /** The path of the organization's file at each commit; null where there is none. */
  readonly paths: readonly (string | null)[];
  readonly asOf: string;
}

export const ROLES = [
  { id: "a0000000-0000-4000-8000-000000000001", name: "Admin" },
  { id: "a0000000-0000-4000-8000-000000000002", name: "Viewer" },
  { id: "a0000000-0000-4000-8000-000000000003", name: "Billing" },
];
const ORGANIZATION = "248df4b7-aa70-47b8-a036-33ac447e668d";

interface Grant {
  readonly role: number;
  readonly expires: string | null;
}

interface User {
  email: string;
  previously: string | null;
  roles: Grant[];
  groups: { name: string; expires: string | null }[];
  expires: string | null;
}

interface World {
  path: string;
  deleted: boolean;
  broken: boolean;
  named: boolean;
  aliases: boolean;
  shared: string | null;
  groups: Map<string, Grant[]>;
  users: User[];
  comment: number;
}

export function randomHistory(seed: number): RandomHistory {
  const dice = diceOf(seed);
  const world: World = {
    path: "users.yaml",
    deleted: false,
    broken: false,
    named: dice.chance(0.5),
    aliases: dice.chance(0.5),
    shared: dice.chance(0.4) ? "common/groups.yaml" : null,
    groups: new Map([["team", [{ role: 1, expires: null }]]]),
    users: [newUser("user0@example.com")],
    comment: 0,
  };
  const commits: MadeCommit[] = [];
  const paths: (string | null)[] = [];
  let time = Date.parse("2026-01-01T12:00:00Z");
  let before: Readonly<Record<string, string>> = {};
  const count = 5 + dice.below(20);
  for (let index = 0; index < count; index += 1) {
    const today = time;
    const steps = dice.chance(0.15) ? 0 : 1 + dice.below(3);
    for (let step = 0; step < steps; step += 1) change(world, dice, today);
    // A file that is removed and comes back elsewhere is not followed.
    if (world.deleted || paths.at(-1) === null) {
      world.path = paths.findLast((path) => path !== null) ?? world.path;
    }
    const files = filesOf(world);
    const changed: Record<string, string | null> = { "README.md": `${index}\n` };
    for (const path of Object.keys(before)) if (files[path] === undefined) changed[path] = null;
    for (const [path, text] of Object.entries(files)) {
      if (before[path] !== text) changed[path] = text;
    }
    const at = new Date(time).toISOString();
    const message = `Change ${index} (#${index})`;
    commits.push(
      index > 0 && dice.chance(0.3)
        ? {
            files: changed,
            at: new Date(time - 3_600_000).toISOString(),
            message: "On a branch",
            merged: { at, message: `Merge pull request #${index} from x/y` },
          }
        : { files: changed, at, message },
    );
    paths.push(world.deleted ? null : world.path);
    before = files;
    for (const user of world.users) if (dice.chance(0.5)) user.previously = null;
    time += dice.below(4) === 0 ? dice.below(3) * 3_600_000 : dice.below(15) * 86_400_000;
  }
  return {
    commits,
    paths,
    asOf: new Date(time + dice.below(20) * 86_400_000).toISOString().slice(0, 10),
  };
}

function change(world: World, dice: Dice, today: number): void {
  const user = world.users[dice.below(world.users.length)];
  const day = (): string | null =>
    dice.chance(0.5)
      ? null
      : new Date(today + (dice.below(30) - 4) * 86_400_000).toISOString().slice(0, 10);
  const role = (): Grant => ({ role: dice.below(ROLES.length), expires: day() });
  const kinds: readonly (() => void)[] = [
    () => world.users.push(newUser(freshEmail(world, dice))),
    () => world.users.splice(dice.below(world.users.length + 1), 1),
    () => user?.roles.splice(0, user.roles.length, role()),
    () => {
      const one = role();
      if (user !== undefined && user.roles.every(({ role }) => role !== one.role))
        user.roles.push(one);
    },
    () => user !== undefined && user.roles.length > 1 && user.roles.pop(),
    () => {
      if (user === undefined) return;
      const at = dice.below(user.roles.length + 1);
      const old = user.roles[at];
      if (old !== undefined) user.roles[at] = { ...old, expires: day() };
    },
    () => {
      const names = [...world.groups.keys()];
      const name = names[dice.below(names.length)];
      if (user === undefined || name === undefined) return;
      if (user.groups.every((one) => one.name !== name)) user.groups.push({ name, expires: day() });
    },
    () => user?.groups.pop(),
    () => {
      if (user !== undefined) user.expires = day();
    },
    // The same roles through another group: a new one, or one that is split.
    () => {
      if (user === undefined || user.roles.length === 0) return;
      const name = `group${world.comment}${dice.below(1000)}`;
      world.groups.set(name, user.roles);
      user.roles = [];
      user.groups.push({ name, expires: null });
    },
    () => {
      for (const roles of world.groups.values()) {
        if (roles.length === 1 && dice.chance(0.3))
          roles.push({ role: dice.below(3), expires: null });
      }
      for (const [name, roles] of world.groups) {
        world.groups.set(
          name,
          roles.filter((one, at) => roles.findIndex(({ role }) => role === one.role) === at),
        );
      }
    },
    () => {
      if (user === undefined || user.previously !== null) return;
      const email = freshEmail(world, dice);
      if (world.users.some(({ previously }) => previously === user.email)) return;
      user.previously = user.email;
      user.email = email;
    },
    () => {
      world.path =
        ["users.yaml", "acme.yaml", "access/users.yaml", "access/acme.yml"][dice.below(4)] ?? "";
    },
    () => {
      world.shared =
        [null, "common/groups.yaml", "access/shared.yaml", "groups.txt"][dice.below(4)] ?? null;
    },
    () => world.users.sort(() => (dice.chance(0.5) ? 1 : -1)),
    () => {
      world.comment += 1;
    },
    () => {
      world.aliases = !world.aliases;
    },
    () => {
      world.named = !world.named;
    },
    () => {
      world.broken = !world.broken && dice.chance(0.5);
    },
    () => {
      world.deleted = !world.deleted && dice.chance(0.3);
    },
  ];
  kinds[dice.below(kinds.length)]?.();
  if (world.broken && dice.chance(0.6)) world.broken = false;
  if (world.deleted && dice.chance(0.6)) world.deleted = false;
}

function newUser(email: string): User {
  return {
    email,
    previously: null,
    roles: [{ role: 1, expires: null }],
    groups: [],
    expires: null,
  };
}

function freshEmail(world: World, dice: Dice): string {
  for (;;) {
    const email = `user${dice.below(12)}@example.com`;
    const taken = world.users.some((one) => one.email === email || one.previously === email);
    if (!taken) return email;
  }
}

function filesOf(world: World): Readonly<Record<string, string>> {
  if (world.deleted) return {};
  const { shared, path } = world;
  const groups = groupsText(world);
  const users = world.users.map((user) => userText(user, world));
  const include = shared === null ? "" : `include: [${relativeTo(path, shared)}]\n`;
  const text = [
    "version: 1\n",
    world.comment % 3 === 1 ? `# comment ${world.comment}\n` : "",
    world.named ? `organization: ${ORGANIZATION}\n` : "",
    include,
    world.aliases ? `roles: { looker: ${ROLES[1]?.id} }\n` : "",
    shared === null ? groups : "",
    users.length === 0 ? "users: []\n" : `users:\n${users.join("")}`,
    world.broken ? "users: [\n" : "",
  ].join("");
  return shared === null ? { [path]: text } : { [path]: text, [shared]: `version: 1\n${groups}` };
}

function groupsText({ groups, aliases, shared }: World): string {
  const named = aliases && shared === null;
  const lines = [...groups].map(
    ([name, roles]) =>
      `  ${name}: { roles: [${roles.map((one) => formatGrant(one, named)).join(", ")}] }\n`,
  );
  return `groups:\n${lines.join("")}`;
}

function userText({ email, previously, roles, groups, expires }: User, { aliases }: World): string {
  const grants = roles.length + groups.length === 0 ? [{ role: 1, expires: null }] : roles;
  return [
    `  - email: ${email}\n`,
    previously === null ? "" : `    previously: ${previously}\n`,
    grants.length === 0
      ? ""
      : `    roles: [${grants.map((one) => formatGrant(one, aliases)).join(", ")}]\n`,
    groups.length === 0
      ? ""
      : `    groups: [${groups.map(({ name, expires }) => (expires === null ? name : `{ group: ${name}, expires: ${expires} }`)).join(", ")}]\n`,
    expires === null ? "" : `    expires: ${expires}\n`,
  ].join("");
}

function formatGrant({ role, expires }: Grant, aliases: boolean): string {
  const name = aliases && role === 1 ? "looker" : (ROLES[role]?.name ?? "");
  return expires === null ? name : `{ role: ${name}, expires: ${expires} }`;
}

function relativeTo(path: string, target: string): string {
  return `${"../".repeat(path.split("/").length - 1)}${target}`;
}

interface Dice {
  /** 0 ≤ n < most */
  readonly below: (most: number) => number;
  readonly chance: (probability: number) => boolean;
}

/** mulberry32 */
function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    below: (most) => Math.floor(random() * most),
    chance: (probability) => random() < probability,
  };
}
