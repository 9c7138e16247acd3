#!/usr/bin/env bash
# Fetches the plan and the audit log of the last apply on main, so that a plan can distinguish drift from pending changes.
# Output: flags, for the action's input of that name; empty if there is no such artifact, or if it has expired.
set -euo pipefail

# A fork can also have a branch named main.
run="$(gh api "repos/$GITHUB_REPOSITORY/actions/artifacts?name=polytomic-apply&per_page=100" --jq '
  [.artifacts[]
    | select((.expired | not) and .workflow_run.head_branch == "main"
        and .workflow_run.head_repository_id == .workflow_run.repository_id)]
  | sort_by(.created_at) | last // empty | .workflow_run.id')"

folder="$RUNNER_TEMP/polytomic-last-apply"
if [ -n "$run" ]; then
  gh run download "$run" --repo "$GITHUB_REPOSITORY" --name polytomic-apply --dir "$folder"
fi
{
  echo "flags<<end-of-flags"
  for file in "$folder/polytomic-plan.json" "$folder/polytomic-audit.jsonl"; do
    if [ -f "$file" ]; then echo "--since=$file"; fi
  done
  echo "end-of-flags"
} >>"$GITHUB_OUTPUT"
