// How much of SQLite's own speed the adapter keeps: jobs per second of ack + claim in one
// transaction, bare statements beside SqliteBroker's step(), same table size, same batch, same run.
// Figures of one machine mean little; the ratio is what counts.
//
//   bench_sqlite_rate [JOBS]
#include <sqlite3.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapter_rate.h"
#include "adapters/sqlite/sqlite_type.h"
#include "tests/support/temp_dir.h"

namespace narwhal {
namespace {

struct Rate {
  double jobs_per_second = 0;
  double cpu_micros_per_job = 0;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Stopwatch {
 public:
  [[nodiscard]] Rate rate(std::size_t jobs) const {
    const double wall = std::chrono::duration<double>(SystemClock{}.now() - start_).count();
    const auto count = static_cast<double>(jobs);
    return {count / wall, (cpu_seconds() - cpu_) * 1e6 / count};
  }

 private:
  TimePoint start_ = SystemClock{}.now();
  double cpu_ = cpu_seconds();
};

void check(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "unable to %s\n", what);
  std::exit(1);
}

std::vector<NewJob> make_jobs(std::size_t count) {
  NewJob job;
  job.payload.assign(300, 'x');
  return std::vector<NewJob>(count, job);
}

void fill(const std::string& url, std::size_t jobs) {
  BrokerConfig config;
  config.url = url;
  auto producer = sqlite_broker_type().open_producer(config);
  check(producer.ok(), "open producer");
  check((*producer)->enqueue_all(make_jobs(jobs)).ok(), "enqueue");
}

// The adapter's tables and nothing else of it.
class BareLoop {
 public:
  BareLoop(const std::string& path, bool full) {
    check(sqlite3_open(path.c_str(), &database_) == SQLITE_OK, "open");
    run("PRAGMA journal_mode=WAL");
    run(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    run("PRAGMA wal_autocheckpoint=0");
    run("PRAGMA secure_delete=OFF");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    ack_ = prepare("DELETE FROM jobs WHERE id = ?1 AND owner = 7");
    claim_ = prepare(
        "UPDATE jobs SET state = 1, owner = 7 WHERE id IN (SELECT id FROM jobs WHERE state = 0 AND"
        " queue = 'default' ORDER BY prio, id LIMIT ?1) RETURNING id, payload");
  }
  ~BareLoop() {
    for (auto* statement : {begin_, commit_, ack_, claim_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  Rate run(std::size_t jobs, int batch) {
    const Stopwatch watch;
    std::vector<sqlite3_int64> in_hand;
    for (std::size_t done = 0; done < jobs;) {
      step(begin_);
      for (const auto id : in_hand) {
        sqlite3_bind_int64(ack_, 1, id);
        step(ack_);
      }
      done += in_hand.size();
      in_hand.clear();
      sqlite3_bind_int(claim_, 1, batch);
      std::string payload;
      while (sqlite3_step(claim_) == SQLITE_ROW) {
        in_hand.push_back(sqlite3_column_int64(claim_, 0));
        payload.assign(static_cast<const char*>(sqlite3_column_blob(claim_, 1)),
                       static_cast<std::size_t>(sqlite3_column_bytes(claim_, 1)));
      }
      sqlite3_reset(claim_);
      step(commit_);
      check(!in_hand.empty() || done >= jobs, "claim");
    }
    return watch.rate(jobs);
  }

 private:
  void run(const char* sql) {
    check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK, sql);
    return statement;
  }
  static void step(sqlite3_stmt* statement) {
    check(sqlite3_step(statement) == SQLITE_DONE, sqlite3_sql(statement));
    sqlite3_reset(statement);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt *begin_ = nullptr, *commit_ = nullptr, *ack_ = nullptr, *claim_ = nullptr;
};

Rate adapter_rate(const std::string& url, std::size_t jobs, int batch) {
  const SystemClock clock;
  BrokerConfig config;
  config.url = url;
  const auto opened = bench::open_adapter(sqlite_broker_type(), config, batch, clock);
  Broker& broker = *opened;
  const Stopwatch watch;
  BrokerEvents events;
  std::size_t done = 0;
  while (done < jobs || broker.unconfirmed() > 0) {
    PollSet ready;
    const int want = done < jobs ? batch : 0;
    check(broker.step(ready, clock.now(), want, events).ok(), "step");
    done += events.deliveries.size();
    for (auto& job : events.deliveries) broker.settle(std::move(job), Verdict{});
    events.clear();
  }
  return watch.rate(done);
}

void compare(std::size_t jobs, int batch) {
  Rate full, normal, adapter;
  {
    const test::TempDir directory;
    fill("sqlite:" + directory.file("q.db"), jobs);
    full = BareLoop(directory.file("q.db"), true).run(jobs / 2, batch);
    normal = BareLoop(directory.file("q.db"), false).run(jobs / 4, batch);
  }
  {
    const test::TempDir directory;
    fill("sqlite:" + directory.file("q.db"), jobs);
    adapter = adapter_rate("sqlite:" + directory.file("q.db"), jobs / 2, batch);
  }
  std::printf("%5d | %9.0f | %9.0f %6.1f | %9.0f %6.1f | %5.2f | %5.2f\n", batch,
              full.jobs_per_second, normal.jobs_per_second, normal.cpu_micros_per_job,
              adapter.jobs_per_second, adapter.cpu_micros_per_job,
              adapter.jobs_per_second / normal.jobs_per_second,
              normal.cpu_micros_per_job / adapter.cpu_micros_per_job);
}

}  // namespace
}  // namespace narwhal

int main(int argc, char** argv) {
  const std::size_t jobs = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000;
  std::puts("batch | bare FULL | bare NORMAL us/job | adapter   us/job | rate  | cpu");
  for (const int batch : {1, 10, 50}) narwhal::compare(jobs, batch);
}
