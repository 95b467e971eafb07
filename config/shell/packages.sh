# shellcheck shell=bash
# Debian packages, for tests/run and config/quickstart (sourced, not run).

BUILD_PACKAGES=(
  cmake ninja-build g++ ccache pkg-config
  libfmt-dev libspdlog-dev libtomlplusplus-dev libcli11-dev rapidjson-dev libsqlite3-dev
  libhiredis-dev librabbitmq-dev librdkafka-dev libssl-dev zlib1g-dev
  go-md2man              # manual pages
)
TEST_PACKAGES=(
  libgtest-dev
  beanstalkd             # the server itself
  rabbitmq-server        # the same
  openjdk-17-jre-headless maven  # Kafka itself runs on the one and comes by the other
  procps strace sqlite3  # looking at processes and queues from outside
  redis-server openssl   # servers, and certificates for them
  systemd                # systemd-analyze verify, for the unit file
  dpkg-dev file          # the package
  ruby-dev               # the ruby runtime is built where it is
  ruby-rails ruby-sqlite3 ruby-bundler ruby-minitest  # its apps, and the gem's tests
  ruby-sidekiq           # an app moves from there
  librdkafka1            # a library with threads of its own, for an app to load
  util-linux             # unshare: the daemon as PID 1; setpriv: servers that die with their test
)

is_installed() {
  dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs those of the packages that are missing; says nothing and is quick when none is.
install_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return
  printf '== installing %s\n' "${missing[*]}"
  if ! apt_install "${missing[@]}" >build/packages.log 2>&1; then
    tail -n 20 build/packages.log
    printf 'unable to install the packages above; see build/packages.log\n' >&2
    return 1
  fi
}

apt_install() {
  as_root apt-get update -q &&
    without_services as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "$@"
}

# Runs a command that may install servers: the tests start their own, and none is to become a
# service of this machine by it.
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}
