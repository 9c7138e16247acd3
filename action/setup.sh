#!/usr/bin/env bash
# Sets a GitHub repository up for the ready workflows, with gh: two environments that only the branch main may use, and
# then the key in them. It may be run again. Without any change it says what is still missing: a protected main, or a
# key that stands where every branch can read it.
# Usage: setup.sh [NAME], in the repository; NAME is the secret's, POLYTOMIC_API_KEY unless it is given. The key is read
# from the terminal or from stdin.
set -euo pipefail

name="${1:-POLYTOMIC_API_KEY}"
repository="$(gh repo view --json nameWithOwner --jq .nameWithOwner)"

# A key of the whole repository would be everybody's who may push a branch, whatever the environments say.
if gh api "repos/$repository/actions/secrets" --jq '.secrets[].name' | grep -qx "$name"; then
  echo "error: $name is a secret of the whole repository, which the workflow of every branch can read" >&2
  echo "hint: gh secret delete $name, make a new key in Polytomic, and run this again" >&2
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
  # Read back: the key goes in only where nothing but main can use it.
  if [ "$(policies)" != "branch main" ]; then
    echo "error: the environment $environment may be used by more than the branch main:" >&2
    policies >&2
    echo "hint: remove the others (Settings, Environments, $environment), and run this again" >&2
    exit 1
  fi
done

key=""
if [ -t 0 ]; then printf '%s: ' "$name" >&2; fi
IFS= read -rs key || [ -n "$key" ]
for environment in polytomic-plan polytomic-apply; do
  printf '%s' "$key" | gh secret set "$name" --env "$environment"
done
echo "The environments polytomic-plan and polytomic-apply have $name, for the branch main alone."

if [ "$(gh api "repos/$repository/branches/main" --jq .protected)" != true ]; then
  echo "warning: main is not protected: whoever may push to it can change the workflows and use the key" >&2
  echo "hint: allow changes of main by pull requests only, with an approval by a code owner" >&2
  exit 3
fi
echo "main is protected."
