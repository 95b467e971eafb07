#include "cli/bulk_enqueue.h"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "cli/command_error.h"
#include "cli/descriptor_input.h"
#include "cli/line_reader.h"
#include "cli/quantity.h"

namespace narwhal {

namespace {

// A batch is one commit: large enough to hide its cost, small enough to hold in memory.
constexpr std::size_t kBatchJobs = 1000;
constexpr std::size_t kBatchBytes = std::size_t{4} * 1024 * 1024;

// "no jobs are", "1 job is", "2 jobs are".
std::string count_text(std::size_t count, std::string_view one, std::string_view many) {
  if (count == 0) return fmt::format("no {}", many);
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// Collects jobs and stores them batch by batch; counts what the broker has confirmed.
class BatchWriter {
 public:
  BatchWriter(Producer& producer, std::ostream* ids) : producer_(producer), ids_(ids) {}

  Result<void> add(NewJob job) {
    bytes_ += job.payload.size();
    batch_.push_back(std::move(job));
    if (batch_.size() < kBatchJobs && bytes_ < kBatchBytes) return {};
    return flush();
  }

  Result<void> flush() {
    if (batch_.empty()) return {};
    const auto stored = producer_.enqueue_all(batch_);
    if (!stored) return stored.error();
    count_ += stored->size();
    if (ids_ != nullptr) {
      for (const std::string& id : *stored) *ids_ << id << "\n";
    }
    batch_.clear();
    bytes_ = 0;
    return {};
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  Producer& producer_;
  std::ostream* ids_;
  std::vector<NewJob> batch_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

// Reads until the input ends or a line is bad; the Error names the line.
Result<void> read_lines(std::istream& in, LineReader& lines, const JobBuilder& builder,
                        std::size_t limit, BatchWriter& writer, bool& broker_failed) {
  const auto bad_line = [&lines](const Error& error) {
    return Error{error.kind, fmt::format("line {}: {}", lines.number(), error.text()), ""};
  };
  std::string line;
  for (;;) {
    switch (lines.next(line)) {
      case LineReader::Outcome::end:
        return {};
      case LineReader::Outcome::failed:
        return *input_failure(in);
      case LineReader::Outcome::too_long:
        return bad_line({ErrorKind::too_large,
                         fmt::format("longer than {} ({} bytes), the most that is allowed by "
                                     "max_payload or the broker",
                                     format_size(limit), limit),
                         ""});
      case LineReader::Outcome::line:
        break;
    }
    auto job = builder.build(std::move(line));
    if (!job) return bad_line(job.error());
    if (auto added = writer.add(std::move(*job)); !added) {
      broker_failed = true;
      return added;
    }
  }
}

}  // namespace

ExitCode enqueue_lines(const CliContext& context, bool print_ids, const JobBuilder& builder,
                       const ChosenBroker& broker) {
  auto producer = broker.type->open_producer(broker.config);
  if (!producer) {
    return report_unreachable(*context.err, broker.without_secrets(producer.error()));
  }
  LineReader lines{*context.in, broker.config.max_payload};
  BatchWriter writer{**producer, print_ids ? context.out : nullptr};
  bool broker_failed = false;
  Result<void> outcome =
      read_lines(*context.in, lines, builder, broker.config.max_payload, writer, broker_failed);
  // The good lines above a bad one are stored, so that the rest can be sent from there on.
  if (!broker_failed) {
    if (const auto flushed = writer.flush(); !flushed) {
      broker_failed = true;
      outcome = flushed;
    }
  }
  if (!print_ids && outcome) *context.out << writer.count() << "\n";
  const ExitCode written = finish_output(*context.out, *context.err);
  if (outcome && written != ExitCode::ok) {
    report(*context.err, written,
           fmt::format("{} stored all the same", count_text(writer.count(), "job is", "jobs are")));
  }
  if (outcome) return written;
  const Error error = broker.without_secrets(outcome.error());
  report(*context.err, error);
  return report(*context.err, exit_code_for(error.kind),
                fmt::format("{} enqueued{}", count_text(writer.count(), "line was", "lines were"),
                            broker_failed ? " for certain; of the next batch some may have been"
                                          : " before it"));
}

}  // namespace narwhal
