#include "beanstalkd_dead_letters.h"

#include <algorithm>

#include "terms.h"

namespace narwhal::beanstalkd {

Result<std::unique_ptr<DeadLetters>> BeanstalkdDeadLetters::open(Place place) {
  std::unique_ptr<BeanstalkdDeadLetters> letters(new BeanstalkdDeadLetters(std::move(place)));
  if (auto connected = letters->client_.connect(); !connected.ok()) return connected.error();
  return std::unique_ptr<DeadLetters>(std::move(letters));
}

Result<std::vector<DeadLetter>> BeanstalkdDeadLetters::list(std::string_view queue,
                                                            std::size_t limit) {
  std::vector<DeadLetter> letters;
  if (limit == 0) return letters;
  std::size_t before = 0;
  std::string tube;
  auto walked = walk(queue, [&](Letter& letter) -> Result<bool> {
    if (std::exchange(tube, letter.envelope.queue) != letter.envelope.queue) {
      before = letters.size();
    }
    letters.push_back(to_dead_letter(std::move(letter)));
    return letters.size() - before < limit;
  });
  if (!walked.ok()) return walked.error();
  std::stable_sort(letters.begin(), letters.end(),
                   [](const DeadLetter& a, const DeadLetter& b) { return a.died_at < b.died_at; });
  if (letters.size() > limit) letters.resize(limit);
  return letters;
}

Result<DeadLetter> BeanstalkdDeadLetters::find(std::string_view id) {
  std::optional<DeadLetter> found;
  auto walked = walk("", [&](Letter& letter) -> Result<bool> {
    if (letter.envelope.id == id) found = to_dead_letter(std::move(letter));
    return !found;
  });
  if (!walked.ok()) return walked.error();
  if (found) return std::move(*found);
  return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
               "there is none of that id"};
}

Result<std::size_t> BeanstalkdDeadLetters::retry(const std::vector<std::string>& ids) {
  return act_on(ids, &BeanstalkdDeadLetters::put_back);
}

Result<std::size_t> BeanstalkdDeadLetters::retry_all(std::string_view queue) {
  return act_on_all(queue, &BeanstalkdDeadLetters::put_back);
}

Result<std::size_t> BeanstalkdDeadLetters::remove(const std::vector<std::string>& ids) {
  return act_on(ids, &BeanstalkdDeadLetters::erase);
}

Result<std::size_t> BeanstalkdDeadLetters::remove_all(std::string_view queue) {
  return act_on_all(queue, &BeanstalkdDeadLetters::erase);
}

Result<std::size_t> BeanstalkdDeadLetters::act_on(const std::vector<std::string>& ids, Act act) {
  std::size_t count = 0;
  auto walked = walk("", [&](Letter& letter) -> Result<bool> {
    if (std::find(ids.begin(), ids.end(), letter.envelope.id) == ids.end()) return true;
    auto done = (this->*act)(letter);
    if (!done.ok()) return done.error();
    ++count;
    return true;
  });
  return walked.ok() ? Result<std::size_t>(count) : walked.error();
}

Result<std::size_t> BeanstalkdDeadLetters::act_on_all(std::string_view queue, Act act) {
  std::size_t count = 0;
  auto walked = walk(queue, [&](Letter& letter) -> Result<bool> {
    auto done = (this->*act)(letter);
    if (!done.ok()) return done.error();
    ++count;
    return true;
  });
  return walked.ok() ? Result<std::size_t>(count) : walked.error();
}

// Killed between the two, the job is both on its queue and a dead letter: repeated, not lost. The
// history stays: it tells a job that dies again what happened before.
Result<void> BeanstalkdDeadLetters::put_back(Letter& letter) {
  PutOptions options;
  options.priority = to_server_priority(letter.envelope.priority);
  options.ttr = std::max(letter.envelope.ttr, 1U);
  const std::string queue = letter.envelope.queue;
  std::string head;
  if (letter.sealed) {
    Envelope envelope = letter.envelope;
    envelope.counters = {};
    envelope.reason.clear();
    envelope.died_at = {};
    envelope.ready_at = clock_.wall_now();
    envelope.front = false;
    head = seal(envelope);
  }
  if (auto used = client_.use(queue); !used.ok()) return used;
  append_put(client_.out(), options, head, letter.payload);
  auto put = client_.expect(ReplyKind::inserted, "put the dead letter back on its queue");
  return put.ok() ? erase(letter) : put.error();
}

