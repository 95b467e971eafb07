#include "narwhal/enqueue.h"

#include <gtest/gtest.h>

#include <set>

#include "narwhal/fields.h"
#include "narwhal/job.h"
#include "sdk/envelope.h"

namespace narwhal {
namespace {

using namespace std::chrono_literals;

class FakeProducer final : public Producer {
 public:
  Result<std::string> enqueue(const NewJob& job) override {
    ++calls;
    if (away) return Error{ErrorKind::unavailable, "unable to reach the broker", "refused"};
    jobs.push_back(job);
    return job.id;
  }
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& all) override {
    ++calls;
    if (away) return Error{ErrorKind::unavailable, "unable to reach the broker", "refused"};
    std::vector<std::string> ids;
    for (const NewJob& job : all) {
      jobs.push_back(job);
      ids.push_back(job.id);
    }
    return ids;
  }

  std::vector<NewJob> jobs;
  int calls = 0;
  bool away = false;
};

struct Options {
  int width;
  std::optional<bool> crop;
};
NARWHAL_FIELDS(Options, width, crop)

struct Resize : Job<Resize> {
  static constexpr std::string_view job_class = "Images::Resize";
  static void configure(JobOptions<Resize>& options) { options.queue_as("images").priority(5); }
  void perform(std::string path, std::uint8_t quality, const Options& options, double scale,
               std::optional<int> page) {
    log_info(path + std::to_string(quality) + std::to_string(options.width) +
             std::to_string(scale) + std::to_string(page.value_or(0)));
  }
};

struct Plain : Job<Plain> {
  void perform() {}
};

struct Guarded : Job<Guarded> {
  static void configure(JobOptions<Guarded>& options) {
    options
        .before_enqueue([](JobRequest& request) {
          if (request.arguments.front() == Value("bad")) throw std::invalid_argument("not that");
          request.queue = "changed";
        })
        .after_enqueue([](const JobRequest& request) { stored() = request.id; });
  }
  static std::string& stored() {
    static std::string id;
    return id;
  }
  void perform(std::string) {}
};

TEST(Enqueue, WritesActiveJobsForm) {
  FakeProducer producer;
  const UseProducer use(producer);
  const std::string id = Resize::perform_later("a.png", 90, Options{3, true}, 1, std::nullopt);
  ASSERT_EQ(producer.jobs.size(), 1U);
  const NewJob& job = producer.jobs.front();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.queue, "images");
  EXPECT_EQ(job.priority, 5);
  EXPECT_FALSE(job.run_at);
  const auto payload = Value::parse(job.payload).value();
  std::vector<std::string> keys;
  for (const auto& [key, value] : *payload.get_if<Value::Object>()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"job_class", "job_id", "provider_job_id", "queue_name",
                                      "priority", "arguments", "executions", "exception_executions",
                                      "locale", "timezone", "enqueued_at", "scheduled_at"}));
  EXPECT_EQ(*payload.find("job_class"), Value("Images::Resize"));
  EXPECT_EQ(*payload.find("job_id"), Value(id));
  EXPECT_EQ(*payload.find("priority"), Value(5));
  EXPECT_EQ(
      payload.find("arguments")->to_json(),
      R"(["a.png",90,{"width":3,"crop":true,"_aj_ruby2_keywords":["width","crop"]},1.0,null])");
  EXPECT_EQ(payload.find("exception_executions")->to_json(), "{}");
  EXPECT_TRUE(sdk::parse_time(*payload.find("enqueued_at")->get_if<std::string>()));
  EXPECT_TRUE(payload.find("scheduled_at")->is_null());
}

