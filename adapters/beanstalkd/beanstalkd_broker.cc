#include "beanstalkd_broker.h"

#include <algorithm>
#include <utility>

namespace narwhal::beanstalkd {
namespace {

constexpr std::size_t kSlotLimit = std::size_t{1} << kSlotBits;
// Connections beyond the capacity are kept for this long: another burst may follow.
constexpr Duration kKeepSurplus = std::chrono::seconds{1};
constexpr Duration kOpenAgain = std::chrono::milliseconds{20};

// A server that is dead without a word is noticed within the lease and two thirds of it.
constexpr std::chrono::seconds kShortestPatience{2};
constexpr std::chrono::seconds kLongestPatience{10};
constexpr std::chrono::seconds kLongestProbe{30};

template <typename T>
void move_to(std::vector<T>& target, std::vector<T>& source) {
  if (source.empty()) return;
  if (target.empty()) {
    target.swap(source);
  } else {
    std::move(source.begin(), source.end(), std::back_inserter(target));
  }
  source.clear();
}

}  // namespace

BeanstalkdBroker::BeanstalkdBroker(Place place, const BrokerConfig& config,
                                   const BrokerContext& context, std::uint32_t ttr)
    : place_(std::move(place)),
      session_(config.queues),
      desk_(session_),
      capacity_(context.capacity) {
  session_.max_payload = context.max_payload;
  session_.ttr = ttr;
  session_.patience = std::clamp<Duration>(context.lease / 3, kShortestPatience, kLongestPatience);
  session_.probe_every = std::clamp(std::chrono::ceil<std::chrono::seconds>(context.lease),
                                    kShortestPatience, kLongestProbe);
  session_.clock = context.clock;
}

// --- Sessions

Result<void> BeanstalkdBroker::connect(TimePoint now) {
  session_.now = now;
  // The ids of a server that has lost its jobs begin anew.
  std::fill(session_.highest.begin(), session_.highest.end(), 0);
  session_.checks.refill(now);
  session_.resume_at = kNever;
  // Those that were there when descriptors ran out may be opened again.
  closed_.clear();
  for (std::uint32_t index = 0; index < slots_.size(); ++index) closed_.push_back(index);
  out_of_descriptors_ = false;
  connected_ = true;
  if (place_.host.empty()) {
    resolver_.know(net::unix_address(place_.path));
  } else if (auto started = resolver_.start(place_.host_port()); !started.ok()) {
    return started;
  }
  return open_desk();
}

// Does nothing while the address is not known.
Result<void> BeanstalkdBroker::open_desk() {
  auto address = resolver_.address();
  if (!address.ok()) return address.error();
  if (!address->has_value()) return {};
  auto opened = desk_.open(**address, place_.text());
  if (!opened.ok()) return opened.error();
  if (!*opened) open_at_ = session_.now + kOpenAgain;
  return {};
}

void BeanstalkdBroker::disconnect() {
  connected_ = false;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index]->phase() == Slot::Phase::closed) continue;
    slots_[index]->lose("the connection was lost");
    note(index);
  }
  desk_.lose("the connection was lost");
  session_.dirty.clear();
  blocked_.clear();
  free_.clear();
  listed_.assign(slots_.size(), false);
  slot_timer_ = open_at_ = surplus_at_ = kNever;
}

void BeanstalkdBroker::watch(PollSet& set) const {
  resolver_.watch(set);
  desk_.watch(set);
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) set.watch_read(descriptor);
  }
  for (const std::uint32_t index : blocked_) set.watch_write(descriptors_[index]);
}

TimePoint BeanstalkdBroker::wake_at() const {
  const BrokerEvents& reports = session_.reports;
  const bool to_tell =
      !reports.lost.empty() || !reports.published.empty() || !reports.notices.empty();
  if (to_tell || !session_.dirty.empty() || desk_.has_output()) return session_.now;
  return std::min({slot_timer_, desk_.timer_at(), session_.resume_at, open_at_, surplus_at_});
}

std::size_t BeanstalkdBroker::unconfirmed() const {
  return session_.unconfirmed + desk_.unconfirmed();
}

// --- Input

