// DaemonTest: the fixture of tests with the real daemon on an SQLite queue. FieldCase is the same
// for cases met in the field, each named after its number.
#pragma once

#include "support/daemon/daemon_fixture.h"
#include "support/daemon/job_queue.h"

namespace narwhal::test {

class DaemonTest : public DaemonFixture {
 protected:
  JobStore& store() override { return queue; }

  JobQueue queue{directory.file("jobs.db")};
};

class FieldCase : public DaemonTest {};

}  // namespace narwhal::test
