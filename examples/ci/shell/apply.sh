#!/usr/bin/env bash
# Applies exactly the plan in polytomic-plan.json, if it has the digest that was approved, and if no newer commit of the
# upstream branch changes the files. Only one instance runs at a time on this machine.
# Usage: apply.sh DIGEST [PATH...], in the checkout that was planned. Variables:
#   UPSTREAM    the branch to check for newer commits (default: origin/main)
#   AUDIT_LOG   the path of the audit log (default: polytomic-audit.jsonl)
# Exit codes are those of polytomic-users: 0 done; 1 failed, or 3 refused (nothing was written); 4 partly applied (run it
# again to finish); 130 interrupted.
set -euo pipefail

digest="${1:?usage: apply.sh DIGEST [PATH...]}"
shift
exec 9>"${LOCK_FILE:-polytomic-apply.lock}"
flock 9

upstream="${UPSTREAM:-origin/main}"
program="$(readlink -f "$(command -v polytomic-users)")"
listed="$(node "$(dirname "$program")/../action/paths.mjs" "${@:-users.yaml}")"
mapfile -t files <<<"$listed"
git fetch --quiet "${upstream%%/*}"
newer="$(git log --format='%h %s' "HEAD..$upstream" -- "${files[@]}")"
# git log does not list a merge that takes the files from an older branch (git merge -s ours).
if [ -z "$newer" ] && git merge-base --is-ancestor HEAD "$upstream" \
  && ! git diff --quiet HEAD "$upstream" -- "${files[@]}"; then
  newer="$(git log -1 --format='%h %s' "$upstream")"
fi
if [ -n "$newer" ]; then
  printf 'error: newer commits of %s change the files; nothing was written:\n%s\n' "$upstream" "$newer" >&2
  exit 3
fi

polytomic-users apply --plan polytomic-plan.json --expect-digest "$digest" --yes \
  --audit-log "${AUDIT_LOG:-polytomic-audit.jsonl}" --output text --output json=polytomic-apply.json