Result<void> BeanstalkdBroker::step(const PollSet& ready, TimePoint now, int,
                                    BrokerEvents& events) {
  session_.now = now;
  ++session_.turn;
  if (now >= session_.resume_at) session_.resume_at = kNever;
  if (now >= open_at_) open_at_ = kNever;
  Result<void> done = serve_desk(ready);
  if (done.ok()) done = serve_slots(ready);
  if (done.ok()) done = run_timers();
  hand_out(events);
  return done;
}

Result<void> BeanstalkdBroker::serve_desk(const PollSet& ready) {
  if (!desk_.is_open()) return connected_ ? open_desk() : Result<void>{};
  const int descriptor = desk_.descriptor();
  if (ready.writable(descriptor)) {
    if (auto written = desk_.write(); !written.ok()) return written;
  }
  if (ready.readable(descriptor)) {
    if (auto read = desk_.read(); !read.ok()) return read;
  }
  if (desk_.ready()) resolver_.good();
  return desk_.on_timer();
}

Result<void> BeanstalkdBroker::serve_slots(const PollSet& ready) {
  for (std::uint32_t index = 0; index < descriptors_.size(); ++index) {
    const int descriptor = descriptors_[index];
    if (descriptor < 0) continue;
    const bool readable = ready.readable(descriptor);
    const bool writable = ready.writable(descriptor);
    if (!readable && !writable) continue;
    if (auto served = serve_slot(index, readable, writable); !served.ok()) return served;
  }
  std::erase_if(blocked_, [this](std::uint32_t index) {
    return descriptors_[index] < 0 || !slots_[index]->wants_write();
  });
  return {};
}

Result<void> BeanstalkdBroker::serve_slot(std::uint32_t index, bool readable, bool writable) {
  Slot& slot = *slots_[index];
  Result<void> done;
  if (writable) done = slot.write();
  if (done.ok() && readable) done = slot.read();
  if (!done.ok()) return slot_failed(index, done.error());
  note(index);
  return {};
}

// Looks at the slots only when one of them may have something to do, and learns when that is next.
Result<void> BeanstalkdBroker::run_timers() {
  if (session_.now < slot_timer_) return {};
  slot_timer_ = kNever;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    Slot& slot = *slots_[index];
    if (session_.now >= slot.timer_at()) {
      if (auto done = slot.on_timer(); !done.ok()) {
        if (auto failed = slot_failed(index, done.error()); !failed.ok()) return failed;
      }
    }
    note(index);
  }
  return {};
}

// One connection that breaks takes its own job with it and no other; but where no connection gets
// through, or what comes is not the protocol, the session is over.
Result<void> BeanstalkdBroker::slot_failed(std::uint32_t index, const Error& error) {
  if (error.kind == ErrorKind::invalid || !slots_[index]->proven()) return error;
  slots_[index]->lose(error.text());
  note(index);
  return {};
}

// Takes over what a slot's last call changed.
void BeanstalkdBroker::note(std::uint32_t index) {
  const Slot& slot = *slots_[index];
  const int before = std::exchange(descriptors_[index], slot.descriptor());
  if (slot.phase() == Slot::Phase::closed) {
    if (before >= 0) closed_.push_back(index);
    return;
  }
  if (slot.phase() == Slot::Phase::free && !listed_[index]) {
    free_.push_back(index);
    listed_[index] = true;
  }
  slot_timer_ = std::min(slot_timer_, slot.timer_at());
}

void BeanstalkdBroker::hand_out(BrokerEvents& events) {
  BrokerEvents& reports = session_.reports;
  move_to(events.deliveries, reports.deliveries);
  move_to(events.published, reports.published);
  move_to(events.lost, reports.lost);
  move_to(events.notices, reports.notices);
  move_to(events.depths, reports.depths);
}

// --- Output

void BeanstalkdBroker::settle(Delivery job, Verdict verdict) {
  const auto index = static_cast<std::uint32_t>(job.reservation & (kSlotLimit - 1));
  // One that was lost has been reported, and settling it changes nothing.
  if (index >= slots_.size() || slots_[index]->reservation() != job.reservation) return;
  if (slots_[index]->phase() != Slot::Phase::held) return;
  slots_[index]->settle(std::move(job), std::move(verdict));
  note(index);
}

void BeanstalkdBroker::publish(PublishToken token, NewJob job) {
  desk_.publish(token, std::move(job));
}

