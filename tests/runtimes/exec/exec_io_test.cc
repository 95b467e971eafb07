// stdin, stdout and stderr of a command: any amount, in any order, without anybody waiting.
#include <fcntl.h>

#include <array>
#include <numeric>

#include "narwhal/unique_fd.h"
#include "tests/runtimes/exec/exec_fixture.h"

namespace narwhal::test {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

// Points a standard descriptor of the "worker" at a file for as long as it exists.
class Redirected {
 public:
  Redirected(int fd, const std::string& path) : fd_(fd), before_(::fcntl(fd, F_DUPFD_CLOEXEC, 10)) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ::dup2(file.get(), fd);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() { ::dup2(before_.get(), fd_); }

 private:
  int fd_;
  UniqueFd before_;
};

class ExecIoTest : public ExecTest {
 protected:
  Outcome quietly(const std::string& script, const Job& job = {}) {
    const Redirected errors(STDERR_FILENO, path("stderr"));
    return shell(script, job);
  }
};

std::string all_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

TEST_F(ExecIoTest, PayloadArrivesByteForByte) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{65537}, 5 * kMegabyte}) {
    const std::string payload = all_bytes(size);
    EXPECT_EQ(quietly("cat > " + path("copy"), {.payload = payload}).outcome, NARWHAL_DONE);
    EXPECT_TRUE(slurp(path("copy")) == payload) << size << " bytes";
  }
}

TEST_F(ExecIoTest, LargestPayloadArrives) {
  const std::string payload = all_bytes(64 * kMegabyte);
  EXPECT_EQ(quietly("cat > " + path("copy"), {.payload = payload}).outcome, NARWHAL_DONE);
  EXPECT_TRUE(slurp(path("copy")) == payload);
}

TEST_F(ExecIoTest, StdinNeedNotBeRead) {
  const std::string payload(5 * kMegabyte, 'x');
  EXPECT_EQ(quietly("exit 0", {.payload = payload}).outcome, NARWHAL_DONE);
  EXPECT_EQ(quietly("exec <&-; exec sleep 0.1", {.payload = payload}).outcome, NARWHAL_DONE);
  EXPECT_EQ(quietly("head -c 1 > /dev/null", {.payload = payload}).outcome, NARWHAL_DONE);
  EXPECT_EQ(quietly("sleep 0.1; exit 3", {.payload = payload}).message, "exit status 3");
}

TEST_F(ExecIoTest, StdoutIsPassedOnWholeAndIsNoErrorText) {
  const Outcome outcome = quietly("head -c 10000000 /dev/zero | tr '\\0' x; echo; exit 1");
  EXPECT_EQ(std::filesystem::file_size(path("stderr")), 10'000'001U);
  EXPECT_EQ(outcome.message, "exit status 1");
  EXPECT_EQ(outcome.output, "");
}

TEST_F(ExecIoTest, StderrIsPassedOnWholeAndItsTailKept) {
  const Outcome outcome =
      quietly("head -c 10000000 /dev/zero | tr '\\0' x >&2; printf '\\nend\\n' >&2; exit 1");
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(std::filesystem::file_size(path("stderr")), 10'000'005U);
  EXPECT_TRUE(outcome.output.starts_with("[truncated: the last 8192 of 10000005 bytes]\nxxx"));
  EXPECT_TRUE(outcome.output.ends_with("xxx\nend\n"));
  EXPECT_EQ(outcome.message, "exit status 1: end");
}

TEST_F(ExecIoTest, TheNextLineOfTheLogBeginsALine) {
  EXPECT_EQ(quietly("printf one >&2; sleep 0.1; printf two >&2").outcome, NARWHAL_DONE);
  EXPECT_EQ(slurp(path("stderr")), "onetwo\n");
  EXPECT_EQ(quietly("printf 3; printf 4 >&2").outcome, NARWHAL_DONE);
  EXPECT_EQ(slurp(path("stderr")).size(), std::string("onetwo\n34\n").size());
  EXPECT_TRUE(slurp(path("stderr")).ends_with('\n'));
}

TEST_F(ExecIoTest, WhatWasPrintedLastIsNotLost) {
  for (int i = 0; i < 50; ++i) quietly("seq 1000 & wait; kill -9 $$");
  EXPECT_EQ(std::filesystem::file_size(path("stderr")), 50 * 3893U);
}

TEST_F(ExecIoTest, EverythingAtOnceInAnyOrder) {
  const Outcome outcome = quietly(
      "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2; "
      "done",
      {.payload = std::string(5 * kMegabyte, 'x')});
  EXPECT_EQ(outcome.outcome, NARWHAL_DONE);
  EXPECT_EQ(std::filesystem::file_size(path("stderr")), 4'000'001U);  // ends its line
}

TEST_F(ExecIoTest, BinaryNoiseBecomesPrintableText) {
  const Outcome outcome =
      quietly("printf 'bad \\377\\376\\000 \\033[1m caf\\303\\251\\n' >&2; exit 1");
  EXPECT_EQ(outcome.message, "exit status 1: bad \\xFF\\xFE\\x00 \\x1B[1m caf\xC3\xA9");
}

TEST_F(ExecIoTest, ClosedOutputsAreTheCommandsAffair) {
  EXPECT_EQ(quietly("exec 1>&- 2>&-; exec sleep 0.1").outcome, NARWHAL_DONE);
  EXPECT_EQ(quietly("exec 2>&-; exit 4").message, "exit status 4");
}

TEST_F(ExecIoTest, LogThatCannotBeWrittenLosesTextNotJobs) {
  const Redirected log(STDERR_FILENO, "/dev/full");
  const Outcome outcome = shell("head -c 1000000 /dev/zero >&2; echo why >&2; exit 1");
  EXPECT_EQ(outcome.message.substr(outcome.message.size() - 3), "why");
}

TEST_F(ExecIoTest, LogThatNobodyReadsAnyMoreIsNoBrokenPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ::close(ends[0]);
  const UniqueFd log(ends[1]);
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
  const UniqueFd before_out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10));
  ::dup2(log.get(), STDERR_FILENO);
  ::dup2(log.get(), STDOUT_FILENO);
  const Outcome outcome = shell("seq 100000 && seq 100000 >&2 && echo done > " + path("done"));
  ::dup2(before.get(), STDERR_FILENO);
  ::dup2(before_out.get(), STDOUT_FILENO);
  EXPECT_EQ(outcome.outcome, NARWHAL_DONE) << outcome.message;
  EXPECT_EQ(slurp(path("done")), "done\n");
}

}  // namespace
}  // namespace narwhal::test
