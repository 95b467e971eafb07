#include "kafka_dead_letters.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "names.h"

namespace narwhal::kafka {
namespace {

// So many are put back before it is waited until they are stored.
constexpr std::size_t kChunk = 256;

DeadLetter to_dead_letter(const std::string& queue, Envelope envelope, std::string payload) {
  DeadLetter dead;
  dead.id = std::move(envelope.id);
  dead.queue = queue;
  dead.payload = std::move(payload);
  dead.priority = envelope.priority;
  dead.counters = envelope.counters;
  dead.enqueued_at = envelope.enqueued_at;
  dead.died_at = envelope.died_at;
  dead.reason = std::move(envelope.reason);
  dead.history = std::move(envelope.history);
  return dead;
}

const rd_kafka_headers_t* headers_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  return headers;
}

}  // namespace

KafkaDeadLetters::KafkaDeadLetters(Location location, const BrokerConfig& config)
    : client_(std::move(location), config.max_payload) {
  for (const QueueConfig& queue : config.queues) queues_.push_back(queue.name);
}

Result<std::unique_ptr<DeadLetters>> KafkaDeadLetters::open(const BrokerConfig& config) {
  auto location = locate(config);
  if (!location.ok()) return location.error();
  std::unique_ptr<KafkaDeadLetters> letters(new KafkaDeadLetters(std::move(*location), config));
  if (auto opened = letters->client_.open(); !opened.ok()) return opened.error();
  if (auto reached = letters->client_.reach(); !reached.ok()) return reached.error();
  return std::unique_ptr<DeadLetters>(std::move(letters));
}

// --- The commands

Result<std::vector<DeadLetter>> KafkaDeadLetters::list(std::string_view queue, std::size_t limit) {
  std::vector<DeadLetter> found;
  for (const std::string& each : queues_of(queue)) {
    auto letters = entries(each);
    if (!letters.ok()) return letters.error();
    if (letters->size() > limit - found.size()) letters->resize(limit - found.size());
    const std::size_t before = found.size();
    found.resize(before + letters->size());
    auto visited =
        visit(each, *letters, [&](const Entry& entry, Envelope envelope, std::string payload) {
          const auto place = static_cast<std::size_t>(&entry - letters->data());
          found[before + place] = to_dead_letter(each, std::move(envelope), std::move(payload));
        });
    if (!visited.ok()) return visited.error();
    if (found.size() >= limit) break;
  }
  return found;
}

Result<DeadLetter> KafkaDeadLetters::find(std::string_view id) {
  std::optional<DeadLetter> found;
  for (const std::string& queue : queues_) {
    auto letters = entries(queue);
    if (!letters.ok()) return letters.error();
    std::erase_if(*letters, [&](const Entry& entry) { return entry.id != id; });
    auto visited =
        visit(queue, *letters, [&](const Entry&, Envelope envelope, std::string payload) {
          found = to_dead_letter(queue, std::move(envelope), std::move(payload));
        });
    if (!visited.ok()) return visited.error();
    if (found) return std::move(*found);
  }
  return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
               "there is none of that id"};
}

Result<std::size_t> KafkaDeadLetters::retry(const std::vector<std::string>& ids) {
  const std::unordered_set<std::string> wanted(ids.begin(), ids.end());
  return act(
      "", [&](const std::string& id) { return wanted.contains(id); }, Fate::retry);
}

Result<std::size_t> KafkaDeadLetters::remove(const std::vector<std::string>& ids) {
  const std::unordered_set<std::string> wanted(ids.begin(), ids.end());
  return act(
      "", [&](const std::string& id) { return wanted.contains(id); }, Fate::remove);
}

Result<std::size_t> KafkaDeadLetters::retry_all(std::string_view queue) {
  return act(
      queue, [](const std::string&) { return true; }, Fate::retry);
}

Result<std::size_t> KafkaDeadLetters::remove_all(std::string_view queue) {
  return act(
      queue, [](const std::string&) { return true; }, Fate::remove);
}

Result<std::size_t> KafkaDeadLetters::act(std::string_view queue, const Meant& meant, Fate fate) {
  std::size_t count = 0;
  for (const std::string& each : queues_of(queue)) {
    auto letters = entries(each);
    if (!letters.ok()) return letters.error();
    std::erase_if(*letters, [&](const Entry& entry) { return !meant(entry.id); });
    auto done = fate == Fate::retry ? put_back(each, *letters) : cross_out(each, *letters);
    if (!done.ok()) return done.error();
    count += letters->size();
  }
  return count;
}

std::vector<std::string> KafkaDeadLetters::queues_of(std::string_view queue) const {
  if (queue.empty()) return queues_;
  return {std::string{queue}};
}

// --- Reading

Result<void> KafkaDeadLetters::open_reader() {
  if (reader_) return {};
  auto reader = TopicReader::open(client_.location());
  if (!reader.ok()) return reader.error();
  reader_ = std::make_unique<TopicReader>(std::move(*reader));
  return {};
}

