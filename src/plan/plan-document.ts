/** The plan as a JSON document (`schemas/plan.schema.json`): what `--output json` prints and `apply --plan` reads. */
import { createHash } from "node:crypto";
import { formatPlace } from "../model/place.ts";
import type { Organization, Role } from "../model/current.ts";
import type { Limit } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import type {
  Cause,
  Change,
  FailedOrganization,
  GuardName,
  OrganizationPlan,
  Plan,
  Violation,
  Notice,
} from "../model/plan.ts";
import { findingText } from "../model/rule-words.ts";
import { reasonTexts, violationText } from "../model/plan-words.ts";
import { gainsAdmin } from "./order.ts";

/** Raised when an older version of this program could misread the new format. */
export const FORMAT_VERSION = 1;

export interface RolesDocument {
  readonly roles: readonly Role[];
}

export interface ChangeDocument {
  readonly action: Change["action"];
  readonly email: string;
  readonly user_id: string | null;
  readonly before: RolesDocument | null;
  readonly after: RolesDocument | null;
  readonly gains_admin: boolean;
  readonly reasons: readonly string[];
  /** `path:line:column`, or null when nothing in the files asks for it. */
  readonly source: string | null;
  readonly until?: Day;
  readonly renamed_from?: string;
  readonly renamed_to?: string;
  readonly instead_of_removal?: true;
  readonly cause?: Cause;
}

export interface OrganizationDocument {
  readonly organization_id: string;
  readonly organization_name: string;
  readonly source: string;
  readonly admin_role: Role;
  readonly policy: {
    readonly ignore: readonly string[];
    readonly protected: readonly string[];
    readonly max_removals: string | number;
    readonly max_role_changes: string | number;
    readonly min_admins: number;
  };
  readonly changes: readonly ChangeDocument[];
  readonly left_out: readonly ChangeDocument[];
  readonly unchanged: number;
  readonly expiring: readonly {
    readonly email: string;
    readonly role: string | null;
    readonly on: Day;
    readonly source: string;
  }[];
  readonly unmanaged: readonly (RolesDocument & {
    readonly email: string;
    readonly demoted?: true;
    readonly expired?: true;
    readonly renamed_to?: string;
  })[];
  readonly ignored: readonly (RolesDocument & { readonly email: string })[];
  /** Left out of plans that earlier versions saved. */
  readonly pending?: readonly (RolesDocument & {
    readonly email: string;
    readonly source: string;
  })[];
  readonly notices?: readonly Notice[];
  readonly seen: readonly {
    readonly email: string;
    readonly user_id: string;
    readonly role_ids: readonly string[];
  }[];
  readonly violations: readonly {
    readonly guard: GuardName;
    readonly message: string;
    /** `path:line:column`, where the violation is about a line of the files. */
    readonly source?: string;
  }[];
  /** Broken rules of level warning and exceptions that ended. */
  readonly warnings?: readonly { readonly message: string; readonly source: string }[];
}

interface UncoveredDocument {
  readonly organization_id: string;
  readonly organization_name: string;
}

interface Summary {
  readonly create: number;
  readonly update: number;
  readonly remove: number;
  readonly unchanged: number;
  readonly gains_admin: number;
}

export interface PlanDocument {
  readonly format_version: number;
  /** Null where no organization could be planned. */
  readonly digest: string | null;
  readonly url: string;
  readonly summary: Summary;
  readonly organizations: readonly OrganizationDocument[];
  readonly failed: readonly FailedOrganization[];
  /** Organizations of a partner's or deployment's key that no file covers; left out where that is not known. */
  readonly uncovered?: readonly UncoveredDocument[];
  /** `sha256:…` over everything above: detects a damaged or edited file. */
  readonly checksum: string;
}

export function planDocument(plan: Plan): PlanDocument {
  const body = {
    format_version: FORMAT_VERSION,
    digest: plan.digest,
    url: plan.url,
    summary: summaryOf(plan.organizations),
    organizations: plan.organizations.map(organizationDocument),
    failed: plan.failed,
    ...(plan.uncovered === undefined ? {} : { uncovered: uncoveredDocument(plan.uncovered) }),
  };
  return { ...body, checksum: computeChecksum(body) };
}

export function uncoveredDocument(
  organizations: readonly Organization[],
): readonly UncoveredDocument[] {
  return organizations.map(({ id, name }) => ({ organization_id: id, organization_name: name }));
}

