// The job that the benchmarks run: about 300 bytes in ActiveJob's form, as an application enqueues
// it.
#pragma once

#include <string>

namespace narwhal::bench {

inline std::string active_job_payload() {
  return R"({"job_class":"NoOp","job_id":"0191f3a0-7a1c-7000-8000-0123456789ab",)"
         R"("provider_job_id":null,"queue_name":"default","priority":null,)"
         R"("arguments":["someone@example.com",42],"executions":0,"exception_executions":{},)"
         R"("locale":"en","timezone":"UTC","enqueued_at":"2026-01-02T03:04:05.678901234Z",)"
         R"("scheduled_at":null})";
}

}  // namespace narwhal::bench
