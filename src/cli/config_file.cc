#include "cli/config_file.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/config_document.h"
#include "cli/config_draft.h"
#include "cli/config_overrides.h"
#include "cli/config_reader.h"
#include "narwhal/posix_error.h"

namespace narwhal {

namespace {

constexpr std::size_t kLargestFile = std::size_t{1024} * 1024;
constexpr const char* kLocalFile = "narwhal.toml";
constexpr const char* kSystemFile = "/etc/narwhal/narwhal.toml";

// The Error leaves the path to the caller, who names it anyway.
Result<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return posix_error("unable to open");
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A directory opens but does not read.
  if (in.bad()) return posix_error("unable to read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) {
    return Error{ErrorKind::too_large, "unable to read", "larger than 1 MiB"};
  }
  return text;
}

}  // namespace

LoadedConfig load_config_text(std::string text, const std::string& path,
                              const Environment& environment, const BrokerTypes& types) {
  ConfigDraft draft{path};
  ConfigNode root = parse_config_document(std::move(text), path, draft.problems);
  const bool complete = draft.problems.empty();
  expand_strings(root, environment, draft);
  read_config_tree(root, draft);
  apply_overrides(environment, draft);
  // Without the lines that could not be read, "is missing" would be a guess.
  if (complete) check_config_rules(types, draft);
  return {std::move(draft.config), std::move(draft.problems), std::move(draft.warnings)};
}

LoadedConfig load_config(const std::string& path, const Environment& environment,
                         const BrokerTypes& types) {
  auto text = read_file(path);
  if (text) return load_config_text(std::move(*text), path, environment, types);
  LoadedConfig failed;
  failed.errors.push_back({path, 0, 0, "", text.error().text()});
  return failed;
}

Result<std::string> find_config_file(const std::optional<std::string>& given) {
  if (given && given->empty()) {
    return Error{ErrorKind::invalid, "-c: the path of the configuration is empty", ""};
  }
  if (given) return *given;
  for (const char* path : {kLocalFile, kSystemFile}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return std::string{path};
  }
  return Error{ErrorKind::not_found,
               "no configuration: neither ./narwhal.toml nor " + std::string{kSystemFile} +
                   " exists; name one with -c",
               ""};
}

}  // namespace narwhal
