#include "turns.h"

#include <algorithm>

#include "publisher.h"

namespace narwhal::redis {
namespace {

// In one turn: a longer script would keep others from the server, and Lua's unpack() has a limit of
// its own.
constexpr std::size_t kMostSettled = 500;
constexpr int kMostFetched = 500;

// Of the arguments that every turn has.
constexpr std::size_t kFixedWords = 8;

constexpr const char* kTakenUp = "somebody else has taken it up";

}  // namespace

Turns::Turns(Parties parties, Watched watched, std::string inflight_key, std::size_t max_payload,
             Fetched fetched)
    : with_(parties),
      watched_(std::move(watched)),
      inflight_key_(std::move(inflight_key)),
      max_payload_(max_payload),
      fetched_(std::move(fetched)) {}

bool Turns::any_to_settle() const { return with_.claims.any_pending() || with_.arrivals.any(); }

void Turns::send(Connection& connection, const Fetch& fetch) {
  Claims& claims = with_.claims;
  Arrivals& arrivals = with_.arrivals;
  under_way_ = true;
  want_ = std::min(fetch.want, kMostFetched);
  claims.send(kMostSettled);
  std::size_t acks = 0;
  std::size_t words = kFixedWords + Arrivals::kWords * arrivals.count();
  for (const auto& each : claims.sent()) {
    acks += each.ops.empty() ? 1 : 0;
    words += each.ops.empty() ? 1 : 2 + words_of(each.ops);
  }
  const std::size_t lists = fetch.watch_lists ? watched_.lists.size() : 0;
  const std::size_t keys = 1 + watched_.others.size() + lists;
  Command command = with_.scripts.call(connection, Script::turn, keys, words,
                                       [this](ReplyPtr reply) { return answered(*reply); });
  command.arg(inflight_key_);
  for (const auto& key : watched_.others) command.arg(key);
  for (std::size_t i = 0; i < lists; ++i) command.arg(watched_.lists[i]);
  command.arg(want_)
      .arg(static_cast<std::int64_t>(claims.next_number()))
      .arg(fetch.look ? "1" : "0")
      .arg(with_.order.next())
      .arg(static_cast<std::int64_t>(claims.expected()))
      .arg(static_cast<std::int64_t>(acks))
      .arg(static_cast<std::int64_t>(claims.sent().size() - acks))
      .arg(static_cast<std::int64_t>(arrivals.count()));
  arrivals.send(command);
  for (const auto& each : claims.sent()) {
    if (each.ops.empty()) command.arg(each.field);
  }
  for (const auto& each : claims.sent()) {
    if (each.ops.empty()) continue;
    command.arg(each.field).arg(static_cast<std::int64_t>(each.ops.size()));
    append(command, each.ops);
  }
  claims.skip_to(claims.next_number() + static_cast<Reservation>(want_));
}

Result<void> Turns::answered(const redisReply& reply) {
  under_way_ = false;
  if (with_.scripts.forgotten(Script::turn, reply)) {
    with_.claims.unsend();
    with_.arrivals.unsend();
    return {};
  }
  if (is_error(reply)) return reply_error("unable to settle and fetch", text(reply));
  const auto turn = TurnReply::parse(reply, watched_.lists.size());
  if (!turn) return reply_error("unable to settle and fetch", "a reply of another form");
  apply_settled(*turn);
  if (want_ > 0) apply_fetched(*turn);
  return {};
}

void Turns::apply_settled(const TurnReply& turn) {
  auto settled = with_.claims.take_sent();
  std::vector<std::string_view> fields;
  for (const auto& refused : turn.refused) fields.push_back(refused.field);
  for (const Reservation gone : with_.arrivals.sent(fields)) {
    if (with_.claims.take(gone)) with_.reports.lost(gone, kTakenUp);
  }
  for (const auto& refused : turn.refused) apply_refused(refused, settled);
}

void Turns::apply_refused(const TurnReply::Refused& refused, std::vector<Settlement>& settled) {
  const auto at = std::find_if(settled.begin(), settled.end(),
                               [&](const auto& each) { return each.field == refused.field; });
  if (at == settled.end()) return;
  if (!refused.why.empty()) {
    with_.reports.warn("unable to settle a job, it is kept: " + std::string(refused.why));
    with_.claims.stuck(std::move(*at));
  } else if (!at->in_doubt) {  // else it was settled by the session whose answer was lost
    with_.reports.lost(at->reservation, kTakenUp);
  }
}

void Turns::apply_fetched(const TurnReply& turn) {
  for (const auto& batch : turn.batches) {
    Reservation number = batch.first;
    for (const redisReply* stored : batch.jobs) {
      with_.intake.hand_out(batch.queue, number++, text(*stored));
    }
  }
  if (turn.set_aside > 0) {
    with_.reports.warn(
        "set aside as dead: the payload is over max_payload",
        {{"jobs", turn.set_aside}, {"max_payload", static_cast<std::int64_t>(max_payload_)}});
  }
  if (!turn.problem.empty() && turn.problem != problem_) {
    with_.reports.warn("unable to read a queue: " + std::string(turn.problem));
  }
  problem_ = turn.problem;
  fetched_(turn);
}

}  // namespace narwhal::redis
