#!/usr/bin/env bash
# Makes a plan and writes it for the reviewer (polytomic-plan.md, .html) and for apply (polytomic-plan.json), with the
# digest that the approval is bound to (polytomic-digest.txt). Exits as the program does: 0, 1, or 3 if a guard refuses.
# Usage: plan.sh [PATH...]; the key is in POLYTOMIC_API_KEY (or POLYTOMIC_PARTNER_KEY, POLYTOMIC_DEPLOYMENT_KEY).
set -euo pipefail

rm -f polytomic-plan.json polytomic-plan.md polytomic-plan.html polytomic-digest.txt
code=0
polytomic-users plan --output json=polytomic-plan.json --output markdown=polytomic-plan.md \
  --output html=polytomic-plan.html -- "${@:-users.yaml}" || code=$?
if [ -f polytomic-plan.json ]; then
  node -p 'JSON.parse(require("fs").readFileSync("polytomic-plan.json", "utf8")).digest' >polytomic-digest.txt
fi
exit "$code"
