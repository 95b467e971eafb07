#include "runtimes/plugin.h"

#include <filesystem>
#include <system_error>

namespace narwhal {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

Result<std::string> find_plugin(const std::string& name) {
  const std::string file = "narwhal-" + name + ".so";
  const fs::path here = own_folder();
  const fs::path installed = (here / NARWHAL_PLUGIN_FOLDER).lexically_normal();
  std::error_code ignored;
  for (const fs::path& folder : {here, installed}) {
    if (fs::is_regular_file(folder / file, ignored)) return (folder / file).string();
  }
  return Error{ErrorKind::not_found, "unable to find " + file,
               "it is neither in " + here.string() + " nor in " + installed.string()};
}

std::string ruby_version() { return NARWHAL_RUBY_VERSION; }

}  // namespace narwhal
