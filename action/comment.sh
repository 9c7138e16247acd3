#!/usr/bin/env bash
# Keeps one comment per target on the pull request up to date, found by its first line and its author. If there are no
# changes, an existing comment is updated, but no new one is created. With WHEN=failure, comments only if the command
# failed or was refused.
# The first line of the comment: <!-- polytomic-users TARGET COMMIT DIGEST -->
set -euo pipefail

[ -s "$MARKDOWN" ] || exit 0
if [ "$WHEN" = failure ] && { [ "$EXITCODE" = 0 ] || [ "$EXITCODE" = 2 ]; }; then exit 0; fi
target="$(printf '%s' "$TARGET" | tr -c 'A-Za-z0-9@._/-' '_')"
export MARKER="<!-- polytomic-users $target "
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"

body="$(mktemp)"
{
  printf '%s%s %s -->\n' "$MARKER" "$COMMIT" "${DIGEST:-none}"
  cat -- "$MARKDOWN"
  printf '\n[Run with the complete plan](%s), for commit %s. Users who can push a branch can edit this comment, but not that run.\n' \
    "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID" "${COMMIT:0:8}"
} >"$body"

found="$(gh api --paginate "$comments?per_page=100" \
  --jq '.[] | select(.user.login == env.AUTHOR and (.body | startswith(env.MARKER))) | .id')"
id="${found%%$'\n'*}"

if [ -n "$id" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$body"
elif [ "$EXITCODE" != 0 ] || [ "${CHANGES:-0}" != 0 ]; then
  gh api --silent --method POST "$comments" -F "body=@$body"
fi
rm -f -- "$body"
