// The beanstalkd protocol as bytes: commands are appended to an output buffer, replies are parsed
// from whatever chunks arrive. Pure; every connection owns one ReplyParser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/result.h"

namespace narwhal::beanstalkd {

// The server's own name of a job.
using ServerId = std::uint64_t;

// The longest command line the server reads, its CRLF included.
inline constexpr std::size_t kLongestLine = 224;

struct PutOptions {
  std::uint32_t priority = 0;
  std::uint32_t delay = 0;  // seconds
  std::uint32_t ttr = 0;    // seconds
};

// The body is `head` followed by `body`, so that a large payload is copied once.
void append_put(std::string& out, const PutOptions& options, std::string_view head,
                std::string_view body);
void append_release(std::string& out, ServerId id, std::uint32_t priority, std::uint32_t delay);
void append_bury(std::string& out, ServerId id, std::uint32_t priority);
void append_reserve(std::string& out, std::uint32_t timeout);
// "delete 17", "watch default", "stats": `word` and what it is about.
void append_command(std::string& out, std::string_view word);
void append_command(std::string& out, std::string_view word, std::string_view argument);
void append_command(std::string& out, std::string_view word, ServerId id);

enum class ReplyKind : std::uint8_t {
  inserted,
  buried,
  using_tube,
  reserved,
  found,
  ok,
  deleted,
  released,
  touched,
  kicked,
  watching,
  not_found,
  not_ignored,
  timed_out,
  deadline_soon,
  job_too_big,
  expected_crlf,
  draining,
  out_of_memory,
  internal_error,
  bad_format,
  unknown_command,
};

// The word as the server writes it.
std::string_view word_of(ReplyKind kind);

struct Reply {
  ReplyKind kind = ReplyKind::ok;
  ServerId id = 0;   // inserted, buried (of a put), reserved, found; count of kicked, watching
  std::string body;  // reserved, found, ok
  std::size_t body_size = 0;  // as announced
  bool skipped = false;       // the body was over the limit and was thrown away
};

class ReplyParser {
 public:
  // Bodies over `largest_body` are read past, never stored.
  explicit ReplyParser(std::size_t largest_body) : largest_body_(largest_body) {}

  void feed(std::string_view bytes);
  // True with the next whole reply; false when more bytes are needed. An Error is final: whatever
  // is at the other end does not speak this protocol.
  Result<bool> next(Reply& reply);

 private:
  Result<bool> read_line(std::string_view& line);
  Result<void> read_head(std::string_view line);
  Result<bool> read_body();

  std::size_t largest_body_;
  std::string buffer_;
  std::size_t read_ = 0;     // bytes of buffer_ already used
  std::size_t scanned_ = 0;  // bytes of buffer_ known to hold no end of line
  bool in_body_ = false;
  std::size_t missing_ = 0;  // bytes of a skipped body still to come
  Reply pending_;
};

}  // namespace narwhal::beanstalkd
