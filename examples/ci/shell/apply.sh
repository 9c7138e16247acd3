#!/usr/bin/env bash
# Does exactly the plan in polytomic-plan.json, if it has the digest that was approved. One at a time on this machine.
# Ends as the program does: 0 done, 1 failed and 3 refused (nothing was written), 4 partly applied (run it again).
# Usage: apply.sh sha256:...; AUDIT_LOG says where the audit log is kept (polytomic-audit.jsonl).
set -euo pipefail

digest="${1:?the digest that was approved}"
exec 9>"${LOCK_FILE:-polytomic-apply.lock}"
flock 9
polytomic-users apply --plan polytomic-plan.json --expect-digest "$digest" --yes \
  --audit-log "${AUDIT_LOG:-polytomic-audit.jsonl}" --output text --output json=polytomic-apply.json
