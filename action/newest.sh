#!/usr/bin/env bash
# Only the newest state is applied: ends with 3 where a commit of the branch newer than this run's touches one of the
# paths (files, folders) or what they include. However long the run has waited, and whichever attempt it is. A commit
# elsewhere does not matter.
# Usage: newest.sh PATH..., in the checked out repository.
set -euo pipefail

last() { # COMMIT PATH: the last commit up to that one that touches the path
  gh api --method GET "repos/$GITHUB_REPOSITORY/commits" -f "sha=$1" -f "path=$2" -f per_page=1 --jq '.[0].sha // "none"'
}

files="$(node "$GITHUB_ACTION_PATH/action/paths.mjs" "$@")"
while IFS= read -r file; do
  newest="$(last "$GITHUB_REF_NAME" "$file")"
  if [ "$newest" != "$(last "$GITHUB_SHA" "$file")" ]; then
    echo "error: $file was changed on $GITHUB_REF_NAME by the newer commit $newest: nothing was written" >&2
    echo "hint: the newer commit has a run of its own; or read the plan of what is there now and start the workflow by hand" >&2
    exit 3
  fi
done <<<"$files"
