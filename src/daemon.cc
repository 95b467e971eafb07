#include "daemon.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "master/master.h"
#include "narwhal/redact.h"

namespace narwhal {
namespace {

// select() cannot use more, but a soft limit below that would refuse workers for no reason. Returns
// the limit that holds then.
rlim_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, rlim_t{4} * FD_SETSIZE);
  if (limit.rlim_cur >= wanted) return limit.rlim_cur;
  const rlim_t before = std::exchange(limit.rlim_cur, wanted);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? wanted : before;
}

bool enough_descriptors(int workers, Log& log) {
  const rlim_t limit = raise_descriptor_limit();
  if (workers > kMostWorkers) {
    log.error("too many workers for select()", {{"workers", workers}, {"most", kMostWorkers}});
    return false;
  }
  const auto wanted = static_cast<rlim_t>(workers) + kOtherDescriptors;
  if (wanted <= limit) return true;
  log.error("too many workers for the limit of open files (ulimit -n, LimitNOFILE=)",
            {{"workers", workers}, {"needs", wanted}, {"limit", limit}});
  return false;
}

// Large payloads pass through the master; what they took goes back to the system. Below 16 MiB it
// is kept for the next one, since fresh pages cost more than the copy: 1 MiB payloads took 2 to 8
// times as long with a limit of 1 MiB. glibc's arenas for threads are kept few.
void keep_memory_low() {
  constexpr int kLarge = 16 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
  ::mallopt(M_TRIM_THRESHOLD, kLarge);
  ::mallopt(M_ARENA_MAX, 2);
}

const BrokerType* find_type(const std::vector<const BrokerType*>& types, std::string_view url) {
  const std::string_view scheme = url.substr(0, url.find(':'));
  for (const BrokerType* type : types) {
    if (std::find(type->schemes.begin(), type->schemes.end(), scheme) != type->schemes.end()) {
      return type;
    }
  }
  return nullptr;
}

Result<void> open_brokers(const Config& config, const std::vector<const BrokerType*>& types,
                          const Clock& clock, Log& log, Random& random, Brokers& brokers) {
  BrokerContext context;
  context.name = config.name;
  context.capacity = config.workers;
  context.lease = config.lease;
  context.max_payload = config.limits.max_payload;
  context.clock = &clock;
  for (const BrokerConfig& each : config.brokers) {
    const std::string name = redact_url(each.url);
    const BrokerType* type = find_type(types, each.url);
    if (type == nullptr)
      return Error{ErrorKind::invalid, "unable to use broker: " + name,
                   "no adapter for this kind of URL in this build"};
    auto broker = type->open(each, context);
    if (!broker) return broker.error();
    brokers.add(std::make_unique<BrokerLink>(std::move(*broker), name, config.lease, log, random),
                each);
  }
  return {};
}

}  // namespace

ExitCode run_daemon(const Config& config, const std::vector<const BrokerType*>& types,
                    SelfPipe& signals) {
  SdNotify notify = SdNotify::from_environment();
  Log log{config.log, Log::Writes::on_flush};
  keep_memory_low();
  if (!enough_descriptors(config.workers, log)) return ExitCode::config;
  const SystemClock clock;
  Random random;
  Brokers brokers;
  if (auto opened = open_brokers(config, types, clock, log, random, brokers); !opened) {
    log.error(opened.error().text());
    return ExitCode::config;
  }
  Master master{config, signals, brokers, log, clock, random, std::move(notify)};
  return master.run();
}

}  // namespace narwhal
