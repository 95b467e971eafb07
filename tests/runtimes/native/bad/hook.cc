// An application whose after_fork hook never returns on its second call, counted over all workers
// by the size of the file that NARWHAL_TEST_HANG names. Without the variable it works.
#include <narwhal/app.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace {

struct Touch : narwhal::Job<Touch> {
  void perform(std::string file) { std::ofstream(file, std::ios::app) << job_id() << "\n"; }
};

off_t count_call(const char* file) {
  const int fd = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  struct stat status {};
  const bool counted = fd >= 0 && ::write(fd, "x", 1) == 1 && ::fstat(fd, &status) == 0;
  ::close(fd);
  return counted ? status.st_size : 0;
}

}  // namespace

NARWHAL_APP(app) {
  app.add<Touch>();
  app.after_fork([](unsigned) {
    const char* file = std::getenv("NARWHAL_TEST_HANG");
    if (file != nullptr && count_call(file) == 2) {
      for (;;) ::pause();
    }
  });
}
