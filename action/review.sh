#!/usr/bin/env bash
# The issue of an access review: where the worksheet is, who is due by the files' rules, and what to do. One a target:
# while one is open it is brought up to date. The files' rules are judged offline, without a key.
#   PATHS    files or folders, one a line
#   AUTHOR   whose issue it is, by login
set -euo pipefail

mapfile -t paths < <(sed '/^[[:space:]]*$/d' <<<"$PATHS")
target="$(printf '%s' "$PATHS" | tr -c 'A-Za-z0-9@._/-' '_')"
export MARKER="<!-- polytomic-users review $target "
issues="repos/$GITHUB_REPOSITORY/issues"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

# As code, four blanks in: nothing in it can be Markdown.
said="$(env -u GITHUB_ACTIONS -u GH_TOKEN node node_modules/polytomic-users/dist/cli.js validate -- "${paths[@]}" 2>&1 || true)"
said="$(head -c 50000 <<<"$said" | tr -d '\000-\010\013-\037\177' | sed '/^::/d; /^[[:space:]]*$/d; s/^/    /')"

body="$(mktemp)"
{
  printf '%s-->\n' "$MARKER"
  printf 'Worksheet: the artifact **polytomic-review** of [this run](%s#artifacts): a page to decide in (HTML), and the same as CSV.\n\n' "$run"
  printf '1. Decide *keep* or *revoke* for each row, and save the CSV.\n'
  # shellcheck disable=SC2016
  printf '2. Turn the decisions into edits: `polytomic-users review --decisions review.csv`.\n'
  printf '3. Open a pull request with the edits. Merging it is the sign-off; close this issue with it.\n\n'
  # shellcheck disable=SC2016
  printf 'The rules of the files today; users who are due by `reviewed_within` are among these lines:\n\n%s\n' "$said"
} >"$body"

found="$(gh api --paginate "$issues?state=open&per_page=100" \
  --jq '.[] | select(.pull_request == null and .user.login == env.AUTHOR and ((.body // "") | startswith(env.MARKER))) | .number')"
number="${found%%$'\n'*}"
if [ -n "$number" ]; then
  gh api --silent --method PATCH "$issues/$number" -F "body=@$body"
else
  gh api --silent --method POST "$issues" -f "title=Access review: $target" -F "body=@$body"
fi
rm -f -- "$body"
