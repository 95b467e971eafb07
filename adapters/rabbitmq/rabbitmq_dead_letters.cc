#include "rabbitmq_dead_letters.h"

#include <algorithm>
#include <unordered_set>

#include "names.h"

namespace narwhal::rabbitmq {
namespace {

constexpr std::size_t kHeaderFrame = 64;

}  // namespace

RabbitmqDeadLetters::RabbitmqDeadLetters(Location location, std::shared_ptr<net::TlsContext> tls,
                                         const BrokerConfig& config)
    : client_(std::move(location), std::move(tls)),
      publisher_(client_.connection(), client_.location().queues),
      channel_(client_.connection().add_channel(*this)) {
  for (const QueueConfig& queue : config.queues) queues_.push_back(queue.name);
}

Result<std::unique_ptr<DeadLetters>> RabbitmqDeadLetters::open(const BrokerConfig& config) {
  auto location = locate(config);
  if (!location.ok()) return location.error();
  auto tls = net::TlsContext::make(location->tls);
  if (!tls.ok()) return tls.error();
  std::unique_ptr<RabbitmqDeadLetters> letters(
      new RabbitmqDeadLetters(std::move(*location), std::move(*tls), config));
  if (auto connected = letters->connect(); !connected.ok()) return connected.error();
  return std::unique_ptr<DeadLetters>(std::move(letters));
}

Result<void> RabbitmqDeadLetters::connect() {
  return client_.connect([this] { publisher_.lose("the connection was lost"); },
                         [this] { return publisher_.ready() && channel_.is_open(); });
}

// --- The commands

Result<std::vector<DeadLetter>> RabbitmqDeadLetters::list(std::string_view queue,
                                                          std::size_t limit) {
  std::vector<DeadLetter> found;
  auto walked = walk(queue, [&](Letter& letter) {
    if (found.size() >= limit) return Fate::keep_and_stop;
    found.push_back(to_dead_letter(letter));
    return found.size() >= limit ? Fate::keep_and_stop : Fate::keep;
  });
  if (!walked.ok()) return walked.error();
  return found;
}

Result<DeadLetter> RabbitmqDeadLetters::find(std::string_view id) {
  std::optional<DeadLetter> found;
  auto walked = walk("", [&](Letter& letter) {
    if (letter.envelope.id != id) return Fate::keep;
    found = to_dead_letter(letter);
    return Fate::keep_and_stop;
  });
  if (!walked.ok()) return walked.error();
  if (found) return std::move(*found);
  return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
               "there is none of that id"};
}

Result<std::size_t> RabbitmqDeadLetters::retry(const std::vector<std::string>& ids) {
  return act_on(ids, Fate::retry);
}

Result<std::size_t> RabbitmqDeadLetters::remove(const std::vector<std::string>& ids) {
  return act_on(ids, Fate::remove);
}

Result<std::size_t> RabbitmqDeadLetters::act_on(const std::vector<std::string>& ids, Fate fate) {
  const std::unordered_set<std::string> wanted(ids.begin(), ids.end());
  return walk(
      "", [&](Letter& letter) { return wanted.contains(letter.envelope.id) ? fate : Fate::keep; });
}

Result<std::size_t> RabbitmqDeadLetters::retry_all(std::string_view queue) {
  return walk(queue, [](Letter&) { return Fate::retry; });
}

Result<std::size_t> RabbitmqDeadLetters::remove_all(std::string_view queue) {
  return walk(queue, [](Letter&) { return Fate::remove; });
}

// --- Letter after letter

std::vector<std::string> RabbitmqDeadLetters::queues_of(std::string_view queue) const {
  if (queue.empty()) return queues_;
  return {std::string{queue}};
}

Result<std::size_t> RabbitmqDeadLetters::walk(std::string_view queue, const Judge& judge) {
  std::size_t count = 0;
  bool stop = false;
  for (const std::string& each : queues_of(queue)) {
    if (auto connected = connect(); !connected.ok()) return connected.error();
    auto walked = walk_queue(each, judge, stop);
    if (!walked.ok()) return walked.error();
    count += *walked;
    if (stop) break;
  }
  return count;
}

