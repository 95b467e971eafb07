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

#include "base/log_line.h"

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

void Log::write(LogConfig::Level level, std::string_view text, std::span<const LogField> fields) {
  if (!enabled(level)) return;
  fmt::memory_buffer line;
  if (config_.format == LogConfig::Format::json) {
    append_json(line, text, fields);
  } else {
    append_text(line, text, fields);
  }
  logger_->log(to_spdlog(level), std::string_view{line.data(), line.size()});
}

}  // namespace narwhal
