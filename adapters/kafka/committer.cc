#include "committer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace narwhal::kafka {
namespace {

constexpr Duration kAnswerTime = std::chrono::seconds{5};
// A server that is well answers in milliseconds.
constexpr Duration kSlow = std::chrono::seconds{1};
constexpr Duration kTryAgain = std::chrono::milliseconds{100};

}  // namespace

void Committer::use(rd_kafka_t* handle, rd_kafka_queue_t* answers) {
  handle_ = handle;
  answers_ = answers;
  in_flight_.clear();
  answer_by_ = kNever;
  not_before_ = {};
}

bool Committer::wanted() const {
  bool wanted = false;
  assignment_.for_each([&](const Partition& partition) { wanted = wanted || partition.dirty(); });
  return wanted;
}

void Committer::send() {
  const Partitions list(rd_kafka_topic_partition_list_new(8));
  assignment_.for_each([&](Partition& partition) {
    if (!partition.dirty()) return;
    const Partition::Commit commit = partition.begin_commit(most_text_);
    rd_kafka_topic_partition_t& each =
        *rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number);
    each.offset = commit.mark;
    // The list frees it.
    each.metadata = std::malloc(commit.text.size());
    std::memcpy(each.metadata, commit.text.data(), commit.text.size());
    each.metadata_size = commit.text.size();
    in_flight_.push_back(partition.epoch);
  });
  if (in_flight_.empty()) return;
  ++number_;
  const auto code = rd_kafka_commit_queue(handle_, list.get(), answers_, nullptr,
                                          reinterpret_cast<void*>(number_));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    answer_by_ = session_.now + kAnswerTime;
  } else {
    end(false);
  }
}

void Committer::on_answer(rd_kafka_event_t* event) {
  if (reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event)) != number_) return;
  rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  const auto* list = rd_kafka_event_topic_partition_list(event);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = list->elems[i].err;
  }
  if (code == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE && most_text_ > 64) most_text_ /= 2;
  // One of the group's other states passes, or ends in the loss of the partitions.
  end(code == RD_KAFKA_RESP_ERR_NO_ERROR);
  // An older generation is none of these: that is how a rebalance under way shows, and this master
  // may be one of its members.
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    assignment_.thrown_out();
  }
}

void Committer::run() {
  if (session_.now >= answer_by_) end(false);
}

void Committer::end(bool confirmed) {
  answer_by_ = kNever;
  ++number_;  // an answer that comes late is not for the next one
  not_before_ = confirmed ? TimePoint{} : session_.now + kTryAgain;
  for (const Partition::Epoch epoch : std::exchange(in_flight_, {})) {
    Partition* partition = assignment_.find(epoch);
    if (partition != nullptr) partition->end_commit(confirmed);
  }
}

bool Committer::is_slow() const {
  return answer_by_ != kNever && session_.now >= answer_by_ - kAnswerTime + kSlow;
}

TimePoint Committer::wake_at() const {
  TimePoint at = answer_by_;
  if (answer_by_ != kNever && !is_slow()) at = answer_by_ - kAnswerTime + kSlow;
  if (in_flight_.empty() && not_before_ > session_.now && wanted()) at = std::min(at, not_before_);
  return at;
}

}  // namespace narwhal::kafka
