// The C functions of client.h over the C++ producers.
#include "narwhal/client.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/producer.h"

namespace narwhal {
namespace {

// What one process has of the broker.
struct Connection {
  const pid_t process = ::getpid();
  std::mutex lock;
  std::unique_ptr<Producer> producer;  // none: to be opened by the next call
};

std::string to_string(narwhal_text text) {
  return text.size == 0 ? std::string{} : std::string{text.data, text.size};
}

NewJob to_new_job(const narwhal_new_job& given) {
  NewJob job;
  job.id = to_string(given.id);
  if (given.queue.size > 0) job.queue = to_string(given.queue);
  job.payload = to_string(given.payload);
  job.priority = given.priority;
  if (given.run_at >= 0) job.run_at = from_unix_micros(given.run_at);
  return job;
}

narwhal_client_status to_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
    case ErrorKind::not_found:
      return NARWHAL_CLIENT_INVALID;
    case ErrorKind::too_large:
      return NARWHAL_CLIENT_TOO_LARGE;
    case ErrorKind::unavailable:
      return NARWHAL_CLIENT_UNAVAILABLE;
    case ErrorKind::refused:
      return NARWHAL_CLIENT_REFUSED;
    case ErrorKind::io:
    case ErrorKind::internal:
      return NARWHAL_CLIENT_FAILED;
  }
  return NARWHAL_CLIENT_FAILED;
}

// Puts the text into the caller's buffer.
int report(int status, std::string_view text, char* error, std::size_t error_size) {
  if (error_size == 0) return status;
  const std::size_t kept = std::min(text.size(), error_size - 1);
  std::memcpy(error, text.data(), kept);
  error[kept] = '\0';
  return status;
}

int report(const Error& what, char* error, std::size_t error_size) {
  return report(to_status(what.kind), what.text(), error, error_size);
}

}  // namespace
}  // namespace narwhal

struct narwhal_client {
  narwhal_client(std::string to, std::map<std::string, std::string> with)
      : url(std::move(to)), options(std::move(with)) {}

  // The connection of the process that asks. A child's first call makes its own and leaves the one
  // it inherited as it is: to close it would say good-bye on the parent's connection, and its lock
  // may be held by a thread that is not there any more.
  narwhal::Connection& connection();

  narwhal::Result<void> open(narwhal::Connection& to);
  narwhal::Result<void> enqueue(const std::vector<narwhal::NewJob>& jobs);

  const std::string url;
  const std::map<std::string, std::string> options;
  std::atomic<narwhal::Connection*> current{new narwhal::Connection};
};

narwhal::Connection& narwhal_client::connection() {
  narwhal::Connection* known = current.load();
  while (known->process != ::getpid()) {
    auto fresh = std::make_unique<narwhal::Connection>();
    if (current.compare_exchange_strong(known, fresh.get())) return *fresh.release();
  }
  return *known;
}

narwhal::Result<void> narwhal_client::open(narwhal::Connection& to) {
  if (to.producer) return {};
  auto opened = narwhal::open_producer(url, options);
  if (!opened) return opened.error();
  to.producer = std::move(*opened);
  return {};
}

narwhal::Result<void> narwhal_client::enqueue(const std::vector<narwhal::NewJob>& jobs) {
  narwhal::Connection& here = connection();
  const std::scoped_lock lock(here.lock);
  if (auto opened = open(here); !opened) return opened;
  auto stored = here.producer->enqueue_all(jobs);
  if (stored) return {};
  // Whatever is wrong with the connection, the next call begins with another one.
  if (narwhal::to_status(stored.error().kind) >= NARWHAL_CLIENT_UNAVAILABLE) here.producer.reset();
  return stored.error();
}

narwhal_client* narwhal_client_open(const char* url, char* error, size_t error_size) {
  return narwhal_client_open_with(url, nullptr, 0, error, error_size);
}

narwhal_client* narwhal_client_open_with(const char* url, const narwhal_option* options,
                                         size_t count, char* error, size_t error_size) try {
  std::map<std::string, std::string> all;
  for (size_t i = 0; i < count; ++i) all[options[i].name] = options[i].value;
  auto client = std::make_unique<narwhal_client>(url, std::move(all));
  auto opened = client->open(client->connection());
  if (!opened && opened.error().kind != narwhal::ErrorKind::unavailable) {
    narwhal::report(opened.error(), error, error_size);
    delete client->current.load();
    return nullptr;
  }
  return client.release();
} catch (const std::exception& thrown) {
  narwhal::report(NARWHAL_CLIENT_FAILED, thrown.what(), error, error_size);
  return nullptr;
}

int narwhal_client_enqueue(narwhal_client* client, const narwhal_new_job* jobs, size_t count,
                           char* error, size_t error_size) try {
  std::vector<narwhal::NewJob> list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) list.push_back(narwhal::to_new_job(jobs[i]));
  auto stored = client->enqueue(list);
  if (stored) return NARWHAL_CLIENT_OK;
  return narwhal::report(stored.error(), error, error_size);
} catch (const std::exception& thrown) {
  return narwhal::report(NARWHAL_CLIENT_FAILED, thrown.what(), error, error_size);
}

void narwhal_client_close(narwhal_client* client) {
  if (client == nullptr) return;
  narwhal::Connection* last = client->current.load();
  if (last->process == ::getpid()) delete last;
  delete client;
}
