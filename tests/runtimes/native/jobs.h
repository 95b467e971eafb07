// The job classes of libtest_jobs.so. Files are written with O_APPEND, one write a line, so lines
// of different workers never mix.
#pragma once

#include <narwhal/app.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace test_jobs {

using narwhal::Job;
using narwhal::JobOptions;
using narwhal::Value;

struct Size {
  int width;
  int height;
  std::optional<std::string> unit;
};
NARWHAL_FIELDS(Size, width, height, unit)

// marker_jobs.cc
// "<job-id> <pid> start", the wait, "<job-id> <pid> end".
struct Marker : Job<Marker> {
  static constexpr std::string_view job_class = "Marker";
  void perform(std::string file, std::optional<int> milliseconds);
};
struct NoOp : Job<NoOp> {
  static constexpr std::string_view job_class = "NoOp";
  void perform(std::optional<Value> anything);
};
struct Sleep : Job<Sleep> {
  static constexpr std::string_view job_class = "Sleep";
  void perform(int milliseconds);
};
// Uses the CPU and looks at nothing else.
struct Spin : Job<Spin> {
  static constexpr std::string_view job_class = "Spin";
  void perform(int milliseconds);
};
// The same with every signal blocked: only KILL ends it early.
struct BlockSignalsAndSpin : Job<BlockSignalsAndSpin> {
  static constexpr std::string_view job_class = "BlockSignalsAndSpin";
  void perform(int milliseconds);
};
// "<job-id> <pid> start", then "stopping" once stopping() is true, or "timeout".
struct HoldUntilStopping : Job<HoldUntilStopping> {
  static constexpr std::string_view job_class = "HoldUntilStopping";
  void perform(std::string file, int most_milliseconds);
};
// The same, and then throws Postpone.
struct PostponeWhenStopping : Job<PostponeWhenStopping> {
  static constexpr std::string_view job_class = "PostponeWhenStopping";
  void perform(std::string file, int most_milliseconds);
};

// context_jobs.cc
// One line of JSON: the value as it arrived.
struct Echo : Job<Echo> {
  static constexpr std::string_view job_class = "Echo";
  void perform(std::string file, Value value);
};
// One line of JSON: an array of all arguments as they were decoded.
struct AllTypes : Job<AllTypes> {
  static constexpr std::string_view job_class = "AllTypes";
  void perform(std::string file, bool flag, std::int64_t number, std::uint64_t large, double real,
               std::string text, std::vector<int> list, std::map<std::string, int> table, Size size,
               std::optional<std::string> maybe);
};
// One line of JSON: what the accessors say.
struct Context : Job<Context> {
  static constexpr std::string_view job_class = "Context";
  void perform(std::string file);
};
// One line: which hooks have run in this process.
struct HookProbe : Job<HookProbe> {
  static constexpr std::string_view job_class = "HookProbe";
  void perform(std::string file);
};
// Runs for `milliseconds` in all, moving its deadline `step` ahead each time half of that has gone.
struct ExtendDeadline : Job<ExtendDeadline> {
  static constexpr std::string_view job_class = "ExtendDeadline";
  void perform(std::string file, int milliseconds, int step);
};

// failing_jobs.cc
struct Fail : Job<Fail> {
  static constexpr std::string_view job_class = "Fail";
  void perform(std::string message);
};
// Fails the first `times` runs by the lines of this job in the file ("<job-id> <pid> fail"), then
// "<job-id> <pid> done". The daemon retries.
struct FailTimes : Job<FailTimes> {
  static constexpr std::string_view job_class = "FailTimes";
  void perform(std::string file, int times);
};
// The same by executions(), with retry_on every 100 ms, 5 attempts.
struct RetryTimes : Job<RetryTimes> {
  static constexpr std::string_view job_class = "RetryTimes";
  static void configure(JobOptions<RetryTimes>& options);
  void perform(std::string file, int times);
};
// discard_on what it throws.
struct Discarded : Job<Discarded> {
  static constexpr std::string_view job_class = "Discarded";
  static void configure(JobOptions<Discarded>& options);
  void perform(std::string file);
};
// kind: int, text, string, custom, nested, bytes, huge, bad_alloc, argument, postpone.
struct Throw : Job<Throw> {
  static constexpr std::string_view job_class = "Throw";
  void perform(std::string kind);
};

// process_jobs.cc
struct Segv : Job<Segv> {
  static constexpr std::string_view job_class = "Segv";
  void perform();
};
struct Abort : Job<Abort> {
  static constexpr std::string_view job_class = "Abort";
  void perform();
};
struct Terminate : Job<Terminate> {
  static constexpr std::string_view job_class = "Terminate";
  void perform();
};
struct StackOverflow : Job<StackOverflow> {
  static constexpr std::string_view job_class = "StackOverflow";
  void perform();
};
// how: exit, quick_exit, _exit.
struct Exit : Job<Exit> {
  static constexpr std::string_view job_class = "Exit";
  void perform(std::string how, int status);
};
struct KillSelf : Job<KillSelf> {
  static constexpr std::string_view job_class = "KillSelf";
  void perform(int signal);
};
// Touches the memory and keeps it for the worker's life when asked to.
struct Alloc : Job<Alloc> {
  static constexpr std::string_view job_class = "Alloc";
  void perform(int mebibytes, bool keep);
};
// The child comes back out of perform() like the parent.
struct ForkAndReturn : Job<ForkAndReturn> {
  static constexpr std::string_view job_class = "ForkAndReturn";
  void perform(std::string file);
};
// Leaves a child that sleeps, with all descriptors open.
struct LeaveChild : Job<LeaveChild> {
  static constexpr std::string_view job_class = "LeaveChild";
  void perform(int milliseconds);
};
// Closes every descriptor from `first` on.
struct CloseDescriptors : Job<CloseDescriptors> {
  static constexpr std::string_view job_class = "CloseDescriptors";
  void perform(int first);
};
// One line of JSON: the open descriptors and what they are.
struct ListDescriptors : Job<ListDescriptors> {
  static constexpr std::string_view job_class = "ListDescriptors";
  void perform(std::string file);
};

// output_jobs.cc
// how: printf, cout, cerr, write, noise.
struct Print : Job<Print> {
  static constexpr std::string_view job_class = "Print";
  void perform(std::string how, std::string text, int times);
};
struct Log : Job<Log> {
  static constexpr std::string_view job_class = "Log";
  void perform(std::string level, std::string text, int times);
};

// enqueueing_jobs.cc
// Enqueues `count` Marker jobs on `queue`, in one go or one by one.
struct EnqueueMany : Job<EnqueueMany> {
  static constexpr std::string_view job_class = "EnqueueMany";
  void perform(std::string file, int count, std::string queue, bool one_by_one);
};
struct EnqueueDelayed : Job<EnqueueDelayed> {
  static constexpr std::string_view job_class = "EnqueueDelayed";
  void perform(std::string file, int milliseconds);
};
// from: thread, fork. Writes what perform_later() threw there.
struct EnqueueElsewhere : Job<EnqueueElsewhere> {
  static constexpr std::string_view job_class = "EnqueueElsewhere";
  void perform(std::string file, std::string from);
};

// test_files.cc
void append_line(const std::string& file, const std::string& line);
// How many lines of the file begin so.
int count_lines(const std::string& file, const std::string& beginning);
void sleep_for(int milliseconds);

// app.cc: the hooks that have run, in words.
std::string hook_report();

}  // namespace test_jobs
