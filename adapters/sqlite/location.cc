#include "location.h"

#include <filesystem>
#include <string_view>

#include "narwhal/redact.h"

namespace narwhal::sqlite {
namespace {

constexpr std::string_view kScheme = "sqlite:";

Error bad_url(const std::string& url, std::string reason) {
  return Error{ErrorKind::invalid, "unable to use broker url \"" + redact_url(url) + "\"",
               std::move(reason)};
}

}  // namespace

Result<std::string> path_in_url(const std::string& url) {
  if (!url.starts_with(kScheme)) return bad_url(url, "it does not start with sqlite:");
  std::string path = url.substr(kScheme.size());
  if (path.starts_with("//")) {
    if (!path.starts_with("///")) return bad_url(url, "write sqlite:PATH or sqlite:///PATH");
    path.erase(0, 2);
  }
  if (path.find('?') != std::string::npos) {
    return bad_url(url, "sqlite has no parameters, and no \"?\" in the name of a file");
  }
  if (path.empty()) return bad_url(url, "it names no file");
  if (path == ":memory:") return bad_url(url, "a queue in memory has no producers; name a file");
  if (path.ends_with('/')) return bad_url(url, "it names a directory, not a file");
  if (path.find('\0') != std::string::npos) return bad_url(url, "it has a NUL byte");
  return path;
}

Result<Location> locate(const std::string& url) {
  auto path = path_in_url(url);
  if (!path.ok()) return path.error();
  std::error_code failure;
  // SQLite puts its log beside the file that a symbolic link leads to, so the link is resolved
  // here.
  const auto full =
      std::filesystem::weakly_canonical(std::filesystem::absolute(*path, failure), failure);
  if (failure) {
    return Error{ErrorKind::io, "unable to find database: " + *path, failure.message()};
  }
  return Location{full.string(), full.parent_path().string(), full.filename().string()};
}

}  // namespace narwhal::sqlite
