/** Which commits set, changed or removed `reviewed` of a user: the decisions of access reviews. */
import { type Day, dayOf } from "../model/days.ts";
import type { ReviewMark } from "../model/history.ts";
import { compareText } from "../model/place.ts";
import { collectGranted, listRoles, type State } from "./grant-periods.ts";
import type { GrantedUser } from "./file-grants.ts";
import type { RoleResolver } from "./role-resolver.ts";

/** `states` oldest first; the marks newest first. What is not committed is left out. */
export function traceReviews(states: Iterable<State>, names: RoleResolver): readonly ReviewMark[] {
  const marks: ReviewMark[] = [];
  let before: ReadonlyMap<string, GrantedUser> = new Map();
  for (const { commit, fileGrants } of states) {
    const { users, aliases } = fileGrants ?? { users: [], aliases: [] };
    const after = new Map(users.map((user) => [user.email, user]));
    const here = users.flatMap((user): readonly ReviewMark[] => {
      const reviewed = findEarlierReview(user, before);
      if (commit === null || user.reviewed === reviewed) return [];
      const granted = collectGranted(user, names.resolverFor(aliases), dayOf(commit.time));
      return [
        {
          email: user.email,
          commit,
          time: commit.time,
          reviewed: user.reviewed,
          before: reviewed,
          roles: listRoles([...granted.values()]),
        },
      ];
    });
    marks.push(...here.sort((a, b) => compareText(b.email, a.email)));
    before = after;
  }
  return marks.reverse();
}

/** Of the same user, also under the address before a rename. */
function findEarlierReview(
  user: GrantedUser,
  before: ReadonlyMap<string, GrantedUser>,
): Day | null {
  const former = user.previously === null ? undefined : before.get(user.previously);
  return (before.get(user.email) ?? former)?.reviewed ?? null;
}
