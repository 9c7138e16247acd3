#!/usr/bin/env bash
# Finds the program beside the action (node_modules/polytomic-users, pinned by the package-lock.json), or installs
# one exact version from npm where the action is used from its repository. Output: program, the path of its cli.js.
set -euo pipefail

program="$GITHUB_ACTION_PATH/dist/cli.js"
if [ -n "$VERSION" ] || [ ! -f "$program" ]; then
  version="${VERSION:-$(node -p 'require(process.env.GITHUB_ACTION_PATH + "/package.json").version')}"
  if [[ ! "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    echo "::error title=polytomic-users::The input version takes an exact version, like 1.2.3" >&2
    exit 1
  fi
  folder="$RUNNER_TEMP/polytomic-users-$version"
  npm install --ignore-scripts --no-audit --no-fund --no-save --prefix "$folder" "polytomic-users@$version" >&2
  program="$folder/node_modules/polytomic-users/dist/cli.js"
fi
echo "program=$program" >>"$GITHUB_OUTPUT"
