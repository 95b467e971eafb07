#include "assignment.h"

#include <algorithm>
#include <array>

namespace narwhal::kafka {
namespace {

constexpr int kAskMillis = 5000;
constexpr Duration kAskAgain = std::chrono::milliseconds{500};
// What running jobs get to end in when their partition goes to another master. Nothing is fetched
// from any partition meanwhile.
constexpr Duration kRevokeTime = std::chrono::seconds{10};
// And the commit after that.
constexpr Duration kCommitTime = std::chrono::seconds{3};

constexpr const char* kGiven = "the group has given its partition to another master";

using ListRequest =
    Owner<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;

}  // namespace

void Assignment::use(rd_kafka_t* handle, rd_kafka_queue_t* answers, const Waker& waker) {
  handle_ = handle;
  answers_ = answers;
  waker_ = &waker;
  phase_ = Phase::steady;
}

Partition* Assignment::find(Partition::Epoch epoch) const {
  const auto found = partitions_.find(epoch);
  return found == partitions_.end() ? nullptr : found->second.get();
}

Partition* Assignment::find(std::string_view topic, std::int32_t number) const {
  for (const auto& [epoch, partition] : partitions_) {
    if (partition->number == number && partition->topic == topic) return partition.get();
  }
  return nullptr;
}

void Assignment::report(rd_kafka_error_t* error, const char* what) {
  const KafkaError owned(error);
  if (owned) session_.warn(std::string("unable to ") + what + ": " + rd_kafka_error_string(error));
}

// --- Rebalances

void Assignment::on_rebalance(rd_kafka_event_t* event) {
  list_.reset(rd_kafka_topic_partition_list_copy(rd_kafka_event_topic_partition_list(event)));
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    phase_ = Phase::asking;
    asked_ = false;
    if (list_->cnt == 0) return assign(*list_);
    return ask();
  }
  begin_revoke();
}

// What was committed, with its metadata; rd_kafka_committed() would block.
void Assignment::ask() {
  const ListRequest request(
      rd_kafka_ListConsumerGroupOffsets_new(session_.location.group.c_str(), list_.get()));
  const AdminOptions options(
      rd_kafka_AdminOptions_new(handle_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
  std::array<char, 256> problem{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kAskMillis, problem.data(),
                                            problem.size());
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  rd_kafka_ListConsumerGroupOffsets(handle_, requests, 1, options.get(), answers_);
  asked_ = true;
  deadline_ = kNever;  // the library answers, if only that the time has passed
}

void Assignment::on_offsets(rd_kafka_event_t* event) {
  asked_ = false;
  if (phase_ != Phase::asking) return;
  deadline_ = session_.now + kAskAgain;
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  std::size_t count = 0;
  const auto* groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
  if (count != 1 || rd_kafka_group_result_error(groups[0]) != nullptr) return;
  const auto* committed = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; i < list_->cnt; ++i) {
    const rd_kafka_topic_partition_t& wanted = list_->elems[i];
    const auto* found = rd_kafka_topic_partition_list_find(
        const_cast<rd_kafka_topic_partition_list_t*>(committed), wanted.topic, wanted.partition);
    if (found == nullptr || found->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  }
  assign(*committed);
}

void Assignment::assign(const rd_kafka_topic_partition_list_t& committed) {
  phase_ = Phase::steady;
  deadline_ = kNever;
  std::vector<Partition*> fresh;
  for (int i = 0; i < list_->cnt; ++i) {
    rd_kafka_topic_partition_t& each = list_->elems[i];
    const auto& found = *rd_kafka_topic_partition_list_find(
        const_cast<rd_kafka_topic_partition_list_t*>(&committed), each.topic, each.partition);
    // A new group begins with the oldest job. Most often that is the topic's first; a position that
    // has to be asked for takes the library up to a second.
    each.offset = std::max<std::int64_t>(found.offset, 0);
    const std::string_view metadata(static_cast<const char*>(found.metadata),
                                    found.metadata == nullptr ? 0 : found.metadata_size);
    Ledger ledger =
        found.offset >= 0 ? Ledger(session_.me, found.offset, metadata) : Ledger(session_.me);
    auto partition = std::make_unique<Partition>(
        ++epochs_, each.topic, each.partition, std::move(ledger),
        Queue(rd_kafka_queue_get_partition(handle_, each.topic, each.partition)));
    fresh.push_back(partition.get());
    partitions_.emplace(epochs_, std::move(partition));
  }
  report(rd_kafka_incremental_assign(handle_, list_.get()), "take partitions");
  list_.reset();
  settled_in_ = true;
  for (Partition* partition : fresh) {
    partition->unknown_since = session_.now;
    detach(*partition);
    listener_.on_assigned(*partition);
  }
}

void Assignment::detach(const Partition& partition) const {
  rd_kafka_queue_forward(partition.queue(), nullptr);
  waker_->attach(partition.queue());
}

// The library has stopped to fetch it and refuses to seek; it has to be given up and taken anew.
// The group is not told of that, and may not be in the middle of a rebalance.
void Assignment::restart_some() {
  for (const Partition::Epoch epoch : std::exchange(restarts_, {})) {
    const Partition* partition = find(epoch);
    if (partition == nullptr) continue;
    const Partitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), partition->topic.c_str(), partition->number)
        ->offset = RD_KAFKA_OFFSET_BEGINNING;
    report(rd_kafka_incremental_unassign(handle_, list.get()), "stop a partition");
    report(rd_kafka_incremental_assign(handle_, list.get()), "go to the start of a partition");
    detach(*partition);
  }
}

