#include "master/crew.h"

#include <algorithm>
#include <csignal>

#include "base/socket_pair.h"

namespace narwhal {
namespace {

// Room for a message's own fields beside the payloads it carries.
constexpr std::size_t kMessageOverhead = std::size_t{1024} * 1024;
// Reads from one worker in one turn: a talkative worker must not hold up the others.
constexpr int kReadsPerTurn = 16;

std::uint32_t to_milliseconds(Duration duration) {
  const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, UINT32_MAX));
}

}  // namespace

Crew::Crew(std::uint32_t workers, const LimitsConfig& limits)
    : table_(workers, limits.max_jobs), limits_(limits) {
  owners_.fill(-1);
}

WorkerSlot* Crew::owner(int fd) {
  const int index = owners_[static_cast<std::size_t>(fd)];
  return index < 0 ? nullptr : &table_.at(static_cast<std::uint32_t>(index));
}

void Crew::open(const WorkerSlot& slot, UniqueFd socket, SharedSlotPage page) {
  if (lines_.size() <= slot.index) lines_.resize(slot.index + 1U);
  const int fd = socket.get();
  watched_.watch_read(fd);
  owners_[static_cast<std::size_t>(fd)] = static_cast<std::int16_t>(slot.index);
  line(slot) = {
      std::make_unique<MasterChannel>(std::move(socket), limits_.max_payload + kMessageOverhead),
      std::move(page)};
}

void Crew::close_channel(const WorkerSlot& slot) {
  auto& channel = line(slot).channel;
  if (!channel) return;
  watched_.forget(channel->descriptor());
  owners_[static_cast<std::size_t>(channel->descriptor())] = -1;
  channel.reset();
}

// A failed send needs no answer of its own: the worker's death arrives by itself.
void Crew::send(const WorkerSlot& slot, MessageKind kind, std::string_view head,
                std::string_view tail) {
  MasterChannel* channel = line(slot).channel.get();
  if (channel == nullptr) return;
  (void)channel->send(kind, head, tail);
  if (channel->wants_write()) watched_.watch_write(channel->descriptor());
}

void Crew::serve(const PollSet& ready, CrewEvents& events) {
  ready.for_each_writable([&](int fd) {
    const WorkerSlot* slot = owner(fd);
    if (slot == nullptr) return;
    MasterChannel& channel = *line(*slot).channel;
    if (!channel.flush() || !channel.wants_write()) watched_.forget_write(fd);
  });
  ready.for_each_readable([&](int fd) {
    if (WorkerSlot* slot = owner(fd)) read(*slot, events, kReadsPerTurn);
  });
}

void Crew::read_to_end(WorkerSlot& slot, CrewEvents& events) {
  if (line(slot).channel) read(slot, events, /*most_reads=*/1 << 20);
}

void Crew::read(WorkerSlot& slot, CrewEvents& events, int most_reads) {
  for (int reads = 0; reads < most_reads; ++reads) {
    auto got = line(slot).channel->receive();
    if (!got || *got == MasterChannel::Read::closed) {
      close_channel(slot);
      return events.worker_closed(slot);
    }
    if (!apply_messages(slot, events)) {
      close_channel(slot);
      return events.worker_garbled(slot);
    }
    if (*got == MasterChannel::Read::all) return;
  }
}

bool Crew::apply_messages(WorkerSlot& slot, CrewEvents& events) {
  while (true) {
    FrameView frame;
    auto more = line(slot).channel->next(frame);
    if (!more) return false;
    if (!*more) return true;
    if (!apply(slot, frame, events)) return false;
  }
}

bool Crew::apply(WorkerSlot& slot, const FrameView& frame, CrewEvents& events) {
  switch (static_cast<MessageKind>(frame.kind)) {
    case MessageKind::worker_ready: {
      auto message = WorkerReady::decode(frame.body);
      if (!message) return false;
      events.worker_ready(slot, *message);
      return true;
    }
    case MessageKind::job_finished: {
      auto message = JobFinished::decode(frame.body);
      if (!message) return false;
      events.job_finished(slot, *message);
      return true;
    }
    case MessageKind::enqueue: {
      auto message = Enqueue::decode(frame.body);
      if (!message) return false;
      events.enqueue_requested(slot, *message);
      return true;
    }
    default:
      return false;
  }
}

