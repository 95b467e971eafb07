#include "protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace narwhal::beanstalkd {
namespace {

// No reply but a body is longer than this.
constexpr std::size_t kLongestReplyLine = 512;
// Used bytes are dropped from the front of the buffer when they are more than this.
constexpr std::size_t kCompactAt = std::size_t{64} * 1024;

enum class Form : std::uint8_t { word, number, optional_number, tube, sized, job };

struct Entry {
  std::string_view word;
  ReplyKind kind;
  Form form;
};

constexpr std::array kEntries = {
    Entry{"INSERTED", ReplyKind::inserted, Form::number},
    Entry{"BURIED", ReplyKind::buried, Form::optional_number},
    Entry{"USING", ReplyKind::using_tube, Form::tube},
    Entry{"RESERVED", ReplyKind::reserved, Form::job},
    Entry{"FOUND", ReplyKind::found, Form::job},
    Entry{"OK", ReplyKind::ok, Form::sized},
    Entry{"DELETED", ReplyKind::deleted, Form::word},
    Entry{"RELEASED", ReplyKind::released, Form::word},
    Entry{"TOUCHED", ReplyKind::touched, Form::word},
    Entry{"KICKED", ReplyKind::kicked, Form::optional_number},
    Entry{"WATCHING", ReplyKind::watching, Form::number},
    Entry{"NOT_FOUND", ReplyKind::not_found, Form::word},
    Entry{"NOT_IGNORED", ReplyKind::not_ignored, Form::word},
    Entry{"TIMED_OUT", ReplyKind::timed_out, Form::word},
    Entry{"DEADLINE_SOON", ReplyKind::deadline_soon, Form::word},
    Entry{"JOB_TOO_BIG", ReplyKind::job_too_big, Form::word},
    Entry{"EXPECTED_CRLF", ReplyKind::expected_crlf, Form::word},
    Entry{"DRAINING", ReplyKind::draining, Form::word},
    Entry{"OUT_OF_MEMORY", ReplyKind::out_of_memory, Form::word},
    Entry{"INTERNAL_ERROR", ReplyKind::internal_error, Form::word},
    Entry{"BAD_FORMAT", ReplyKind::bad_format, Form::word},
    Entry{"UNKNOWN_COMMAND", ReplyKind::unknown_command, Form::word},
};

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out += ' ';
  out.append(digits.data(), end);
}

Error nonsense(std::string_view line) {
  std::string shown;
  for (const char c : line.substr(0, 60)) shown += (c >= ' ' && c <= '~') ? c : '?';
  return Error{ErrorKind::invalid, "unable to understand the server's reply",
               "\"" + shown + "\" is not of the beanstalkd protocol"};
}

// Cuts the next word off the front of `line`.
std::string_view cut(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool read_number(std::string_view text, std::uint64_t& number) {
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return !text.empty() && code == std::errc{} && stop == end;
}

}  // namespace

void append_put(std::string& out, const PutOptions& options, std::string_view head,
                std::string_view body) {
  out += "put";
  append_number(out, options.priority);
  append_number(out, options.delay);
  append_number(out, options.ttr);
  append_number(out, head.size() + body.size());
  out += "\r\n";
  out += head;
  out += body;
  out += "\r\n";
}

void append_release(std::string& out, ServerId id, std::uint32_t priority, std::uint32_t delay) {
  out += "release";
  append_number(out, id);
  append_number(out, priority);
  append_number(out, delay);
  out += "\r\n";
}

void append_bury(std::string& out, ServerId id, std::uint32_t priority) {
  out += "bury";
  append_number(out, id);
  append_number(out, priority);
  out += "\r\n";
}

void append_reserve(std::string& out, std::uint32_t timeout) {
  out += "reserve-with-timeout";
  append_number(out, timeout);
  out += "\r\n";
}

void append_command(std::string& out, std::string_view word) {
  out += word;
  out += "\r\n";
}

void append_command(std::string& out, std::string_view word, std::string_view argument) {
  out += word;
  out += ' ';
  out += argument;
  out += "\r\n";
}

void append_command(std::string& out, std::string_view word, ServerId id) {
  out += word;
  append_number(out, id);
  out += "\r\n";
}

