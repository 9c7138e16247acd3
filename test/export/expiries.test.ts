/** Random files with expiries, updated from random states: no access is extended, and none is lost. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Grant } from "../../src/model/desired.ts";
import { InvalidFiles } from "../../src/model/failure.ts";
import { loadText } from "../../src/export/check.ts";
import { brought, organization, ROLES, roleNamed, TODAY } from "./situations.ts";

const PAST = ["2026-01-31", "2026-06-14"];
const FUTURE = [TODAY, "2026-07-01", "2027-01-31"];

const role = fc.constantFrom(...ROLES.map(({ name }) => name), "Old");
const held = fc.uniqueArray(fc.constantFrom(...ROLES.map(({ name }) => name)), {
  minLength: 1,
  maxLength: 4,
});
const expires = fc.option(fc.constantFrom(...PAST, ...FUTURE, ...FUTURE), {
  freq: 2,
  nil: undefined,
});
const email = fc.constantFrom("a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org");

function listOf(key: "role" | "group", name: fc.Arbitrary<string>): fc.Arbitrary<unknown[]> {
  const entry = fc.record({ name, expires });
  return fc
    .uniqueArray(entry, { selector: (one) => one.name, minLength: 1, maxLength: 3 })
    .map((list) =>
      list.map((one) =>
        one.expires === undefined ? one.name : { [key]: one.name, expires: one.expires },
      ),
    );
}

const user = fc
  .record({
    email,
    previously: fc.option(fc.constantFrom("f@x.org", "g@x.org"), { freq: 4, nil: undefined }),
    groups: fc.option(listOf("group", fc.constantFrom("crew", "data")), { nil: undefined }),
    roles: fc.option(listOf("role", role), { nil: undefined }),
    expires: fc.option(fc.constantFrom(...PAST, ...FUTURE), { freq: 3, nil: undefined }),
  })
  .filter(({ groups, roles }) => groups !== undefined || roles !== undefined);

const file = fc.record({
  version: fc.constant(1),
  groups: fc.record({
    crew: fc.record({ roles: listOf("role", role) }),
    data: fc.record({ roles: listOf("role", role) }),
  }),
  policy: fc.record({
    unmanaged: fc.constantFrom("remove", "remove", "keep"),
    on_removal: fc.constantFrom("remove", "remove", { demote_to: "Viewer" }),
    min_admins: fc.constant(0),
  }),
  users: fc.uniqueArray(user, { selector: (one) => one.email, maxLength: 5 }).filter((users) => {
    const former = users.flatMap(({ previously }) => previously ?? []);
    return new Set(former).size === former.length;
  }),
});

const entries = fc.dictionary(
  fc.constantFrom(..."abcdefgh".split("").map((letter) => `${letter}@x.org`)),
  held,
  { maxKeys: 6, noNullPrototype: true },
);

interface Access {
  /** By role id: the last day, `9999` where there is none. */
  readonly until: ReadonlyMap<string, string>;
  readonly ended: ReadonlySet<string>;
  readonly over: boolean;
}

/** What a user's entry grants. Deliberately independent of the program's code. */
function accessOf(grants: readonly Grant[], userEnds: string | null): Access {
  const until = new Map<string, string>();
  const ended = new Set<string>();
  for (const { role: name, expires: day } of grants) {
    const known = ROLES.find((one) => one.name === name);
    if (day !== null && day < TODAY) {
      if (known !== undefined) ended.add(known.id);
      continue;
    }
    const id = known?.id ?? name;
    const last = day ?? "9999";
    if (last > (until.get(id) ?? "")) until.set(id, last);
  }
  for (const [id, day] of until) if (userEnds !== null && userEnds < day) until.set(id, userEnds);
  return { until, ended, over: until.size === 0 || (userEnds !== null && userEnds < TODAY) };
}

async function accessIn(text: string): Promise<ReadonlyMap<string, Access>> {
  const [desired] = await loadText(text, import.meta.dirname);
  return new Map(
    (desired?.users ?? []).map((one) => [one.email, accessOf(one.grants, one.expires)]),
  );
}

describe("a file with expiries", () => {
  it("keeps each of them, or is refused", async () => {
    let refusals = 0;
    let updates = 0;
    await fc.assert(
      fc.asyncProperty(file, entries, fc.boolean(), async (content, now, flow) => {
        const text = stringify(content, {
          collectionStyle: flow ? "flow" : "block",
          aliasDuplicateObjects: false,
        });
        const before = await accessIn(text);
        const [desired] = await loadText(text, import.meta.dirname);
        const formerOf = new Map(
          (desired?.users ?? []).map(({ email, previously }) => [email, previously?.value]),
        );
        const demotes = content.policy.on_removal !== "remove";
        const isDemoted = (address: string): boolean =>
          demotes && now[address]?.length === 1 && now[address][0] === "Viewer";
        const undecided = [...before].some(([address, access]) => {
          const former = formerOf.get(address) ?? "";
          const account = now[address];
          if (access.over) {
            return now[former] !== undefined || (account !== undefined && !isDemoted(address));
          }
          const roles = (account ?? now[former] ?? []).map((name) => roleNamed(name).id);
          const gained = roles.filter((id) => !access.until.has(id));
          const unknownEnds = (desired?.users ?? [])
            .filter(({ email }) => email === address)
            .some(({ grants }) =>
              grants.some(
                ({ role: name, expires: day }) => name === "Old" && day !== null && day >= TODAY,
              ),
            );
          return gained.some((id) => access.ended.has(id)) || (gained.length > 0 && unknownEnds);
        });
        let after: string;
        try {
          after = (await brought(text, organization(now))).text;
        } catch (error) {
          assert.ok(error instanceof InvalidFiles && undecided, String(error));
          refusals += 1;
          return;
        }
        assert.ok(!undecided, "it should have been refused");
        updates += 1;
        const result = await accessIn(after);
        for (const [address, access] of before) {
          const former = formerOf.get(address) ?? "";
          if (access.over) continue;
          const key = now[address] !== undefined ? address : former;
          for (const name of now[key] ?? []) {
            const { id } = roleNamed(name);
            const wanted = access.until.get(id);
            const userEnds = (desired?.users ?? []).find(({ email }) => email === address)?.expires;
            assert.equal(
              result.get(key)?.until.get(id),
              wanted ?? userEnds ?? "9999",
              `${key} ${name}`,
            );
          }
        }
      }),
      { numRuns: Number(process.env["EXPORT_RUNS"] ?? 400) },
    );
    assert.ok(refusals > 0 && updates > refusals, `${refusals} refused, ${updates} updated`);
  });
});