Result<bool> Crew::start(WorkerSlot& slot, MoldLink& mold, TimePoint now) {
  auto pair = make_socket_pair(SocketKind::stream);
  if (!pair) return pair.error();
  if (auto fits = check_selectable(pair->parent.get(), "a worker"); !fits) return fits.error();
  auto page = SharedSlotPage::create();
  if (!page) return page.error();
  SpawnWorker request;
  request.slot = slot.index;
  request.spawn = ++spawns_;
  request.socket = std::move(pair->child);
  request.page = page->take_descriptor();
  auto sent = mold.request(request);
  if (!sent || !*sent) return sent;
  open(slot, std::move(pair->parent), std::move(*page));
  table_.starting(slot, request.spawn, now);
  return true;
}

void Crew::give(WorkerSlot& slot, JobInHand job, TimePoint now) {
  const JobInHand& given = table_.assign(slot, std::move(job), now);
  const Delivery& delivery = given.delivery;
  line(slot).page->offer(given.sequence);
  RunJob message;
  message.sequence = given.sequence;
  message.enqueued_at = to_unix_micros(delivery.enqueued_at);
  message.attempt = delivery.counters.attempts + 1;
  message.crashes = delivery.counters.crashes;
  message.priority = delivery.priority;
  message.job_timeout_ms = to_milliseconds(limits_.job_timeout);
  message.soft_timeout_ms = to_milliseconds(limits_.soft_timeout);
  message.id = delivery.id;
  message.queue = delivery.queue;
  out_.clear();
  message.encode_head(out_);
  if (MasterChannel* channel = line(slot).channel.get()) {
    (void)channel->queue(MessageKind::run_job, out_, delivery.payload);
    given_.push_back(slot.index);
  }
}

void Crew::send_given() {
  for (const std::uint32_t index : given_) {
    MasterChannel* channel = lines_[index].channel.get();
    if (channel == nullptr || !channel->wants_write()) continue;
    (void)channel->flush();
    if (channel->wants_write()) watched_.watch_write(channel->descriptor());
  }
  given_.clear();
}

bool Crew::withdraw(WorkerSlot& slot, const JobInHand& job) {
  return line(slot).page->withdraw(job.sequence);
}

std::vector<JobInHand> Crew::withdraw_ahead(WorkerSlot& slot) {
  // The worker claims from the front: where one is begun, so are those before it.
  std::size_t begun = slot.ahead.size();
  while (begun > 0 && withdraw(slot, slot.ahead[begun - 1])) --begun;
  std::vector<JobInHand> jobs;
  while (slot.ahead.size() > begun) jobs.push_back(table_.take_ahead(slot, begun));
  return jobs;
}

void Crew::tell_to_leave(WorkerSlot& slot, TimePoint now) {
  raise_stopping(slot);
  send(slot, MessageKind::quit, {});
  table_.leaving(slot, now);
}

void Crew::raise_stopping(WorkerSlot& slot) {
  line(slot).page->stopping.store(true, std::memory_order_relaxed);
}

void Crew::raise_soft_timeout(WorkerSlot& slot, int interrupt_signal) {
  slot.current->soft_timeout_raised = true;
  line(slot).page->soft_timeout.store(slot.current->sequence, std::memory_order_relaxed);
  if (interrupt_signal != 0 && slot.pid > 0) ::kill(slot.pid, interrupt_signal);
}

TimePoint Crew::deadline(const WorkerSlot& slot) const {
  const SlotPage& page = *line(slot).page;
  if (page.moved_deadline_of.load() != slot.current->sequence) return slot.current->deadline;
  return TimePoint{Duration{page.moved_deadline.load()}};  // steady_clock is CLOCK_MONOTONIC
}

void Crew::answer_enqueue(WorkerSlot& slot, std::uint64_t token, std::string_view error) {
  Enqueued message;
  message.token = token;
  message.error = error;
  out_.clear();
  message.encode(out_);
  send(slot, MessageKind::enqueued, out_);
}

void Crew::kill(WorkerSlot& slot, KillReason reason, TimePoint now) {
  if (slot.pid > 0) ::kill(slot.pid, SIGKILL);
  table_.killed(slot, reason, now);
}

void Crew::bury(WorkerSlot& slot, TimePoint now) {
  close_channel(slot);
  Line& old = line(slot);
  // The worker is reaped, but a group it named lives on until it is empty, so its number is still
  // its.
  if (const pid_t group = old.page->process_group.load(); group > 1) ::kill(-group, SIGKILL);
  old = Line{};
  table_.vacant(slot, now);
}

}  // namespace narwhal
