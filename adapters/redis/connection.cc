#include "connection.h"

#include <array>

namespace narwhal::redis {
namespace {

// "Call step() at once"; far from the ends of the clock, so differences to it do not overflow.
constexpr TimePoint kAtOnce{};

constexpr std::size_t kChunk = std::size_t{64} * 1024;
// Of input or output in one call: what takes longer waits its turn, so that a large payload does
// not keep the loop from its workers.
constexpr std::size_t kMostAtOnce = std::size_t{4} << 20U;
constexpr std::size_t kKeptOutput = std::size_t{1} << 20U;

}  // namespace

void Connection::watch(PollSet& set) const {
  if (stream_.established() || !stream_.wants_write()) set.watch_read(stream_.fd());
  const bool output = stream_.established() && sent_ < out_.size();
  if (output || stream_.wants_write()) set.watch_write(stream_.fd());
}

TimePoint Connection::wake_at() const {
  if (more_input_) return kAtOnce;
  return !waiting_.empty() || !stream_.established() ? progress_ + limits_.patience : kNever;
}

Result<void> Connection::step(const PollSet& ready, TimePoint now) {
  if (!stream_.established()) {
    if (auto done = stream_.advance(ready.writable(stream_.fd())); !done.ok()) return done;
    if (stream_.established()) progress_ = now;
  }
  if (stream_.established() && (more_input_ || ready.readable(stream_.fd()))) {
    if (auto done = read(now); !done.ok()) return done;
  }
  if (wake_at() <= now && !more_input_) {
    return Error{ErrorKind::unavailable, established() ? "unable to go on" : "unable to connect",
                 "the server does not answer"};
  }
  if (sent_ < out_.size()) return flush(now);
  return {};
}

Result<void> Connection::read(TimePoint now) {
  std::array<char, kChunk> buffer;
  more_input_ = false;
  std::size_t total = 0;
  while (total < kMostAtOnce) {
    auto count = stream_.read(buffer.data(), buffer.size());
    if (!count.ok()) return count.error();
    if (*count == 0) return {};
    progress_ = now;
    total += *count;
    if (auto fed = reader_.feed(buffer.data(), *count, limits_.most_reply); !fed.ok()) return fed;
    if (auto done = dispatch(); !done.ok()) return done;
    // A short read has emptied the socket; TLS may hold back more than that.
    if (*count < buffer.size() && !stream_.has_pending()) return {};
  }
  more_input_ = stream_.has_pending();
  return {};
}

Result<void> Connection::dispatch() {
  while (true) {
    auto reply = reader_.next();
    if (!reply.ok()) return reply.error();
    if (*reply == nullptr) return {};
    if (pushed_ && pushed_(**reply)) continue;
    if (waiting_.empty()) {
      return Error{
          ErrorKind::unavailable, "unable to go on",
          is_error(**reply) ? std::string(text(**reply)) : "a reply that nobody asked for"};
    }
    const Handler handler = std::move(waiting_.front());
    waiting_.pop_front();
    if (auto done = handler(std::move(*reply)); !done.ok()) return done;
  }
}

Result<void> Connection::flush(TimePoint now) {
  if (!stream_.established()) return {};
  // Only what continues counts as progress: a stopped server's kernel takes small commands for
  // long.
  const bool counts = fresh_ || sent_ > 0;
  std::size_t total = 0;
  while (sent_ < out_.size() && total < kMostAtOnce) {
    auto count = stream_.write(out_.data() + sent_, std::min(out_.size() - sent_, kMostAtOnce));
    if (!count.ok()) return count.error();
    if (*count == 0) return {};
    if (counts) progress_ = now;
    sent_ += *count;
    total += *count;
  }
  if (sent_ < out_.size()) return {};
  if (out_.capacity() > kKeptOutput) out_ = {};
  out_.clear();
  sent_ = 0;
  fresh_ = false;
  return {};
}

Command Connection::request(std::size_t argc, Handler handler) {
  fresh_ = fresh_ || waiting_.empty();
  waiting_.push_back(std::move(handler));
  return Command(out_, argc);
}

}  // namespace narwhal::redis
