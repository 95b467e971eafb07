#include "resque_format.h"

#include <ctime>

#include "job_notes.h"
#include "lua.h"
#include "narwhal_format.h"

namespace narwhal::redis {
namespace {

constexpr std::string_view kWrapper = "ActiveJob::QueueAdapters::ResqueAdapter::JobWrapper";

// ActiveJob's own hash inside the wrapper.
std::optional<std::string_view> wrapped_payload(const JsonObject& job) {
  const auto args = job.get("args");
  if (!args || job.text("class") != kWrapper) return std::nullopt;
  const auto first = json_first(*args);
  return first && first->starts_with('{') ? first : std::nullopt;
}

// With what happened so far noted in it, and other content where the job asked for that.
std::string noted(const Origin& origin, const Delivery& job, const Counters& counters,
                  const std::string& history, bool rewritten) {
  const auto object = JsonObject::read(origin.stored);
  if (!object) return origin.stored;
  JobNotes notes;
  notes.id = job.id;
  notes.counters = counters;
  notes.history = history;
  std::vector<JsonObject::Edit> edits = {{"narwhal", notes.write()}};
  if (!rewritten) return object->with(edits);
  if (wrapped_payload(*object)) {
    edits.push_back({"args", "[" + job.payload + "]"});
    return object->with(edits);
  }
  const auto replacement = JsonObject::read(job.payload);
  return replacement ? replacement->with(edits) : job.payload;
}

// "2026/01/31 12:00:00 UTC", as Resque writes it.
std::string failure_time(WallTime now) {
  const std::time_t seconds = to_unix_micros(now) / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y/%m/%d %H:%M:%S UTC", &parts);
  return text.data();
}

std::string backtrace_lines(std::string_view backtrace) {
  std::string out = "[";
  while (!backtrace.empty()) {
    const std::size_t end = backtrace.find('\n');
    if (out.size() > 1) out += ',';
    out += json_quote(backtrace.substr(0, end));
    backtrace = end == std::string_view::npos ? std::string_view{} : backtrace.substr(end + 1);
  }
  return out + "]";
}

}  // namespace

void ResqueFormat::read(std::string_view stored, Delivery& job) const {
  job.payload = stored;
  const auto object = JsonObject::read(stored);
  if (!object) return;
  const JobNotes notes = JobNotes::read(*object);
  job.id = notes.id;
  job.counters = notes.counters;
  job.history = notes.history;
  const auto payload = wrapped_payload(*object);
  if (!payload) return;
  job.payload = *payload;
  if (!job.id.empty()) return;
  if (const auto inner = JsonObject::read(*payload)) job.id = inner->text("job_id").value_or("");
}

Ops ResqueFormat::push(const std::string& queue, std::string stored, const char* command) const {
  return {{"SADD", keys_.queue_names(), queue}, {command, keys_.queue(queue), std::move(stored)}};
}

Ops ResqueFormat::retry(const Origin& origin, const Delivery& job, const Verdict& verdict,
                        WallTime) const {
  std::string stored = noted(origin, job, verdict.counters, verdict.history, verdict.rewritten);
  if (verdict.delay.count() <= 0) return push(job.queue, std::move(stored), "RPUSH");
  const auto micros = std::chrono::ceil<std::chrono::microseconds>(verdict.delay).count();
  return {{kAddIn, keys_.delayed(job.queue), std::to_string(micros), origin.unique + stored}};
}

Ops ResqueFormat::release(const Origin& origin, const Delivery&) const {
  return push(origin.queue, origin.stored, "LPUSH");
}

Ops ResqueFormat::bury(const Origin& origin, const Delivery& job, const Verdict& verdict,
                       WallTime now) const {
  const auto object = JsonObject::read(origin.stored);
  JobNotes notes;
  notes.id = job.id;
  notes.counters = verdict.counters;
  notes.history = verdict.history;
  const LastError error = LastError::of(verdict.history, verdict.reason);
  // Resque's page shows a payload that is no JSON as the text it is.
  const std::string payload =
      object ? object->with({{"narwhal", std::nullopt}}) : json_quote(origin.stored);
  std::string failure = JsonObject{}.with({{"failed_at", json_quote(failure_time(now))},
                                           {"payload", payload},
                                           {"exception", error.error_class},
                                           {"error", error.message},
                                           {"backtrace", backtrace_lines(error.backtrace)},
                                           {"worker", R"("narwhal")"},
                                           {"queue", json_quote(job.queue)},
                                           {"reason", json_quote(verdict.reason)},
                                           {"narwhal", notes.write()}});
  return {{"RPUSH", keys_.foreign("failed"), std::move(failure)}};
}

Ops ResqueFormat::recover(const Origin& origin, OrphanRun run) const {
  const auto object = JsonObject::read(origin.stored);
  if (!object) return push(origin.queue, origin.stored, "LPUSH");
  Delivery job;
  read(origin.stored, job);
  JobNotes notes = JobNotes::read(*object);
  notes.id = job.id.empty() ? id_of_unnamed(origin.unique) : job.id;
  ++notes.counters.crashes;
  run.attempt = notes.counters.attempts + 1;
  notes.history = add_orphan_run(notes.history, run);
  return push(origin.queue, object->with({{"narwhal", notes.write()}}), "LPUSH");
}

// As resque-scheduler keeps it: a list for each second, and an index of them.
Ops ResqueFormat::schedule(const std::string& stored, const std::string& queue, WallTime at) const {
  const auto object = JsonObject::read(stored);
  const std::string item = object->with({{"queue", json_quote(queue)}});
  const std::string second = std::to_string((to_unix_micros(at) + 999'999) / 1'000'000);
  return {{"RPUSH", keys_.foreign("delayed:" + second), item},
          {"SADD", keys_.foreign("timestamps:" + item), "delayed:" + second},
          {"ZADD", keys_.foreign("delayed_queue_schedule"), second, second}};
}

Result<Ops> ResqueFormat::publish(const NewJob& job, std::string_view, WallTime now) const {
  const auto object = JsonObject::read(job.payload);
  const bool plain = object && object->get("class") && object->get("args");
  if (!plain && !(object && object->get("job_class"))) {
    return Error{ErrorKind::invalid, "unable to enqueue for Resque",
                 "the payload is neither an ActiveJob (job_class, …) nor a Resque job (class, "
                 "args)"};
  }
  JobNotes notes;
  notes.id = job.id;
  const std::string stored = plain ? object->with({{"narwhal", notes.write()}})
                                   : JsonObject{}.with({{"class", json_quote(kWrapper)},
                                                        {"args", "[" + job.payload + "]"},
                                                        {"narwhal", notes.write()}});
  if (job.run_at && *job.run_at > now) return schedule(stored, job.queue, *job.run_at);
  return push(job.queue, stored, "RPUSH");
}

ScriptParts ResqueFormat::script_parts(const std::vector<std::string>& queues,
                                       std::size_t max_payload) const {
  ScriptParts parts;
  parts.take_end = "LEFT";
  parts.pop = "LPOP";
  parts.push_back = "RPUSH";
  parts.push_front = "LPUSH";
  for (const auto& queue : queues) parts.delayed_sets.push_back(keys_.delayed(queue));
  parts.count_delayed = "return redis.call('ZCARD', (" + lua_list(parts.delayed_sets) + ")[i])\n";
  parts.delayed_sets.push_back(keys_.foreign("delayed_queue_schedule"));
  const std::string failed = lua_quote(keys_.foreign("failed"));
  // Resque's failures are not split by queue: all of them count for the first.
  parts.count_dead = "return i == 1 and redis.call('LLEN', " + failed + ") or 0\n";
  parts.next_due =
      "local first = redis.call('ZRANGE', sets[i], 0, 0, 'WITHSCORES')\n"
      "return first[2] and first[2] * (i > #lists and 1000000 or 1)\n";
  // Decoded to learn the queue and never written back from that. A second's list is taken over some
  // hundred jobs at a time; resque-scheduler itself may be doing the same.
  parts.promote = "if i <= #lists then\n" + promote_script("RPUSH") + R"(end
local moved = 0
local second = redis.call('ZRANGE', sets[i], 0, 0)[1]
local list = )" + lua_quote(keys_.foreign("delayed:")) +
                  R"( .. second
for _ = 1, 100 do
  local text = redis.call('LPOP', list)
  if not text then break end
  redis.call('SREM', )" +
                  lua_quote(keys_.foreign("timestamps:")) + R"( .. text, 'delayed:' .. second)
  local sound, job = pcall(cjson.decode, text)
  if sound and type(job) == 'table' and type(job.queue) == 'string' then
    redis.call('SADD', )" +
                  lua_quote(keys_.queue_names()) + R"(, job.queue)
    redis.call('RPUSH', )" +
                  lua_quote(keys_.queue("")) + R"( .. job.queue, text)
  else
    redis.call('RPUSH', )" +
                  failed + R"(, text)
    problem = 'a delayed job was unreadable and is among the failures'
  end
  moved = moved + 1
end
if redis.call('LLEN', list) == 0 then redis.call('ZREM', sets[i], second) end
return moved
)";
  const std::string reason =
      json_quote("payload over max_payload (" + std::to_string(max_payload) + " bytes)");
  parts.set_aside = "redis.call('RPUSH', " + failed + ", '{\"payload\":' .. bytes .. " +
                    lua_quote(",\"exception\":\"Narwhal::TooLarge\",\"error\":" + reason +
                              ",\"backtrace\":[],\"worker\":\"narwhal\",\"queue\":") +
                    " .. cjson.encode((" + lua_list(queues) + ")[i]) .. '}')\n";
  parts.overhead = std::size_t{64} * 1024;
  return parts;
}

}  // namespace narwhal::redis
