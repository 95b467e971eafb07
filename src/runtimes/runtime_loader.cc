#include "runtimes/runtime_loader.h"

#include <dlfcn.h>

#include <cstddef>
#include <string>

#include "runtimes/elf_header.h"
#include "runtimes/exec/exec_runtime.h"
#include "runtimes/plugin.h"

namespace narwhal {
namespace {

// The runtime.h of ABI 1 as first published; later fields are added behind and are optional.
constexpr std::size_t kFirstSize = offsetof(narwhal_runtime, death_signal) + sizeof(int);

Error unable_to_load(const std::string& path, std::string reason) {
  return Error{ErrorKind::invalid, "unable to load the app: " + path, std::move(reason)};
}

// dlopen() looks a name without a slash up in the system's library folders; the configuration means
// a file.
std::string as_path(const std::string& load) {
  return load.find('/') == std::string::npos ? "./" + load : load;
}

// dlerror() begins with the path, which our own text has already said.
std::string dl_error(const std::string& path) {
  const char* raw = ::dlerror();
  std::string text = raw != nullptr ? raw : "unknown error of the dynamic loader";
  if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
  return text;
}

std::string explain_abi(std::uint32_t abi) {
  const std::string what = "it is built for runtime ABI " + std::to_string(abi) +
                           ", this narwhal speaks " + std::to_string(NARWHAL_RUNTIME_ABI) + "; ";
  return what + (abi > NARWHAL_RUNTIME_ABI
                     ? "install a newer narwhal, or build the app with this one's headers"
                     : "build the app again with this narwhal's headers");
}

Result<const narwhal_runtime*> check_runtime(const narwhal_runtime* runtime,
                                             const std::string& path) {
  if (runtime == nullptr) return unable_to_load(path, NARWHAL_RUNTIME_SYMBOL "() returned NULL");
  if (runtime->abi != NARWHAL_RUNTIME_ABI) return unable_to_load(path, explain_abi(runtime->abi));
  if (runtime->size < kFirstSize)
    return unable_to_load(path, "its narwhal_runtime has " + std::to_string(runtime->size) +
                                    " bytes, ABI 1 has at least " + std::to_string(kFirstSize) +
                                    "; set .size = sizeof(narwhal_runtime)");
  if (runtime->load == nullptr || runtime->execute == nullptr)
    return unable_to_load(path,
                          "its narwhal_runtime lacks load() or execute(), which are required");
  return runtime;
}

// RTLD_NOW: an undefined symbol is found here, once, and not in the middle of some job.
// RTLD_LOCAL: the app's symbols (its own SDK and libraries among them) stay its own and answer to
// nothing that is loaded later.
Result<const narwhal_runtime*> load_native(const std::string& load) {
  if (load.empty()) return unable_to_load("[app] load", "it is empty; name the app's .so file");
  const std::string path = as_path(load);
  if (auto checked = check_shared_object(path); !checked) return checked.error();
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return unable_to_load(path, dl_error(path));
  const auto entry =
      reinterpret_cast<narwhal_runtime_entry>(::dlsym(library, NARWHAL_RUNTIME_SYMBOL));
  if (entry == nullptr)
    return unable_to_load(path, "not a Narwhal app: it does not export " NARWHAL_RUNTIME_SYMBOL
                                "; link narwhal::job and use NARWHAL_APP");
  return check_runtime(entry(), path);
}

std::string how_to_get_ruby() {
  const std::string version = ruby_version();
  if (version.empty()) {
    return "this narwhal is built without the ruby runtime; build it where Ruby's headers are "
           "(Debian: ruby-dev), or install the package narwhal-ruby";
  }
  return "install the packages narwhal-ruby and libruby" + version + " (built for Ruby " + version +
         ")";
}

// RTLD_GLOBAL: Ruby's own extensions find the interpreter's symbols through it where they are not
// linked with libruby.
Result<const narwhal_runtime*> load_ruby(const std::string& load) {
  if (load.empty()) return unable_to_load("[app] load", "it is empty; name the app's .rb file");
  const auto path = find_plugin("ruby");
  if (!path) return unable_to_load(load, path.error().text() + "; " + how_to_get_ruby());
  void* library = ::dlopen(path->c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    return unable_to_load(load, *path + ": " + dl_error(*path) + "; " + how_to_get_ruby());
  }
  const auto entry =
      reinterpret_cast<narwhal_runtime_entry>(::dlsym(library, NARWHAL_RUNTIME_SYMBOL));
  if (entry == nullptr) return unable_to_load(load, *path + ": " + dl_error(*path));
  return check_runtime(entry(), *path);
}

}  // namespace

Result<const narwhal_runtime*> load_runtime(const AppConfig& app) {
  switch (app.runtime) {
    case AppConfig::Runtime::native:
      return load_native(app.load);
    case AppConfig::Runtime::exec:
      return exec_runtime({app.command});
    case AppConfig::Runtime::ruby:
      return load_ruby(app.load);
  }
  return unable_to_load(app.load, "no such runtime");
}

}  // namespace narwhal