TEST(Enqueue, SetOverridesTheClass) {
  FakeProducer producer;
  const UseProducer use(producer);
  const auto before = std::chrono::system_clock::now();
  Plain::set({.wait = 5min, .queue = "slow", .priority = -1}).perform_later();
  EXPECT_EQ(producer.jobs[0].queue, "slow");
  EXPECT_EQ(producer.jobs[0].priority, -1);
  EXPECT_GE(*producer.jobs[0].run_at, before + 5min);
  EXPECT_LT(*producer.jobs[0].run_at, before + 6min);

  const WallTime tomorrow = SystemClock().wall_now() + 24h;
  Plain::set({.wait_until = tomorrow}).perform_later();
  EXPECT_EQ(producer.jobs[1].run_at, tomorrow);
  sdk::Envelope envelope;
  ASSERT_TRUE(envelope.read(producer.jobs[1].payload));
  EXPECT_EQ(envelope.queue_name, "default");
}

TEST(Enqueue, ChecksValuesAgainstPerform) {
  FakeProducer producer;
  const UseProducer use(producer);
  try {
    Resize::perform_later("a.png", 300, Options{3, true}, 1.0);
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(),
                 "Images::Resize#perform argument 2 (std::uint8_t): expected an integer from 0 to "
                 "255, got 300");
  }
  EXPECT_THROW(Resize::perform_later("\xff", 1, Options{3, true}, 1.0), ArgumentError);
  EXPECT_EQ(producer.calls, 0);
}

TEST(Enqueue, ChecksTypesWhenTheCodeIsCompiled) {
  static_assert(detail::PassableAs<const char*, std::string>);
  static_assert(detail::PassableAs<int, std::int64_t>);
  static_assert(detail::PassableAs<int, double>);
  static_assert(detail::PassableAs<int, std::optional<int>>);
  static_assert(!detail::PassableAs<const char*, bool>);
  static_assert(!detail::PassableAs<int, bool>);
  static_assert(!detail::PassableAs<double, int>);
  static_assert(!detail::PassableAs<std::string, int>);
}

TEST(Enqueue, StoresManyInOneGo) {
  FakeProducer producer;
  const UseProducer use(producer);
  const auto ids = perform_all_later({Plain::job(), Guarded::job("x"), Plain::job()});
  EXPECT_EQ(producer.calls, 1);
  ASSERT_EQ(producer.jobs.size(), 3U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 3U);
  EXPECT_EQ(producer.jobs[1].queue, "changed");
  EXPECT_TRUE(perform_all_later({}).empty());
  EXPECT_EQ(producer.calls, 1);
}

TEST(Enqueue, CallbacksMayChangeOrRefuse) {
  FakeProducer producer;
  const UseProducer use(producer);
  const std::string id = Guarded::perform_later("good");
  EXPECT_EQ(Guarded::stored(), id);
  EXPECT_THROW(Guarded::perform_later("bad"), std::invalid_argument);
  EXPECT_EQ(producer.jobs.size(), 1U);
}

std::string error_of_plain() {
  try {
    Plain::perform_later();
  } catch (const EnqueueError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Enqueue, SaysWhenThereIsNowhereToPutAJob) {
  EXPECT_EQ(error_of_plain(),
            "unable to enqueue: narwhal::Plain: this thread runs no job and has no producer "
            "(narwhal::UseProducer)");
}

TEST(Enqueue, SaysWhyTheBrokerDidNotTakeIt) {
  FakeProducer producer;
  producer.away = true;
  const UseProducer use(producer);
  EXPECT_EQ(error_of_plain(),
            "unable to enqueue: narwhal::Plain: unable to reach the broker: refused");
  EXPECT_THROW(perform_all_later({Plain::job(), Plain::job()}), EnqueueError);
}

TEST(Enqueue, ProducersNestAndEnd) {
  FakeProducer outer;
  FakeProducer inner;
  {
    const UseProducer use_outer(outer);
    {
      const UseProducer use_inner(inner);
      Plain::perform_later();
    }
    Plain::perform_later();
  }
  EXPECT_EQ(inner.jobs.size(), 1U);
  EXPECT_EQ(outer.jobs.size(), 1U);
  EXPECT_NE(error_of_plain(), "no error");
}

}  // namespace
}  // namespace narwhal
