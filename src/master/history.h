// A job's history: what its earlier runs left behind, kept with the job on every broker and shown
// by `narwhal dead show`. JSON text, an array with the newest run last:
//
//   [{"at":"2026-01-31T12:00:00Z","outcome":"crashed","attempt":2,"ms":1500,"worker":0,"pid":4711,
//     "error_class":"…","message":"…","backtrace":"…","signal":"SIGSEGV","exit_code":3,
//     "max_rss_kib":40960}]
//
// Bounded: the last ten runs, and kMaxHistory bytes. Fields that do not apply are left out.
#pragma once

#include <string>
#include <string_view>

#include "master/run_report.h"

namespace narwhal {

// `history` with this run added. A history that cannot be read (foreign, damaged) starts afresh.
std::string add_to_history(std::string_view history, const RunReport& report, std::uint32_t attempt,
                           WallTime now);

}  // namespace narwhal
