#!/usr/bin/env bash
# Manual pages are made, or it is said why not: man_pages_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=config/shell/packages.sh
source "$root/config/shell/packages.sh"

[[ " ${BUILD_PACKAGES[*]} " == *" go-md2man "* ]] || fail "a build is not given go-md2man"

check "configuring without go-md2man" \
  cmake -S "$root" -B "$work/build" -G Ninja -DNARWHAL_TESTS=OFF -DNARWHAL_MD2MAN=OFF
tr -s ' \n' '  ' <"$work/output" | grep -q "go-md2man is missing (Debian package: go-md2man)" ||
  { cat "$work/output"; fail "nothing is said about the missing manual pages"; }
