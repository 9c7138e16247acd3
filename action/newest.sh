#!/usr/bin/env bash
# A run that is started again long after its merge would do again what a later merge took back. So a run is only
# started again while its commit is still the branch's newest; after that, a run by hand plans what is there now.
set -euo pipefail

if [ "$GITHUB_RUN_ATTEMPT" = 1 ]; then exit 0; fi
newest="$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_REF_NAME" --jq .sha)"
if [ "$newest" != "$GITHUB_SHA" ]; then
  echo "::error title=polytomic-users::$GITHUB_REF_NAME has moved on to $newest: read its plan and start the workflow by hand" >&2
  exit 3
fi
