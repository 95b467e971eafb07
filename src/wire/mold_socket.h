// The language between the master and the mold: small messages over a SOCK_SEQPACKET pair, with
// descriptors where a message carries them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "narwhal/config.h"
#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal {

// What mold and workers need of the configuration.
struct MoldSettings {
  AppConfig app;
  LogConfig log;
  std::size_t max_payload = 0;
  pid_t master = 0;
};

// Master to mold.
struct LoadApp {
  MoldSettings settings;
};
struct SpawnWorker {
  std::uint32_t slot = 0;
  std::uint64_t spawn = 0;  // the master's number for this request
  UniqueFd socket;          // the worker's end of its channel
  UniqueFd page;            // its SlotPage
};

// Mold to master. WorkerSpawned comes from the process between mold and worker.
struct AppLoaded {
  int interrupt_signal = 0;  // narwhal_runtime::interrupt_signal
};
struct AppFailed {
  std::string error;
};
struct WorkerSpawned {
  std::uint64_t spawn = 0;
  pid_t pid = 0;
};
struct SpawnFailed {
  std::uint64_t spawn = 0;
  std::string error;
};

using MoldMessage =
    std::variant<LoadApp, SpawnWorker, AppLoaded, AppFailed, WorkerSpawned, SpawnFailed>;

enum class MoldRead : std::uint8_t { message, nothing, closed };

// `nothing` from send_mold: the socket is full, try again later.
Result<MoldRead> send_mold(int fd, const MoldMessage& message, bool wait);
Result<MoldRead> receive_mold(int fd, MoldMessage& message, bool wait);

}  // namespace narwhal
