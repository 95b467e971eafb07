#!/usr/bin/env bash
# Installs into an empty prefix and uses what is there as an outsider would: install_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
build=$1
here=$(cd "$(dirname "$0")" && pwd)
prefix=$work/prefix

check "cmake --install" cmake --install "$build" --prefix "$prefix"
for file in bin/narwhal include/narwhal/runtime.h include/narwhal/job.h \
  share/doc/narwhal/copyright share/doc/narwhal/examples/exec/narwhal.toml \
  share/man/man8/narwhal.8 share/man/man5/narwhal.toml.5 \
  lib/systemd/system/narwhal.service lib/sysusers.d/narwhal.conf; do
  check_file "$prefix/$file"
done
[ -x "$prefix/share/doc/narwhal/examples/exec/handle" ] || fail "the example's script is not executable"
check "narwhal --version" "$prefix/bin/narwhal" --version

# systemd-analyze only warns of keys that it does not know: any word of it is a failure.
check "systemd-analyze" systemd-analyze verify --man=no "$prefix/lib/systemd/system/narwhal.service"
[ ! -s "$work/output" ] || { cat "$work/output"; fail "systemd-analyze has something to say"; }

check "find_package(narwhal)" \
  cmake -S "$here/app" -B "$work/app" -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
check "building an app out of tree" cmake --build "$work/app"
job='{"job_class":"Greet","job_id":"job-1","queue_name":"default","arguments":["Ada",2]}'
check "running the app's job" "$build/load_app" "$work/app/libjobs.so" "$job"
grep -qx "done" "$work/output" || fail "the job is not done"
[ "$(grep -c "hello Ada" "$work/output")" -eq 2 ] || fail "the job did not say hello twice"

# The same by the installed daemon, from a program that links narwhal::producer.
cat >"$work/narwhal.toml" <<END
workers = 1
[app]
runtime = "native"
load = "$work/app/libjobs.so"
[[broker]]
url = "sqlite:$work/queue.db"
END
check "enqueueing by narwhal::producer" "$work/app/enqueue" "sqlite:$work/queue.db" "$job"
start_daemon "$prefix/bin/narwhal" -c "$work/narwhal.toml"
wait_until "the daemon has done the job" grep -q "job done.*class=Greet" "$work/daemon.log"
stop_daemon
