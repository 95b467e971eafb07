#include "wire/slot_page.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#include "narwhal/posix_error.h"

namespace narwhal {
namespace {

Result<void*> map_page(int fd) {
  void* memory = ::mmap(nullptr, sizeof(SlotPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return posix_error("unable to map a worker's shared page");
  return memory;
}

}  // namespace

void SlotPage::set_job_class(JobSequence job, std::string_view name) {
  const std::string_view shown = name.substr(0, kLongestClass);
  if (shown != std::string_view{class_.data(), class_size_}) {
    class_of_.store(0, std::memory_order_release);
    std::copy(shown.begin(), shown.end(), class_.begin());
    class_size_ = static_cast<std::uint32_t>(shown.size());
  }
  class_of_.store(job, std::memory_order_release);
}

std::string SlotPage::job_class(JobSequence job) const {
  if (class_of_.load(std::memory_order_acquire) != job) return {};
  // A wild pointer of the worker may have written here too.
  return {class_.data(), std::min<std::size_t>(class_size_, kLongestClass)};
}

Result<SharedSlotPage> SharedSlotPage::create() {
  UniqueFd fd{::memfd_create("narwhal-slot", MFD_CLOEXEC)};
  if (!fd.valid() || ::ftruncate(fd.get(), sizeof(SlotPage)) != 0) {
    return posix_error("unable to make a worker's shared page");
  }
  auto memory = map_page(fd.get());
  if (!memory) return memory.error();
  SharedSlotPage shared;
  shared.page_ = new (*memory) SlotPage;
  shared.fd_ = std::move(fd);
  return shared;
}

Result<SharedSlotPage> SharedSlotPage::map(const UniqueFd& fd) {
  auto memory = map_page(fd.get());
  if (!memory) return memory.error();
  SharedSlotPage shared;
  shared.page_ = std::launder(static_cast<SlotPage*>(*memory));
  return shared;
}

SharedSlotPage::SharedSlotPage(SharedSlotPage&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)), fd_(std::move(other.fd_)) {}

SharedSlotPage& SharedSlotPage::operator=(SharedSlotPage&& other) noexcept {
  std::swap(page_, other.page_);
  std::swap(fd_, other.fd_);
  return *this;
}

SharedSlotPage::~SharedSlotPage() {
  if (page_ != nullptr) ::munmap(page_, sizeof(SlotPage));
}

}  // namespace narwhal
