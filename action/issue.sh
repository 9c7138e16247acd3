#!/usr/bin/env bash
# Keeps one issue per target open while Polytomic differs from the files, and closes it when there are no differences.
# The issue is found by its first line and its author. If no plan could be made, the issue is not changed.
set -euo pipefail

case "$EXITCODE" in
  0 | 2 | 3) ;;
  *) exit 0 ;;
esac
target="$(printf '%s' "$TARGET" | tr -c 'A-Za-z0-9@._/-' '_')"
export MARKER="<!-- polytomic-users $target "
issues="repos/$GITHUB_REPOSITORY/issues"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"

found="$(gh api --paginate "$issues?state=open&per_page=100" \
  --jq '.[] | select(.pull_request == null and .user.login == env.AUTHOR and ((.body // "") | startswith(env.MARKER))) | .number')"
number="${found%%$'\n'*}"

if [ "$EXITCODE" != 3 ] && [ "${CHANGES:-0}" = 0 ]; then
  [ -n "$number" ] || exit 0
  gh api --silent --method POST "$issues/$number/comments" -f "body=Polytomic matches the files again ([run]($run))."
  gh api --silent --method PATCH "$issues/$number" -f state=closed -f state_reason=completed
  exit 0
fi

body="$(mktemp)"
{
  printf '%s-->\n' "$MARKER"
  cat -- "$MARKDOWN"
  printf '\n[Run](%s). This issue is updated by each run, and closed when Polytomic matches the files.\n' "$run"
} >"$body"
if [ -n "$number" ]; then
  gh api --silent --method PATCH "$issues/$number" -F "body=@$body"
else
  gh api --silent --method POST "$issues" -f "title=Polytomic differs from the files: $target" -F "body=@$body"
fi
rm -f -- "$body"
