#include "runtimes/exec/command_run.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <utility>

namespace narwhal::exec {
namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;
constexpr int kStuckLogMillis = 1000;

// Blocks while the log does, as any program that writes to its stderr; a log that is gone or full
// loses the text, never the job. A descriptor that somebody made non-blocking is waited for a
// while.
void pass_on(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    pollfd log{STDERR_FILENO, POLLOUT, 0};
    if (errno != EAGAIN || ::poll(&log, 1, kStuckLogMillis) <= 0) return;
  }
}

}  // namespace

CommandRun::CommandRun(CommandProcess process, const narwhal_host& host, const narwhal_job& job)
    : process_(std::move(process)), host_(host), input_(job.payload.data, job.payload.size) {
  end_.soft_timeout = std::chrono::milliseconds{job.soft_timeout_ms};
  if (job.soft_timeout_ms > 0)
    soft_deadline_ = std::chrono::steady_clock::now() + end_.soft_timeout;
}

CommandEnd CommandRun::to_end() {
  feed_input();
  while (!wait_for_event()) {
    feed_input();
    pass_on_from(process_.output, nullptr, kChunk);
    pass_on_from(process_.errors, &end_.errors, kChunk);
    interrupt_if_due();
  }
  end_group();
  pass_on_rest(process_.output, nullptr);
  pass_on_rest(process_.errors, &end_.errors);
  if (mid_line_) pass_on("\n");  // or the next line of the log would begin in this one
  reap();
  return std::move(end_);
}

int CommandRun::poll_timeout() const {
  if (soft_deadline_ == kNever) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(soft_deadline_ -
                                                                 std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

bool CommandRun::wait_for_event() {
  std::array<pollfd, 4> events = {
      pollfd{process_.ended.get(), POLLIN, 0}, pollfd{process_.output.get(), POLLIN, 0},
      pollfd{process_.errors.get(), POLLIN, 0}, pollfd{process_.input.get(), POLLOUT, 0}};
  return ::poll(events.data(), events.size(), poll_timeout()) > 0 && events[0].revents != 0;
}

// A command may end, or close its stdin, without having read everything: that is its own affair.
void CommandRun::feed_input() {
  while (process_.input.valid() && !input_.empty()) {
    const ssize_t written = ::write(process_.input.get(), input_.data(), input_.size());
    if (written >= 0) {
      input_.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      input_ = {};
    }
  }
  process_.input.reset();
}

void CommandRun::pass_on_from(UniqueFd& pipe, OutputTail* tail, std::size_t limit) {
  std::array<char, kChunk> buffer;
  while (pipe.valid() && limit > 0) {
    const ssize_t size = ::read(pipe.get(), buffer.data(), std::min(limit, buffer.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return pipe.reset();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
    if (tail != nullptr) tail->append(bytes);
    pass_on(bytes);
    mid_line_ = bytes.back() != '\n';
    limit -= bytes.size();
  }
}

// What the command left in the background would outlive the job, and the daemon. The command itself
// is not reaped yet, so the group cannot be another's by now.
void CommandRun::end_group() const { ::kill(-process_.pid, SIGKILL); }

// What the pipe holds at the moment of the command's end and no more: a process that left the group
// could go on writing for ever.
void CommandRun::pass_on_rest(UniqueFd& pipe, OutputTail* tail) {
  int waiting = 0;
  if (pipe.valid() && ::ioctl(pipe.get(), FIONREAD, &waiting) == 0)
    pass_on_from(pipe, tail, static_cast<std::size_t>(std::max(waiting, 0)));
}

void CommandRun::interrupt_if_due() {
  if (soft_deadline_ == kNever || std::chrono::steady_clock::now() < soft_deadline_) return;
  soft_deadline_ = kNever;
  end_.interrupted = true;
  ::kill(-process_.pid, SIGTERM);
}

void CommandRun::reap() {
  forget_group(host_);
  rusage usage{};
  while (::wait4(process_.pid, &end_.status, 0, &usage) < 0 && errno == EINTR) {
  }
  end_.max_rss_kib = usage.ru_maxrss;
  int number = 0;
  if (::read(process_.exec_error.get(), &number, sizeof number) == sizeof number)
    end_.exec_error = number;
}

}  // namespace narwhal::exec
