#include "slot.h"

#include <algorithm>
#include <utility>

namespace narwhal::beanstalkd {
namespace {

// An envelope with the longest history beside the largest payload.
constexpr std::size_t kEnvelopeMost = std::size_t{128} * 1024;

bool is_fetching(Slot::Phase phase) {
  return phase == Slot::Phase::reserving || phase == Slot::Phase::checking;
}

}  // namespace

Slot::Slot(Session& session, std::uint32_t index)
    : session_(session), index_(index), link_(session.max_payload + kEnvelopeMost) {}

Result<bool> Slot::open(const net::Address& address, const std::string& name) {
  auto opened = link_.open(address, name);
  if (!opened.ok() || !*opened) return opened;
  const auto standard = session_.order.find("default");
  watched_ = standard ? TubeSet{1} << *standard : 0;
  watches_default_ = !standard;
  used_ = "default";
  proven_ = false;
  overdue_at_ = session_.now + session_.patience;
  set_phase(Phase::free);
  return true;
}

void Slot::lose(const std::string& reason) {
  link_.close();
  for (const Sent& sent : sent_) {
    if (sent.ask == Ask::reserve) ++session_.unseen_cut_offs;
    if (sent.ask != Ask::ack && sent.ask != Ask::release) continue;
    session_.lost(sent.reservation, reason + ", before the server confirmed what became of it");
    --session_.unconfirmed;
    session_.excuse(sent.id);
  }
  sent_.clear();
  if (job_) {
    session_.excuse(job_->id);
    lost_job(reason);
  }
  dirty_ = false;
  overdue_at_ = kNever;
  set_phase(Phase::closed);
}

void Slot::set_phase(Phase phase) {
  session_.fetching += (is_fetching(phase) ? 1 : 0) - (is_fetching(phase_) ? 1 : 0);
  if (phase != Phase::reserving && std::exchange(probes_, false)) session_.probing = false;
  phase_ = phase;
}

// Notes what the next reply will answer; the caller appends the command.
std::string& Slot::command(Ask ask, ServerId id) {
  sent_.push_back({ask, reservation(), id});
  overdue_at_ = session_.now + session_.patience;
  if (!dirty_) session_.dirty.push_back(index_);
  dirty_ = true;
  return link_.out();
}

void Slot::use(const std::string& tube) {
  if (used_ == tube) return;
  append_command(command(Ask::setting), "use", tube);
  used_ = tube;
}

Result<void> Slot::read() {
  auto received = link_.receive();
  Reply reply;
  while (link_.is_open()) {
    auto whole = link_.next(reply);
    if (!whole.ok()) return whole.error();
    if (!*whole) break;
    if (auto handled = handle(reply); !handled.ok()) return handled;
  }
  if (!received.ok()) return received.error();
  if (*received) {
    return Error{ErrorKind::unavailable, "connection lost", "the server closed it"};
  }
  return {};
}

Result<void> Slot::write() {
  dirty_ = false;
  if (!link_.is_open()) return {};
  return link_.send();
}

TimePoint Slot::timer_at() const {
  TimePoint at = overdue_at_;
  if (job_) at = std::min(at, job_->touch_at);
  if (settling_) at = std::min(at, settling_->store_at);
  return at;
}

Result<void> Slot::on_timer() {
  const TimePoint now = session_.now;
  if (now >= overdue_at_) {
    return Error{ErrorKind::unavailable, "connection lost", "the server does not answer"};
  }
  if (settling_ && now >= settling_->store_at) {
    stop_waiting();
    store();
  }
  if (!job_ || now < job_->touch_at) return {};
  const std::uint32_t ttr = job_->ttr();
  job_->touch_at = kNever;
  if (ttr == 0) {
    append_command(command(Ask::learn), "stats-job", job_->id);
  } else {
    append_command(command(Ask::touch), "touch", job_->id);
  }
  return {};
}

Result<void> Slot::handle(Reply& reply) {
  if (sent_.empty()) return unexpected(Ask::setting, reply);
  const Sent sent = sent_.front();
  sent_.erase(sent_.begin());
  proven_ = true;
  overdue_at_ = sent_.empty() ? kNever : session_.now + session_.patience;
  // The last command may be a reserve that waits for a job.
  if (!sent_.empty() && sent_.front().ask == Ask::reserve) overdue_at_ += wait_;
  switch (sent.ask) {
    case Ask::setting:
      if (reply.kind == ReplyKind::watching || reply.kind == ReplyKind::using_tube) return {};
      return unexpected(sent.ask, reply);
    case Ask::reserve:
      return on_reserve(reply);
    case Ask::check:
      return on_check(reply);
    case Ask::fold:
      return on_fold(reply);
    case Ask::fold_delete:
      return on_fold_delete(reply);
    case Ask::set_aside:
      let_go();
      return {};
    case Ask::learn:
      return on_learn(reply);
    case Ask::touch:
      return on_touch(reply);
    case Ask::ack:
      return on_ack(reply, sent);
    case Ask::count:
      return on_count(reply);
    case Ask::prove:
      return on_prove(reply);
    case Ask::store:
      return on_store(reply);
    case Ask::store_delete:
      return on_store_delete(reply);
    case Ask::release:
      return on_release(reply, sent);
    // Best effort: whatever came of these, nothing is lost.
    case Ask::undo:
    case Ask::kick:
      return {};
  }
  return unexpected(sent.ask, reply);
}

Error Slot::unexpected(Ask ask, const Reply& reply) {
  return Error{ErrorKind::invalid, std::string("unable to ") + name_of(ask),
               "the server answered " + std::string(word_of(reply.kind))};
}

const char* Slot::name_of(Ask ask) {
  switch (ask) {
    case Ask::setting:
      return "choose tubes";
    case Ask::reserve:
      return "reserve a job";
    case Ask::check:
    case Ask::learn:
    case Ask::count:
      return "ask about a job";
    case Ask::touch:
    case Ask::prove:
      return "touch a job";
    case Ask::ack:
    case Ask::fold_delete:
    case Ask::store_delete:
    case Ask::undo:
      return "delete a job";
    case Ask::fold:
    case Ask::store:
      return "put a job";
    case Ask::set_aside:
      return "bury a job";
    case Ask::release:
      return "release a job";
    case Ask::kick:
      return "kick a job";
  }
  return "";
}

}  // namespace narwhal::beanstalkd
