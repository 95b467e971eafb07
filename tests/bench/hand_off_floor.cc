#include "hand_off_floor.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <string>
#include <vector>

#include "check.h"

namespace narwhal::bench {
namespace {

constexpr std::size_t kReply = 16;
using Reply = std::array<char, kReply>;

struct Ends {
  int master;
  int worker;
};

Ends make_pair() {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0,
        "make a socket pair");
  check(ends[0] < FD_SETSIZE, "watch so many workers");
  return {ends[0], ends[1]};
}

void send_all(int fd, const char* bytes, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const ssize_t now = ::send(fd, bytes + sent, size - sent, MSG_NOSIGNAL);
    if (now <= 0) ::_exit(0);
    sent += static_cast<std::size_t>(now);
  }
}

[[noreturn]] void work(int fd, std::size_t job_bytes) {
  std::vector<char> chunk(std::size_t{64} * 1024);
  const Reply reply{};
  for (std::size_t have = 0;;) {
    const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), 0);
    if (got <= 0) ::_exit(0);
    have += static_cast<std::size_t>(got);
    if (have < job_bytes) continue;
    have -= job_bytes;
    send_all(fd, reply.data(), reply.size());
  }
}

}  // namespace

struct HandOffFloor::Shared {
  static constexpr std::size_t kMost = 1000;
  std::atomic<std::uint64_t> jobs{0};
  std::atomic<std::uint64_t> selects{0};
  std::array<pid_t, kMost> workers{};
  std::atomic<bool> ready{false};

  [[noreturn]] void lead(const FloorPlan& plan) {
    std::vector<int> lines;
    for (int i = 0; i < plan.workers; ++i) lines.push_back(add_worker(plan, i));
    const std::string job(plan.job_bytes, 'x');
    for (const int fd : lines) send_all(fd, job.data(), job.size());
    ready = true;
    while (true) turn(lines, job);
  }

  int add_worker(const FloorPlan& plan, int index) {
    const pid_t parent = ::getpid();
    const Ends ends = make_pair();
    const pid_t pid = ::fork();
    check(pid >= 0, "fork");
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);
      ::close(ends.master);
      work(ends.worker, plan.job_bytes);
    }
    ::close(ends.worker);
    workers[static_cast<std::size_t>(index)] = pid;
    return ends.master;
  }

  void turn(const std::vector<int>& lines, const std::string& job) {
    fd_set ready_set;
    FD_ZERO(&ready_set);
    for (const int fd : lines) FD_SET(fd, &ready_set);
    check(::select(lines.back() + 1, &ready_set, nullptr, nullptr, nullptr) > 0, "select");
    std::uint64_t done = 0;
    for (const int fd : lines) {
      if (!FD_ISSET(fd, &ready_set)) continue;
      Reply reply;
      check(::recv(fd, reply.data(), reply.size(), 0) == kReply, "receive a reply");
      send_all(fd, job.data(), job.size());
      ++done;
    }
    jobs.store(jobs.load(std::memory_order_relaxed) + done, std::memory_order_relaxed);
    selects.store(selects.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

HandOffFloor::HandOffFloor(const FloorPlan& plan) {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "map shared memory");
  shared_ = new (memory) Shared;
  const pid_t parent = ::getpid();
  subject_.master = ::fork();
  check(subject_.master >= 0, "fork");
  if (subject_.master == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    place_self(plan.placement);
    shared_->lead(plan);
  }
  wait_until([this] { return shared_->ready.load(); }, "start the floor's workers");
  const auto* first = shared_->workers.data();
  subject_.workers.assign(first, first + plan.workers);
  subject_.jobs = [this] { return shared_->jobs.load(std::memory_order_relaxed); };
}

HandOffFloor::~HandOffFloor() {
  ::kill(subject_.master, SIGKILL);
  ::waitpid(subject_.master, nullptr, 0);
  ::munmap(shared_, sizeof *shared_);
}

std::uint64_t HandOffFloor::selects() const {
  return shared_->selects.load(std::memory_order_relaxed);
}

}  // namespace narwhal::bench
