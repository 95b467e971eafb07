# shellcheck shell=bash
# For the packaging tests (sourced): a temporary directory, a daemon, and checks that say what failed.
set -euo pipefail

work=$(mktemp -d)
daemon=
trap clean_up EXIT

clean_up() {
  if [ -n "$daemon" ]; then kill -KILL "$daemon" 2>/dev/null || true; fi
  rm -rf "$work"
}

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
  [ ! -e "$work/daemon.log" ] || cat "$work/daemon.log"
  fail "$what"
}

# start_daemon NARWHAL ARGUMENTS...
start_daemon() {
  local narwhal=$1
  shift
  "$narwhal" run "$@" 2>"$work/daemon.log" &
  daemon=$!
}

# Drains; the daemon must end with status 0.
stop_daemon() {
  local status=0
  kill -QUIT "$daemon"
  wait "$daemon" || status=$?
  daemon=
  [ "$status" -eq 0 ] || { cat "$work/daemon.log"; fail "the daemon ended with $status"; }
}
