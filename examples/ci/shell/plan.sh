#!/usr/bin/env bash
# Makes a plan and writes it for the reviewer (polytomic-plan.md, .html) and for apply (polytomic-plan.json), and writes
# the digest to approve to polytomic-digest.txt.
# Usage: plan.sh [PATH...], with the key in POLYTOMIC_API_KEY, POLYTOMIC_PARTNER_KEY or POLYTOMIC_DEPLOYMENT_KEY.
# Exit codes are those of polytomic-users: 0 done, 1 failed, 3 a guard or a rule would refuse the apply.
set -euo pipefail

rm -f polytomic-plan.json polytomic-plan.md polytomic-plan.html polytomic-digest.txt
code=0
polytomic-users plan --output json=polytomic-plan.json --output markdown=polytomic-plan.md \
  --output html=polytomic-plan.html -- "${@:-users.yaml}" || code=$?
if [ -f polytomic-plan.json ]; then
  node -p 'JSON.parse(require("fs").readFileSync("polytomic-plan.json", "utf8")).digest' >polytomic-digest.txt
fi
exit "$code"