std::vector<Partition*> Assignment::going() const {
  std::vector<Partition*> going;
  for (int i = 0; list_ && i < list_->cnt; ++i) {
    Partition* partition = find(list_->elems[i].topic, list_->elems[i].partition);
    if (partition != nullptr) going.push_back(partition);
  }
  return going;
}

void Assignment::begin_revoke() {
  phase_ = Phase::revoking;
  deadline_ = session_.now + kRevokeTime;
  commit_deadline_ = kNever;
  for (Partition* partition : going()) {
    partition->revoked = true;
    partition->unclaim_all();
  }
  if (closing_) return finish_revoke("this master leaves");
  run();
}

// Nothing of it is in hand, or its jobs had their time; and the server knows all of that.
bool Assignment::may_go(const Partition& partition) const {
  return partition.leaving && !partition.dirty() && !partition.in_flight();
}

void Assignment::run() {
  if (phase_ == Phase::steady && !restarts_.empty()) restart_some();
  if (phase_ == Phase::asking && !asked_ && session_.now >= deadline_) return ask();
  if (phase_ != Phase::revoking) return;
  if (rd_kafka_assignment_lost(handle_) != 0) return finish_revoke(kGiven);
  bool all_leave = true;
  bool all_may_go = true;
  for (Partition* partition : going()) {
    const bool idle = partition->held.empty() && partition->moving == 0;
    if (!partition->leaving && (idle || session_.now >= deadline_)) {
      partition->leaving = true;
      partition->touch();
    }
    all_leave = all_leave && partition->leaving;
    all_may_go = all_may_go && may_go(*partition);
  }
  if (all_leave && commit_deadline_ == kNever) {
    deadline_ = kNever;
    commit_deadline_ = session_.now + kCommitTime;
  }
  if (all_may_go || session_.now >= commit_deadline_) {
    finish_revoke("it did not end in the time that a rebalance of the group leaves it");
  }
}

void Assignment::thrown_out() {
  if (phase_ == Phase::revoking) finish_revoke(kGiven);
}

void Assignment::finish_revoke(const std::string& why) {
  phase_ = Phase::steady;
  deadline_ = commit_deadline_ = kNever;
  for (Partition* partition : going()) go(*partition, why);
  report(rd_kafka_incremental_unassign(handle_, list_.get()), "give partitions up");
  list_.reset();
}

void Assignment::go(Partition& partition, const std::string& why) {
  for (const Reservation reservation : partition.open_reservations()) {
    session_.reports.lost.push_back({reservation, why});
  }
  listener_.on_gone(partition);
  partitions_.erase(partition.epoch);
}

void Assignment::lose_all(const std::string& why) {
  while (!partitions_.empty()) go(*partitions_.begin()->second, why);
  list_.reset();
  phase_ = Phase::steady;
  deadline_ = commit_deadline_ = kNever;
}

TimePoint Assignment::wake_at() const {
  if (phase_ == Phase::steady && !restarts_.empty()) return session_.now;
  return std::min(deadline_, commit_deadline_);
}

}  // namespace narwhal::kafka