// Only those that were there at the start: a retried job may die and come back meanwhile.
Result<std::size_t> RabbitmqDeadLetters::walk_queue(const std::string& queue, const Judge& judge,
                                                    bool& stop) {
  std::size_t count = 0;
  std::uint32_t left = 1;
  for (bool first = true; left > 0 && !stop; --left, first = false) {
    auto letter = next(queue);
    if (!letter.ok()) return letter.error();
    if (!*letter) break;
    if (first) left = got_->left + 1;
    const Fate fate = judge(**letter);
    stop = fate == Fate::keep_and_stop;
    if (fate == Fate::retry) {
      if (auto stored = put_back(**letter); !stored.ok()) return stored.error();
    }
    if (fate != Fate::retry && fate != Fate::remove) continue;
    channel_.ack((*letter)->tag, /*multiple=*/false);
    ++count;
  }
  if (closed_) return count;
  amqp_basic_nack_t rest{};
  rest.multiple = 1;
  rest.requeue = 1;
  channel_.send(AMQP_BASIC_NACK_METHOD, &rest);
  if (auto heard = round_trip(); !heard.ok()) return heard.error();
  return count;
}

// Nothing when there is none left, or no such queue.
Result<std::optional<RabbitmqDeadLetters::Letter>> RabbitmqDeadLetters::next(
    const std::string& queue) {
  answered_ = closed_ = false;
  const std::string name = dead_queue(queue);
  channel_.get(name);
  auto done = client_.until([this] { return answered_ && channel_.is_open(); });
  if (!done.ok()) return done.error();
  if (!got_) return std::optional<Letter>{};
  Letter letter;
  letter.tag = got_->tag;
  letter.queue = queue;
  letter.properties = std::move(got_->properties);
  letter.body = std::move(got_->body);
  letter.envelope = read_envelope(letter.properties, letter.body,
                                  client_.location().queues.max_priority, clock_.wall_now(), pool_);
  return std::optional<Letter>(std::move(letter));
}

Result<void> RabbitmqDeadLetters::put_back(const Letter& letter) {
  Envelope envelope = letter.envelope;
  envelope.counters = {};
  envelope.history.clear();
  envelope.reason.clear();
  envelope.died_at = {};
  envelope.due.reset();
  std::optional<Result<void>> result;
  Publisher::Parcel parcel;
  parcel.to = jobs_spec(letter.queue);
  parcel.id = envelope.id;
  parcel.properties =
      write_envelope(envelope, letter.properties, client_.location().queues.max_priority,
                     client_.connection().frame_max() - kHeaderFrame, pool_);
  parcel.body = letter.body;
  parcel.done = [&result](const Result<void>& stored) { result = stored; };
  publisher_.publish(std::move(parcel));
  auto done = client_.until([&] {
    publisher_.pump(client_.now());
    client_.wake_at(publisher_.wake_at());
    return result.has_value();
  });
  if (!done.ok()) {
    publisher_.lose("the connection was lost");
    return done;
  }
  return *result;
}

// Acknowledgements have no answer; a question behind them does.
Result<void> RabbitmqDeadLetters::round_trip() {
  answered_ = false;
  amqp_basic_qos_t method{};
  method.prefetch_count = 1;
  channel_.send(AMQP_BASIC_QOS_METHOD, &method);
  return client_.until([this] { return answered_; });
}

DeadLetter RabbitmqDeadLetters::to_dead_letter(Letter& letter) {
  DeadLetter dead;
  dead.id = letter.envelope.id;
  dead.queue = letter.queue;
  dead.payload = letter.body;
  dead.priority = letter.envelope.priority;
  dead.counters = letter.envelope.counters;
  dead.enqueued_at = letter.envelope.enqueued_at;
  dead.died_at = letter.envelope.died_at;
  dead.reason = letter.envelope.reason;
  dead.history = letter.envelope.history;
  return dead;
}

// --- What the server says

Result<void> RabbitmqDeadLetters::on_open() { return {}; }

Result<void> RabbitmqDeadLetters::on_method(const amqp_method_t& method) {
  if (method.id == AMQP_BASIC_GET_EMPTY_METHOD) got_.reset();
  answered_ = true;
  return {};
}

Result<void> RabbitmqDeadLetters::on_content(Content& content) {
  got_ = std::move(content);
  answered_ = true;
  return {};
}

Result<void> RabbitmqDeadLetters::on_closed(int code, const std::string& text) {
  got_.reset();
  answered_ = closed_ = true;
  channel_.open();
  if (code == AMQP_NOT_FOUND) return {};
  return Error{ErrorKind::refused, "unable to look at dead letters", text};
}

}  // namespace narwhal::rabbitmq
