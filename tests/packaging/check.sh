# shellcheck shell=bash
# For the packaging tests (sourced): a temporary directory, and checks that say what failed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# check WHAT COMMAND...: the command succeeds.
check() {
  local what=$1
  shift
  "$@" >"$work/output" 2>&1 || { cat "$work/output"; fail "$what"; }
}

check_file() {
  [ -s "$1" ] || fail "missing or empty: $1"
}

# wait_until WHAT COMMAND...: the command succeeds within twenty seconds.
wait_until() {
  local what=$1 i
  shift
  for ((i = 0; i < 200; i++)); do
    if "$@" >"$work/output" 2>&1; then return; fi
    sleep 0.1
  done
  cat "$work/output"
  [ ! -e daemon.log ] || cat daemon.log
  fail "$what"
}
