/** Reads a saved plan. It is not trusted until its format, its checksum and its digest are verified. */
import { validate } from "../generated/plan.ts";
import type { Organization, Role } from "../model/current.ts";
import { type Limit, nowhere } from "../model/desired.ts";
import { Failure, Refused } from "../model/failure.ts";
import type { Change, OrganizationPlan, Plan, Reason, GuardInputs } from "../model/plan.ts";
import type { Place } from "../model/place.ts";
import type { RuleFinding } from "../model/rule.ts";
import { CAUSES } from "../model/plan-words.ts";
import { computeDigest } from "./digest.ts";
import { compilePatterns } from "../model/patterns.ts";
import {
  type ChangeDocument,
  computeChecksum,
  FORMAT_VERSION,
  type OrganizationDocument,
  type PlanDocument,
  type RolesDocument,
} from "./plan-document.ts";

const HINT = "make a new plan and have it reviewed";

const NAME_IT =
  "name the file that polytomic-users plan --output json=FILE wrote, or make a new plan";

/** `path` and `what` the file should be are for the messages. Throws `Failure`, and `Refused` for a plan that was edited. */
export function readSavedPlan(text: string, path: string, what = "a saved plan"): Plan {
  const document = checkedForm(parsed(text, path, what), path, what);
  const { checksum, ...body } = document;
  if (computeChecksum(body) !== checksum) {
    throw new Refused(
      `${path} was changed or damaged after it was saved (its checksum does not match)`,
      {
        hint: HINT,
      },
    );
  }
  const organizations = document.organizations.map(readOrganization);
  if (computeDigest(document.url, organizations, document.failed) !== document.digest) {
    throw new Refused(
      `the content of ${path} does not match its digest: it was changed after it was saved, or saved by another version of polytomic-users`,
      {
        hint: HINT,
      },
    );
  }
  const { url, failed, uncovered, digest } = document;
  return {
    url,
    organizations,
    failed,
    ...(uncovered === undefined ? {} : { uncovered: uncovered.map(readUncovered) }),
    digest,
  };
}

function readUncovered({
  organization_id: id,
  organization_name: name,
}: NonNullable<PlanDocument["uncovered"]>[number]): Organization {
  return { id, name };
}

function parsed(text: string, path: string, what: string): unknown {
  try {
    // Editors and shells on Windows write a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new Failure(`${path} is not ${what}: it is not JSON`, {
      hint: NAME_IT,
      cause,
    });
  }
}

function checkedForm(value: unknown, path: string, what: string): PlanDocument {
  const version = formatVersion(value);
  if (version !== null && version !== FORMAT_VERSION) {
    throw new Failure(
      `${path} has format version ${version}, but this version of polytomic-users reads ${FORMAT_VERSION}`,
      { hint: "apply it with the version of polytomic-users that saved it, or make a new plan" },
    );
  }
  if (!validate(value)) {
    const where = validate.errors?.[0]?.instancePath ?? "";
    throw new Failure(
      `${path} is not ${what}: it does not match schemas/plan.schema.json${where === "" ? "" : ` (at ${where})`}`,
      { hint: NAME_IT },
    );
  }
  return value as PlanDocument; // checked by the schema
}

function formatVersion(value: unknown): number | null {
  if (typeof value !== "object" || value === null || !("format_version" in value)) return null;
  return typeof value.format_version === "number" ? value.format_version : null;
}

function readOrganization(document: OrganizationDocument): OrganizationPlan {
  return {
    organization: { id: document.organization_id, name: document.organization_name },
    source: document.source,
    guardInputs: readGuardInputs(document),
    changes: document.changes.map(readChange),
    leftOut: document.left_out.map(readChange),
    unchanged: document.unchanged,
    expiring: document.expiring.map((entry) => ({ ...entry, source: readPlace(entry.source) })),
    unmanaged: document.unmanaged.map(
      ({ email, roles, demoted, expired, renamed_to: renamedTo }) => ({
        email,
        roles,
        demoted: demoted === true,
        ...(expired === true ? { expired } : {}),
        ...(renamedTo === undefined ? {} : { renamedTo }),
      }),
    ),
    ignored: document.ignored,
    pending: (document.pending ?? []).map((user) => ({ ...user, source: readPlace(user.source) })),
    notices: document.notices ?? [],
    seen: document.seen.map((user) => ({
      email: user.email,
      userId: user.user_id,
      roleIds: user.role_ids,
    })),
    ruleFindings: [
      ...document.violations
        .filter(({ guard }) => guard === "rule")
        .map((violation) => savedFinding(violation, "error")),
      ...(document.warnings ?? []).map((warning) => savedFinding(warning, "warning")),
    ],
    violations: [], // the guards check the current state again
  };
}

/** The rules are not in the saved plan, so their findings are kept as text. */
function savedFinding(
  { message, source }: { readonly message: string; readonly source?: string },
  level: RuleFinding["level"],
): RuleFinding {
  const place = readPlace(source ?? "");
  return { kind: "saved", rule: "", level, place, text: message };
}

function readGuardInputs(document: OrganizationDocument): GuardInputs {
  const { policy, admin_role: adminRole, seen } = document;
  const ignored = compilePatterns(policy.ignore);
  return {
    adminRole,
    policy: {
      ignore: policy.ignore,
      protected: policy.protected,
      maxRemovals: readLimit(policy.max_removals),
      maxRoleChanges: readLimit(policy.max_role_changes),
      minAdmins: policy.min_admins,
      limitPlaces: nowhere,
    },
    users: seen.length - document.ignored.length,
    admins: seen
      .filter(({ email, role_ids }) => role_ids.includes(adminRole.id) && !ignored(email))
      .map(({ email }) => email),
    callerId: null,
    implausible: [],
  };
}

function readChange(document: ChangeDocument): Change {
  const common = {
    email: document.email,
    reasons: ownReasons(document).map((text): Reason => ({ code: "saved", text })),
    source: document.source === null ? null : readPlace(document.source),
    ...(document.cause === undefined ? {} : { cause: document.cause }),
  };
  const { action, user_id: userId } = document;
  if (action === "create") {
    return {
      ...common,
      action,
      userId: null,
      before: null,
      after: readRoles(document.after),
      until: document.until ?? null,
      renamedFrom: document.renamed_from ?? null,
    };
  }
  const existing = { ...common, userId: userId ?? "", before: readRoles(document.before) };
  return action === "remove"
    ? { ...existing, action, after: null, renamedTo: document.renamed_to ?? null }
    : {
        ...existing,
        action,
        after: readRoles(document.after),
        until: document.until ?? null,
        insteadOfRemoval: document.instead_of_removal === true,
      };
}

/** Without the texts of a rename (first) and of the cause (last), which `reasonTexts` adds again. */
function ownReasons(document: ChangeDocument): readonly string[] {
  const { reasons, renamed_from: from, renamed_to: to, cause } = document;
  const start = from === undefined && to === undefined ? 0 : 1;
  return reasons.slice(start, reasons.length - (cause === undefined ? 0 : CAUSES[cause].length));
}

function readRoles(document: RolesDocument | null): readonly Role[] {
  return document?.roles ?? [];
}

function readPlace(source: string): Place {
  const [, path = source, line = "1", column = "1"] = /^(.*):(\d+):(\d+)$/s.exec(source) ?? [];
  return { path, line: Number(line), column: Number(column) };
}

function readLimit(limit: string | number): Limit {
  return typeof limit === "number"
    ? { kind: "count", count: limit }
    : { kind: "share", percent: Number(limit.replace("%", "")) };
}
