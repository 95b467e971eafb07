#include "master/mold_link.h"

#include <spawn.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/socket_pair.h"
#include "narwhal/posix_error.h"

namespace narwhal {
namespace {

// The mold's end of the socket, as the new program finds it.
constexpr int kMoldDescriptor = 3;

struct SpawnAttributes {
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

// Our own binary again: a process without the master's threads, connections and jobs.
Result<pid_t> exec_mold(int socket) {
  SpawnAttributes spawn;
  sigset_t all;
  sigset_t none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&spawn.attributes, &all);
  ::posix_spawnattr_setsigmask(&spawn.attributes, &none);
  ::posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  // Clears close-on-exec too, also where both numbers are the same.
  ::posix_spawn_file_actions_adddup2(&spawn.actions, socket, kMoldDescriptor);

  // The blanks leave room for titles where the environment is empty.
  std::string title = "narwhal: mold" + std::string(64, ' ');
  std::string command = "mold";
  std::string option = "--fd";
  std::string descriptor = std::to_string(kMoldDescriptor);
  std::array<char*, 5> argv{title.data(), command.data(), option.data(), descriptor.data(),
                            nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, "/proc/self/exe", &spawn.actions, &spawn.attributes,
                                   argv.data(), environ);
  if (failed != 0) return posix_error("unable to start the mold process", failed);
  return pid;
}

}  // namespace

Result<void> MoldLink::start() {
  auto pair = make_socket_pair(SocketKind::seqpacket);
  if (!pair) return pair.error();
  if (auto fits = check_selectable(pair->parent.get(), "the mold"); !fits) return fits;
  auto pid = exec_mold(pair->child.get());
  if (!pid) return pid.error();
  pid_ = *pid;
  socket_ = std::move(pair->parent);
  state_ = State::loading;
  auto sent = send_mold(socket_.get(), LoadApp{settings_}, /*wait=*/false);
  if (!sent) return sent.error();
  return {};
}

Result<bool> MoldLink::request(const SpawnWorker& request) {
  // send_mold() only reads the descriptors; they stay the caller's.
  SpawnWorker borrowed;
  borrowed.slot = request.slot;
  borrowed.spawn = request.spawn;
  borrowed.socket = UniqueFd{request.socket.get()};
  borrowed.page = UniqueFd{request.page.get()};
  MoldMessage message = std::move(borrowed);
  auto sent = send_mold(socket_.get(), message, /*wait=*/false);
  std::get<SpawnWorker>(message).socket.release();
  std::get<SpawnWorker>(message).page.release();
  if (!sent) return sent.error();
  return *sent == MoldRead::message;
}

std::vector<MoldMessage> MoldLink::receive() {
  std::vector<MoldMessage> messages;
  while (socket_.valid()) {
    MoldMessage message;
    auto read = receive_mold(socket_.get(), message, /*wait=*/false);
    if (!read || *read == MoldRead::closed) {
      // Not reaped yet, or deaf: either way nothing more comes from it.
      kill();
      socket_.reset();
      break;
    }
    if (*read == MoldRead::nothing) break;
    if (const auto* loaded = std::get_if<AppLoaded>(&message)) {
      state_ = State::ready;
      interrupt_signal_ = loaded->interrupt_signal;
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

void MoldLink::kill() const {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void MoldLink::gone() {
  state_ = State::down;
  pid_ = 0;
}

}  // namespace narwhal
