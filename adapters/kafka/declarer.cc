#include "declarer.h"

#include <algorithm>
#include <array>

#include "conf.h"
#include "topics.h"

namespace narwhal::kafka {
namespace {

constexpr int kTimeoutMillis = 5000;
constexpr Duration kLookAgain = std::chrono::milliseconds{50};
constexpr Duration kTryAgain = std::chrono::seconds{1};

}  // namespace

void Declarer::use(rd_kafka_t* handle, rd_kafka_queue_t* queue) {
  handle_ = handle;
  answers_ = queue;
}

Declarer::State Declarer::state(const std::string& queue) {
  Entry& entry = queues_[queue];
  const bool again = entry.state == State::failed && session_.now >= entry.again_at;
  if (entry.state == State::unknown || again) ask(queue, entry);
  return entry.state;
}

const Error& Declarer::error(const std::string& queue) const { return queues_.at(queue).error; }

bool Declarer::all_known() const {
  return std::all_of(session_.queues.begin(), session_.queues.end(), [this](const auto& queue) {
    const auto found = queues_.find(queue);
    return found != queues_.end() && found->second.state == State::known;
  });
}

void Declarer::ask_all() {
  for (const std::string& queue : session_.queues) {
    Entry& entry = queues_[queue];
    if (entry.state != State::asked) ask(queue, entry);
  }
}

const Error* Declarer::failure() const {
  for (const std::string& queue : session_.queues) {
    const auto found = queues_.find(queue);
    if (found != queues_.end() && found->second.state == State::failed) return &found->second.error;
  }
  return nullptr;
}

void Declarer::forget(const std::string& queue) {
  const auto found = queues_.find(queue);
  if (found != queues_.end() && found->second.state == State::known) {
    found->second.state = State::unknown;
  }
}

AdminOptions Declarer::make_options(rd_kafka_admin_op_t operation, const std::string& queue) const {
  AdminOptions options(rd_kafka_AdminOptions_new(handle_, operation));
  std::array<char, 256> problem{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMillis, problem.data(),
                                            problem.size());
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), kTimeoutMillis, problem.data(),
                                                problem.size());
  }
  // The entry stays where it is for as long as this object lives.
  rd_kafka_AdminOptions_set_opaque(options.get(),
                                   const_cast<std::string*>(&queues_.find(queue)->first));
  return options;
}

void Declarer::ask(const std::string& queue, Entry& entry) {
  std::vector<NewTopic> topics;
  for (const TopicSpec& spec : topics_of(queue, session_.location, session_.max_payload)) {
    auto topic = new_topic(spec);
    if (!topic.ok()) {
      entry = {State::failed, topic.error(), session_.now + kTryAgain};
      return;
    }
    topics.push_back(std::move(*topic));
  }
  std::vector<rd_kafka_NewTopic_t*> raw;
  raw.reserve(topics.size());
  for (const NewTopic& topic : topics) raw.push_back(topic.get());

  const AdminOptions options = make_options(RD_KAFKA_ADMIN_OP_CREATETOPICS, queue);
  entry.state = State::asked;
  rd_kafka_CreateTopics(handle_, raw.data(), raw.size(), options.get(), answers_);
}

void Declarer::on_answer(rd_kafka_event_t* event) {
  const auto& queue = *static_cast<const std::string*>(rd_kafka_event_opaque(event));
  Entry& entry = queues_.at(queue);
  if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT) {
    on_looked(event, entry);
  } else {
    on_created(event, entry, queue);
  }
}

void Declarer::on_created(rd_kafka_event_t* event, Entry& entry, const std::string& queue) {
  const auto fail = [&](rd_kafka_resp_err_t code, const char* text, const std::string& what) {
    entry = {State::failed,
             Error{error_kind(code), "unable to create topic: " + what,
                   text == nullptr ? rd_kafka_err2str(code) : text},
             session_.now + kTryAgain};
  };
  if (const auto code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(code, rd_kafka_event_error_string(event), queue);
  }
  bool created = false;
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    created = created || code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    // Who may not create topics may still use those that others have created.
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
      continue;
    }
    return fail(code, rd_kafka_topic_result_error_string(results[i]),
                rd_kafka_topic_result_name(results[i]));
  }
  if (created && be_sure_) return look(queue, entry);
  entry.state = State::known;
}

// Any server answers that from what it knows itself.
void Declarer::look(const std::string& queue, Entry& entry) {
  entry.look_at = kNever;
  std::vector<rd_kafka_ConfigResource_t*> topics;
  for (const TopicSpec& spec : topics_of(queue, session_.location, session_.max_payload)) {
    topics.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, spec.name.c_str()));
  }
  const AdminOptions options = make_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, queue);
  rd_kafka_DescribeConfigs(handle_, topics.data(), topics.size(), options.get(), answers_);
  rd_kafka_ConfigResource_destroy_array(topics.data(), topics.size());
}

void Declarer::on_looked(rd_kafka_event_t* event, Entry& entry) {
  bool missing = false;
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::size_t count = 0;
    const auto* results = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    for (std::size_t i = 0; i < count; ++i) {
      missing = missing || rd_kafka_ConfigResource_error(results[i]) ==
                               RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    }
  }
  if (missing) {
    entry.look_at = session_.now + kLookAgain;
  } else {
    // Or nobody may look: then they are taken for known.
    entry.state = State::known;
  }
}

void Declarer::run() {
  for (auto& [queue, entry] : queues_) {
    if (session_.now >= entry.look_at) look(queue, entry);
  }
}

TimePoint Declarer::wake_at() const {
  TimePoint at = kNever;
  for (const auto& [queue, entry] : queues_) at = std::min(at, entry.look_at);
  return at;
}

}  // namespace narwhal::kafka
