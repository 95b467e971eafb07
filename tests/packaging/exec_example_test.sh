#!/usr/bin/env bash
# Does what config/examples/exec/README.md says: exec_example_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
narwhal=$1/narwhal
cp -r "$(dirname "$0")/../../config/examples/exec" "$work/example"
cd "$work/example"

"$narwhal" run 2>daemon.log &
daemon=$!
trap 'kill -KILL $daemon 2>/dev/null || true; rm -rf "$work"' EXIT

check "enqueueing one file" "$narwhal" enqueue "$PWD/handle"
printf '%s\n' "$PWD/README.md" "$PWD/narwhal.toml" >list
check "enqueueing two more" "$narwhal" enqueue --bulk <list
check "enqueueing a payload that cannot work" "$narwhal" enqueue ''

wait_until "three sums are written" eval '[ "$(wc -l <sums.txt)" -eq 3 ]'
check "checking the sums" sha256sum --check --quiet sums.txt
wait_until "the bad payload is a dead letter" eval '"$narwhal" dead list | grep -q "the payload is empty"'

kill -QUIT "$daemon"
status=0
wait "$daemon" || status=$?
[ "$status" -eq 0 ] || { cat daemon.log; fail "the daemon ended with $status"; }
