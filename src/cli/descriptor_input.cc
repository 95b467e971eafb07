#include "cli/descriptor_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "narwhal/posix_error.h"

namespace narwhal {

DescriptorInput::int_type DescriptorInput::underflow() {
  while (failure_ == 0) {
    const ssize_t size = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (size == 0) break;
    if (size > 0) {
      setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
      return traits_type::to_int_type(buffer_.front());
    }
    if (errno == EAGAIN) {  // somebody else made it non-blocking
      pollfd input{descriptor_, POLLIN, 0};
      ::poll(&input, 1, -1);
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
  return traits_type::eof();
}

std::optional<Error> input_failure(const std::istream& in) {
  constexpr const char* kWhat = "unable to read from standard input";
  const auto* input = dynamic_cast<const DescriptorInput*>(in.rdbuf());
  if (input != nullptr && input->failure() != 0) {
    return Error{ErrorKind::io, kWhat, errno_text(input->failure())};
  }
  if (in.bad()) return Error{ErrorKind::io, kWhat, ""};
  return std::nullopt;
}

}  // namespace narwhal
