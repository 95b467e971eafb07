#include "membership.h"

#include <algorithm>
#include <charconv>

#include "claims.h"
#include "publisher.h"

namespace narwhal::redis {
namespace {

// Of one piece of a dead consumer's jobs.
constexpr std::int64_t kMostBytes = std::int64_t{4} << 20U;

// Fields are "<number>:<queue>".
Origin origin_of(std::string_view field, std::string_view stored, std::string_view consumer) {
  Origin origin;
  const std::size_t colon = field.find(':');
  std::uint64_t number = 0;
  std::from_chars(field.data(), field.data() + std::min(colon, field.size()), number);
  if (colon != std::string_view::npos) origin.queue = field.substr(colon + 1);
  origin.unique = unique_name(consumer.substr(0, kRandomDigits), number);
  origin.stored = stored;
  return origin;
}

}  // namespace

Membership::Membership(const Keys& keys, const Format& format, ScriptSet& scripts,
                       const std::vector<std::string>& queues, std::string name, Duration lease,
                       const Clock& clock)
    : keys_(keys),
      format_(format),
      scripts_(scripts),
      clock_(clock),
      self_(Identity::of_this_process(std::move(name))),
      id_(self_.text()),
      consumer_key_(keys.consumer(id_)),
      inflight_key_(keys.inflight(id_)),
      waits_key_(keys.waits(id_)),
      lease_ms_(std::chrono::ceil<std::chrono::milliseconds>(lease).count()) {
  for (const auto& queue : queues) arrived_keys_.push_back(keys.arrived(id_, queue));
}

void Membership::beat(Connection& connection, OnBeat done) {
  Command command = scripts_.call(
      connection, Script::beat, 3 + arrived_keys_.size(), 3,
      [this, done = std::move(done)](ReplyPtr reply) { return beaten(*reply, done); });
  command.arg(keys_.consumers()).arg(consumer_key_).arg(inflight_key_);
  for (const auto& key : arrived_keys_) command.arg(key);
  command.arg(id_).arg(lease_ms_).arg(keys_.consumer_prefix());
}

Result<void> Membership::beaten(const redisReply& reply, const OnBeat& done) {
  if (scripts_.forgotten(Script::beat, reply)) return done(Beat{true, -1});
  if (is_error(reply)) return reply_error("unable to renew the lease", text(reply));
  const auto parts = elements(reply);
  if (parts.size() < 2) return reply_error("unable to renew the lease", "a reply of another form");
  for (std::size_t i = 2; i + 1 < parts.size(); i += 2) {
    look_at(std::string(text(*parts[i])), parts[i + 1]->integer == 1);
  }
  return done(Beat{parts[0]->integer == 1, parts[1]->integer});
}

void Membership::look_at(std::string id, bool alive) {
  const auto other = Identity::parse(id);
  const bool proven = other && proven_dead(*other, self_);
  if (alive && !proven) return;
  const bool listed =
      std::any_of(dead_.begin(), dead_.end(), [&](const Dead& each) { return each.id == id; });
  if (!listed) dead_.push_back({std::move(id), proven});
}

void Membership::send(Connection& connection) {
  if (asked_ || dead_.empty()) return;
  asked_ = true;
  if (!orphans_.empty()) return adopt(connection);
  const Dead& dead = dead_.front();
  scripts_
      .call(connection, Script::orphans, 4, 4,
            [this](ReplyPtr reply) { return orphans_read(*reply); })
      .arg(keys_.consumers())
      .arg(keys_.consumer(dead.id))
      .arg(keys_.inflight(dead.id))
      .arg(keys_.waits(dead.id))
      .arg(dead.id)
      .arg(dead.proven ? "1" : "0")
      .arg(kMostBytes)
      .arg(keys_.arrived_prefix(dead.id));
}

Result<void> Membership::orphans_read(const redisReply& reply) {
  asked_ = false;
  if (scripts_.forgotten(Script::orphans, reply)) return {};
  if (is_error(reply)) return reply_error("unable to read orphans", text(reply));
  const auto parts = elements(reply);
  const auto master = Identity::parse(dead_.front().id);
  OrphanRun run;
  run.found_at = clock_.wall_now();
  if (master) run.master = master->name;
  if (master) run.pid = master->pid;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    const Origin origin = origin_of(text(*parts[i]), text(*parts[i + 1]), dead_.front().id);
    orphans_.push_back({std::string(text(*parts[i])), format_.recover(origin, run)});
  }
  if (orphans_.empty()) dead_.pop_front();
  return {};
}

void Membership::adopt(Connection& connection) {
  const Dead& dead = dead_.front();
  std::size_t words = 1;
  for (const auto& each : orphans_) words += 2 + words_of(each.ops);
  Command command = scripts_.call(connection, Script::adopt, 2, words,
                                  [this](ReplyPtr reply) { return adopted(*reply); });
  command.arg(keys_.consumer(dead.id)).arg(keys_.inflight(dead.id)).arg(dead.proven ? "1" : "0");
  for (const auto& each : orphans_) {
    command.arg(each.field).arg(static_cast<std::int64_t>(each.ops.size()));
    append(command, each.ops);
  }
}

Result<void> Membership::adopted(const redisReply& reply) {
  asked_ = false;
  if (scripts_.forgotten(Script::adopt, reply)) return {};
  if (is_error(reply)) return reply_error("unable to take up orphans", text(reply));
  const std::int64_t moved = reply.integer;
  // None moved: it lives after all, somebody else was quicker, or there is no way; the next beat
  // looks again.
  if (moved == 0) dead_.pop_front();
  orphans_.clear();
  recovered_ += moved;
  return {};
}

void Membership::stop() {
  dead_.clear();
  orphans_.clear();
  asked_ = false;
}

}  // namespace narwhal::redis
