#!/usr/bin/env bash
# Opens the issue of an access review: where the worksheet is, which users are due for review, and what to do. One issue
# per target: while it is open, it is updated. The rules of the files are checked offline, without a key.
#   PATHS    files or folders, one per line
#   AUTHOR   the login of the account whose issues this script updates
set -euo pipefail

mapfile -t paths < <(sed '/^[[:space:]]*$/d' <<<"$PATHS")
target="$(printf '%s' "$PATHS" | tr -c 'A-Za-z0-9@._/-' '_')"
export MARKER="<!-- polytomic-users review $target "
issues="repos/$GITHUB_REPOSITORY/issues"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

# Indented by four spaces, as code, so that nothing in it is interpreted as Markdown.
said="$(env -u GITHUB_ACTIONS -u GH_TOKEN node node_modules/polytomic-users/dist/cli.js validate -- "${paths[@]}" 2>&1 || true)"
said="$(head -c 50000 <<<"$said" | tr -d '\000-\010\013-\037\177' | sed '/^::/d; /^[[:space:]]*$/d; s/^/    /')"

body="$(mktemp)"
{
  printf '%s-->\n' "$MARKER"
  printf 'The worksheet is in the artifact **polytomic-review** of [this run](%s#artifacts): as a page on which you can decide (HTML), and as CSV.\n\n' "$run"
  printf '1. Decide *keep* or *revoke* for each row, and save the CSV.\n'
  # shellcheck disable=SC2016
  printf '2. Edit the files according to the decisions: `polytomic-users review --decisions review.csv`.\n'
  printf '3. Open a pull request with the edits that closes this issue. Merging it is the sign-off.\n\n'
  # shellcheck disable=SC2016
  printf 'The output of `polytomic-users validate`, which lists the users who are due for review (`reviewed_within`):\n\n%s\n' "$said"
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
