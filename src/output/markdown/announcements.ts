/** What a plan says beside its changes, in folds: whose access ends soon, who is not managed, who was left out. */
import type { Organization } from "../../model/current.ts";
import type { Bystander, Expiring, OrganizationPlan, Plan } from "../../model/plan.ts";
import { entriesOf, type Entry } from "../entries.ts";
import { roleLabels } from "../role-labels.ts";
import { counted, lineOf } from "../../model/words.ts";
import type { Section } from "./budget.ts";
import { cell, names, organizationColumn } from "./cells.ts";
import { tableSection } from "./section.ts";

export function announcements(plan: Plan, several: boolean): readonly Section[] {
  return [
    expiring(plan, several),
    leftOut(plan, several),
    bystanders("Not in the files, kept", plan, several, ({ unmanaged }) => unmanaged),
    bystanders("Ignored", plan, several, ({ ignored }) => ignored),
  ];
}

/** What ends soon is told before the other changes; who stays as they are, after them. */
const SOON = { folded: true, priority: 5 };
const BESIDE = { folded: true, priority: 20 };

function expiring({ organizations }: Plan, several: boolean): Section {
  type Row = Expiring & { readonly organization: Organization };
  const rows = organizations.flatMap(({ organization, expiring }) =>
    expiring.map((one): Row => ({ ...one, organization })),
  );
  return tableSection<Row>(
    "Ends within 14 days",
    rows,
    [
      { title: "Last day", of: ({ on }) => cell(on) },
      { title: "Person", of: ({ email }) => cell(email) },
      ...organizationColumn<Row>(several, ({ organization }) => organization),
      { title: "What ends", of: ({ role }) => (role === null ? "all access" : cell(role)) },
      { title: "Where", of: ({ source }) => cell(lineOf(source)) },
    ],
    SOON,
  );
}

function leftOut({ organizations }: Plan, several: boolean): Section {
  const rows = organizations.flatMap((plan) => entriesOf(plan, plan.leftOut));
  return tableSection<Entry>(
    "Left out by --only",
    rows,
    [
      { title: "Person", of: ({ email }) => cell(email) },
      { title: "Change", of: ({ kind }) => kind },
      ...organizationColumn<Entry>(several, ({ organization }) => organization),
    ],
    BESIDE,
  );
}

interface Group {
  readonly email: string;
  readonly roles: readonly string[];
  readonly organization: Organization;
  organizations: number;
}

/** The same person with the same roles in many organizations (support staff, mostly) is one row. */
function bystanders(
  title: string,
  { organizations }: Plan,
  several: boolean,
  of: (plan: OrganizationPlan) => readonly Bystander[],
): Section {
  const groups = new Map<string, Group>();
  for (const plan of organizations) {
    for (const { email, roles } of of(plan)) {
      const labels = roles.map(roleLabels(roles));
      const key = JSON.stringify([email, labels]);
      const group = groups.get(key);
      if (group !== undefined) group.organizations += 1;
      else {
        const { organization } = plan;
        groups.set(key, { email, roles: labels, organization, organizations: 1 });
      }
    }
  }
  return tableSection<Group>(
    title,
    [...groups.values()],
    [
      { title: "Person", of: ({ email }) => cell(email) },
      { title: "Roles", of: ({ roles }) => names(roles) },
      ...(several ? [{ title: "Organization", of: whereOf }] : []),
    ],
    BESIDE,
  );
}

function whereOf({ organization, organizations }: Group): string {
  return organizations === 1 ? cell(organization.name) : counted(organizations, "organization");
}
