#!/usr/bin/env bash
# Installs into an empty prefix and runs a Ruby job with what is there alone: ruby_test.sh BUILD
# shellcheck source=tests/packaging/check.sh
source "$(dirname "$0")/check.sh"
build=$1
prefix=$work/prefix
unset NARWHAL_LIB NARWHAL_URL

check "cmake --install" cmake --install "$build" --prefix "$prefix"
gem=$(dirname "$(find "$prefix" -name narwhal.gemspec)")
check_file "$gem/README.md"
check_file "$gem/lib/generators/narwhal/install/templates/bin/narwhal"
[ ! -e "$gem/test" ] || fail "the gem's tests are installed"
check "gem specification" ruby -e 'exit Gem::Specification.load(ARGV[0]).name == "narwhal"' "$gem/narwhal.gemspec"

cat >"$work/jobs.rb" <<'END_OF_JOBS'
class Greet < ActiveJob::Base
  def perform(name) = puts("hello #{name}")
end
END_OF_JOBS
cat >"$work/narwhal.toml" <<END_OF_CONFIG
workers = 1
[app]
runtime = "ruby"
load = "$work/jobs.rb"
[[broker]]
url = "sqlite:$work/queue.db"
END_OF_CONFIG
# The gem finds the library that is installed with it, and the queue by the daemon's configuration.
check "enqueueing by the gem" env NARWHAL_CONFIG="$work/narwhal.toml" ruby -I "$gem/lib" -r narwhal \
  -r "$work/jobs.rb" -e 'ActiveJob::Base.queue_adapter = :narwhal; Greet.perform_later("Ada")'
start_daemon "$prefix/bin/narwhal" -c "$work/narwhal.toml"
wait_until "the daemon has done the job" grep -q "job done.*class=Greet" "$work/daemon.log"
grep -qx "hello Ada" "$work/daemon.log" || fail "the job has not said hello"
stop_daemon
