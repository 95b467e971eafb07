#include "runtimes/runtime_loader.h"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtimes/plugin.h"

namespace narwhal {
namespace {

std::string plugin(const std::string& name) {
  return std::string{NARWHAL_TEST_PLUGINS "/"} + name + ".so";
}

AppConfig native(const std::string& path) {
  AppConfig app;
  app.runtime = AppConfig::Runtime::native;
  app.load = path;
  return app;
}

// The error's text without what is the same in all.
std::string reason(const std::string& path) {
  const auto loaded = load_runtime(native(path));
  if (loaded.ok()) return "loaded";
  EXPECT_EQ(loaded.error().context, "unable to load the app: " + path);
  return loaded.error().reason;
}

class RuntimeLoaderTest : public ::testing::Test {
 protected:
  RuntimeLoaderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "narwhal-load-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~RuntimeLoaderTest() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name, const std::string& bytes) const {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
    return directory_ / name;
  }

  std::filesystem::path directory_;
};

TEST_F(RuntimeLoaderTest, LoadsAnApp) {
  const auto loaded = load_runtime(native(plugin("good_plugin")));
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  EXPECT_STREQ((*loaded)->name, "good_plugin");
}

TEST_F(RuntimeLoaderTest, NameWithoutASlashIsAFileHere) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(NARWHAL_TEST_PLUGINS);
  EXPECT_TRUE(load_runtime(native("good_plugin.so")).ok());
  EXPECT_EQ(reason("./libc.so.6"), "No such file or directory");
  std::filesystem::current_path(before);
}

TEST_F(RuntimeLoaderTest, EmptyNameNamesTheKey) {
  EXPECT_EQ(load_runtime(native("")).error().text(),
            "unable to load the app: [app] load: it is empty; name the app's .so file");
}

TEST_F(RuntimeLoaderTest, MissingFile) {
  const std::string path = directory_ / "gone.so";
  EXPECT_EQ(reason(path), "No such file or directory");
  EXPECT_EQ(load_runtime(native(path)).error().kind, ErrorKind::not_found);
}

TEST_F(RuntimeLoaderTest, WhatIsNoSharedObjectIsSaidToBeNone) {
  EXPECT_EQ(reason(directory_), "not a regular file");
  EXPECT_EQ(reason(file("empty.so", "")), "not a shared object (no ELF file)");
  EXPECT_EQ(reason(file("script.so", "#!/bin/sh\necho hello, I am a script of some length\n")),
            "not a shared object (no ELF file)");
}

TEST_F(RuntimeLoaderTest, OtherMachine) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
  header.e_machine = EM_S390;
  const std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  EXPECT_TRUE(reason(file("s390.so", bytes)).starts_with("built for s390, this machine is "));
}

TEST_F(RuntimeLoaderTest, TruncatedLibrary) {
  std::ifstream whole(plugin("good_plugin"), std::ios::binary);
  std::string head(200, '\0');
  whole.read(head.data(), static_cast<std::streamsize>(head.size()));
  EXPECT_NE(reason(file("cut.so", head)), "loaded");
}

TEST_F(RuntimeLoaderTest, UndefinedSymbolIsNamed) {
  const std::string text = reason(plugin("missing_symbol"));
  EXPECT_TRUE(text.starts_with("undefined symbol: ")) << text;
  EXPECT_NE(text.find("defined_nowhere"), std::string::npos) << text;
}

TEST_F(RuntimeLoaderTest, LibraryThatIsNoApp) {
  EXPECT_EQ(reason(plugin("no_entry")),
            "not a Narwhal app: it does not export narwhal_runtime_v1; link narwhal::job and use "
            "NARWHAL_APP");
}

TEST_F(RuntimeLoaderTest, WrongAbiSaysBothNumbersAndWhatToDo) {
  EXPECT_EQ(reason(plugin("old_abi")),
            "it is built for runtime ABI 0, this narwhal speaks 1; build the app again with this "
            "narwhal's headers");
  EXPECT_EQ(reason(plugin("newer_abi")),
            "it is built for runtime ABI 2, this narwhal speaks 1; install a newer narwhal, or "
            "build the app with this one's headers");
}

TEST_F(RuntimeLoaderTest, BrokenStructs) {
  EXPECT_TRUE(reason(plugin("short_struct")).starts_with("its narwhal_runtime has 16 bytes"));
  EXPECT_EQ(reason(plugin("no_execute")),
            "its narwhal_runtime lacks load() or execute(), which are required");
}

TEST_F(RuntimeLoaderTest, ExecIsBuiltIn) {
  AppConfig app;
  app.command = {"true"};
  const auto loaded = load_runtime(app);
  ASSERT_TRUE(loaded.ok());
  EXPECT_STREQ((*loaded)->name, "exec");
}

TEST_F(RuntimeLoaderTest, RubyIsAModuleOfItsOwn) {
  AppConfig app;
  app.runtime = AppConfig::Runtime::ruby;
  app.load = "config/environment.rb";
  const auto loaded = load_runtime(app);
  if (!ruby_version().empty()) {
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    EXPECT_STREQ((*loaded)->name, "ruby");
    EXPECT_EQ((*loaded)->version, ruby_version());
    return;
  }
  const std::string text = loaded.error().text();
  EXPECT_TRUE(
      text.starts_with("unable to load the app: config/environment.rb: unable to find "
                       "narwhal-ruby.so: it is neither in "))
      << text;
  EXPECT_NE(text.find("built without the ruby runtime"), std::string::npos) << text;
}

}  // namespace
}  // namespace narwhal
