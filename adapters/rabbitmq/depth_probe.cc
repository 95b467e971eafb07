#include "depth_probe.h"

#include <utility>

#include "delay_levels.h"
#include "names.h"

namespace narwhal::rabbitmq {

DepthProbe::DepthProbe(const std::vector<QueueConfig>& queues, Stashed stashed)
    : stashed_(std::move(stashed)) {
  for (const QueueConfig& queue : queues) queues_.push_back(queue.name);
  waiting_since_.assign(queues_.size(), kNever);
}

void DepthProbe::reset() {
  questions_.clear();
  depths_.clear();
  waiting_since_.assign(queues_.size(), kNever);
}

void DepthProbe::request(TimePoint now) {
  wanted_ = true;
  if (!questions_.empty()) return;
  asked_at_ = now;
  depths_.clear();
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    depths_.push_back({.queue = queues_[i]});
    questions_.push_back({i, Kind::dead, dead_queue(queues_[i])});
    for (const DelayLevel& level : kDelayLevels) {
      questions_.push_back({i, Kind::delayed, delay_queue(queues_[i], level.span)});
    }
  }
  // Last: a job on its way here is counted by neither side.
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    questions_.push_back({i, Kind::ready, front_queue(queues_[i])});
    questions_.push_back({i, Kind::ready, queues_[i]});
  }
  ask_next();
}

void DepthProbe::ask_next() {
  if (questions_.empty() || !channel_->is_open()) return;
  amqp_queue_declare_t method{};
  method.queue = to_bytes(questions_.front().name);
  method.passive = 1;
  channel_->send(AMQP_QUEUE_DECLARE_METHOD, &method);
}

Result<void> DepthProbe::on_open() {
  if (wanted_ && questions_.empty()) {
    request(asked_at_);
  } else {
    ask_next();
  }
  return {};
}

Result<void> DepthProbe::on_method(const amqp_method_t& method) {
  if (method.id == AMQP_QUEUE_DECLARE_OK_METHOD) {
    answer(static_cast<const amqp_queue_declare_ok_t*>(method.decoded)->message_count);
    ask_next();
  }
  return {};
}

Result<void> DepthProbe::on_closed(int, const std::string&) {
  answer(0);
  channel_->open();
  return {};
}

void DepthProbe::answer(std::uint64_t count) {
  if (questions_.empty()) return;
  const Question question = std::move(questions_.front());
  questions_.pop_front();
  QueueDepth& depth = depths_[question.queue];
  switch (question.kind) {
    case Kind::ready:
      depth.ready += count;
      if (question.name == queues_[question.queue]) depth.ready += stashed_(question.queue);
      return;
    case Kind::delayed:
      depth.delayed += count;
      return;
    case Kind::dead:
      depth.dead = count;
      return;
  }
}

// AMQP does not tell how old a message is. What is known is since when jobs were seen to wait while
// none came.
std::vector<QueueDepth> DepthProbe::take(TimePoint now) {
  if (!wanted_ || !questions_.empty() || depths_.empty()) return {};
  wanted_ = false;
  for (std::size_t i = 0; i < depths_.size(); ++i) {
    if (depths_[i].ready == 0) {
      waiting_since_[i] = kNever;
      continue;
    }
    if (waiting_since_[i] == kNever) waiting_since_[i] = asked_at_;
    depths_[i].oldest_ready_age = now - waiting_since_[i];
  }
  return std::exchange(depths_, {});
}

}  // namespace narwhal::rabbitmq
