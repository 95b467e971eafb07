#include "sidekiq_format.h"

#include <cmath>
#include <cstdio>

#include "job_notes.h"
#include "lua.h"

namespace narwhal::redis {
namespace {

constexpr std::string_view kWrapper = "Sidekiq::ActiveJob::Wrapper";  // from Sidekiq 7.3
constexpr std::string_view kOldWrapper = "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper";
// Sidekiq's own limits of its dead set.
constexpr std::int64_t kDeadSeconds = std::int64_t{180} * 24 * 3600;
constexpr const char* kDeadRank = "-10001";
// Sidekiq writes seconds with a fraction before version 8, then whole milliseconds.
constexpr double kFirstMillis = 1e11;

bool is_wrapper(const JsonObject& job) {
  const auto name = job.text("class");
  return name && (*name == kWrapper || *name == kOldWrapper);
}

// ActiveJob's own hash inside the wrapper.
std::optional<std::string_view> wrapped_payload(const JsonObject& job) {
  const auto args = job.get("args");
  if (!args || !is_wrapper(job)) return std::nullopt;
  const auto first = json_first(*args);
  return first && first->starts_with('{') ? first : std::nullopt;
}

WallTime time_of(double value) {
  const double micros = value < kFirstMillis ? value * 1e6 : value * 1e3;
  return from_unix_micros(std::llround(micros));
}

std::string seconds_text(WallTime time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", static_cast<double>(to_unix_micros(time)) / 1e6);
  return text.data();
}

// In the unit that the job's producer used.
std::string time_text(const JsonObject& job, WallTime time) {
  const bool millis = job.number("created_at").value_or(0) >= kFirstMillis;
  return millis ? std::to_string(to_unix_micros(time) / 1000) : seconds_text(time);
}

std::uint32_t attempts_of(const JsonObject& job) {
  const auto count = job.number("retry_count");
  return count && *count >= 0 && *count < 1e9 ? static_cast<std::uint32_t>(*count) + 1 : 0;
}

// How many retries the job itself allows; none: as many as we like.
std::optional<std::uint32_t> own_limit(const JsonObject& job) {
  if (job.is("retry", "false")) return 0;
  const auto limit = job.number("retry");
  if (limit && *limit >= 0 && *limit < 1e9) return static_cast<std::uint32_t>(*limit);
  return std::nullopt;
}

std::string noted(const Counters& counters, std::string_view history) {
  JobNotes notes;
  notes.counters = counters;
  notes.history = history;
  return notes.write();
}

using Edits = std::vector<JsonObject::Edit>;

// What a failed run changes in Sidekiq's JSON.
std::string failed(const JsonObject& object, const Delivery& job, const Verdict& verdict,
                   WallTime now) {
  Edits edits = {{"queue", json_quote(job.queue)},
                 {"narwhal", noted(verdict.counters, verdict.history)}};
  if (verdict.rewritten && wrapped_payload(object)) {
    edits.push_back({"args", "[" + job.payload + "]"});
  }
  if (verdict.counters.attempts > 0) {
    edits.push_back({"retry_count", std::to_string(verdict.counters.attempts - 1)});
  }
  if (!verdict.rewritten) {
    const bool first = !object.get("failed_at");
    const LastError error = LastError::of(verdict.history, verdict.reason);
    edits.push_back({first ? "failed_at" : "retried_at", time_text(object, now)});
    edits.push_back({"error_class", error.error_class});
    edits.push_back({"error_message", error.message});
  }
  return object.with(edits);
}

}  // namespace

void SidekiqFormat::read(std::string_view stored, Delivery& job) const {
  job.payload = stored;
  const auto object = JsonObject::read(stored);
  if (!object) return;
  const JobNotes notes = JobNotes::read(*object);
  job.id = object->text("jid").value_or("");
  job.counters = notes.counters;
  job.counters.attempts = attempts_of(*object);
  job.history = notes.history;
  if (const auto payload = wrapped_payload(*object)) job.payload = *payload;
  auto at = object->number("enqueued_at");
  if (!at) at = object->number("created_at");
  if (at) job.enqueued_at = time_of(*at);
}

Ops SidekiqFormat::push(const std::string& queue, std::string stored, const char* command) const {
  return {{"SADD", keys_.queue_names(), queue}, {command, keys_.queue(queue), std::move(stored)}};
}

Ops SidekiqFormat::kill(std::string stored, WallTime now) const {
  const std::string oldest = std::to_string(to_unix_micros(now) / 1'000'000 - kDeadSeconds);
  const std::string dead = keys_.foreign("dead");
  return {{kAddSecondsIn, dead, "0", std::move(stored)},
          {"ZREMRANGEBYSCORE", dead, "-inf", oldest},
          {"ZREMRANGEBYRANK", dead, "0", kDeadRank}};
}

Ops SidekiqFormat::retry(const Origin& origin, const Delivery& job, const Verdict& verdict,
                         WallTime now) const {
  const auto object = JsonObject::read(origin.stored);
  // Sidekiq could not read it from its retry set either.
  if (!object) return kill(origin.stored, now);
  const auto limit = own_limit(*object);
  if (!verdict.rewritten && limit && verdict.counters.attempts > *limit) {
    return bury(origin, job, verdict, now);
  }
  const bool replaced = verdict.rewritten && !wrapped_payload(*object);
  std::string stored = replaced ? job.payload : failed(*object, job, verdict, now);
  if (verdict.delay.count() <= 0) return push(job.queue, std::move(stored), "LPUSH");
  const auto micros = std::chrono::ceil<std::chrono::microseconds>(verdict.delay).count();
  return {{kAddSecondsIn, keys_.foreign(verdict.rewritten ? "schedule" : "retry"),
           std::to_string(micros), std::move(stored)}};
}

Ops SidekiqFormat::release(const Origin& origin, const Delivery&) const {
  return push(origin.queue, origin.stored, "RPUSH");
}

Ops SidekiqFormat::bury(const Origin& origin, const Delivery& job, const Verdict& verdict,
                        WallTime now) const {
  const auto object = JsonObject::read(origin.stored);
  if (!object) return kill(origin.stored, now);
  if (object->is("dead", "false")) return {};  // the job's own wish
  return kill(failed(*object, job, verdict, now), now);
}

Ops SidekiqFormat::recover(const Origin& origin, OrphanRun run) const {
  const auto object = JsonObject::read(origin.stored);
  if (!object) return push(origin.queue, origin.stored, "RPUSH");
  JobNotes notes = JobNotes::read(*object);
  ++notes.counters.crashes;
  run.attempt = notes.counters.attempts + 1;
  notes.history = add_orphan_run(notes.history, run);
  return push(origin.queue, object->with({{"narwhal", notes.write()}}), "RPUSH");
}

Result<Ops> SidekiqFormat::publish(const NewJob& job, std::string_view, WallTime now) const {
  const auto object = JsonObject::read(job.payload);
  const auto job_class = object ? object->get("job_class") : std::nullopt;
  const bool plain = object && object->get("class") && object->get("args");
  if (!plain && !job_class) {
    return Error{ErrorKind::invalid, "unable to enqueue for Sidekiq",
                 "the payload is neither an ActiveJob (job_class, …) nor a Sidekiq job (class, "
                 "args)"};
  }
  const bool later = job.run_at && *job.run_at > now;
  Edits edits = {{"queue", json_quote(job.queue)},
                 {"jid", json_quote(job.id)},
                 {"created_at", seconds_text(now)}};
  if (!later) edits.push_back({"enqueued_at", seconds_text(now)});
  std::string stored;
  if (plain) {
    if (!object->get("retry")) edits.push_back({"retry", "true"});
    stored = object->with(edits);
  } else {
    edits.push_back({"class", json_quote(kOldWrapper)});
    edits.push_back({"wrapped", std::string(*job_class)});
    edits.push_back({"retry", "true"});
    edits.push_back({"args", "[" + job.payload + "]"});
    stored = JsonObject{}.with(edits);
  }
  if (!later) return push(job.queue, std::move(stored), "LPUSH");
  return Ops{{"ZADD", keys_.foreign("schedule"), seconds_text(*job.run_at), std::move(stored)}};
}

ScriptParts SidekiqFormat::script_parts(const std::vector<std::string>&, std::size_t) const {
  ScriptParts parts;
  parts.delayed_sets = {keys_.foreign("schedule"), keys_.foreign("retry")};
  const std::string dead = lua_quote(keys_.foreign("dead"));
  parts.next_due =
      "local first = redis.call('ZRANGE', sets[i], 0, 0, 'WITHSCORES')\n"
      "return first[2] and first[2] * 1000000\n";
  // Decoded to learn the queue and never written back from that: the bytes go on as they are, with
  // the time in front where Sidekiq expects one.
  parts.promote = R"(
local ready = redis.call('ZRANGEBYSCORE', sets[i], '-inf', string.format('%.6f', now() / 1000000),
                         'LIMIT', 0, 100)
for k = 1, #ready do
  local text = ready[k]
  local sound, job = pcall(cjson.decode, text)
  if sound and type(job) == 'table' and type(job.queue) == 'string' then
    if job.enqueued_at == nil and string.sub(text, 1, 1) == '{' then
      local millis = type(job.created_at) == 'number' and job.created_at >= 1e11
      local at = millis and whole(now() / 1000) or string.format('%.6f', now() / 1000000)
      text = '{"enqueued_at":' .. at .. ',' .. string.sub(text, 2)
    end
    redis.call('SADD', )" +
                  lua_quote(keys_.queue_names()) + R"(, job.queue)
    redis.call('LPUSH', )" +
                  lua_quote(keys_.queue("")) + R"( .. job.queue, text)
  else
    redis.call('ZADD', )" +
                  dead + R"(, string.format('%.6f', now() / 1000000), text)
    problem = 'a delayed job was unreadable and is in the dead set'
  end
  redis.call('ZREM', sets[i], ready[k])
end
return #ready
)";
  parts.set_aside =
      "redis.call('ZADD', " + dead + ", string.format('%.6f', now() / 1000000), bytes)\n";
  // Sidekiq's sets are not split by queue: all of them count for the first.
  parts.count_delayed = "return i == 1 and redis.call('ZCARD', " +
                        lua_quote(keys_.foreign("schedule")) + ") + redis.call('ZCARD', " +
                        lua_quote(keys_.foreign("retry")) + ") or 0\n";
  parts.count_dead = "return i == 1 and redis.call('ZCARD', " + dead + ") or 0\n";
  parts.overhead = std::size_t{64} * 1024;
  return parts;
}

}  // namespace narwhal::redis
