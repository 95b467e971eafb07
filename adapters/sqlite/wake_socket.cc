#include "wake_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "narwhal/poll_set.h"
#include "narwhal/posix_error.h"

namespace narwhal::sqlite {
namespace {

// A socket's address has room for 107 bytes of path. A longer one is reached through a descriptor
// of its directory, which must stay open while the address is in use.
class Address {
 public:
  Address(const Location& location, const std::string& name) {
    std::string path = location.directory + "/" + name;
    if (path.size() >= sizeof address_.sun_path) {
      directory_.reset(::open(location.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
      path = "/proc/self/fd/" + std::to_string(directory_.get()) + "/" + name;
    }
    address_.sun_family = AF_UNIX;
    fits_ = path.size() < sizeof address_.sun_path;
    if (fits_) std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  }

  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }

 private:
  sockaddr_un address_{};
  UniqueFd directory_;
  bool fits_ = false;
};

UniqueFd datagram_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Whoever may write the database may wake its masters.
void copy_mode(const Location& location, const std::string& socket_path) {
  struct stat status {};
  if (::stat(location.path.c_str(), &status) != 0) return;
  (void)::chmod(socket_path.c_str(), status.st_mode & 0666);
}

}  // namespace

Result<WakeSocket> WakeSocket::open(const Location& location, const std::string& name) {
  const std::string path = location.directory + "/" + name;
  const Address address(location, name);
  if (!address.fits()) {
    return Error{ErrorKind::too_large, "unable to make socket: " + path, "its name is too long"};
  }
  UniqueFd fd = datagram_socket();
  if (!fd.valid()) return posix_error("unable to make socket: " + path);
  if (auto fits = check_selectable(fd.get(), path); !fits.ok()) return fits.error();
  remove_wake_socket(location, name);
  if (::bind(fd.get(), address.get(), sizeof(sockaddr_un)) != 0) {
    return posix_error("unable to make socket: " + path);
  }
  copy_mode(location, path);
  return WakeSocket(location, name, std::move(fd));
}

WakeSocket::~WakeSocket() {
  if (fd_.valid()) remove_wake_socket(location_, name_);
}

void WakeSocket::drain() {
  char byte = 0;
  while (::recv(fd_.get(), &byte, 1, 0) >= 0) {
  }
}

void remove_wake_socket(const Location& location, const std::string& name) {
  // The name comes out of the database: only a socket of this queue's may go.
  if (!name.starts_with(location.name + "-wake-") || name.find('/') != std::string::npos) return;
  (void)::unlink((location.directory + "/" + name).c_str());
}

Result<WakeSender> WakeSender::prepare(Database& database, const Location& location) {
  auto select = database.prepare("SELECT wake FROM owners WHERE wake IS NOT NULL");
  if (!select.ok()) return select.error();
  UniqueFd fd = datagram_socket();
  if (!fd.valid()) return posix_error("unable to make socket");
  return WakeSender(location, std::move(*select), std::move(fd));
}

void WakeSender::wake_all() {
  (void)select_.each([this](const Statement& row) {
    const std::string name = row.bytes_at(0);
    if (name.find('/') != std::string::npos) return;
    const Address address(location_, name);
    if (!address.fits()) return;
    (void)::sendto(fd_.get(), "j", 1, MSG_DONTWAIT | MSG_NOSIGNAL, address.get(),
                   sizeof(sockaddr_un));
  });
}

}  // namespace narwhal::sqlite
