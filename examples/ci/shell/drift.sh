#!/usr/bin/env bash
# Is Polytomic as the files say? Ends with 0 where it is, 2 where it is not, 3 where a guard would refuse the way back,
# 1 where nobody can tell. With the last apply's plan and audit log (in that order) drift is told from pending changes.
# Usage: drift.sh [PATH...]; for cron, which mails what is printed: nothing is, where all is as it should be.
set -euo pipefail

since=()
for file in "${LAST_PLAN:-}" "${AUDIT_LOG:-}"; do
  if [ -n "$file" ] && [ -f "$file" ]; then since+=(--since "$file"); fi
done
code=0
report="$(polytomic-users plan --detailed-exitcode "${since[@]}" -- "${@:-users.yaml}" 2>&1)" || code=$?
if [ "$code" -ne 0 ]; then printf '%s\n' "$report"; fi
exit "$code"