Result<void> BeanstalkdBroker::flush(TimePoint now, int want) {
  session_.now = now;
  if (auto fetched = fetch(want); !fetched.ok()) return fetched;
  close_surplus();
  if (auto written = write_dirty(); !written.ok()) return written;
  return desk_.write();
}

Result<void> BeanstalkdBroker::fetch(int want) {
  const bool may = fetching_ && serving() && session_.resume_at == kNever &&
                   session_.stuck < std::max(capacity_, 1);
  while (may && session_.fetching < want) {
    Slot* slot = take_free();
    if (slot == nullptr) {
      auto opened = open_slot();
      if (!opened.ok()) return opened.error();
      slot = *opened;
    }
    if (slot == nullptr) return {};
    slot->reserve();
    slot_timer_ = std::min(slot_timer_, slot->timer_at());
  }
  return {};
}

// The last one that became free: its delete leaves in the same write.
Slot* BeanstalkdBroker::take_free() {
  while (!free_.empty()) {
    Slot& slot = *slots_[free_.back()];
    listed_[free_.back()] = false;
    free_.pop_back();
    if (slot.phase() == Slot::Phase::free) return &slot;
  }
  return nullptr;
}

// Workers have to be watched, too. One connection for the job that a worker runs and one for the
// next: with more the server has more to go through, and 64 workers ran a third slower.
std::size_t BeanstalkdBroker::most_slots() const {
  const int capacity = std::clamp(capacity_, 1, most_workers());
  return static_cast<std::size_t>(
      std::min(2 * capacity, FD_SETSIZE - kOtherDescriptors - capacity));
}

// nullptr when there is none to be had for now.
Result<Slot*> BeanstalkdBroker::open_slot() {
  if (open_at_ != kNever) return nullptr;
  if (closed_.empty()) {
    if (out_of_descriptors_ || slots_.size() >= most_slots()) return nullptr;
    const auto index = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(std::make_unique<Slot>(session_, index));
    descriptors_.push_back(-1);
    listed_.push_back(false);
    closed_.push_back(index);
  }
  const std::uint32_t index = closed_.back();
  auto address = resolver_.address();
  if (!address.ok()) return address.error();
  auto opened = slots_[index]->open(**address, place_.text());
  if (!opened.ok()) {
    if (opened.error().kind != ErrorKind::invalid) return opened.error();
    session_.notice(BrokerEvents::Level::warning, opened.error().text());
    closed_.clear();
    out_of_descriptors_ = true;
    return nullptr;
  }
  if (!*opened) {
    open_at_ = session_.now + kOpenAgain;
    return nullptr;
  }
  closed_.pop_back();
  descriptors_[index] = slots_[index]->descriptor();
  return slots_[index].get();
}

// A master takes more jobs than it has workers while they are short. What waits in reserve is left
// alone, and no timer runs for it: an idle master would wake for nothing.
void BeanstalkdBroker::close_surplus() {
  const auto open = static_cast<int>(slots_.size() - closed_.size());
  int surplus = open - std::max(capacity_, 1);
  if (surplus <= 0 || free_.empty()) {
    surplus_at_ = kNever;
    return;
  }
  if (surplus_at_ == kNever) surplus_at_ = session_.now + kKeepSurplus;
  if (session_.now < surplus_at_) return;
  surplus_at_ = kNever;
  for (std::uint32_t index = 0; index < slots_.size() && surplus > 0; ++index) {
    if (!slots_[index]->quiet()) continue;
    slots_[index]->lose("");
    note(index);
    --surplus;
  }
}

Result<void> BeanstalkdBroker::write_dirty() {
  writing_.swap(session_.dirty);
  session_.dirty.clear();
  for (const std::uint32_t index : writing_) {
    if (descriptors_[index] < 0) continue;
    if (auto written = slots_[index]->write(); !written.ok()) {
      if (auto failed = slot_failed(index, written.error()); !failed.ok()) return failed;
      continue;
    }
    const bool listed = std::find(blocked_.begin(), blocked_.end(), index) != blocked_.end();
    if (slots_[index]->wants_write() && !listed) blocked_.push_back(index);
  }
  return {};
}

}  // namespace narwhal::beanstalkd
