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
