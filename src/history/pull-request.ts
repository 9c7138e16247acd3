/** The pull request that brought a commit, as its message names it. */
import type { PullRequest } from "../model/history.ts";

/**
 * `… (#12)` (GitHub's squashed commits), `Merge pull request #12 from …`, `!12`; and the line that GitLab
 * ends the message of a merge with, `See merge request group/project!12`. A `#12` elsewhere is an issue.
 */
export function pullRequestOf(subject: string, body: string): PullRequest | null {
  const [, squashed] = /\(#(\d{1,9})\)\s*$/.exec(subject) ?? [];
  const [, merged] = /^Merge pull request #(\d{1,9})\b/.exec(subject) ?? [];
  const [, anywhere] = /\(#(\d{1,9})\)/.exec(subject) ?? [];
  const hash = merged ?? squashed ?? anywhere;
  if (hash !== undefined) return { number: Number(hash), label: `#${hash}` };
  const [, request] = /(?:^|[^\w!])(?:[\w./-]*)!(\d{1,9})\b/.exec(subject) ?? [];
  const [, seen] = /^See merge request [^\s!]*!(\d{1,9})$/m.exec(body) ?? [];
  const bang = request ?? seen;
  return bang === undefined ? null : { number: Number(bang), label: `!${bang}` };
}
