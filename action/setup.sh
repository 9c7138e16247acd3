#!/usr/bin/env bash
# Sets up a GitHub repository for the workflows, with gh: creates two environments that only the branch main can use, and
# stores the key in them. It can be run again. It refuses to run if the key is a secret of the whole repository, and exits
# with 3 and a warning if main is not protected.
# Usage: setup.sh [NAME], in the repository. NAME is the name of the secret (default: POLYTOMIC_API_KEY). The key is read
# from the terminal or from stdin.
set -euo pipefail

name="${1:-POLYTOMIC_API_KEY}"
repository="$(gh repo view --json nameWithOwner --jq .nameWithOwner)"

# A workflow of any branch can read a secret of the whole repository, whatever the environments allow.
if gh api "repos/$repository/actions/secrets" --jq '.secrets[].name' | grep -qx "$name"; then
  echo "error: $name is a secret of the whole repository, which workflows of every branch can read" >&2
  echo "hint: run gh secret delete $name, create a new key in Polytomic, and run this script again" >&2
  exit 1
fi

for environment in polytomic-plan polytomic-apply; do
  path="repos/$repository/environments/$environment"
  gh api --silent --method PUT "$path" \
    -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'
  policies() { gh api "$path/deployment-branch-policies" --jq '.branch_policies[] | "\(.type) \(.name)"'; }
  if [ "$(policies)" = "" ]; then
    gh api --silent --method POST "$path/deployment-branch-policies" -f name=main -f type=branch
  fi
  # Checked before the key is stored: no branch but main can use the environment.
  if [ "$(policies)" != "branch main" ]; then
    echo "error: the environment $environment can be used by other branches than main:" >&2
    policies >&2
    echo "hint: remove the other branches (Settings, Environments, $environment), and run this script again" >&2
    exit 1
  fi
done

key=""
if [ -t 0 ]; then printf '%s: ' "$name" >&2; fi
IFS= read -rs key || [ -n "$key" ]
for environment in polytomic-plan polytomic-apply; do
  printf '%s' "$key" | gh secret set "$name" --env "$environment"
done
echo "$name is stored in the environments polytomic-plan and polytomic-apply, which only the branch main can use."

if [ "$(gh api "repos/$repository/branches/main" --jq .protected)" != true ]; then
  echo "warning: main is not protected: users who can push to it can change the workflows and use the key" >&2
  echo "hint: allow changes to main only by pull requests, with an approval by a code owner" >&2
  exit 3
fi
echo "main is protected."
