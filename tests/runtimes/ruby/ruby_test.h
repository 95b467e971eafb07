// RubyTest: the fixture of tests of the ruby runtime: the real daemon, an SQLite queue, and one of
// the apps in apps/.
#pragma once

#include "support/daemon/daemon_test.h"

namespace narwhal::test {

class RubyTest : public DaemonTest {
 protected:
  RubyTest() {
    config.text("app.runtime", "ruby");
    app("jobs.rb");
  }

  void app(const std::string& name) { config.text("app.load", std::string{RUBY_APPS "/"} + name); }
  // A file of this test's own.
  void source(const std::string& text) {
    write_file(file("app.rb"), text);
    config.text("app.load", file("app.rb"));
  }

  std::string add(std::string_view job_class, const std::string& arguments = "[]") {
    return queue.add(job_class, arguments);
  }
  // Arguments: the marks' file, and more as JSON.
  [[nodiscard]] std::string to_marks(const std::string& more = "") const {
    return "[" + in_quotes(marker_file()) + (more.empty() ? "" : "," + more) + "]";
  }
  [[nodiscard]] std::string to_file(const std::string& name) const {
    return "[" + in_quotes(file(name)) + "]";
  }
};

}  // namespace narwhal::test
