#!/usr/bin/env bash
# Compares Polytomic with the files. Exits with 0 if it matches, 2 if it differs, 3 if a guard would refuse to change it
# back, 1 on failure. With the last apply's plan and audit log (in that order) drift is distinguished from pending changes.
# Usage: drift.sh [PATH...]. Made for cron, which mails the output: without differences there is none.
set -euo pipefail

since=()
for file in "${LAST_PLAN:-}" "${AUDIT_LOG:-}"; do
  if [ -n "$file" ] && [ -f "$file" ]; then since+=(--since "$file"); fi
done
code=0
report="$(polytomic-users plan --detailed-exitcode "${since[@]}" -- "${@:-users.yaml}" 2>&1)" || code=$?
if [ "$code" -ne 0 ]; then printf '%s\n' "$report"; fi
exit "$code"
