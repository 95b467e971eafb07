#include "runtimes/elf_header.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "narwhal/posix_error.h"
#include "narwhal/unique_fd.h"

namespace narwhal {
namespace {

using Header = ElfW(Ehdr);

std::string context(const std::string& path) { return "unable to load the app: " + path; }

Result<Header> read_header(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return posix_error(context(path));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return posix_error(context(path));
  if (!S_ISREG(info.st_mode)) return Error{ErrorKind::invalid, context(path), "not a regular file"};
  Header header{};
  // A shorter file leaves zeros behind, which are no ELF header.
  if (::pread(fd.get(), &header, sizeof header, 0) < 0) return posix_error(context(path));
  return header;
}

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "i386";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "arm";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "ELF machine " + std::to_string(machine);
  }
}

// This process's own program is by definition built for the right machine.
Result<Header> own_header() { return read_header("/proc/self/exe"); }

std::string find_mistake(const Header& header, const Header& own) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not a shared object (no ELF file)";
  if (header.e_machine != own.e_machine || header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
      header.e_ident[EI_DATA] != own.e_ident[EI_DATA])
    return "built for " + machine_name(header.e_machine) + ", this machine is " +
           machine_name(own.e_machine);
  if (header.e_type != ET_DYN) return "not a shared object; link it with -shared";
  return {};
}

}  // namespace

Result<void> check_shared_object(const std::string& path) {
  const auto header = read_header(path);
  if (!header) return header.error();
  const auto own = own_header();
  if (!own) return own.error();
  std::string mistake = find_mistake(*header, *own);
  if (!mistake.empty()) return Error{ErrorKind::invalid, context(path), std::move(mistake)};
  return {};
}

}  // namespace narwhal
