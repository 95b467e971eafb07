#include "client.h"

#include <poll.h>

#include "job_stats.h"

namespace narwhal::beanstalkd {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};
constexpr std::size_t kLargestBody = std::size_t{1} << 30;

}  // namespace

Client::Client(Place place) : place_(std::move(place)), link_(kLargestBody) {}

Result<void> Client::connect() {
  if (link_.is_open() && !hung_up()) return {};
  auto addresses = resolve(place_);
  if (!addresses.ok()) return addresses.error();
  Result<void> greeted;
  for (const net::Address& address : *addresses) {
    greeted = connect(address);
    if (greeted.ok()) break;
  }
  return greeted;
}

Result<void> Client::connect(const net::Address& address) {
  auto opened = link_.open(address, place_.text());
  if (!opened.ok()) return opened.error();
  if (!*opened) {
    return Error{ErrorKind::unavailable, "unable to connect to " + place_.text(),
                 "too many others are waiting"};
  }
  used_ = "default";
  append_command(link_.out(), "stats");
  auto stats = expect(ReplyKind::ok, "greet the server");
  if (!stats.ok()) return stats.error();
  const std::uint64_t size = yaml_number(stats->body, "max-job-size");
  if (size > 0) max_job_size_ = static_cast<std::size_t>(size);
  return {};
}

// Nothing is outstanding between two uses, so whatever there is to read is the end.
bool Client::hung_up() const {
  pollfd one{link_.descriptor(), POLLIN, 0};
  return ::poll(&one, 1, 0) != 0;
}

Result<Reply> Client::read() {
  // Every byte that moves shows that the server is alive.
  TimePoint deadline = clock_.now() + kPatience;
  Result<void> done;
  while (done.ok()) {
    Reply reply;
    auto whole = link_.next(reply);
    if (whole.ok() && *whole) return reply;
    if (!whole.ok()) {
      done = whole.error();
      break;
    }
    done = link_.send();
    if (done.ok()) done = wait(deadline);
    if (!done.ok()) break;
    auto ended = link_.receive();
    if (!ended.ok()) {
      done = ended.error();
    } else if (*ended) {
      done = Error{ErrorKind::unavailable, "connection lost", "the server closed it"};
    }
    deadline = clock_.now() + kPatience;
  }
  link_.close();
  return done.error();
}

Result<void> Client::wait(TimePoint deadline) {
  pollfd one{link_.descriptor(), POLLIN, 0};
  if (link_.wants_write()) one.events |= POLLOUT;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.now()).count();
  const int ready = ::poll(&one, 1, left < 0 ? 0 : static_cast<int>(left));
  if (ready < 0 && errno != EINTR) return posix_error("unable to wait for the server");
  if (ready > 0 || clock_.now() < deadline) return {};
  return Error{ErrorKind::unavailable, "unable to reach " + place_.text(),
               "the server does not answer"};
}

Result<Reply> Client::expect(ReplyKind wanted, const char* what) {
  auto reply = read();
  if (!reply.ok() || reply->kind == wanted) return reply;
  const bool gone = reply->kind == ReplyKind::not_found;
  return Error{gone ? ErrorKind::not_found : ErrorKind::unavailable,
               std::string("unable to ") + what,
               "the server answered " + std::string(word_of(reply->kind))};
}

Result<void> Client::use(const std::string& tube) {
  if (used_ == tube) return {};
  append_command(link_.out(), "use", tube);
  auto used = expect(ReplyKind::using_tube, "use a tube");
  if (!used.ok()) return used.error();
  used_ = tube;
  return {};
}

}  // namespace narwhal::beanstalkd