std::string_view word_of(ReplyKind kind) {
  for (const Entry& entry : kEntries) {
    if (entry.kind == kind) return entry.word;
  }
  return "?";
}

void ReplyParser::feed(std::string_view bytes) {
  if (missing_ > 0) {
    const std::size_t skipped = std::min(missing_, bytes.size());
    missing_ -= skipped;
    bytes.remove_prefix(skipped);
  }
  if (read_ == buffer_.size()) {
    buffer_.clear();
    read_ = scanned_ = 0;
  } else if (read_ > kCompactAt) {
    buffer_.erase(0, read_);
    scanned_ -= std::min(scanned_, read_);
    read_ = 0;
  }
  buffer_ += bytes;
}

Result<bool> ReplyParser::next(Reply& reply) {
  if (!in_body_) {
    std::string_view line;
    auto whole = read_line(line);
    if (!whole.ok() || !*whole) return whole;
    if (auto head = read_head(line); !head.ok()) return head.error();
  }
  if (in_body_) {
    auto whole = read_body();
    if (!whole.ok() || !*whole) return whole;
  }
  reply = std::move(pending_);
  return true;
}

Result<bool> ReplyParser::read_line(std::string_view& line) {
  const std::string_view text{buffer_};
  const std::size_t end = text.find("\r\n", std::max(read_, scanned_));
  const std::size_t size = std::min(end, text.size()) - read_;
  if (size > kLongestReplyLine) return nonsense(text.substr(read_));
  if (end == std::string_view::npos) {
    // The last byte may be the CR of an end of line whose LF is still to come.
    scanned_ = text.empty() ? 0 : text.size() - 1;
    return false;
  }
  line = text.substr(read_, size);
  read_ = scanned_ = end + 2;
  return true;
}

Result<void> ReplyParser::read_head(std::string_view line) {
  std::string_view rest = line;
  const std::string_view word = cut(rest);
  const auto entry = std::find_if(kEntries.begin(), kEntries.end(),
                                  [word](const Entry& each) { return each.word == word; });
  if (entry == kEntries.end()) return nonsense(line);
  pending_ = Reply{};
  pending_.kind = entry->kind;
  std::uint64_t size = 0;
  bool good = true;
  switch (entry->form) {
    case Form::word:
      break;
    case Form::tube:
      cut(rest);
      break;
    case Form::optional_number:
      if (!rest.empty()) good = read_number(cut(rest), pending_.id);
      break;
    case Form::number:
      good = read_number(cut(rest), pending_.id);
      break;
    case Form::job:
      good = read_number(cut(rest), pending_.id) && read_number(cut(rest), size);
      break;
    case Form::sized:
      good = read_number(cut(rest), size);
      break;
  }
  // No server keeps jobs over 1 GiB; a larger size is garbage, and could overflow sums.
  if (!good || !rest.empty() || size > (std::uint64_t{1} << 32)) return nonsense(line);
  in_body_ = entry->form == Form::job || entry->form == Form::sized;
  pending_.body_size = static_cast<std::size_t>(size);
  pending_.skipped = pending_.body_size > largest_body_;
  if (!in_body_) return {};
  if (pending_.skipped) {
    const std::size_t here = std::min(pending_.body_size, buffer_.size() - read_);
    read_ += here;
    missing_ = pending_.body_size - here;
  } else {
    buffer_.reserve(read_ + pending_.body_size + 2);
  }
  return {};
}

Result<bool> ReplyParser::read_body() {
  const std::size_t stored = pending_.skipped ? 0 : pending_.body_size;
  if (missing_ > 0 || buffer_.size() - read_ < stored + 2) return false;
  if (buffer_.compare(read_ + stored, 2, "\r\n") != 0) {
    return Error{ErrorKind::invalid, "unable to understand the server's reply",
                 "a body of " + std::to_string(pending_.body_size) + " bytes does not end there"};
  }
  pending_.body.assign(buffer_, read_, stored);
  read_ += stored + 2;
  scanned_ = read_;
  in_body_ = false;
  return true;
}

}  // namespace narwhal::beanstalkd
