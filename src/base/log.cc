#include "base/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace narwhal {
namespace {

// Writes to stderr without ever waiting for its reader.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit StderrSink(Log::Writes writes) : writes_(writes) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (buffer_.size() > kMostKept) {
      ++dropped_;
      return;
    }
    formatter_->format(message, buffer_);
    if (writes_ == Log::Writes::at_once || buffer_.size() >= kWriteSoon) flush_();
  }

  void flush_() override {
    std::size_t written = 0;
    while (written < buffer_.size()) {
      const std::string_view rest{buffer_.data() + written, buffer_.size() - written};
      const std::size_t took = write_some(rest);
      if (took == 0) break;
      written += took;
    }
    keep_from(written);
  }

 private:
  // A pipe that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
  static constexpr std::size_t kPiece = 4096;
  static constexpr std::size_t kWriteSoon = std::size_t{64} * 1024;
  static constexpr std::size_t kMostKept = std::size_t{1024} * 1024;

  static std::size_t write_some(std::string_view text) {
    std::string_view piece = text.substr(0, kPiece);
    if (piece.size() <
        text.size()) {  // whole lines only, so that other processes' lines fit between
      if (const auto end = piece.rfind('\n'); end != std::string_view::npos) {
        piece = piece.substr(0, end + 1);
      }
    }
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&out, 1, 0) <= 0) return 0;  // the reader is slow: keep it for the next flush
    const ssize_t wrote = ::write(STDERR_FILENO, piece.data(), piece.size());
    if (wrote > 0) return static_cast<std::size_t>(wrote);
    if (errno == EAGAIN || errno == EINTR) return 0;
    return piece.size();  // the reader is gone (EPIPE) or the disk is full: nobody to tell
  }

  void keep_from(std::size_t written) {
    const std::string rest{buffer_.data() + written, buffer_.size() - written};
    buffer_.clear();
    buffer_.append(rest.data(), rest.data() + rest.size());
    if (rest.empty() && dropped_ > 0) {
      fmt::format_to(std::back_inserter(buffer_), "{} log lines dropped: stderr was not read\n",
                     std::exchange(dropped_, 0));
    }
  }

  Log::Writes writes_;
  spdlog::memory_buf_t buffer_;
  std::uint64_t dropped_ = 0;
};

// journald reads a line's priority from a leading <N> (sd-daemon(3)).
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    char priority = '6';
    switch (message.level) {
      case spdlog::level::debug:
        priority = '7';
        break;
      case spdlog::level::warn:
        priority = '4';
        break;
      case spdlog::level::err:
        priority = '3';
        break;
      default:
        break;
    }
    for (const char c : {'<', priority, '>'}) out.push_back(c);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

// JOURNAL_STREAM holds the device and inode of the journal's socket (systemd.exec(5)).
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

std::string pattern(LogConfig::Format format, bool journal) {
  const std::string prefix = journal ? "%*" : "";
  if (format == LogConfig::Format::json) {
    return prefix + R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})";
  }
  return prefix + (journal ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v");
}

spdlog::level::level_enum to_spdlog(LogConfig::Level level) {
  switch (level) {
    case LogConfig::Level::debug:
      return spdlog::level::debug;
    case LogConfig::Level::info:
      return spdlog::level::info;
    case LogConfig::Level::warning:
      return spdlog::level::warn;
    case LogConfig::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

bool needs_escape(unsigned char c) { return c < 0x20 || c == 0x7f || c == '"' || c == '\\'; }

// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629).
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : size;
}

// Escapes what would break a line or a terminal. The escapes are valid in JSON: bytes that are not
// UTF-8 become \u00XX.
void append_escaped(fmt::memory_buffer& out, std::string_view text) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = utf8_sequence(text);
    if (size == 1 && needs_escape(c)) {
      if (c == '"' || c == '\\') {
        fmt::format_to(std::back_inserter(out), "\\{}", text.front());
      } else if (c == '\n') {
        out.append(std::string_view{"\\n"});
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      }
    } else if (size == 0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

bool plain_word(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

// A field without a text says nothing.
bool empty(const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

void append_text_field(fmt::memory_buffer& out, const LogField& field) {
  fmt::format_to(std::back_inserter(out), " {}=", field.key);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (plain_word(*text)) {
      out.append(*text);
    } else {
      out.push_back('"');
      append_escaped(out, *text);
      out.push_back('"');
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else {
    fmt::format_to(std::back_inserter(out), "{:.3f}", std::get<double>(field.value));
  }
}

void append_json_field(fmt::memory_buffer& out, const LogField& field) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", field.key);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    out.push_back('"');
    append_escaped(out, *text);
    out.push_back('"');
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else {
    fmt::format_to(std::back_inserter(out), "{:.3f}", std::get<double>(field.value));
  }
}

}  // namespace

Log::Log(const LogConfig& config, Writes writes) : config_(config) {
  auto sink = std::make_shared<StderrSink>(writes);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JournalPriority>('*').set_pattern(
      pattern(config.format, stderr_is_journal()));
  sink->set_formatter(std::move(formatter));
  logger_ = std::make_shared<spdlog::logger>("narwhal", std::move(sink));
  logger_->set_level(to_spdlog(config.level));
}

Log::~Log() { flush(); }

void Log::flush() { logger_->flush(); }

void Log::write(LogConfig::Level level, std::string_view text, Fields fields) {
  if (!enabled(level)) return;
  fmt::memory_buffer line;
  if (config_.format == LogConfig::Format::json) {
    line.append(std::string_view{"\"msg\":\""});
    append_escaped(line, text);
    line.push_back('"');
    for (const LogField& field : fields) {
      if (!empty(field)) append_json_field(line, field);
    }
  } else {
    line.append(text);
    for (const LogField& field : fields) {
      if (!empty(field)) append_text_field(line, field);
    }
  }
  logger_->log(to_spdlog(level), std::string_view{line.data(), line.size()});
}

}  // namespace narwhal
