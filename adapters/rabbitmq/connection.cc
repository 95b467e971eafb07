#include "connection.h"

#include <algorithm>
#include <array>

#include "greeting.h"

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kLoginPatience = std::chrono::seconds{10};
constexpr std::size_t kReadSize = std::size_t{64} * 1024;
// A busy connection does not keep the loop from its other work.
constexpr int kMostReads = 16;
constexpr int kFrameMax = 128 * 1024;
// How rabbitmq-c marks a protocol header in place of a frame: a server's way to say no.
constexpr std::uint8_t kProtocolHeader = 'A';
// An output buffer that once held a large message is given back when it is over this.
constexpr std::size_t kKeptBuffer = std::size_t{256} * 1024;

}  // namespace

Connection::Connection(const Location& location, std::shared_ptr<net::TlsContext> tls,
                       Settings settings)
    : location_(location), tls_(std::move(tls)), settings_(std::move(settings)) {}

Channel& Connection::add_channel(ChannelUser& user) {
  const auto number = static_cast<amqp_channel_t>(channels_.size() + 1);
  channels_.push_back(std::make_unique<Channel>(*this, number, user));
  return *channels_.back();
}

// --- A connection's life

Result<void> Connection::open(const net::Address& address, TimePoint now) {
  close();
  auto stream = net::Stream::open(address, tls_);
  place_ = address.place;
  if (!stream.ok()) return in_context(stream.error());
  stream_ = std::move(*stream);
  reader_ = std::make_unique<FrameReader>();
  phase_ = Phase::connecting;
  closed_for_itself_ = false;
  deadline_ = now + kLoginPatience;
  last_sent_ = last_received_ = now;
  append_protocol_header(out_);
  return {};
}

// A URL may list several servers: it is said which one it was.
Error Connection::in_context(const Error& error) const {
  return Error{error.kind, error.context + ": " + place_.text(), error.reason};
}

void Connection::close() {
  phase_ = Phase::closed;
  stream_.reset();
  reader_.reset();
  out_.clear();
  sent_ = 0;
  more_input_ = false;
  heartbeat_ = 0;
  frame_max_ = AMQP_FRAME_MIN_SIZE;
  deadline_ = kNever;
  blocked_.reset();
  for (const auto& channel : channels_) channel->reset();
}

void Connection::leave(TimePoint now) {
  if (is_open()) {
    amqp_connection_close_t method{};
    method.reply_code = AMQP_REPLY_SUCCESS;
    append_method(out_, 0, AMQP_CONNECTION_CLOSE_METHOD, &method);
    (void)write(now);
  }
  close();
}

bool Connection::wants_write() const {
  if (!stream_) return false;
  return stream_->wants_write() || (stream_->established() && unsent() > 0);
}

void Connection::watch(PollSet& set) const {
  if (!stream_) return;
  set.watch_read(fd());
  if (wants_write()) set.watch_write(fd());
}

TimePoint Connection::wake_at() const {
  if (more_input_) return last_received_;
  if (!is_open()) return deadline_;
  if (heartbeat_ == 0) return kNever;
  const TimePoint dead = last_received_ + 2 * heartbeat();
  // What waits to be sent stands in for a heartbeat.
  return unsent() > 0 ? dead : std::min(dead, last_sent_ + heartbeat() / 2);
}

Result<void> Connection::step(bool readable, bool writable, TimePoint now) {
  if (!stream_) return {};
  if (!stream_->established()) {
    if (readable || writable) {
      if (auto done = stream_->advance(writable); !done.ok()) return in_context(done.error());
    }
    if (!stream_->established()) return check_time(now);
  }
  if (phase_ == Phase::connecting) phase_ = Phase::greeting;
  if (readable || more_input_) {
    if (auto done = read(now); !done.ok()) return done;
  }
  if (auto done = check_time(now); !done.ok()) return done;
  return writable || !is_open() ? write(now) : Result<void>{};
}

Result<void> Connection::check_time(TimePoint now) {
  if (!is_open()) {
    if (now < deadline_) return {};
    return Error{ErrorKind::unavailable, "unable to log in", "the server does not answer"};
  }
  if (heartbeat_ == 0) return {};
  if (now >= last_received_ + 2 * heartbeat()) {
    return Error{ErrorKind::unavailable, "connection lost",
                 "no heartbeat from the server for " + std::to_string(2 * heartbeat_) + " s"};
  }
  if (unsent() == 0 && now >= last_sent_ + heartbeat() / 2) {
    append_heartbeat(out_);
    return write(now);
  }
  return {};
}

// --- Bytes

Result<void> Connection::write(TimePoint now) {
  if (!stream_ || !stream_->established()) return {};
  while (unsent() > 0) {
    auto count = stream_->write(out_.data() + sent_, unsent());
    if (!count.ok()) return in_context(count.error());
    if (*count == 0) break;
    sent_ += *count;
    last_sent_ = now;
  }
  if (unsent() == 0) {
    if (out_.capacity() > kKeptBuffer) std::string{}.swap(out_);
    out_.clear();
    sent_ = 0;
  } else if (sent_ > kKeptBuffer) {
    out_.erase(0, sent_);
    sent_ = 0;
  }
  return {};
}

