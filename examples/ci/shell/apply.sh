#!/usr/bin/env bash
# Applies exactly the plan in polytomic-plan.json, if it has the digest that was approved, and if no newer commit of the
# upstream branch touches the files. One at a time on this machine.
# Exits as the program does: 0 done, 1 failed and 3 refused (nothing was written), 4 partly applied (run it again).
# Usage: apply.sh sha256:... [PATH...], in the checkout that was planned; UPSTREAM is the branch (origin/main),
# AUDIT_LOG says where the audit log is kept (polytomic-audit.jsonl).
set -euo pipefail

digest="${1:?the digest that was approved}"
shift
exec 9>"${LOCK_FILE:-polytomic-apply.lock}"
flock 9

upstream="${UPSTREAM:-origin/main}"
program="$(readlink -f "$(command -v polytomic-users)")"
listed="$(node "$(dirname "$program")/../action/paths.mjs" "${@:-users.yaml}")"
mapfile -t files <<<"$listed"
git fetch --quiet "${upstream%%/*}"
newer="$(git log --format='%h %s' "HEAD..$upstream" -- "${files[@]}")"
if [ -n "$newer" ]; then
  printf 'error: newer commits of %s touch the files, nothing was written:\n%s\n' "$upstream" "$newer" >&2
  exit 3
fi

polytomic-users apply --plan polytomic-plan.json --expect-digest "$digest" --yes \
  --audit-log "${AUDIT_LOG:-polytomic-audit.jsonl}" --output text --output json=polytomic-apply.json
