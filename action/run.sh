#!/usr/bin/env bash
# Runs the program of this package with the action's inputs; before an apply, checks that no newer commit changes the
# files. The program writes annotations, the job summary and the outputs of a plan; this script adds the outputs exitcode,
# markdown (for the comment) and files (to upload). It exits with 0 whatever the program's exit code is: the action's last
# step exits with that code.
set -euo pipefail

program="$GITHUB_ACTION_PATH/dist/cli.js"
if [ ! -f "$program" ]; then
  echo "::error title=polytomic-users::Install the npm package and use ./node_modules/polytomic-users" >&2
  exit 1
fi
cd -- "$WORKING_DIRECTORY"

mapfile -t paths < <(sed '/^[[:space:]]*$/d' <<<"$PATHS")
all_paths=("${paths[@]}")
mapfile -t flags < <(sed '/^[[:space:]]*$/d' <<<"$FLAGS")
name="polytomic-$COMMAND"
markdown="$name.md"
files=("$markdown")

arguments=("$COMMAND")
case "$COMMAND" in
  validate) ;;
  plan)
    plan="${PLAN_FILE:-$name.json}"
    arguments+=(--output "json=$plan" --output "html=$name.html")
    files+=("$plan" "$name.html")
    ;;
  apply)
    arguments+=(--yes --audit-log "$AUDIT_LOG" --output "json=$name.json")
    files+=("$AUDIT_LOG" "$name.json")
    if [ -n "$PLAN_FILE" ]; then
      arguments+=(--plan "$PLAN_FILE")
      files+=("$PLAN_FILE")
      paths=()
    fi
    ;;
  report)
    arguments+=(--output "html=$name.html" --output "csv=$name.csv")
    files+=("$name.html" "$name.csv")
    ;;
  review)
    arguments+=(--output "html=$name.html" --output "csv=$name.csv")
    files+=("$name.html" "$name.csv")
    ;;
  *)
    echo "::error title=polytomic-users::The input command must be validate, plan, apply, report or review" >&2
    exit 1
    ;;
esac
if [ "$COMMAND" != validate ] && [ "$COMMAND" != review ]; then
  arguments+=(--output "markdown=$markdown" --markdown-limit "$MARKDOWN_LIMIT")
fi
if [ -n "$EXPECT_DIGEST" ] && [ "$EXPECT_DIGEST" != none ]; then
  arguments+=(--expect-digest "$EXPECT_DIGEST")
fi

# A file from an earlier run must not be taken for the result of this one.
rm -f -- "$markdown"
folder="$(mktemp -d)"
log="$folder/log"
exitcode=0
if [ "$COMMAND" = apply ]; then
  env -u POLYTOMIC_API_KEY -u POLYTOMIC_PARTNER_KEY -u POLYTOMIC_DEPLOYMENT_KEY \
    bash "$GITHUB_ACTION_PATH/action/newest.sh" "${all_paths[@]}" 2>"$log" || exitcode=$?
  cat -- "$log" >&2
fi
if [ "$exitcode" = 0 ]; then
  mkfifo -- "$folder/stderr"
  tee -- "$log" <"$folder/stderr" >&2 &
  reader=$!
  env -u GH_TOKEN node "$program" "${arguments[@]}" "${flags[@]}" -- "${paths[@]}" 2>"$folder/stderr" &
  running=$!
  # A cancelled job interrupts this shell. The program then waits for the requests already sent, and reports.
  interrupted=""
  trap 'interrupted=yes; kill -INT "$running" 2>/dev/null || true' INT
  trap : TERM
  wait "$running" || exitcode=$?
  if [ -n "$interrupted" ]; then
    exitcode=0
    wait "$running" || exitcode=$?
  fi
  wait "$reader" || true
fi
changes() { node -p 'const { create, update, remove } = JSON.parse(fs.readFileSync(process.argv[1])).summary; create + update + remove' "$1"; }
if [ "$COMMAND" = plan ] && [ "${EXPORT:-false}" = true ]; then
  export="polytomic-export.json"
  rm -f -- "$export"
  case "$exitcode" in
    0 | 2 | 3) env -u GH_TOKEN node "$GITHUB_ACTION_PATH/action/export.mjs" "$plan" "$export" \
      || echo "::warning title=polytomic-users::The files could not be updated with the drift: no pull request is opened or changed" >&2 ;;
  esac
  files+=("$export")
fi
if [ "$EXPECT_DIGEST" = none ] && [ "$exitcode" = 0 ] && [ "$(changes "$plan")" != 0 ]; then
  echo "error: no plan was reviewed for this commit: only a plan without changes is accepted" | tee -a -- "$log" >&2
  echo "hint: review this plan, then start the workflow manually with its digest" | tee -a -- "$log" >&2
  exitcode=3
fi

case "$exitcode" in
  0 | 2) verdict="" ;;
  3) verdict="refused, nothing was written" ;;
  4) verdict="partly applied; to finish, run the job again" ;;
  130) verdict="interrupted" ;;
  *) verdict="failed before anything was written" ;;
esac
# Indented by four spaces, as code, so that nothing in it is interpreted as Markdown. Without the annotations, which
# GitHub already shows.
said="$(tail -c 3000 -- "$log" | tr -d '\000-\010\013-\037\177' | sed '/^::/d; /^[[:space:]]*$/d; s/^/    /')"
if [ -n "$verdict" ] && { [ -n "$said" ] || [ ! -s "$markdown" ]; }; then
  {
    printf '### Polytomic access: %s\n\n%s\n\n' "$verdict" "$said"
    if [ -s "$markdown" ]; then cat -- "$markdown"; fi
  } >"$folder/markdown"
  mv -- "$folder/markdown" "$markdown"
fi
if [ "$COMMAND" = report ] && [ -s "$markdown" ]; then
  cat -- "$markdown" >>"$GITHUB_STEP_SUMMARY"
fi
rm -rf -- "$folder"

{
  echo "exitcode=$exitcode"
  if [ -s "$markdown" ]; then echo "markdown=$PWD/$markdown"; fi
  echo "files<<end-of-files"
  for file in "${files[@]}"; do echo "$PWD/$file"; done
  echo "end-of-files"
} >>"$GITHUB_OUTPUT"