Result<KafkaDeadLetters::Entries> KafkaDeadLetters::entries(const std::string& queue) {
  const std::string topic = dead_topic(client_.location().topic(queue));
  if (auto opened = client_.open(); !opened.ok()) return opened.error();
  auto partitions = client_.partitions(topic);
  if (!partitions.ok()) return partitions.error();
  if (auto opened = open_reader(); !opened.ok()) return opened.error();
  std::unordered_map<std::string, Entry> by_key;
  const auto take = [&](const rd_kafka_message_t& message) {
    const MessagePlace place = place_of(message);
    std::string key(place.key.value_or(""));
    if (message.payload == nullptr) {
      by_key.erase(key);
      return;
    }
    std::string id = read_envelope(headers_of(message), place, clock_.wall_now()).id;
    Entry entry{place.partition, place.offset, place.timestamp, key, std::move(id)};
    by_key[std::move(key)] = std::move(entry);
  };
  for (int partition = 0; partition < *partitions; ++partition) {
    auto read = reader_->read(topic, partition, RD_KAFKA_OFFSET_BEGINNING, take);
    if (!read.ok()) return read.error();
  }
  Entries entries;
  for (auto& [key, entry] : by_key) entries.push_back(std::move(entry));
  std::sort(entries.begin(), entries.end(), [](const Entry& one, const Entry& other) {
    return std::tie(one.timestamp, one.partition, one.offset) <
           std::tie(other.timestamp, other.partition, other.offset);
  });
  return entries;
}

Result<void> KafkaDeadLetters::visit(const std::string& queue, const Entries& wanted,
                                     const Visit& visit) {
  const std::string topic = dead_topic(client_.location().topic(queue));
  std::map<std::int32_t, std::map<std::int64_t, const Entry*>> places;
  for (const Entry& entry : wanted) places[entry.partition][entry.offset] = &entry;
  for (const auto& [partition, offsets] : places) {
    const auto take = [&](const rd_kafka_message_t& message) {
      const auto found = offsets.find(message.offset);
      if (found == offsets.end()) return;
      visit(*found->second,
            read_envelope(headers_of(message), place_of(message), clock_.wall_now()),
            {static_cast<const char*>(message.payload), message.len});
    };
    auto read = reader_->read(topic, partition, offsets.begin()->first, take);
    if (!read.ok()) return read.error();
  }
  return {};
}

// --- What becomes of letters

// Stored as jobs before they are crossed out: whoever is killed between the two leaves a job twice,
// and not none.
Result<void> KafkaDeadLetters::put_back(const std::string& queue, const Entries& letters) {
  for (std::size_t from = 0; from < letters.size(); from += kChunk) {
    const auto begin = letters.begin() + static_cast<std::ptrdiff_t>(from);
    const auto size = static_cast<std::ptrdiff_t>(std::min(kChunk, letters.size() - from));
    const Entries chunk(begin, begin + size);
    if (auto opened = client_.open(); !opened.ok()) return opened;
    auto visited = visit(queue, chunk, [&](const Entry&, Envelope envelope, std::string payload) {
      send(job_again(queue, std::move(envelope), std::move(payload)));
    });
    if (!visited.ok()) return visited;
    if (auto stored = wait_for_all(); !stored.ok()) return stored;
    if (auto gone = cross_out(queue, chunk); !gone.ok()) return gone;
  }
  return {};
}

Parcel KafkaDeadLetters::job_again(const std::string& queue, Envelope envelope,
                                   std::string payload) const {
  envelope.counters = {};
  envelope.history.clear();
  envelope.reason.clear();
  envelope.origin.clear();
  envelope.died_at = {};
  envelope.due.reset();
  Parcel parcel;
  parcel.queue = queue;
  parcel.topic = client_.location().topic(queue);
  parcel.key = envelope.key;
  parcel.headers = write_envelope(envelope);
  parcel.payload = std::move(payload);
  return parcel;
}

Result<void> KafkaDeadLetters::cross_out(const std::string& queue, const Entries& letters) {
  if (auto opened = client_.open(); !opened.ok()) return opened;
  for (const Entry& entry : letters) {
    Parcel tombstone;
    tombstone.queue = queue;
    tombstone.topic = dead_topic(client_.location().topic(queue));
    tombstone.key = entry.key;
    tombstone.headers.reset(rd_kafka_headers_new(0));
    tombstone.payload.reset();
    send(std::move(tombstone));
  }
  return wait_for_all();
}

void KafkaDeadLetters::send(Parcel parcel) {
  parcel.done = [this](const Result<void>& stored) {
    --unanswered_;
    if (failed_.ok() && !stored.ok()) failed_ = stored;
  };
  ++unanswered_;
  client_.publish(std::move(parcel));
}

Result<void> KafkaDeadLetters::wait_for_all() {
  auto done = client_.until([this] { return unanswered_ == 0; });
  unanswered_ = 0;
  const Result<void> failed = std::exchange(failed_, Result<void>{});
  return done.ok() ? failed : done;
}

}  // namespace narwhal::kafka
