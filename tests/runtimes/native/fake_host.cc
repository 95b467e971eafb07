#include "tests/runtimes/native/fake_host.h"

#include <dlfcn.h>

namespace narwhal::test {
namespace {

std::string text(narwhal_text from) {
  return from.size == 0 ? "" : std::string(from.data, from.size);
}
narwhal_text text(const std::string& from) { return {from.data(), from.size()}; }

Enqueued copy(const narwhal_new_job& job) {
  return {text(job.id), text(job.queue), text(job.payload), job.run_at, job.priority};
}

FakeHost& self_of(void* self) { return *static_cast<FakeHost*>(self); }

}  // namespace

FakeHost::FakeHost(const std::string& library) {
  host_.abi = NARWHAL_RUNTIME_ABI;
  host_.size = sizeof host_;
  host_.self = this;
  host_.log = &log_line;
  host_.state = &get_state;
  host_.extend_deadline = &extend;
  host_.enqueue = &enqueue;
  job.attempt = 1;
  library_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    problem_ = ::dlerror();
    return;
  }
  const auto entry =
      reinterpret_cast<narwhal_runtime_entry>(::dlsym(library_, NARWHAL_RUNTIME_SYMBOL));
  if (entry == nullptr) {
    problem_ = ::dlerror();
    return;
  }
  runtime_ = entry();
}

FakeHost::~FakeHost() {
  if (library_ != nullptr) ::dlclose(library_);
}

std::string FakeHost::load() {
  narwhal_text error{};
  const std::string path = "libtest.so";
  return runtime_->load(&host_, text(path), &error) == 0 ? "" : text(error);
}

std::string FakeHost::start_worker(std::uint32_t slot) {
  narwhal_text error{};
  const bool started = runtime_->prepare_fork(&error) == 0 &&
                       runtime_->before_fork(slot, &error) == 0 &&
                       runtime_->after_fork(slot, &error) == 0;
  return started ? "" : text(error);
}

Outcome FakeHost::execute(const std::string& payload) {
  job.payload = text(payload);
  narwhal_result result{};
  result.size = sizeof result;
  runtime_->execute(&job, &result);
  return {static_cast<narwhal_outcome>(result.outcome),
          text(result.error_class),
          text(result.message),
          text(result.backtrace),
          text(result.job_class),
          copy(result.again)};
}

Outcome FakeHost::execute(const std::string& job_class, const std::string& arguments) {
  return execute(envelope(job_class, arguments));
}

void FakeHost::log_line(void* self, narwhal_log_level level, narwhal_text line) {
  self_of(self).log.push_back(std::to_string(level) + " " + text(line));
}

std::uint32_t FakeHost::get_state(void* self) { return self_of(self).state; }

int FakeHost::extend(void* self, std::uint64_t milliseconds) {
  self_of(self).extensions.push_back(milliseconds);
  return self_of(self).has_deadline ? 1 : 0;
}

int FakeHost::enqueue(void* self, const narwhal_new_job* jobs, std::size_t count,
                      narwhal_text* error) {
  FakeHost& host = self_of(self);
  if (!host.refuse_enqueue.empty()) {
    *error = text(host.refuse_enqueue);
    return -1;
  }
  for (std::size_t i = 0; i < count; ++i) host.enqueued.push_back(copy(jobs[i]));
  return 0;
}

std::string envelope(const std::string& job_class, const std::string& arguments) {
  return R"({"job_class":")" + job_class +
         R"(","job_id":"0191-test","provider_job_id":null,"queue_name":"default","priority":null,)"
         R"("arguments":)" +
         arguments +
         R"(,"executions":0,"exception_executions":{},"locale":"en","timezone":"UTC",)"
         R"("enqueued_at":"2026-01-02T03:04:05.678901234Z","scheduled_at":null})";
}

}  // namespace narwhal::test
