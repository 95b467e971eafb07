#!/usr/bin/env bash
# Generates the Rails app of the ruby runtime's tests, as its users generate one: make_app.sh FOLDER
# The gem comes from this tree; NARWHAL_LIB names the libnarwhal of the build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gem=$(cd "$here/../../../../adapters/activejob" && pwd)
folder=$1
log=$folder.log
mkdir -p "$(dirname "$folder")"
rm -rf "$folder"

# step WHAT COMMAND...
step() {
  local what=$1
  shift
  "$@" >"$log" 2>&1 || { cat "$log"; printf 'failed: %s\n' "$what" >&2; exit 1; }
}

fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

step "rails new" rails new "$folder" --skip-javascript --skip-bundle --skip-git --skip-spring --skip-listen \
  --skip-bootsnap --skip-sprockets --skip-test --skip-puma --database=sqlite3
cd "$folder"
printf 'source "https://rubygems.org"\ngem "rails"\ngem "sqlite3"\ngem "narwhal", path: "%s"\n' "$gem" >Gemfile
step "bundle install" bundle install --local

# An app that had another adapter before.
sed -i 's/.*# config.active_job.queue_adapter .*/  config.active_job.queue_adapter = :sidekiq/' \
  config/environments/production.rb
step "rails generate narwhal:install" ruby bin/rails generate narwhal:install --broker=sqlite
for file in config/narwhal.toml bin/narwhal; do
  [ -s "$file" ] || fail "the generator has not written $file"
done
[ -x bin/narwhal ] || fail "bin/narwhal cannot be executed"
grep -q "^  config.active_job.queue_adapter = :narwhal" config/environments/production.rb ||
  fail "the other adapter is still in config/environments/production.rb"
grep -q "^    config.active_job.queue_adapter = :narwhal" config/application.rb || fail "the adapter is not set"

# Run again, it changes nothing, whatever was written into its files since.
echo "# ours" >>config/narwhal.toml
cp -r config "$folder.before"
step "rails generate narwhal:install, again" ruby bin/rails generate narwhal:install --broker=redis
diff -r config "$folder.before" || fail "the generator has changed what was there"
rm -rf "$folder.before"

cp -r "$here/files/." .
SECRET_KEY_BASE=test RAILS_ENV=production step "rails db:migrate" ruby bin/rails db:migrate
cp db/production.sqlite3 db/development.sqlite3
