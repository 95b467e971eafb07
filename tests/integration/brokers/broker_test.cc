#include "integration/brokers/broker_test.h"

namespace narwhal::test {

std::string BrokerTest::enqueue(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), "enqueue");
  CommandResult result = narwhal(std::move(arguments), input);
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.errors, "");
  EXPECT_TRUE(result.output.ends_with("\n")) << result.output;
  if (!result.output.empty()) result.output.pop_back();
  return result.output;
}

std::string BrokerTest::enqueue_marker(const std::string& arguments,
                                       std::vector<std::string> more) {
  more.insert(more.end(), {"--class", "Marker", "--args", arguments});
  return enqueue(std::move(more));
}

}  // namespace narwhal::test
