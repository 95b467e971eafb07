#!/usr/bin/env bash
# Makes the .deb and looks inside: deb_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
build=$1

check "cpack" cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work"
package=$(echo "$work"/narwhal_*.deb)
check_file "$package"

dpkg-deb --contents "$package" >"$work/contents"
for file in usr/bin/narwhal usr/lib/systemd/system/narwhal.service usr/lib/sysusers.d/narwhal.conf \
  usr/include/narwhal/runtime.h usr/share/doc/narwhal/copyright usr/share/man/man8/narwhal.8; do
  grep -q "\./$file" "$work/contents" || fail "not in the package: $file"
done
! grep -q "$work\|/root/\|/home/" "$work/contents" || fail "a path of this machine is in the package"

for script in postinst postrm; do
  dpkg-deb --ctrl-tarfile "$package" | tar -xO "./$script" | grep -qw ldconfig ||
    fail "the linker's cache is not renewed by $script"
done

dpkg-deb --field "$package" Depends >"$work/depends"
for library in libc6 libsqlite3-0 libstdc++6; do
  grep -q "$library" "$work/depends" || fail "no dependency on $library"
done
dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/lib/systemd/system/narwhal.service >"$work/unit"
grep -qx "ExecStart=/usr/bin/narwhal run -c /etc/narwhal/narwhal.toml" "$work/unit" ||
  fail "the unit starts something else: $(grep ExecStart "$work/unit")"

# The ruby runtime is a package of its own, so that the daemon needs no Ruby.
! grep -q ruby "$work/depends" || fail "the daemon's package depends on ruby"
if [ -e "$build/narwhal-ruby.so" ]; then
  package=$(echo "$work"/narwhal-ruby_*.deb)
  check_file "$package"
  dpkg-deb --contents "$package" >"$work/contents"
  for file in narwhal/narwhal-ruby.so narwhal/activejob/lib/narwhal.rb; do
    grep -q "/$file" "$work/contents" || fail "not in the package: $file"
  done
  dpkg-deb --field "$package" Depends | grep -q "libruby" || fail "no dependency on libruby"
fi
