#include "client.h"

#include <algorithm>
#include <thread>

#include "cluster.h"
#include "format.h"
#include "server_info.h"

namespace narwhal::redis {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};
// Between tries while a slot of a cluster is being moved.
constexpr Duration kFirstPause = std::chrono::milliseconds{10};
constexpr Duration kLongestPause = std::chrono::milliseconds{500};
constexpr Connection::Limits kLimits{std::size_t{1} << 30U, kPatience};

bool any_elsewhere(const std::vector<ReplyPtr>& replies) {
  return std::any_of(replies.begin(), replies.end(), [](const auto& reply) {
    return is_error(*reply) && is_elsewhere(text(*reply));
  });
}

}  // namespace

Client::Client(Location location, std::shared_ptr<net::TlsContext> tls)
    : location_(std::move(location)),
      dialer_(location_, std::move(tls), kLimits, "narwhal-client") {}

Result<std::unique_ptr<Client>> Client::open(const BrokerConfig& config) {
  auto location = locate(config);
  if (!location.ok()) return location.error();
  auto tls = net::TlsContext::make(location->tls);
  if (!tls.ok()) return tls.error();
  std::unique_ptr<Client> client(new Client(std::move(*location), std::move(*tls)));
  if (auto opened = client->ensure_open(); !opened.ok()) return opened.error();
  return client;
}

Error Client::lost(const Error& error) {
  connection_.reset();
  dialer_.stop();
  return Error{error.kind, "unable to use redis at " + location_.place(), error.text()};
}

// Ends with done(), an error of the connection, or its patience.
Result<void> Client::wait(const std::function<bool()>& done) {
  const SystemClock clock;
  while (!done()) {
    PollSet set;
    const bool dialing = connection_ == nullptr;
    dialing ? dialer_.watch(set) : connection_->watch(set);
    const TimePoint wake = dialing ? dialer_.wake_at() : connection_->wake_at();
    const TimePoint now = clock.now();
    auto waited = set.wait(wake == kNever ? kPatience : std::max(wake - now, Duration{0}));
    if (!waited.ok()) return waited.error();
    auto moved = dialing ? dialer_.step(set, clock.now()) : connection_->step(set, clock.now());
    if (!moved.ok()) return moved.error();
    if (dialing) connection_ = dialer_.take();
  }
  return {};
}

// Whether the server has not hung up while nothing was asked of it.
bool Client::still_open() {
  if (connection_ == nullptr) return false;
  PollSet set;
  connection_->watch(set);
  const auto waited = set.wait(Duration{0});
  if (waited.ok() && connection_->step(set, SystemClock{}.now()).ok()) return true;
  connection_.reset();
  return false;
}

Result<void> Client::ensure_open() {
  if (still_open()) return {};
  auto opened = try_open();
  // A name may have several addresses, and a sentinel or node may be away, so there is more than
  // one try.
  for (std::size_t more = dialer_.hosts(); more > 0; --more) {
    if (opened.ok() || opened.error().kind != ErrorKind::unavailable) break;
    opened = try_open();
  }
  return opened;
}

Result<void> Client::try_open() {
  if (auto begun = dialer_.start(SystemClock{}.now()); !begun.ok()) return lost(begun.error());
  if (auto up = wait([this] { return connection_ != nullptr; }); !up.ok()) return lost(up.error());
  bool told = false;
  connection_
      ->request(1,
                [this, &told](ReplyPtr reply) {
                  told = true;
                  return told_of_server(*reply);
                })
      .arg("INFO");
  if (auto sent = connection_->flush(SystemClock{}.now()); !sent.ok()) return lost(sent.error());
  if (auto known = wait([&told] { return told; }); !known.ok()) return lost(known.error());
  return {};
}

Result<void> Client::told_of_server(const redisReply& reply) {
  if (is_error(reply)) {
    if (ends_session(text(reply))) return reply_error("unable to begin", text(reply));
    return {};
  }
  auto usable = ServerInfo::parse(text(reply)).usable(location_);
  if (!usable.ok()) dialer_.mistrust();
  return usable;
}

Result<ReplyPtr> Client::call(const Words& words) {
  auto replies = call_all({words});
  if (!replies.ok()) return replies.error();
  ReplyPtr reply = std::move(replies->front());
  if (is_error(*reply))
    return reply_error("unable to use redis at " + location_.place(), text(*reply));
  return reply;
}

// What a node of a cluster refused because it does not have the slot has not been carried out, not
// even in part; and once one has said so, its successor may need a moment.
Result<std::vector<ReplyPtr>> Client::call_all(const std::vector<Words>& commands) {
  const SystemClock clock;
  const TimePoint deadline = clock.now() + kPatience;
  bool elsewhere = false;
  for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const bool last = clock.now() + pause >= deadline;
    auto opened = ensure_open();
    if (opened.ok()) {
      auto replies = send_all(commands);
      if (last || !replies.ok() || !any_elsewhere(*replies)) return replies;
      elsewhere = true;
    } else if (last || !elsewhere || opened.error().kind != ErrorKind::unavailable) {
      return opened.error();
    }
    connection_.reset();  // the next is to the node that has the slot by then
    std::this_thread::sleep_for(pause);
  }
}

Result<std::vector<ReplyPtr>> Client::send_all(const std::vector<Words>& commands) {
  std::vector<ReplyPtr> replies;
  for (const auto& words : commands) {
    Command command =
        connection_->request(words.size(), [&replies](ReplyPtr reply) -> Result<void> {
          replies.push_back(std::move(reply));
          return {};
        });
    for (const auto word : words) command.arg(word);
  }
  auto done = connection_->flush(SystemClock{}.now());
  if (done.ok()) done = wait([&] { return replies.size() == commands.size(); });
  if (!done.ok()) return lost(done.error());
  return replies;
}

}  // namespace narwhal::redis
