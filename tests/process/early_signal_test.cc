// Field case P11: stop signals at any moment of the daemon's first half second.
#include <fmt/format.h>

#include <random>

#include "process/pid_one.h"
#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class EarlySignal : public DaemonTest {
 protected:
  EarlySignal() { queue.add_many(20, "Marker", marker(5)); }

  milliseconds random_life() {
    return milliseconds(std::uniform_int_distribution<int>(0, 500)(random_));
  }

  // Whether the process has got so far that it decides itself what a signal does.
  static bool handles(pid_t pid, int signal) {
    const std::string caught = status_of(pid, "SigCgt");
    return !caught.empty() && (std::stoull(caught, nullptr, 16) >> (signal - 1) & 1U) == 1;
  }

  void expect_clean_end(Daemon& daemon, int signal, bool handled) {
    const std::optional<int> code = daemon.exit_code(15s);
    // Before the first instruction of main() the kernel's default holds.
    const bool clean = code == 0 || (!handled && code == -signal);
    EXPECT_TRUE(clean) << "exit code " << code.value_or(9999) << "\n" << daemon.log();
    EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).empty(); }, 5s));
    EXPECT_EQ(queue.number("SELECT count(*) FROM jobs WHERE state = 1"), 0);
    EXPECT_EQ(daemon.log_count("error"), 0);
  }

  void stop_at_random(int signal, int rounds) {
    write_file(file("narwhal.toml"), config.to_toml());
    for (int i = 0; i < rounds && !HasFailure(); ++i) {
      const milliseconds life = random_life();
      SCOPED_TRACE(fmt::format("seed {}, round {}, after {} ms", seed_, i, life.count()));
      Daemon daemon(directory, {});
      stays([&] { return daemon.running(); }, life);
      const bool handled = handles(daemon.pid(), signal);
      daemon.signal(signal);
      expect_clean_end(daemon, signal, handled);
    }
  }

  unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
};

TEST_F(EarlySignal, P11_Term) { stop_at_random(SIGTERM, 30); }

TEST_F(EarlySignal, P11_Quit) { stop_at_random(SIGQUIT, 30); }

TEST_F(EarlySignal, P11_WhileTheAppLoads) {
  config.text("app.load", STUBBORN_APP).set("app.env", "{ NARWHAL_TEST_LOAD_MS = \"60000\" }");
  stop_at_random(SIGTERM, 5);
  stop_at_random(SIGQUIT, 5);
}

TEST_F(EarlySignal, P11_AsProcessOne) {
  write_file(file("narwhal.toml"), config.to_toml());
  for (int i = 0; i < 12 && !HasFailure(); ++i) {
    const int signal = i % 2 == 0 ? SIGTERM : SIGQUIT;
    SCOPED_TRACE(fmt::format("seed {}, round {}", seed_, i));
    Daemon::Options options;
    // A signal that process 1 neither blocks nor handles is thrown away by the kernel.
    options.prepare = [] {
      sigset_t stops;
      sigemptyset(&stops);
      for (const int each : {SIGTERM, SIGQUIT}) sigaddset(&stops, each);
      sigprocmask(SIG_BLOCK, &stops, nullptr);
      become_pid_one();
    };
    Daemon daemon(directory, std::move(options));
    ASSERT_TRUE(eventually([&] { return pid_one_below(daemon) != 0; }));
    const pid_t master = pid_one_below(daemon);
    stays([&] { return daemon.running(); }, random_life());
    ::kill(master, signal);
    expect_clean_end(daemon, signal, true);
  }
}

}  // namespace
}  // namespace narwhal::test
