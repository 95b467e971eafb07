#include "narwhal_format.h"

#include "dead_record.h"
#include "envelope.h"
#include "lua.h"

namespace narwhal::redis {
namespace {

std::string wrap(const Delivery& job, const Counters& counters, std::string_view history) {
  return write_envelope({job.id, counters, job.priority, job.enqueued_at, history, job.payload});
}

std::string micros(Duration delay) {
  return std::to_string(std::chrono::ceil<std::chrono::microseconds>(delay).count());
}

}  // namespace

const char* const kNextDue =
    "local first = redis.call('ZRANGE', sets[i], 0, 0, 'WITHSCORES')\n"
    "return tonumber(first[2])\n";

std::string promote_script(const std::string& push_back) {
  return "local ready = redis.call('ZRANGEBYSCORE', sets[i], '-inf', whole(now()), 'LIMIT', 0, "
         "100)\n"
         "for k = 1, #ready do ready[k] = string.sub(ready[k], " +
         std::to_string(kUniqueBytes + 1) +
         ") end\n"
         "local pushed = redis.pcall('" +
         push_back +
         "', lists[i], unpack(ready))\n"
         "if error_of(pushed) then problem = error_of(pushed) return 0 end\n"
         "redis.call('ZREMRANGEBYRANK', sets[i], 0, #ready - 1)\n"
         "return #ready\n";
}

void NarwhalFormat::read(std::string_view stored, Delivery& job) const {
  const Envelope envelope = read_envelope(stored);
  job.payload = envelope.payload;
  if (envelope.foreign) return;
  job.id = envelope.id;
  job.counters = envelope.counters;
  job.priority = envelope.priority;
  job.enqueued_at = envelope.enqueued_at;
  job.history = envelope.history;
}

Ops NarwhalFormat::retry(const Origin& origin, const Delivery& job, const Verdict& verdict,
                         WallTime) const {
  std::string stored = wrap(job, verdict.counters, verdict.history);
  if (verdict.delay.count() <= 0) return {{"LPUSH", keys_.queue(job.queue), std::move(stored)}};
  return {{kAddIn, keys_.delayed(job.queue), micros(verdict.delay), origin.unique + stored}};
}

Ops NarwhalFormat::release(const Origin&, const Delivery& job) const {
  return {{"RPUSH", keys_.queue(job.queue), wrap(job, job.counters, job.history)}};
}

Ops NarwhalFormat::bury(const Origin& origin, const Delivery& job, const Verdict& verdict,
                        WallTime) const {
  const std::string stored = wrap(job, verdict.counters, verdict.history);
  return {{kAddIn, keys_.dead(job.queue), "0",
           write_dead_record({origin.unique, verdict.reason, stored})},
          {"SADD", keys_.dead_queues(), job.queue}};
}

Ops NarwhalFormat::recover(const Origin& origin, OrphanRun run) const {
  Envelope envelope = read_envelope(origin.stored);
  const std::string own_id = id_of_unnamed(origin.unique);
  if (envelope.id.empty()) envelope.id = own_id;
  ++envelope.counters.crashes;
  run.attempt = envelope.counters.attempts + 1;
  const std::string history = add_orphan_run(envelope.history, run);
  envelope.history = history;
  return {{"RPUSH", keys_.queue(origin.queue), write_envelope(envelope)}};
}

Result<Ops> NarwhalFormat::publish(const NewJob& job, std::string_view unique, WallTime now) const {
  const std::string stored = write_envelope({job.id, {}, job.priority, now, {}, job.payload});
  if (!job.run_at || *job.run_at <= now) return Ops{{"LPUSH", keys_.queue(job.queue), stored}};
  return Ops{{"ZADD", keys_.delayed(job.queue), std::to_string(to_unix_micros(*job.run_at)),
              std::string(unique) + stored}};
}

ScriptParts NarwhalFormat::script_parts(const std::vector<std::string>& queues,
                                        std::size_t max_payload) const {
  ScriptParts parts;
  std::vector<std::string> dead;
  for (const auto& queue : queues) {
    parts.delayed_sets.push_back(keys_.delayed(queue));
    dead.push_back(keys_.dead(queue));
  }
  parts.next_due = kNextDue;
  parts.promote = promote_script("LPUSH");
  const std::string reason = "payload over max_payload (" + std::to_string(max_payload) + " bytes)";
  const std::string header = write_dead_record({{}, reason, {}});
  parts.set_aside = "redis.call('ZADD', (" + lua_list(dead) + ")[i], whole(now()), unique .. " +
                    lua_quote(header) +
                    " .. bytes)\n"
                    "redis.call('SADD', " +
                    lua_quote(keys_.dead_queues()) + ", (" + lua_list(queues) + ")[i])\n";
  parts.count_delayed = "return redis.call('ZCARD', (" + lua_list(parts.delayed_sets) + ")[i])\n";
  parts.count_dead = "return redis.call('ZCARD', (" + lua_list(dead) + ")[i])\n";
  parts.overhead = kMostEnvelope;
  return parts;
}

}  // namespace narwhal::redis