/** Over the JSON text of all but the checksum itself, keys in the document's order. */
export function computeChecksum(document: Omit<PlanDocument, "checksum">): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(document)).digest("hex")}`;
}

/** Counts of the plan's changes: a rename is an addition and a removal here. */
export function summaryOf(organizations: readonly OrganizationPlan[]): Summary {
  const changes = organizations.flatMap((one) => one.changes);
  const count = (action: Change["action"]): number =>
    changes.filter((change) => change.action === action).length;
  return {
    create: count("create"),
    update: count("update"),
    remove: count("remove"),
    unchanged: organizations.reduce((sum, one) => sum + one.unchanged, 0),
    gains_admin: organizations.reduce(
      (sum, one) =>
        sum + one.changes.filter((change) => gainsAdmin(change, one.guardInputs.adminRole)).length,
      0,
    ),
  };
}

function organizationDocument(plan: OrganizationPlan): OrganizationDocument {
  const { organization, guardInputs } = plan;
  const { policy, adminRole } = guardInputs;
  return {
    organization_id: organization.id,
    organization_name: organization.name,
    source: plan.source,
    admin_role: roleDocument(adminRole),
    policy: {
      ignore: policy.ignore,
      protected: policy.protected,
      max_removals: limitDocument(policy.maxRemovals),
      max_role_changes: limitDocument(policy.maxRoleChanges),
      min_admins: policy.minAdmins,
    },
    changes: plan.changes.map((change) => changeDocument(change, adminRole)),
    left_out: plan.leftOut.map((change) => changeDocument(change, adminRole)),
    unchanged: plan.unchanged,
    expiring: plan.expiring.map((one) => ({ ...one, source: formatPlace(one.source) })),
    unmanaged: plan.unmanaged.map(({ email, roles, demoted, expired, renamedTo }) => ({
      email,
      ...rolesDocument(roles),
      ...(demoted ? { demoted } : {}),
      ...(expired === true ? { expired } : {}),
      ...(renamedTo === undefined ? {} : { renamed_to: renamedTo }),
    })),
    ignored: plan.ignored.map(({ email, roles }) => ({ email, ...rolesDocument(roles) })),
    pending: plan.pending.map(({ email, roles, source }) => ({
      email,
      ...rolesDocument(roles),
      source: formatPlace(source),
    })),
    notices: plan.notices,
    seen: plan.seen.map(({ email, userId, roleIds }) => ({
      email,
      user_id: userId,
      role_ids: roleIds,
    })),
    violations: plan.violations.map(violationDocument),
    ...warningsDocument(plan.ruleFindings),
  };
}

function changeDocument(change: Change, adminRole: Role): ChangeDocument {
  return {
    action: change.action,
    email: change.email,
    user_id: change.userId,
    before: change.before === null ? null : rolesDocument(change.before),
    after: change.after === null ? null : rolesDocument(change.after),
    gains_admin: gainsAdmin(change, adminRole),
    reasons: reasonTexts(change),
    source: change.source === null ? null : formatPlace(change.source),
    ...extras(change),
    ...(change.cause === undefined ? {} : { cause: change.cause }),
  };
}

function extras(change: Change): Partial<ChangeDocument> {
  switch (change.action) {
    case "create":
      return {
        ...(change.until === null ? {} : { until: change.until }),
        ...(change.renamedFrom === null ? {} : { renamed_from: change.renamedFrom }),
      };
    case "update":
      return {
        ...(change.until === null ? {} : { until: change.until }),
        ...(change.insteadOfRemoval ? { instead_of_removal: true } : {}),
      };
    case "remove":
      return change.renamedTo === null ? {} : { renamed_to: change.renamedTo };
  }
}

function violationDocument(violation: Violation): OrganizationDocument["violations"][number] {
  const { guard, place } = violation;
  const message = violationText(violation);
  return { guard, message, ...(place === null ? {} : { source: formatPlace(place) }) };
}

/** Left out where there is none. */
function warningsDocument(
  findings: OrganizationPlan["ruleFindings"],
): Pick<OrganizationDocument, "warnings"> {
  const warnings = findings.filter(({ level }) => level === "warning");
  if (warnings.length === 0) return {};
  return {
    warnings: warnings.map((finding) => ({
      message: findingText(finding),
      source: formatPlace(finding.place),
    })),
  };
}

function rolesDocument(roles: readonly Role[]): RolesDocument {
  return { roles: roles.map(roleDocument) };
}

function roleDocument({ id, name }: Role): Role {
  return { id, name };
}

function limitDocument(limit: Limit): string | number {
  return limit.kind === "share" ? `${limit.percent}%` : limit.count;
}
