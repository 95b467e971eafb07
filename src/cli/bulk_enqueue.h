// `narwhal enqueue --bulk`: one job a line, stored in batches, in memory that does not grow.
#pragma once

#include "cli/broker_choice.h"
#include "cli/cli_context.h"
#include "cli/job_builder.h"
#include "exit_code.h"

namespace narwhal {

ExitCode enqueue_lines(const CliContext& context, bool print_ids, const JobBuilder& builder,
                       const ChosenBroker& broker);

}  // namespace narwhal
