// Session: what the slots and the desk of one Broker share: settings, the order of tubes, what is
// known of the server, and what the next step() has to tell the master. Plain data; the master's
// one thread.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "check_budget.h"
#include "narwhal/broker.h"
#include "protocol.h"
#include "tube_order.h"

namespace narwhal::beanstalkd {

// A reservation names its slot in the lowest bits, so that a verdict finds it without a table.
inline constexpr int kSlotBits = 12;

struct Session {
  explicit Session(const std::vector<QueueConfig>& queues)
      : order(queues), highest(queues.size(), 0) {}

  std::size_t max_payload = 0;
  std::uint32_t ttr = 30;  // seconds; of jobs published here
  // How long an answer may take before its connection counts as dead.
  Duration patience = std::chrono::seconds{10};
  // One of the connections that wait for a job asks again this often, which shows that the server
  // lives; the others sleep for long, since each would wake an idle master.
  std::chrono::seconds probe_every{30};
  bool probing = false;  // such a reserve is outstanding
  const Clock* clock = nullptr;
  TubeOrder order;

  TimePoint now{};
  std::uint64_t turn = 0;            // counts step()s
  std::size_t max_job_size = 65535;  // the server's, once it has told
  bool held_off = false;             // since the server last gave a job, or said that there is none
  TimePoint resume_at = kNever;      // until then nothing is fetched
  int fetching = 0;                  // reserves outstanding, and jobs not handed out yet
  int stuck = 0;                     // verdicts that the server refuses to store for now
  bool refuses = false;              // it has said so, and stored nothing since
  std::size_t unconfirmed = 0;       // verdicts
  Reservation last_reservation = 0;
  CheckBudget checks;
  std::vector<ServerId> highest;  // the highest id taken from each tube
  // Jobs whose reservation was cut off by the loss of our connection while we lived: the server
  // cannot tell that from a crash.
  std::unordered_map<ServerId, std::uint32_t> excused;
  // Connections lost with a reserve outstanding: each may have cut off one job that we never saw,
  // when a server that was stopped reads what they had sent.
  std::uint32_t unseen_cut_offs = 0;
  std::string server;                // which run of it, as it calls itself
  std::vector<std::uint32_t> dirty;  // slots with something to write
  BrokerEvents reports;

  void notice(BrokerEvents::Level level, std::string text,
              std::vector<BrokerEvents::NoticeField> fields = {}) {
    reports.notices.push_back({level, std::move(text), std::move(fields)});
  }
  void lost(Reservation reservation, std::string reason) {
    reports.lost.push_back({reservation, std::move(reason)});
  }
  void hold_off(const std::string& why) {
    // Once, however long it lasts.
    if (!std::exchange(held_off, true)) {
      notice(BrokerEvents::Level::warning, "jobs are asked for once a second only: " + why);
    }
    resume_at = now + std::chrono::seconds{1};
  }
  // Another run of the server has none of the counts that these are about.
  void met_server(std::string_view run) {
    if (std::exchange(server, run) == run) return;
    excused.clear();
    unseen_cut_offs = 0;
  }
  void excuse(ServerId id) {
    constexpr std::size_t kMost = 4096;
    if (excused.size() < kMost) ++excused[id];
  }
};

}  // namespace narwhal::beanstalkd
