#include "resp.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace narwhal::redis {
namespace {

// Beyond this the parser's buffer is given back to the system once it is empty.
constexpr std::size_t kKeptBuffer = std::size_t{1} << 20U;

using Words = std::initializer_list<std::string_view>;

bool is_one_of(std::string_view text, Words words) {
  const std::string_view first = text.substr(0, text.find(' '));
  return std::find(words.begin(), words.end(), first) != words.end();
}

bool has_one_of(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

void append_number(std::string& out, char mark, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out += mark;
  out.append(digits.data(), end);
  out += "\r\n";
}

}  // namespace

Error reply_error(std::string context, std::string_view text) {
  ErrorKind kind = ErrorKind::invalid;
  if (ends_session(text) || is_one_of(text, {"OOM"})) kind = ErrorKind::unavailable;
  if (is_one_of(text, {"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"}) ||
      has_one_of(text, {"invalid password"})) {
    kind = ErrorKind::refused;
  }
  return Error{kind, std::move(context), std::string(text)};
}

bool ends_session(std::string_view text) {
  if (is_one_of(text, {"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "MISCONF",
                       "NOAUTH", "WRONGPASS", "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"})) {
    return true;
  }
  // Before Redis 7, and behind some proxies, a script's error is wrapped into another.
  return text.starts_with("ERR Error running script") &&
         has_one_of(text, {"-LOADING", "-READONLY", "-MASTERDOWN", "-NOREPLICAS", "-BUSY",
                           "-CLUSTERDOWN", "-MISCONF"});
}

Command::Command(std::string& out, std::size_t argc) : out_(out) { append_number(out_, '*', argc); }

Command& Command::arg(std::string_view value) {
  append_number(out_, '$', value.size());
  out_ += value;
  out_ += "\r\n";
  return *this;
}

Command& Command::arg(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return arg(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void ReplyReader::renew() {
  reader_.reset(redisReaderCreate());
  reader_->maxbuf = 0;  // keeps it from giving its buffer back after every reply over 16 KiB
  fed_ = 0;
}

Result<void> ReplyReader::feed(const char* bytes, std::size_t count, std::size_t limit) {
  fed_ += count;
  if (fed_ > limit) {
    return Error{ErrorKind::too_large, "unable to read reply",
                 "it has more than " + std::to_string(limit) + " bytes"};
  }
  if (redisReaderFeed(reader_.get(), bytes, count) == REDIS_OK) return {};
  return Error{ErrorKind::unavailable, "unable to read reply", reader_->errstr};
}

Result<ReplyPtr> ReplyReader::next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    return Error{ErrorKind::unavailable, "unable to read reply", reader_->errstr};
  }
  ReplyPtr owned(static_cast<redisReply*>(reply));
  if (owned != nullptr) {
    const bool big = fed_ > kKeptBuffer;
    fed_ = reader_->len - reader_->pos;
    if (big && fed_ == 0) renew();
  }
  return owned;
}

}  // namespace narwhal::redis
