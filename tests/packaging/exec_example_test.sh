#!/usr/bin/env bash
# Does what config/examples/exec/README.md says: exec_example_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
narwhal=$1/narwhal
cp -r "$(dirname "$0")/../../config/examples/exec" "$work/example"
cd "$work/example"

has_lines() { [ "$(wc -l <"$2")" -eq "$1" ]; }
is_dead() { "$narwhal" dead list | grep -q "$1"; }

start_daemon "$narwhal"
check "enqueueing one file" "$narwhal" enqueue "$PWD/handle"
printf '%s\n' "$PWD/README.md" "$PWD/narwhal.toml" >list
check "enqueueing two more" "$narwhal" enqueue --bulk <list
check "enqueueing a payload that cannot work" "$narwhal" enqueue ''

wait_until "three sums are written" has_lines 3 sums.txt
check "checking the sums" sha256sum --check --quiet sums.txt
wait_until "the bad payload is a dead letter" is_dead "the payload is empty"
stop_daemon
