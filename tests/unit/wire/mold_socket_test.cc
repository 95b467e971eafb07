#include "wire/mold_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/socket_pair.h"

namespace narwhal {
namespace {

MoldMessage pass(MoldMessage message) {
  auto ends = make_socket_pair(SocketKind::seqpacket);
  EXPECT_EQ(*send_mold(ends->parent.get(), message, false), MoldRead::message);
  MoldMessage received;
  EXPECT_EQ(*receive_mold(ends->child.get(), received, true), MoldRead::message);
  return received;
}

TEST(MoldSocket, SettingsComeBackWhole) {
  MoldSettings settings;
  settings.app.runtime = AppConfig::Runtime::exec;
  settings.app.command = {"./handle", "--fast", ""};
  settings.app.env = {{"A", "1"}, {"EMPTY", ""}};
  settings.app.load = "libjobs.so";
  settings.app.working_directory = "/srv";
  settings.log.level = LogConfig::Level::error;
  settings.max_payload = 123;
  settings.master = 4711;
  const MoldMessage received = pass(LoadApp{settings});
  const auto& back = std::get<LoadApp>(received).settings;
  EXPECT_EQ(back.app.command, settings.app.command);
  EXPECT_EQ(back.app.env, settings.app.env);
  EXPECT_EQ(back.app.load, "libjobs.so");
  EXPECT_EQ(back.app.working_directory, "/srv");
  EXPECT_EQ(back.log.level, LogConfig::Level::error);
  EXPECT_EQ(back.max_payload, 123U);
  EXPECT_EQ(back.master, 4711);
}

TEST(MoldSocket, DescriptorsTravelWithTheRequestAndDoNotLeakIntoPrograms) {
  SpawnWorker request;
  request.slot = 3;
  request.spawn = 9;
  request.socket = UniqueFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  request.page = UniqueFd{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
  const MoldMessage received = pass(std::move(request));
  const auto& back = std::get<SpawnWorker>(received);
  EXPECT_EQ(back.slot, 3U);
  EXPECT_EQ(back.spawn, 9U);
  char byte = 'x';
  EXPECT_EQ(::read(back.socket.get(), &byte, 1), 0);
  EXPECT_EQ(::read(back.page.get(), &byte, 1), 1);
  EXPECT_EQ(byte, '\0');
  EXPECT_NE(::fcntl(back.socket.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(back.page.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(MoldSocket, AnswersComeBackAndLongErrorsAreCut) {
  EXPECT_EQ(std::get<WorkerSpawned>(pass(WorkerSpawned{5, 77})).pid, 77);
  EXPECT_EQ(std::get<AppLoaded>(pass(AppLoaded{12})).interrupt_signal, 12);
  const MoldMessage received = pass(AppFailed{std::string(1 << 20, 'e')});
  EXPECT_EQ(std::get<AppFailed>(received).error.size(), 64U * 1024);
}

TEST(MoldSocket, AFullSocketIsNoError) {
  auto ends = make_socket_pair(SocketKind::seqpacket);
  MoldRead last = MoldRead::message;
  for (int i = 0; i < 100'000 && last == MoldRead::message; ++i) {
    last = *send_mold(ends->parent.get(), AppLoaded{}, /*wait=*/false);
  }
  EXPECT_EQ(last, MoldRead::nothing);
  ends->child.reset();
  EXPECT_EQ(*send_mold(ends->parent.get(), AppLoaded{}, /*wait=*/false), MoldRead::closed);
}

}  // namespace
}  // namespace narwhal
