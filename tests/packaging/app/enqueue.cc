// Enqueues its second argument into the queue whose URL is the first; prints the job's id.
#include <narwhal/producer.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  auto producer = narwhal::open_producer(argv[1]);
  if (!producer) return std::cerr << producer.error().text() << '\n', 69;
  const auto id = (*producer)->enqueue({.payload = argv[2]});
  if (!id) return std::cerr << id.error().text() << '\n', 69;
  std::cout << *id << '\n';
}
