/** The users of one organization as they are now, listed again while an apply runs. */
import type { ListedUser, Role } from "../model/current.ts";
import type { OrganizationPlan } from "../model/plan.ts";
import { implausibleText } from "../model/wording.ts";
import { type CurrentPerson, currentPeople } from "../plan/current-users.ts";
import { roleBook } from "../plan/roles.ts";

/** By address in lower case. */
export type People = ReadonlyMap<string, CurrentPerson>;

/** The list cannot be true: nothing may be concluded from it. */
class Implausible extends Error {}

/**
 * Lists the users of one organization. Whoever asks while a request is under way shares the one that is
 * sent after it: an answer is never older than the question, and a burst of questions costs two requests.
 */
export class Listing {
  readonly #list: () => Promise<People>;
  #current: Promise<People> | null = null;
  #next: Promise<People> | null = null;

  constructor(
    list: () => Promise<readonly ListedUser[]>,
    plan: Pick<OrganizationPlan, "organization" | "situation">,
    roles: readonly Role[],
  ) {
    this.#list = async () => peopleIn(await list(), plan, roles);
  }

  /** Rejects as the reader does, or with `Implausible`. */
  now(): Promise<People> {
    if (this.#next !== null) return this.#next;
    if (this.#current === null) return this.#start();
    const start = () => this.#start();
    this.#next = this.#current.then(start, start);
    return this.#next;
  }

  #start(): Promise<People> {
    this.#next = null;
    this.#current = this.#fetch();
    return this.#current;
  }

  async #fetch(): Promise<People> {
    try {
      return await this.#list();
    } finally {
      this.#current = null;
    }
  }
}

function peopleIn(
  users: readonly ListedUser[],
  { organization, situation }: Pick<OrganizationPlan, "organization" | "situation">,
  roles: readonly Role[],
): People {
  const { callerId } = situation;
  const caller =
    callerId === null
      ? null
      : { userId: callerId, email: null, organizationId: null, organizationName: null };
  const book = roleBook({ aliases: [] }, roles);
  const { byEmail, implausible } = currentPeople({ organization, users, roles, caller }, book);
  const [first] = implausible;
  if (first !== undefined)
    throw new Implausible(`the list of users cannot be true: ${implausibleText(first)}`);
  return byEmail;
}
