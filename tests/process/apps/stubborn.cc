// An application that is slow to load and slow to leave: NARWHAL_TEST_LOAD_MS says how long loading
// takes, NARWHAL_TEST_FORK_MS how long each process it forks stands still at its birth; with
// NARWHAL_TEST_STAY set, a worker that leaves blocks all signals and spins instead.
#include <narwhal/app.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace {

struct Touch : narwhal::Job<Touch> {
  static constexpr std::string_view job_class = "Touch";
  void perform(std::string file) { std::ofstream(file, std::ios::app) << job_id() << "\n"; }
};

void pause_for(const char* variable) {
  const char* milliseconds = std::getenv(variable);
  if (milliseconds == nullptr) return;
  std::this_thread::sleep_for(std::chrono::milliseconds{std::atoi(milliseconds)});
}

void stand_still() { pause_for("NARWHAL_TEST_FORK_MS"); }

void stay() {
  if (std::getenv("NARWHAL_TEST_STAY") == nullptr) return;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  for (volatile unsigned work = 0;;) work = work + 1;
}

}  // namespace

NARWHAL_APP(app) {
  pause_for("NARWHAL_TEST_LOAD_MS");
  pthread_atfork(nullptr, nullptr, stand_still);
  app.add<Touch>();
  app.on_worker_exit(stay);
}
