#include "publisher.h"

#include <algorithm>
#include <utility>

#include "conf.h"
#include "topics.h"

namespace narwhal::kafka {
namespace {

constexpr Duration kTryAgain = std::chrono::seconds{1};
constexpr Duration kTryAgainSoon = std::chrono::milliseconds{100};
// More is not given to the library at once; it waits here, without being copied.
constexpr std::size_t kMostSent = 10'000;

Properties defaults() {
  return {{"linger.ms", "0"},
          {"message.timeout.ms", "30000"},
          {"partitioner", "murmur2_random"},
          {"sticky.partitioning.linger.ms", "0"},
          {"socket.nagle.disable", "true"},
          {"socket.keepalive.enable", "true"},
          {"socket.timeout.ms", "20000"},
          {"reconnect.backoff.ms", "100"},
          {"reconnect.backoff.max.ms", "5000"},
          {"log.connection.close", "false"}};
}

}  // namespace

Publisher::~Publisher() {
  if (!handle_) return;
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                    RD_KAFKA_PURGE_F_NON_BLOCKING);
  while (const Event event{rd_kafka_queue_poll(queue_.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
      delete static_cast<Entry*>(message->_private);
    }
  }
}

Result<void> Publisher::open(const Waker& waker) {
  const std::size_t largest =
      std::min(session_.max_payload, kLargestPayload) + std::size_t{8} * 1024 * 1024;
  auto conf =
      make_conf(session_.location, defaults(),
                {{"acks", "all"},
                 {"enable.idempotence", "true"},
                 {"message.max.bytes",
                  std::to_string(std::clamp(largest, std::size_t{100'000'000}, kLargestMessage))}});
  if (!conf.ok()) return conf.error();
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  auto handle = make_handle(RD_KAFKA_PRODUCER, std::move(*conf), session_.location);
  if (!handle.ok()) return handle.error();
  handle_ = std::move(*handle);
  queue_.reset(rd_kafka_queue_get_main(handle_.get()));
  waker.attach(queue_.get());
  return {};
}

void Publisher::publish(Parcel parcel) {
  auto entry = std::make_unique<Entry>(Entry{.parcel = std::move(parcel)});
  if (!waiting_.empty() || send(entry) == Step::wait) waiting_.push_back(std::move(entry));
}

void Publisher::pump() {
  take_reports();
  wake_at_ = kNever;
  // Those whose topic is not there yet stay, in their order.
  std::deque<std::unique_ptr<Entry>> before;
  before.swap(waiting_);
  for (; !before.empty(); before.pop_front()) {
    if (send(before.front()) == Step::wait) waiting_.push_back(std::move(before.front()));
  }
}

// Precondition: the entry is not null. It is, once it was sent or refused.
Publisher::Step Publisher::send(std::unique_ptr<Entry>& entry) {
  if (sent_ >= kMostSent) return Step::wait;
  if (session_.now < entry->not_before) {
    wake_at_ = std::min(wake_at_, entry->not_before);
    return Step::wait;
  }
  switch (declarer_.state(entry->parcel.queue)) {
    case Declarer::State::known:
      break;
    case Declarer::State::failed:
      refuse(std::move(entry), declarer_.error(entry->parcel.queue));
      return Step::sent;
    case Declarer::State::unknown:
    case Declarer::State::asked:
      return Step::wait;
  }
  Parcel& parcel = entry->parcel;
  // The library owns headers that it has taken; these are needed again when it fails later.
  rd_kafka_headers_t* headers = rd_kafka_headers_copy(parcel.headers.get());
  const void* key = parcel.key ? parcel.key->data() : nullptr;
  rd_kafka_vu_t fields[8];
  std::size_t count = 0;
  fields[count].vtype = RD_KAFKA_VTYPE_RKT;
  fields[count++].u.rkt = topic(parcel.topic);
  fields[count].vtype = RD_KAFKA_VTYPE_KEY;
  fields[count].u.mem.ptr = const_cast<void*>(key);
  fields[count++].u.mem.size = parcel.key ? parcel.key->size() : 0;
  fields[count].vtype = RD_KAFKA_VTYPE_VALUE;
  fields[count].u.mem.ptr = parcel.payload ? parcel.payload->data() : nullptr;
  fields[count++].u.mem.size = parcel.payload ? parcel.payload->size() : 0;
  fields[count].vtype = RD_KAFKA_VTYPE_HEADERS;
  fields[count++].u.headers = headers;
  fields[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[count++].u.ptr = entry.get();
  // The payload is not copied: the entry lives until the report comes.
  const KafkaError error(rd_kafka_produceva(handle_.get(), fields, count));
  if (!error) {
    (void)entry.release();
    ++sent_;
    return Step::sent;
  }
  rd_kafka_headers_destroy(headers);
  const auto code = rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    wake_at_ = std::min(wake_at_, session_.now + kTryAgainSoon);
    return Step::wait;
  }
  refuse(std::move(entry), Error{error_kind(code), "unable to store a message in " + parcel.topic,
                                 rd_kafka_error_string(error.get())});
  return Step::sent;
}

// By its name alone, librdkafka 2.0.2 looks for a new topic's partitions once a second only.
rd_kafka_topic_t* Publisher::topic(const std::string& name) {
  Topic& topic = topics_[name];
  if (!topic) topic.reset(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  return topic.get();
}

void Publisher::take_reports() {
  while (const Event event{rd_kafka_queue_poll(queue_.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR && trouble_) {
      trouble_(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
    }
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_DR) continue;
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get())) {
      report(*message);
    }
  }
}

void Publisher::report(const rd_kafka_message_t& message) {
  std::unique_ptr<Entry> entry(static_cast<Entry*>(message._private));
  --sent_;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return entry->parcel.done({});
  const ErrorKind kind = error_kind(message.err);
  if (kind == ErrorKind::not_found) declarer_.forget(entry->parcel.queue);
  const Error error{kind, "unable to store a message in " + entry->parcel.topic,
                    rd_kafka_err2str(message.err)};
  refuse(std::move(entry), error);
}

void Publisher::refuse(std::unique_ptr<Entry> entry, const Error& error) {
  if (!entry->parcel.patient) return entry->parcel.done(error);
  if (std::string text = error.text(); text != last_trouble_) {
    session_.warn(text + "; tried again each second");
    last_trouble_ = std::move(text);
  }
  entry->not_before = session_.now + kTryAgain;
  wake_at_ = std::min(wake_at_, entry->not_before);
  waiting_.push_back(std::move(entry));
}

}  // namespace narwhal::kafka
