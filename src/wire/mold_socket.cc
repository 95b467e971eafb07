#include "wire/mold_socket.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "narwhal/posix_error.h"
#include "wire/frame.h"

namespace narwhal {
namespace {

// A message must fit a socket buffer whole; errors are cut to this, settings never come near it.
constexpr std::size_t kLargest = std::size_t{128} * 1024;
constexpr std::size_t kLongestError = std::size_t{64} * 1024;

enum class Kind : std::uint8_t { load_app, spawn_worker, app_loaded, app_failed, spawned, failed };

void write_settings(BodyWriter& body, const MoldSettings& settings) {
  body.number(settings.app.runtime).text(settings.app.load);
  body.number(static_cast<std::uint32_t>(settings.app.command.size()));
  for (const std::string& word : settings.app.command) body.text(word);
  body.number(static_cast<std::uint32_t>(settings.app.env.size()));
  for (const auto& [name, value] : settings.app.env) body.text(name).text(value);
  body.text(settings.app.working_directory);
  body.number(settings.log.level).number(settings.log.format);
  body.number(static_cast<std::uint64_t>(settings.max_payload)).number(settings.master);
}

MoldSettings read_settings(BodyReader& body) {
  MoldSettings settings;
  settings.app.runtime = body.number<AppConfig::Runtime>();
  settings.app.load = body.text();
  const auto words = body.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < words && body.ok(); ++i) {
    settings.app.command.emplace_back(body.text());
  }
  const auto variables = body.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < variables && body.ok(); ++i) {
    const std::string name{body.text()};
    settings.app.env[name] = body.text();
  }
  settings.app.working_directory = body.text();
  settings.log.level = body.number<LogConfig::Level>();
  settings.log.format = body.number<LogConfig::Format>();
  settings.max_payload = body.number<std::uint64_t>();
  settings.master = body.number<pid_t>();
  return settings;
}

struct Encoded {
  std::string bytes;
  std::array<int, 2> descriptors{-1, -1};
};

Encoded encode(const MoldMessage& message) {
  Encoded encoded;
  BodyWriter body{encoded.bytes};
  if (const auto* load = std::get_if<LoadApp>(&message)) {
    body.number(Kind::load_app);
    write_settings(body, load->settings);
  } else if (const auto* spawn = std::get_if<SpawnWorker>(&message)) {
    body.number(Kind::spawn_worker).number(spawn->slot).number(spawn->spawn);
    encoded.descriptors = {spawn->socket.get(), spawn->page.get()};
  } else if (const auto* loaded = std::get_if<AppLoaded>(&message)) {
    body.number(Kind::app_loaded).number(loaded->interrupt_signal);
  } else if (const auto* failed = std::get_if<AppFailed>(&message)) {
    body.number(Kind::app_failed).text(failed->error.substr(0, kLongestError));
  } else if (const auto* spawned = std::get_if<WorkerSpawned>(&message)) {
    body.number(Kind::spawned).number(spawned->spawn).number(spawned->pid);
  } else if (const auto* not_spawned = std::get_if<SpawnFailed>(&message)) {
    body.number(Kind::failed).number(not_spawned->spawn);
    body.text(not_spawned->error.substr(0, kLongestError));
  }
  return encoded;
}

Result<MoldMessage> decode(std::string_view bytes, std::array<UniqueFd, 2> descriptors) {
  BodyReader body{bytes};
  MoldMessage message;
  switch (body.number<Kind>()) {
    case Kind::load_app:
      message = LoadApp{read_settings(body)};
      break;
    case Kind::spawn_worker: {
      SpawnWorker spawn;
      spawn.slot = body.number<std::uint32_t>();
      spawn.spawn = body.number<std::uint64_t>();
      spawn.socket = std::move(descriptors[0]);
      spawn.page = std::move(descriptors[1]);
      message = std::move(spawn);
      break;
    }
    case Kind::app_loaded:
      message = AppLoaded{body.number<int>()};
      break;
    case Kind::app_failed:
      message = AppFailed{std::string{body.text()}};
      break;
    case Kind::spawned: {
      const auto spawn = body.number<std::uint64_t>();
      message = WorkerSpawned{spawn, body.number<pid_t>()};
      break;
    }
    case Kind::failed: {
      const auto spawn = body.number<std::uint64_t>();
      message = SpawnFailed{spawn, std::string{body.text()}};
      break;
    }
  }
  if (!body.ok()) {
    return Error{ErrorKind::internal, "unable to read a message of the mold", "cut short"};
  }
  return message;
}

// Space for two descriptors, aligned as the kernel wants it.
union Control {
  cmsghdr header;
  std::array<char, CMSG_SPACE(2 * sizeof(int))> bytes;
};

std::array<UniqueFd, 2> take_descriptors(msghdr& header) {
  std::array<UniqueFd, 2> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, 2> raw{-1, -1};
    std::memcpy(raw.data(), CMSG_DATA(part), std::min(sizeof raw, part->cmsg_len - CMSG_LEN(0)));
    descriptors = {UniqueFd{raw[0]}, UniqueFd{raw[1]}};
  }
  return descriptors;
}

}  // namespace

Result<MoldRead> send_mold(int fd, const MoldMessage& message, bool wait) {
  const Encoded encoded = encode(message);
  iovec part{const_cast<char*>(encoded.bytes.data()), encoded.bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  Control control{};
  if (encoded.descriptors[0] >= 0) {
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof encoded.descriptors);
    std::memcpy(CMSG_DATA(&control.header), encoded.descriptors.data(), sizeof encoded.descriptors);
  }
  const int flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
  while (::sendmsg(fd, &header, flags) < 0) {
    if (errno == EINTR) continue;
    // ETOOMANYREFS: more descriptors in flight than this user may have open; the mold takes them
    // soon.
    if (errno == EAGAIN || errno == ETOOMANYREFS) return MoldRead::nothing;
    if (errno == EPIPE || errno == ECONNRESET) return MoldRead::closed;
    return posix_error("unable to send to the mold's socket");
  }
  return MoldRead::message;
}

Result<MoldRead> receive_mold(int fd, MoldMessage& message, bool wait) {
  std::string bytes(kLargest, '\0');
  iovec part{bytes.data(), bytes.size()};
  Control control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  const ssize_t got = ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  if (got == 0) return MoldRead::closed;
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return MoldRead::nothing;
    if (errno == ECONNRESET) return MoldRead::closed;
    return posix_error("unable to receive from the mold's socket");
  }
  auto decoded = decode({bytes.data(), static_cast<std::size_t>(got)}, take_descriptors(header));
  if (!decoded) return decoded.error();
  message = std::move(*decoded);
  return MoldRead::message;
}

}  // namespace narwhal
