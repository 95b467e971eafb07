#include "publisher.h"

namespace narwhal::redis {

std::size_t words_of(const Ops& ops) {
  std::size_t words = 0;
  for (const auto& op : ops) words += 1 + op.size();
  return words;
}

void append(Command& command, const Ops& ops) {
  for (const auto& op : ops) {
    command.arg(static_cast<std::int64_t>(op.size()));
    for (const auto& word : op) command.arg(word);
  }
}

void Publisher::add(PublishToken token, Ops ops) {
  waiting_.push_back({token, next_sequence_++, std::move(ops)});
}

void Publisher::send(Connection& connection, const std::string& consumer_key) {
  for (; sent_ < waiting_.size(); ++sent_) {
    const Waiting& each = waiting_[sent_];
    Command command = scripts_.call(connection, Script::publish, 1, 1 + words_of(each.ops),
                                    [this](ReplyPtr reply) { return answered(*reply); });
    command.arg(consumer_key).arg(each.sequence);
    append(command, each.ops);
  }
}

Result<void> Publisher::answered(const redisReply& reply) {
  if (scripts_.forgotten(Script::publish, reply)) {
    renumber_first();
    return {};
  }
  if (is_error(reply) && ends_session(text(reply))) {
    renumber_first();
    return reply_error("unable to enqueue", text(reply));
  }
  Result<void> result;
  if (is_error(reply)) result = reply_error("unable to enqueue", text(reply));
  answers_.push_back({waiting_.front().token, std::move(result)});
  waiting_.pop_front();
  --sent_;
  return {};
}

// It was not carried out, but one after it may have been, so its number may be passed already.
void Publisher::renumber_first() {
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  --sent_;
  first.sequence = next_sequence_++;
  waiting_.push_back(std::move(first));
}

}  // namespace narwhal::redis
