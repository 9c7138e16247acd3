#!/usr/bin/env bash
# Exits with 3 if a commit of the branch that is newer than this run's commit changes one of the paths (files, folders)
# or a file that they include, so that a run that waited or was started again never applies an old state. Commits to
# other files do not matter.
# Usage: newest.sh PATH..., in the checked out repository or in a folder of it that the paths are relative to.
set -euo pipefail

last() { # COMMIT PATH: the last commit up to COMMIT that changes the path
  gh api --method GET "repos/$GITHUB_REPOSITORY/commits" -f "sha=$1" -f "path=$2" -f per_page=1 --jq '.[0].sha // "none"'
}

# GitHub's API takes paths relative to the repository's root.
workspace="${GITHUB_WORKSPACE:-.}"
folder="$(realpath --relative-to="$workspace" .)"
cd -- "$workspace"
files="$(node "$GITHUB_ACTION_PATH/action/paths.mjs" "${@/#/$folder/}")"
while IFS= read -r file; do
  newest="$(last "$GITHUB_REF_NAME" "$file")"
  if [ "$newest" != "$(last "$GITHUB_SHA" "$file")" ]; then
    echo "error: $file was changed on $GITHUB_REF_NAME by the newer commit $newest; nothing was written" >&2
    echo "hint: approve the run of the newer commit, or review a new plan and start the workflow manually with its digest" >&2
    exit 3
  fi
done <<<"$files"
