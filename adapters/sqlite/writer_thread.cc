#include "writer_thread.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "depths.h"
#include "job_writer.h"
#include "lock_courtesy.h"
#include "narwhal/posix_error.h"
#include "narwhal/signals_blocked.h"
#include "wake_socket.h"

namespace narwhal::sqlite {
namespace {

// Waiting for another writer: 5 s in steps of 2 ms, as long as a producer of its own would.
constexpr auto kLockStep = std::chrono::milliseconds{2};
constexpr int kStoreTries = 2500;
// Beginning the log anew keeps writers out while it waits for readers to let go of it, so it waits
// briefly.
constexpr int kRestartTries = 10;

// From this length on a checkpoint also makes the log start again at its beginning (16 MiB).
constexpr int kLongLogFrames = 4000;
// From this length on its file is cut too (64 MiB). Below, what was written once is written over: a
// file that grows anew costs the master a tenth more CPU per job (tests/bench/sqlite_daemon).
constexpr int kLargestLogFrames = 16000;

}  // namespace

WriterThread::~WriterThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

Result<void> WriterThread::start() {
  UniqueFd ready(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!ready.valid()) return posix_error("unable to start writer thread");
  if (auto fits = check_selectable(ready.get(), "writer thread"); !fits.ok()) return fits;
  ready_ = std::move(ready);
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& failure) {
    ready_.reset();
    return Error{ErrorKind::io, "unable to start writer thread", failure.code().message()};
  }
  return {};
}

template <typename Change>
Result<void> WriterThread::ask(Change change) {
  if (!thread_.joinable()) {
    if (auto started = start(); !started.ok()) return started;
  }
  {
    const std::lock_guard lock(mutex_);
    change(requests_);
  }
  asked_.notify_one();
  return {};
}

Result<void> WriterThread::publish(Publish request) {
  return ask([&](Requests& requests) { requests.publishes.push_back(std::move(request)); });
}

Result<void> WriterThread::checkpoint() {
  return ask([](Requests& requests) { requests.checkpoint = true; });
}

Result<void> WriterThread::count(std::vector<std::string> queues, WallTime now) {
  return ask([&](Requests& requests) { requests.count = CountRequest{std::move(queues), now}; });
}

WriterThread::Answers WriterThread::take() {
  std::uint64_t count = 0;
  if (::read(ready_.get(), &count, sizeof count) < 0) return {};
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, Answers{});
}

void WriterThread::run() {
  while (true) {
    Requests requests;
    {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
      if (stopping_) break;
      requests = std::exchange(requests_, Requests{});
    }
    serve(std::move(requests));
  }
  database_.reset();
}

void WriterThread::serve(Requests requests) {
  Answers answers;
  if (!requests.publishes.empty()) store(requests.publishes, answers);
  if (requests.checkpoint) {
    if (auto done = write_back(); !done.ok()) answers.complaints.push_back(done.error().text());
    answers.checkpointed = true;
  }
  if (requests.count) {
    auto opened = open();
    auto depths = opened.ok()
                      ? count_depths(*database_, requests.count->queues, requests.count->now)
                      : Result<std::vector<QueueDepth>>(opened.error());
    if (depths.ok()) {
      answers.depths = std::move(*depths);
    } else {
      answers.complaints.push_back(depths.error().text());
    }
  }
  answer(std::move(answers));
}

// Opens the database, anew when its path leads to another file by now: a job stored in a deleted
// file would be confirmed and lost.
Result<void> WriterThread::open() {
  const auto file = file_id(location_.path);
  if (database_ && file == file_) return {};
  Database::Options options;
  options.create = false;
  options.automatic_checkpoints = false;
  options.cache_kib = 256;
  auto database = Database::open(location_.path, options);
  if (!database.ok()) return database.error();
  database_.emplace(std::move(*database));
  file_ = file;
  sqlite3_busy_handler(database_->handle(), &WriterThread::wait_for_lock, this);
  return {};
}

int WriterThread::wait_for_lock(void* self, int tries) {
  const auto* thread = static_cast<WriterThread*>(self);
  if (thread->stopping_ || tries >= thread->lock_tries_) return 0;
  std::this_thread::sleep_for(kLockStep);
  return 1;
}

void WriterThread::store(const std::vector<Publish>& publishes, Answers& answers) {
  auto stored = open();
  if (stored.ok()) stored = store_all(publishes);
  if (!stored.ok()) database_.reset();
  for (const auto& publish : publishes) answers.published.push_back({publish.token, stored});
}

Result<void> WriterThread::store_all(const std::vector<Publish>& publishes) {
  auto writer = JobWriter::prepare(*database_);
  if (!writer.ok()) return writer.error();
  lock_tries_ = kStoreTries;
  let_masters_go_first(location_.owners_path());
  auto transaction = Transaction::begin(*database_);
  if (!transaction.ok()) return transaction.error();
  for (const auto& publish : publishes) {
    auto done = writer->insert(publish.id, publish.job, publish.now);
    if (!done.ok()) return done;
  }
  if (auto done = transaction->commit(); !done.ok()) return done;
  if (auto sender = WakeSender::prepare(*database_, location_); sender.ok()) sender->wake_all();
  return {};
}

// The bulk of the work hinders nobody. Only a long log is then also begun anew, which keeps other
// writers out for as long as it takes to copy what they have written in the meantime.
Result<void> WriterThread::write_back() {
  if (auto opened = open(); !opened.ok()) return opened;
  lock_tries_ = kRestartTries;
  int frames = 0;
  int code = sqlite3_wal_checkpoint_v2(database_->handle(), "main", SQLITE_CHECKPOINT_PASSIVE,
                                       &frames, nullptr);
  if (code == SQLITE_OK && frames >= kLongLogFrames) {
    const int how =
        frames >= kLargestLogFrames ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
    code = sqlite3_wal_checkpoint_v2(database_->handle(), "main", how, nullptr, nullptr);
  }
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
  const Error failure{ErrorKind::io, "unable to write back the log: " + location_.path,
                      sqlite3_errmsg(database_->handle())};
  database_.reset();
  return failure;
}

void WriterThread::answer(Answers answers) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& published : answers.published) answers_.published.push_back(std::move(published));
    for (auto& line : answers.complaints) answers_.complaints.push_back(std::move(line));
    if (!answers.depths.empty()) answers_.depths = std::move(answers.depths);
    answers_.checkpointed |= answers.checkpointed;
  }
  const std::uint64_t one = 1;
  (void)!::write(ready_.get(), &one, sizeof one);
}

}  // namespace narwhal::sqlite
