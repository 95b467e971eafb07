#include "runtimes/exec/command_line.h"

#include <cerrno>

#include "tests/runtimes/exec/exec_fixture.h"

namespace narwhal::test {
namespace {

using CommandLineTest = ExecTest;
using exec::find_command;

TEST_F(CommandLineTest, FirstExecutableFileInPathWins) {
  std::filesystem::create_directories(path("a"));
  std::filesystem::create_directories(path("b/tool"));
  std::filesystem::create_directories(path("c"));
  write_file("a/tool", "", false);
  write_file("c/tool", "", true);
  const auto found = find_command({"tool"}, path("a") + ":" + path("b") + ":" + path("c"));
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, path("c/tool"));
}

TEST_F(CommandLineTest, OnlyAnUnusableOneInPathIsNamed) {
  std::filesystem::create_directories(path("a"));
  write_file("a/tool", "", false);
  const auto found = find_command({"tool"}, path("a") + ":/nowhere");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().text(), "unable to run command: " + path("a/tool") +
                                      ": Permission denied (is it executable? try chmod +x)");
}

TEST_F(CommandLineTest, SlashMeansNoSearch) {
  EXPECT_FALSE(find_command({"bin/true"}, "/usr").ok());
  EXPECT_EQ(*find_command({"/bin/true"}, ""), "/bin/true");
}

TEST_F(CommandLineTest, EmptyCommandIsAMistakeInTheConfiguration) {
  EXPECT_EQ(find_command({}, "/bin").error().text(),
            "unable to run command: [app] command is empty");
  EXPECT_FALSE(find_command({""}, "/bin").ok());
}

TEST_F(CommandLineTest, DirectoryIsNoCommand) {
  EXPECT_EQ(find_command({path("")}, "").error().reason, "not a regular file");
}

}  // namespace
}  // namespace narwhal::test
