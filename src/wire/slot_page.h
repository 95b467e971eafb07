// SlotPage: one page of memory shared by the master and one worker, for what must not wait for a
// message: the claim on a job that was sent ahead, requests to the running job, its deadline, and
// the process group to take along when the worker dies. Each worker maps only its own page, so a
// wild pointer in one worker cannot reach another's.
//
// The claim. A worker may start job number n only if it turns the offer for n into a claim; the
// master takes a job back by turning the same offer into a withdrawal. Whoever changes the word
// first has the job, so a job sent ahead to a busy worker is never stuck behind a slow one, and
// never runs twice. Job n is claimed in word n mod kJobs; the master numbers the jobs that are out
// at one worker, at most kJobs, so that no two of them share a word.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/result.h"
#include "narwhal/unique_fd.h"
#include "wire/message.h"

namespace narwhal {

class SlotPage {
 public:
  // Most jobs out at one worker: the one that runs and those sent ahead. Two workers on Redis did
  // 70,000, 95,000 and 140,000 jobs/s with 8, 16 and 32, since a round trip to the broker then
  // brings more; Dispatch keeps what is sent ahead short in time.
  static constexpr std::size_t kJobs = 32;

  // Master.
  void offer(JobSequence job) { word(job).store(encode(job, kOffered), std::memory_order_release); }
  // True: the worker will not run it.
  bool withdraw(JobSequence job) { return change(job, kWithdrawn); }
  [[nodiscard]] bool claimed(JobSequence job) const {
    return word(job).load(std::memory_order_acquire) == encode(job, kClaimed);
  }

  // Worker.
  bool claim(JobSequence job) { return change(job, kClaimed); }

  // Set by the master, read by the running job.
  std::atomic<bool> stopping{false};
  // The job whose soft timeout has passed; names the job, since the next one may already run.
  std::atomic<JobSequence> soft_timeout{0};

  // The last job that moved its own deadline, and where to: CLOCK_MONOTONIC nanoseconds, which all
  // processes share. The deadline is stored first.
  std::atomic<std::int64_t> moved_deadline{0};
  std::atomic<JobSequence> moved_deadline_of{0};
  // A process group that dies with the worker; 0: none.
  std::atomic<pid_t> process_group{0};

  // The class of the running job, which the master wants to know when the worker can no longer say
  // it. Set by the worker; read by the master once the worker is dead, so never while it changes.
  void set_job_class(JobSequence job, std::string_view name);
  // Empty when `job` never said one.
  [[nodiscard]] std::string job_class(JobSequence job) const;

 private:
  enum State : std::uint64_t { kOffered = 1, kClaimed = 2, kWithdrawn = 3 };

  static std::uint64_t encode(JobSequence job, State state) { return job << 2U | state; }
  std::atomic<std::uint64_t>& word(JobSequence job) { return words_[job % kJobs]; }
  [[nodiscard]] const std::atomic<std::uint64_t>& word(JobSequence job) const {
    return words_[job % kJobs];
  }
  bool change(JobSequence job, State to) {
    std::uint64_t offered = encode(job, kOffered);
    return word(job).compare_exchange_strong(offered, encode(job, to), std::memory_order_acq_rel);
  }

  static constexpr std::size_t kLongestClass = 200;

  std::array<std::atomic<std::uint64_t>, kJobs> words_{};
  std::atomic<JobSequence> class_of_{0};  // 0 while the name changes
  std::uint32_t class_size_ = 0;
  std::array<char, kLongestClass> class_{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "shared between processes");

// A mapping of a SlotPage, and, until it is passed on, the descriptor to map it by.
class SharedSlotPage {
 public:
  static Result<SharedSlotPage> create();
  // Maps the page behind `fd`, which create() made in another process.
  static Result<SharedSlotPage> map(const UniqueFd& fd);

  SharedSlotPage() = default;
  SharedSlotPage(SharedSlotPage&& other) noexcept;
  SharedSlotPage& operator=(SharedSlotPage&& other) noexcept;
  SharedSlotPage(const SharedSlotPage&) = delete;
  SharedSlotPage& operator=(const SharedSlotPage&) = delete;
  ~SharedSlotPage();

  SlotPage& operator*() const { return *page_; }
  SlotPage* operator->() const { return page_; }

  // The descriptor from create(), to be passed to the worker; invalid afterwards.
  UniqueFd take_descriptor() { return std::move(fd_); }

 private:
  SlotPage* page_ = nullptr;
  UniqueFd fd_;
};

}  // namespace narwhal
