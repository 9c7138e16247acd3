/** Lists the users of one organization during an apply. */
import type { ListedUser, Role } from "../model/current.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import { implausibleText } from "../model/plan-words.ts";
import type { Users } from "../plan/compare-with-plan.ts";
import { indexCurrentUsers } from "../plan/current-users.ts";
import { roleBook } from "../plan/roles.ts";

class Implausible extends Error {}

export interface UserListingOptions {
  readonly list: () => Promise<readonly ListedUser[]>;
  readonly plan: Pick<OrganizationPlan, "organization" | "guardInputs">;
  /** The organization's roles. */
  readonly roles: readonly Role[];
  /** Called with each list before `now` resolves. */
  readonly onListed: (users: Users) => void;
}

/**
 * Lists the users of one organization. Callers that arrive while a request is in flight share the next one: a list
 * is never older than the call, and a burst of calls costs two requests.
 */
export class UserListing {
  readonly #options: UserListingOptions;
  #current: Promise<Users> | null = null;
  #next: Promise<Users> | null = null;

  constructor(options: UserListingOptions) {
    this.#options = options;
  }

  /** Rejects as the reader does, or with `Implausible`. */
  now(): Promise<Users> {
    if (this.#next !== null) return this.#next;
    if (this.#current === null) return this.#start();
    const start = () => this.#start();
    this.#next = this.#current.then(start, start);
    return this.#next;
  }

  #start(): Promise<Users> {
    this.#next = null;
    this.#current = this.#fetch();
    return this.#current;
  }

  async #fetch(): Promise<Users> {
    const { list, plan, roles, onListed } = this.#options;
    try {
      const users = plausibleUsers(await list(), plan, roles);
      onListed(users);
      return users;
    } finally {
      this.#current = null;
    }
  }
}

function plausibleUsers(
  users: readonly ListedUser[],
  { organization, guardInputs }: UserListingOptions["plan"],
  roles: readonly Role[],
): Users {
  const { callerId } = guardInputs;
  const caller =
    callerId === null
      ? null
      : { userId: callerId, email: null, organizationId: null, organizationName: null };
  const book = roleBook({ aliases: [] }, roles);
  const { byEmail, implausible } = indexCurrentUsers({ organization, users, roles, caller }, book);
  const [first] = implausible;
  if (first !== undefined)
    throw new Implausible(`the list of users is implausible: ${implausibleText(first)}`);
  return byEmail;
}
