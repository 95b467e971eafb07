#include "cli/enqueue_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "cli/broker_choice.h"
#include "cli/bulk_enqueue.h"
#include "cli/command_error.h"
#include "cli/descriptor_input.h"
#include "cli/job_builder.h"
#include "cli/printable.h"
#include "cli/quantity.h"

namespace narwhal {

namespace {

bool serves(const ChosenBroker& broker, const std::string& queue) {
  const auto& queues = broker.config.queues;
  return std::any_of(queues.begin(), queues.end(),
                     [&](const QueueConfig& each) { return each.name == queue; });
}

// The first that serves the queue, else the first: another daemon may serve it there. But more
// often the queue's name is misspelt and the job would wait for ever, so it is said.
const ChosenBroker& broker_for(const CliContext& context, const std::vector<ChosenBroker>& brokers,
                               const EnqueueArguments& arguments) {
  const auto found = std::find_if(brokers.begin(), brokers.end(), [&](const ChosenBroker& broker) {
    return serves(broker, arguments.queue);
  });
  if (found != brokers.end()) return *found;
  if (!arguments.broker) {
    *context.err << "warning: no broker of the configuration serves queue "
                 << printable(arguments.queue) << "\n";
  }
  return brokers.front();
}

// What is too long is not read to its end, so its size is never known.
Result<std::string> read_payload(std::istream& in, std::size_t limit) {
  std::string payload;
  std::string chunk(std::size_t{64} * 1024, '\0');
  while (payload.size() <= limit &&
         in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())).gcount() > 0) {
    payload.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (auto failure = input_failure(in)) return std::move(*failure);
  if (payload.size() > limit) {
    return Error{ErrorKind::too_large,
                 fmt::format("the payload has more than {} ({} bytes), the most that is allowed by "
                             "max_payload or the broker",
                             format_size(limit), limit),
                 ""};
  }
  return payload;
}

Result<std::string> content_of(const CliContext& context, const EnqueueArguments& arguments,
                               std::size_t limit) {
  if (arguments.job_class) return arguments.args.value_or("[]");
  if (*arguments.payload == "-") return read_payload(*context.in, limit);
  return *arguments.payload;
}

ExitCode enqueue_one(const CliContext& context, const EnqueueArguments& arguments,
                     const JobBuilder& builder, const ChosenBroker& broker) {
  auto content = content_of(context, arguments, broker.config.max_payload);
  if (!content) return report(*context.err, content.error());
  const auto job = builder.build(std::move(*content));
  if (!job) return report(*context.err, job.error());
  auto producer = broker.type->open_producer(broker.config);
  if (!producer) {
    return report_unreachable(*context.err, broker.without_secrets(producer.error()));
  }
  const auto id = (*producer)->enqueue(*job);
  if (!id) return report(*context.err, broker.without_secrets(id.error()));
  *context.out << *id << "\n";
  const ExitCode written = finish_output(*context.out, *context.err);
  // Or a script that tries again would store it twice.
  if (written != ExitCode::ok) {
    report(*context.err, written, fmt::format("the job is stored all the same; its id is {}", *id));
  }
  return written;
}

}  // namespace

ExitCode run_enqueue(const CliContext& context, const std::optional<std::string>& config_file,
                     const EnqueueArguments& arguments) {
  auto builder = JobBuilder::from(arguments, *context.clock, context.new_job_id);
  if (!builder) return report(*context.err, ExitCode::usage, builder.error().text());
  const BrokerChoice choice = choose_brokers(context, config_file, arguments.broker);
  if (choice.failed != ExitCode::ok) return choice.failed;
  const ChosenBroker& broker = broker_for(context, choice.brokers, arguments);
  builder->set_limit(broker.config.max_payload);
  if (arguments.bulk) return enqueue_lines(context, arguments.ids, *builder, broker);
  return enqueue_one(context, arguments, *builder, broker);
}

}  // namespace narwhal