Result<void> BeanstalkdDeadLetters::erase(Letter& letter) {
  append_command(client_.out(), "delete", letter.job);
  auto deleted = client_.expect(ReplyKind::deleted, "delete the dead letter");
  return deleted.ok() ? Result<void>{} : deleted.error();
}

// No name: all there are, also of queues that this configuration does not serve.
Result<std::vector<std::string>> BeanstalkdDeadLetters::tubes_of(std::string_view queue) {
  std::vector<std::string> tubes;
  if (!queue.empty()) {
    if (is_tube_name(queue)) tubes.push_back(dead_tube(queue));
    return tubes;
  }
  append_command(client_.out(), "list-tubes");
  auto reply = client_.expect(ReplyKind::ok, "list the tubes");
  if (!reply.ok()) return reply.error();
  std::string_view rest{reply->body};
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.substr(0, 2) != "- " || !line.ends_with(kDeadSuffix)) continue;
    tubes.emplace_back(line.substr(2));
  }
  std::sort(tubes.begin(), tubes.end());
  return tubes;
}

Result<void> BeanstalkdDeadLetters::walk(std::string_view queue, const Visit& visit) {
  if (auto connected = client_.connect(); !connected.ok()) return connected;
  auto tubes = tubes_of(queue);
  if (!tubes.ok()) return tubes.error();
  Result<void> walked;
  std::string watched = "default";
  for (const std::string& tube : *tubes) {
    append_command(client_.out(), "watch", tube);
    auto watching = client_.expect(ReplyKind::watching, "watch a tube");
    if (!watching.ok()) return watching.error();
    append_command(client_.out(), "ignore", watched);
    auto ignoring = client_.expect(ReplyKind::watching, "ignore a tube");
    if (!ignoring.ok()) return ignoring.error();
    watched = tube;
    walked = walk_tube(tube, visit);
    if (!walked.ok()) break;
  }
  client_.close();
  return walked;
}

Result<void> BeanstalkdDeadLetters::walk_tube(const std::string& tube, const Visit& visit) {
  while (true) {
    append_reserve(client_.out(), 0);
    auto reply = client_.read();
    if (!reply.ok()) return reply.error();
    if (reply->kind == ReplyKind::timed_out) return {};
    if (reply->kind != ReplyKind::reserved) {
      return Error{ErrorKind::unavailable, "unable to read dead letters",
                   "the server answered " + std::string(word_of(reply->kind))};
    }
    Letter letter = read_letter(tube, std::move(*reply));
    auto go_on = visit(letter);
    if (!go_on.ok()) return go_on.error();
    if (!*go_on) return {};
  }
}

// A body without an envelope is a job that was too large for one.
BeanstalkdDeadLetters::Letter BeanstalkdDeadLetters::read_letter(const std::string& tube,
                                                                 Reply reply) {
  Letter letter;
  letter.job = reply.id;
  letter.payload = std::move(reply.body);
  letter.sealed = open_envelope(letter.payload, letter.envelope) == Opened::sealed;
  if (letter.sealed) return letter;
  letter.envelope = {};
  letter.envelope.id = "beanstalkd-" + std::to_string(reply.id);
  letter.envelope.queue = tube.substr(0, tube.size() - kDeadSuffix.size());
  letter.envelope.ttr = 30;
  letter.envelope.reason = "too large to keep more than its payload";
  return letter;
}

DeadLetter BeanstalkdDeadLetters::to_dead_letter(Letter letter) {
  DeadLetter dead;
  dead.id = std::move(letter.envelope.id);
  dead.queue = std::move(letter.envelope.queue);
  dead.payload = std::move(letter.payload);
  dead.priority = letter.envelope.priority;
  dead.counters = letter.envelope.counters;
  dead.enqueued_at = letter.envelope.enqueued_at;
  dead.died_at = letter.envelope.died_at;
  dead.reason = std::move(letter.envelope.reason);
  dead.history = std::move(letter.envelope.history);
  return dead;
}

}  // namespace narwhal::beanstalkd
