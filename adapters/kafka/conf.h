// The configuration of a librdkafka handle, and the error kinds of what it reports.
#pragma once

#include "handles.h"
#include "location.h"
#include "narwhal/result.h"

namespace narwhal::kafka {

// Servers, client id and `defaults`; over them the operator's properties; over those `fixed`.
// An Error says which property is wrong.
Result<Conf> make_conf(const Location& location, const Properties& defaults,
                       const Properties& fixed);

// Takes the configuration; an Error says what in it librdkafka refuses.
Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const Location& location);

// What a failure means to whoever asked for something.
ErrorKind error_kind(rd_kafka_resp_err_t code);

}  // namespace narwhal::kafka
