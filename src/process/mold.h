// The mold: the process that loads the application once and forks workers on request. It is started
// by exec of our own binary, is single-threaded, and never sees a job. A request's worker is forked
// twice over, so that it becomes the child of the master (a child subreaper), which alone reaps and
// kills.
#pragma once

#include <optional>

#include "base/log.h"
#include "narwhal/runtime.h"
#include "process/host.h"
#include "wire/mold_socket.h"

namespace narwhal {

// The mold's main function. `fd`: its end of the socket to the master. Returns the exit status.
int run_mold(int fd);

class Mold {
 public:
  Mold(UniqueFd socket, MoldSettings settings, Log& log);

  // Loads the app, serves requests until the master is gone; in a worker, runs it to its end.
  int run();

 private:
  int serve();
  Result<void> load_app();
  // Set in the child only: the process goes on as a worker.
  std::optional<SpawnWorker> fork_worker(SpawnWorker request);
  void report_failure(std::uint64_t spawn, std::string_view what);
  pid_t fork_once() const;
  int become_worker(SpawnWorker request);
  void tell_master(const MoldMessage& message);

  UniqueFd socket_;
  MoldSettings settings_;
  Log& log_;
  Host host_;
  const narwhal_runtime* runtime_ = nullptr;
};

}  // namespace narwhal
