// Feeds the fuzz target with every file of a folder, with each of their beginnings, and with copies
// in which a few bytes are changed, the same ones on every run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kChangedCopies = 100;

int runs = 0;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ++runs;
}

// At most about a hundred beginnings, so that a long file does not take the time of all others.
void run_beginnings(const std::string& input) {
  const std::size_t step = std::max<std::size_t>(1, input.size() / 100);
  for (std::size_t size = 0; size < input.size(); size += step) run(input.substr(0, size));
}

void run_changed(const std::string& input) {
  constexpr std::string_view kTelling = "[]{}\"'=.,#\n\r\\$*:/@-+0123456789ex\0\x1b\xff\xc3\xef";
  std::mt19937 random{20140512};
  for (int copy = 0; copy < kChangedCopies && !input.empty(); ++copy) {
    std::string changed = input;
    for (int change = 0; change < 1 + copy % 4; ++change) {
      const char byte = kTelling[random() % kTelling.size()];
      const std::size_t at = random() % changed.size();
      if (random() % 2 == 0) {
        changed[at] = byte;
      } else {
        changed.insert(at, 1, byte);
      }
    }
    run(changed);
  }
}

std::string read(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator{argv[i]}) files.push_back(entry);
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const std::string input = read(file);
    run(input);
    run_beginnings(input);
    run_changed(input);
  }
  std::printf("%d inputs from %zu files\n", runs, files.size());
  return files.empty() ? 1 : 0;
}
