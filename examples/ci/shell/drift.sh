#!/usr/bin/env bash
# Compares Polytomic with the files. For cron, which mails any output: prints nothing if there are no differences.
# Exits with 0 if Polytomic matches, 2 if it differs, 3 if a guard would refuse the apply, 1 on failure.
# Usage: drift.sh [PATH...]. To distinguish drift from pending changes, set LAST_PLAN and AUDIT_LOG to the saved plan and
# the audit log of the last apply.
set -euo pipefail

since=()
for file in "${LAST_PLAN:-}" "${AUDIT_LOG:-}"; do
  if [ -n "$file" ] && [ -f "$file" ]; then since+=(--since "$file"); fi
done
code=0
report="$(polytomic-users plan --detailed-exitcode "${since[@]}" -- "${@:-users.yaml}" 2>&1)" || code=$?
if [ "$code" -ne 0 ]; then printf '%s\n' "$report"; fi
exit "$code"
