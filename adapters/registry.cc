#include "adapters/registry.h"

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/kafka/kafka_type.h"
#include "adapters/rabbitmq/rabbitmq_type.h"
#include "adapters/redis/redis_type.h"
#include "adapters/sqlite/sqlite_type.h"

namespace narwhal {

std::vector<const BrokerType*> all_broker_types() {
  return {&sqlite_broker_type(), &redis_broker_type(), &beanstalkd_broker_type(),
          &rabbitmq_broker_type(), &kafka_broker_type()};
}

}  // namespace narwhal
