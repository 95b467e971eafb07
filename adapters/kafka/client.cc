#include "client.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "conf.h"
#include "narwhal/posix_error.h"

namespace narwhal::kafka {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};
// For another address of the same name, after the first was of no use.
constexpr Duration kPatienceWhenDown = std::chrono::seconds{1};
constexpr Duration kLook = std::chrono::seconds{1};

}  // namespace

Client::Client(Location location, std::size_t max_payload) {
  session_.location = std::move(location);
  session_.max_payload = max_payload;
  session_.clock = &clock_;
}

Result<void> Client::open() {
  if (link_) {
    // What came since the last use: most likely nothing, or the end. librdkafka would wait longer
    // and longer before it tries again.
    if (turn().ok() && !link_->down) return {};
    close();
  }
  session_.now = clock_.now();
  auto link = std::make_unique<Link>(session_);
  if (auto opened = link->waker.open(); !opened.ok()) return opened;
  if (auto opened = link->publisher.open(link->waker); !opened.ok()) return opened;
  link->publisher.on_trouble(
      [this](rd_kafka_resp_err_t code, const std::string& text) { on_trouble(code, text); });
  link->answers.reset(rd_kafka_queue_new(link->publisher.handle()));
  link->waker.attach(link->answers.get());
  link->declarer.use(link->publisher.handle(), link->answers.get());
  link->declarer.be_sure();
  link_ = std::move(link);
  return {};
}

void Client::on_trouble(rd_kafka_resp_err_t code, const std::string& text) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    link_->down = true;
    link_->deadline = std::min(link_->deadline, session_.now + kPatienceWhenDown);
    return;
  }
  link_->trouble = unreachable(text);
  if (error_kind(code) == ErrorKind::refused) {
    link_->trouble = Error{ErrorKind::refused, link_->trouble.error().context, text};
    link_->deadline = session_.now;
  }
}

Error Client::unreachable(const std::string& reason) const {
  return {ErrorKind::unavailable, "unable to reach " + session_.location.servers, reason};
}

void Client::begin_to_wait() {
  link_->deadline = clock_.now() + kPatience;
  link_->trouble = unreachable("the server does not answer");
}

Result<void> Client::until(const std::function<bool()>& done) {
  begin_to_wait();
  Result<void> result;
  std::size_t pending = link_->publisher.pending();
  while (true) {
    result = turn();
    if (!result.ok() || done()) break;
    if (std::exchange(pending, link_->publisher.pending()) != pending) begin_to_wait();
    if (clock_.now() >= link_->deadline) {
      result = link_->trouble;
      break;
    }
    const TimePoint at = std::min({link_->deadline, link_->publisher.wake_at(),
                                   link_->declarer.wake_at(), clock_.now() + kLook});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - clock_.now()).count();
    pollfd one{link_->waker.fd(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) < 0 && errno != EINTR) {
      result = posix_error("unable to wait for the server", errno);
      break;
    }
  }
  if (!result.ok()) close();
  return result;
}

// Takes in what has come, and sends what may be sent.
Result<void> Client::turn() {
  session_.now = clock_.now();
  link_->waker.clear();
  while (const Event event{rd_kafka_queue_poll(link_->answers.get(), 0)}) {
    link_->declarer.on_answer(event.get());
  }
  link_->declarer.run();
  link_->publisher.pump();
  session_.reports.clear();
  return {};
}

// librdkafka only has a call that waits for this, and does not end when nobody is there: it is made
// for longer and longer, and what came meanwhile is looked at between.
Result<Metadata> Client::look(rd_kafka_topic_t* topic) {
  begin_to_wait();
  for (int wait = 250;; wait *= 2) {
    const struct rd_kafka_metadata* raw = nullptr;
    const auto code = rd_kafka_metadata(link_->publisher.handle(), 0, topic, &raw, wait);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(raw);
    if (auto taken = turn(); !taken.ok()) return taken.error();
    if (clock_.now() < link_->deadline) continue;
    const Error error = link_->trouble.error();
    close();
    return error;
  }
}

Result<void> Client::reach() {
  auto answer = look(nullptr);
  return answer.ok() ? Result<void>{} : answer.error();
}

Result<int> Client::partitions(const std::string& topic) {
  const Topic asked(rd_kafka_topic_new(link_->publisher.handle(), topic.c_str(), nullptr));
  auto answer = look(asked.get());
  if (!answer.ok()) return answer.error();
  const auto& found = (*answer)->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR) return found.partition_cnt;
  const ErrorKind kind = error_kind(found.err);
  if (kind == ErrorKind::not_found) return 0;
  return Error{kind, "unable to look at topic " + topic, rd_kafka_err2str(found.err)};
}

}  // namespace narwhal::kafka
