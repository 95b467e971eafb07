// RESP, Redis's protocol, as values: commands appended to a buffer, replies read by hiredis's
// parser. hiredis does no I/O here: it would block on connect, on names and on TLS.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "narwhal/result.h"

namespace narwhal::redis {

struct ReplyFree {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPtr = std::unique_ptr<redisReply, ReplyFree>;

inline std::string_view text(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view{} : std::string_view{reply.str, reply.len};
}
inline std::span<redisReply* const> elements(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return {};
  return {reply.element, reply.elements};
}
inline bool is_error(const redisReply& reply) { return reply.type == REDIS_REPLY_ERROR; }

// What the server's error text means to us: `context` says what was attempted.
Error reply_error(std::string context, std::string_view text);

// True for errors that concern the whole session (loading, read only, no longer authenticated, the
// slot of a cluster moved…), not only the command that got them.
bool ends_session(std::string_view text);

// Writes one command of `argc` arguments to the end of `out`. hiredis's formatter would allocate a
// buffer for each.
class Command {
 public:
  Command(std::string& out, std::size_t argc);

  Command& arg(std::string_view value);
  Command& arg(std::int64_t value);

 private:
  std::string& out_;
};

class ReplyReader {
 public:
  ReplyReader() { renew(); }

  // Gives the parser bytes; false when they are no RESP. `limit`: the most one reply may take.
  Result<void> feed(const char* bytes, std::size_t count, std::size_t limit);
  // The next whole reply; null when more input is needed.
  Result<ReplyPtr> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  void renew();

  std::unique_ptr<redisReader, Free> reader_;
  std::size_t fed_ = 0;  // since the buffer was empty
};

}  // namespace narwhal::redis