Result<void> Connection::read(TimePoint now) {
  std::array<char, kReadSize> bytes;
  more_input_ = false;
  for (int i = 0; i < kMostReads; ++i) {
    auto count = stream_->read(bytes.data(), bytes.size());
    if (!count.ok()) return in_context(count.error());
    if (*count == 0) return {};
    last_received_ = now;
    reader_->feed({bytes.data(), *count});
    while (true) {
      amqp_frame_t frame{};
      auto whole = reader_->next(frame);
      if (!whole.ok()) return whole.error();
      if (!*whole) break;
      if (auto done = on_frame(frame); !done.ok()) return done;
    }
    if (*count < bytes.size() && !stream_->has_pending()) return {};
  }
  more_input_ = true;
  return {};
}

// --- Frames

Result<void> Connection::on_frame(const amqp_frame_t& frame) {
  if (frame.frame_type == kProtocolHeader) {
    return Error{ErrorKind::refused, "unable to log in",
                 "the server speaks another version of the protocol"};
  }
  if (frame.channel == 0) {
    return frame.frame_type == AMQP_FRAME_METHOD ? on_method(frame.payload.method) : Result<void>{};
  }
  if (frame.channel > channels_.size()) return {};
  return channels_[frame.channel - 1U]->on_frame(frame);
}

Result<void> Connection::on_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_CONNECTION_START_METHOD:
      return start(*static_cast<const amqp_connection_start_t*>(method.decoded));
    case AMQP_CONNECTION_TUNE_METHOD:
      return tune(*static_cast<const amqp_connection_tune_t*>(method.decoded));
    case AMQP_CONNECTION_OPEN_OK_METHOD:
      return opened();
    case AMQP_CONNECTION_CLOSE_METHOD:
      return closed_by_server(*static_cast<const amqp_connection_close_t*>(method.decoded));
    case AMQP_CONNECTION_BLOCKED_METHOD:
      blocked_ = to_view(static_cast<const amqp_connection_blocked_t*>(method.decoded)->reason);
      return {};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      blocked_.reset();
      return {};
    default:
      return {};
  }
}

Result<void> Connection::start(const amqp_connection_start_t& method) {
  if (phase_ != Phase::greeting) return {};
  server_version_ = version_of(method);
  append_start_ok(out_, location_, settings_.client_name);
  phase_ = Phase::tuning;
  return {};
}

Result<void> Connection::tune(const amqp_connection_tune_t& method) {
  if (phase_ != Phase::tuning) return {};
  const int offered = static_cast<int>(std::min<std::uint32_t>(method.frame_max, kFrameMax));
  const int frame_max = offered == 0 ? kFrameMax : offered;
  const int channel_max = method.channel_max == 0 ? AMQP_DEFAULT_MAX_CHANNELS : method.channel_max;
  if (channels_.size() > static_cast<std::size_t>(channel_max)) {
    return Error{ErrorKind::refused, "unable to log in",
                 "the server allows " + std::to_string(channel_max) + " channels, and " +
                     std::to_string(channels_.size()) + " are needed"};
  }
  frame_max_ = static_cast<std::size_t>(frame_max);
  heartbeat_ = method.heartbeat == 0 || settings_.heartbeat == 0
                   ? settings_.heartbeat
                   : std::min(method.heartbeat, settings_.heartbeat);
  reader_->tune(channel_max, frame_max);
  amqp_connection_tune_ok_t answer{};
  answer.channel_max = static_cast<std::uint16_t>(channel_max);
  answer.frame_max = static_cast<std::uint32_t>(frame_max);
  answer.heartbeat = heartbeat_;
  append_method(out_, 0, AMQP_CONNECTION_TUNE_OK_METHOD, &answer);
  amqp_connection_open_t open{};
  open.virtual_host = to_bytes(location_.vhost);
  append_method(out_, 0, AMQP_CONNECTION_OPEN_METHOD, &open);
  phase_ = Phase::opening;
  return {};
}

Result<void> Connection::opened() {
  phase_ = Phase::open;
  deadline_ = kNever;
  for (const auto& channel : channels_) channel->open();
  return {};
}

Error Connection::closed_by_server(const amqp_connection_close_t& method) {
  const std::string text{to_view(method.reply_text)};
  const amqp_connection_close_ok_t answer{};
  append_method(out_, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &answer);
  (void)write(last_received_);
  // CONNECTION_FORCED: the server stops, or an operator has closed it.
  closed_for_itself_ = method.reply_code != AMQP_CONNECTION_FORCED;
  const bool refused =
      method.reply_code == AMQP_ACCESS_REFUSED || method.reply_code == AMQP_NOT_ALLOWED;
  return Error{refused ? ErrorKind::refused : ErrorKind::unavailable,
               is_open() ? "connection lost" : "unable to log in", text};
}

}  // namespace narwhal::rabbitmq
