#!/usr/bin/env bash
# Finds the digest of the plan that was reviewed for this commit: the one in the comment on the merged pull request, if
# that comment is about the pull request's last commit. Outputs: pull-request, digest.
# Without such a comment, the digest is "none": only a plan without changes is accepted.
# DIGEST, if set, is used instead: the workflow was started manually with the digest of a plan that was reviewed.
set -euo pipefail

target="$(printf '%s' "$TARGET" | tr -c 'A-Za-z0-9@._/-' '_')"
export MARKER="<!-- polytomic-users $target "

pull="$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" \
  --jq '[.[] | select(.merged_at != null and .merge_commit_sha == env.GITHUB_SHA)][0] // empty | "\(.number) \(.head.sha)"')"
read -r number head <<<"$pull" || true

digest=none
if [ -n "${DIGEST:-}" ]; then
  if [[ ! "$DIGEST" =~ ^sha256:[0-9a-f]{64}$ ]]; then
    echo "::error title=polytomic-users::The digest must be sha256: followed by 64 hexadecimal digits" >&2
    exit 1
  fi
  digest="$DIGEST"
elif [ -n "$number" ]; then
  line="$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments?per_page=100" \
    --jq '.[] | select(.user.login == env.AUTHOR and (.body | startswith(env.MARKER))) | .body | split("\n")[0]')"
  if [[ "$line" =~ ^"$MARKER$head "(sha256:[0-9a-f]{64})" -->" ]]; then
    digest="${BASH_REMATCH[1]}"
  fi
fi
if [ "$digest" = none ]; then
  echo "No plan was reviewed for $GITHUB_SHA: only a plan without changes is accepted." \
    "To apply a different plan, review it, then start this workflow manually with its digest." >&2
fi
{
  echo "pull-request=$number"
  echo "digest=$digest"
} >>"$GITHUB_OUTPUT"
