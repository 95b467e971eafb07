// An application whose after_fork hook never returns on its second call, counted over all workers
// by the size of the file that NARWHAL_TEST_HANG names; or one that does not even get there, as
// NARWHAL_TEST_HANG_IN says. Without these variables it works.
#include <narwhal/app.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace {

void hang_if_it_is(std::string_view place) {
  const char* where = std::getenv("NARWHAL_TEST_HANG_IN");
  while (where != nullptr && where == place) ::pause();
}

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
  hang_if_it_is("load");
  app.add<Touch>();
  app.prepare_fork([] { hang_if_it_is("prepare_fork"); });
  app.after_fork([](unsigned) {
    const char* file = std::getenv("NARWHAL_TEST_HANG");
    if (file != nullptr && count_call(file) == 2) {
      for (;;) ::pause();
    }
  });
}
