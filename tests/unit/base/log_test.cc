#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "narwhal/unique_fd.h"

namespace narwhal {
namespace {

// Sends stderr through a pipe while it lives.
class CapturedStderr {
 public:
  CapturedStderr() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
    reader_.reset(ends[0]);
    saved_.reset(::dup(STDERR_FILENO));
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  ~CapturedStderr() { ::dup2(saved_.get(), STDERR_FILENO); }

  std::string take() {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(reader_.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  void close_reader() { reader_.reset(); }

 private:
  UniqueFd reader_;
  UniqueFd saved_;
};

LogConfig config(LogConfig::Format format) { return {LogConfig::Level::info, format}; }

TEST(Log, TextLinesCarryKeyValueFields) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::text), Log::Writes::at_once};
  log.info("job done", {{"worker", 3}, {"queue", "high priority"}, {"ms", 1.5}});
  const std::string line = captured.take();
  EXPECT_NE(line.find(" info job done worker=3 queue=\"high priority\" ms=1.500\n"),
            std::string::npos)
      << line;
}

TEST(Log, JsonLinesEscapeWhatJsonCannotHold) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::json), Log::Writes::at_once};
  log.info("job failed", {{"error", std::string_view{"a\"b\n\x01\xff é"}}, {"attempt", 2}});
  const std::string line = captured.take();
  EXPECT_NE(line.find(R"("level":"info","msg":"job failed",)"
                      R"("error":"a\"b\n\u0001\u00ff é","attempt":2})"),
            std::string::npos)
      << line;
}

TEST(Log, ALineNeverBreaksInTwo) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::text), Log::Writes::at_once};
  log.warning("job failed\nforged info line", {{"error", "first\nsecond\r\x1b[31m"}});
  const std::string line = captured.take();
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
}

TEST(Log, LevelsBelowTheConfiguredOneAreSilent) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::text), Log::Writes::at_once};
  log.debug("job started");
  EXPECT_EQ(captured.take(), "");
}

TEST(Log, TheMastersLinesWaitForTheEndOfItsTurn) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::text), Log::Writes::on_flush};
  log.info("one");
  log.info("two");
  EXPECT_EQ(captured.take(), "");
  log.flush();
  const std::string lines = captured.take();
  EXPECT_LT(lines.find("one\n"), lines.find("two\n"));
}

TEST(Log, AReaderThatStallsCostsLinesNotTheLoop) {
  CapturedStderr captured;
  Log log{config(LogConfig::Format::text), Log::Writes::on_flush};
  const std::string text(1000, 'x');
  for (int i = 0; i < 5000; ++i) log.info(text);  // 5 MB into a pipe of 64 KiB
  log.flush();
  std::string all;
  for (std::string part = captured.take(); !part.empty(); part = captured.take()) {
    all += part;
    log.flush();
  }
  EXPECT_NE(all.find("log lines dropped: stderr was not read"), std::string::npos);
  EXPECT_NE(all.find(text + "\n"), std::string::npos);
}

TEST(Log, AReaderThatLeftIsNoError) {
  ::signal(SIGPIPE, SIG_IGN);
  CapturedStderr captured;
  captured.close_reader();
  Log log{config(LogConfig::Format::text), Log::Writes::at_once};
  for (int i = 0; i < 100; ++i) log.info("nobody listens");
  SUCCEED();
}

TEST(Log, TheJournalGetsPrioritiesAndNoTimeOfItsOwn) {
  CapturedStderr captured;
  struct stat info {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &info), 0);
  const std::string stream = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
  Log log{config(LogConfig::Format::text), Log::Writes::at_once};
  ::unsetenv("JOURNAL_STREAM");
  log.warning("broker lost");
  log.error("job dead");
  EXPECT_EQ(captured.take(), "<4>broker lost\n<3>job dead\n");
}

}  // namespace
}  // namespace narwhal
