#include "comparison.h"

#include <algorithm>

namespace narwhal::redis {
namespace {

// Of one script: a longer one would keep others from the server.
constexpr std::size_t kMostGivenBack = 500;

}  // namespace

Comparison::Comparison(const Keys& keys, std::string push_front, const Membership& membership,
                       ScriptSet& scripts, Claims& claims, Arrivals& arrivals, Reports& reports,
                       Supply& supply)
    : push_front_(std::move(push_front)),
      queue_prefix_(keys.queue("")),
      membership_(membership),
      scripts_(scripts),
      claims_(claims),
      arrivals_(arrivals),
      reports_(reports),
      supply_(supply) {}

void Comparison::start(Connection& connection) {
  wanted_ = false;
  under_way_ = true;
  sweep(connection);
}

void Comparison::stop() { wanted_ = under_way_ = made_ = false; }

void Comparison::sweep(Connection& connection) {
  Command command = scripts_.call(
      connection, Script::sweep, 2, 1 + arrivals_.queues() + Arrivals::kWords * arrivals_.count(),
      [this, &connection](ReplyPtr reply) { return swept(connection, *reply); });
  command.arg(membership_.inflight_key()).arg(membership_.waits_key());
  command.arg(static_cast<std::int64_t>(arrivals_.count()));
  arrivals_.send_numbers(command);
  arrivals_.send(command);
}

Result<void> Comparison::swept(Connection& connection, const redisReply& reply) {
  if (scripts_.forgotten(Script::sweep, reply)) {
    arrivals_.unsend();
    sweep(connection);
    return {};
  }
  if (is_error(reply)) return reply_error("unable to take over jobs that arrived", text(reply));
  std::vector<std::string_view> missing;
  for (const redisReply* field : elements(reply)) missing.push_back(text(*field));
  // Those that were settled meanwhile are nobody's loss; the hash shows the others.
  arrivals_.sent(missing);
  supply_.heard();
  ask_in_flight(connection);
  return {};
}

void Comparison::ask_in_flight(Connection& connection) {
  connection
      .request(2, [this, &connection](ReplyPtr reply) { return compared(connection, *reply); })
      .arg("HKEYS")
      .arg(membership_.inflight_key());
}

Result<void> Comparison::compared(Connection& connection, const redisReply& reply) {
  if (is_error(reply)) return reply_error("unable to read the jobs in hand", text(reply));
  std::vector<std::string> fields;
  for (const redisReply* field : elements(reply)) fields.emplace_back(text(*field));
  std::vector<std::string> unknown;
  for (const Reservation gone : claims_.compare(fields, unknown)) {
    reports_.lost(gone, "the broker does not have it any more");
  }
  if (!unknown.empty()) give_back(connection, unknown);
  made_ = true;
  under_way_ = false;
  return {};
}

void Comparison::give_back(Connection& connection, const std::vector<std::string>& fields) {
  const std::size_t count = std::min(fields.size(), kMostGivenBack);
  const bool more = count < fields.size();
  Command command = scripts_.call(
      connection, Script::give_back, 1, 2 + count, [this, more](ReplyPtr reply) -> Result<void> {
        const bool again = scripts_.forgotten(Script::give_back, *reply);
        if (is_error(*reply) && !again) {
          return reply_error("unable to give jobs back", text(*reply));
        }
        wanted_ = wanted_ || again || more;
        supply_.heard();
        return {};
      });
  command.arg(membership_.inflight_key()).arg(push_front_).arg(queue_prefix_);
  for (std::size_t i = 0; i < count; ++i) command.arg(fields[i]);
}

}  // namespace narwhal::redis
