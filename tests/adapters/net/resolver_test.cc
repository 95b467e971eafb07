#include "adapters/net/resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace narwhal::net {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};

// In a process of its own, whose /etc/hosts is `lines`.
void have_hosts(const std::string& file, const char* lines) {
  std::ofstream{file} << lines;
  const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       ::mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
  if (!mounted) {
    std::perror("unable to replace /etc/hosts");
    ::_exit(125);
  }
}

// The address to try, as text; what failed, in its place.
std::string address_for(Resolver& resolver, const HostPort& place) {
  if (auto started = resolver.start(place); !started.ok()) return started.error().text();
  PollSet set;
  resolver.watch(set);
  if (auto waited = set.wait(kPatience); !waited.ok()) return waited.error().text();
  auto address = resolver.address();
  if (!address.ok()) return address.error().text();
  if (!address->has_value()) return "not in time";
  const auto* ip = reinterpret_cast<const sockaddr_in*>((*address)->get());
  char text[INET_ADDRSTRLEN] = "";
  return ::inet_ntop(AF_INET, &ip->sin_addr, text, sizeof text);
}

int try_both_addresses() {
  Resolver resolver;
  const HostPort place{"twofold", 7};
  const std::string first = address_for(resolver, place);
  const std::string second = address_for(resolver, place);
  resolver.good();
  const std::string third = address_for(resolver, place);
  std::fprintf(stderr, "%s %s %s\n", first.c_str(), second.c_str(), third.c_str());
  const bool two = (first == "127.0.0.1" && second == "127.0.0.2") ||
                   (first == "127.0.0.2" && second == "127.0.0.1");
  return two && third == second ? 0 : 1;
}

TEST(Resolver, GoesOnToTheNextAddressUntilOneIsGood) {
  const test::TempDir directory;
  const auto in_child = [&] {
    have_hosts(directory.file("hosts"), "127.0.0.2 twofold\n127.0.0.1 twofold\n");
    ::_exit(try_both_addresses());
  };
  EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
}

TEST(Resolver, NumericHostsAreKnownAtOnce) {
  Resolver resolver;
  ASSERT_TRUE(resolver.start({"127.0.0.3", 7}).ok());
  const auto all = resolver.addresses();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->size(), 1U);
}

}  // namespace
}  // namespace narwhal::net
