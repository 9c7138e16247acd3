#!/usr/bin/env bash
# One comment a target on the pull request: found again by its first line and its author, then edited. Where there
# is nothing to change, a comment that is there is brought up to date, and no new one is made. With WHEN=failure only
# what failed or was refused is said.
# Its first line says what it is about: <!-- polytomic-users TARGET COMMIT DIGEST -->
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
  printf '\n[The run, with the whole plan](%s), for commit %s. Who may push a branch can edit this comment, but not that run.\n' \
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
