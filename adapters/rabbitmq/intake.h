// Intake: one queue as it is consumed: its channel, its consumers, the jobs that came and are not
// handed out, and those in hand until they are settled. For each queue of jobs there are two: one
// for the queue itself, one for its front queue. A channel of its own for each, so that a queue in
// trouble stops alone. Delivery tags hold for one life of the channel;
// whatever is in hand when it ends is reported as lost.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "connection.h"
#include "delivery_tags.h"
#include "envelope.h"
#include "publisher.h"
#include "session.h"
#include "subscriptions.h"

namespace narwhal::rabbitmq {

class Intake final : public ChannelUser {
 public:
  // `spec`: of a queue of jobs or a front queue. `index`: among the intakes of the session.
  Intake(Session& session, Connection& connection, Publisher& publisher, QueueSpec spec,
         std::size_t index);

  // The queue was declared, or refused to be: jobs flow as far as they can.
  [[nodiscard]] bool settled_in() const { return settled_in_; }

  // It does, or will not for now: nothing that is asked of this queue ends the connection any more.
  [[nodiscard]] bool proven() const { return proven_; }

  // --- Jobs that came
  [[nodiscard]] bool has_job() const { return !stash_.empty(); }
  Delivery take();
  // The server has nothing for the room it was given, or cannot be asked.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::size_t in_hand() const { return held_.size(); }
  [[nodiscard]] std::size_t stashed() const { return stash_.size(); }
  // Orphans whose copies are stored, or on their way, while the server may still have the original:
  // a copy that ran before that is settled could become two jobs.
  [[nodiscard]] bool recounting() const { return recounting_ > 0; }

  // --- What becomes of them
  void settle(Delivery job, Verdict verdict);
  [[nodiscard]] std::size_t unconfirmed() const;

  // --- The loop
  // Sees to it that `want` jobs can come, with those that wait here already.
  void fetch(int want);
  // A job that came waits here for longer than is good for it.
  [[nodiscard]] bool stale() const { return session_.now >= stale_at(); }
  // No further jobs, and those that wait here go back.
  void give_back_all();
  // Appends what was settled to the connection's output. `final`: nothing more is fetched, so the
  // server is asked at once whether it has heard.
  void flush(bool final);
  void run_timers();
  [[nodiscard]] TimePoint wake_at() const;
  // The connection is gone.
  void lose(const std::string& why);

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content& content) override;
  Result<void> on_closed(int code, const std::string& text) override;

 private:
  enum class State : std::uint8_t { away, declaring, consuming, waiting };
  enum class Answer : std::uint8_t { ignored, subscribed, heard };

  struct Waiting {
    Delivery job;
    std::uint64_t tag;
    std::string properties;
    TimePoint since;
  };
  struct Held {
    std::uint64_t tag = 0;
    std::string id;
    std::string properties;
    TimePoint since{};
    bool handed_out = false;
    bool settling = false;  // a copy is being stored
    bool orphan = false;    // with one crash more
  };
  struct Unheard {
    Reservation reservation;  // 0: of a job that was not handed out
    bool orphan;
  };
  // More urgent ones first, then in the order in which they came.
  using Place = std::pair<std::int32_t, std::uint64_t>;

  void ask(Answer answer) { answers_.push_back(answer); }
  void declare_queue();
  void try_again(Duration delay);
  void heard();
  void cancelled_by_server();
  void give_back(Waiting waiting);
  [[nodiscard]] TimePoint stale_at() const;
  void put_aside(Waiting waiting);
  [[nodiscard]] bool excused(const Envelope& envelope);
  void excuse(const std::string& id);
  Reservation hold(Held held);
  void store(Reservation reservation, const QueueSpec& to, const Envelope& envelope,
             std::string body);
  void stored(Reservation reservation);
  void ack(Reservation reservation, const Held& held);
  void forget_all(const std::string& why, const std::function<bool(const Held&)>& guilty);
  void report_timeout(std::chrono::milliseconds limit);

  void refuse_large(Content& content, Envelope envelope);
  void postpone(Content& content, Envelope envelope);
  void renew(Content& content, const Envelope& envelope);
  void count_crash(Content& content, Envelope envelope);
  Delivery to_delivery(Envelope envelope, std::string body) const;
  static Envelope to_envelope(const Delivery& job);

  Session& session_;
  Publisher& publisher_;
  const QueueSpec spec_;
  const std::string& queue_;  // of jobs
  const std::size_t index_;
  Channel& channel_;

  State state_ = State::away;
  bool settled_in_ = false;
  bool proven_ = false;
  TimePoint again_at_ = kNever;  // waiting: when to try
  Duration delay_;               // between tries
  std::string last_trouble_;
  Subscriptions subscriptions_;
  DeliveryTags tags_;
  std::deque<Answer> answers_;  // what qos-ok and cancel-ok are to be taken for
  std::map<Place, Waiting> stash_;
  std::unordered_map<Reservation, Held> held_;
  std::size_t settling_ = 0;  // of held_
  std::size_t moving_ = 0;    // of these: not handed out, moved elsewhere
  std::size_t recounting_ = 0;
  std::size_t released_ = 0;  // into the stash, since the last flush()
  // Cut off while this master lived: their next delivery is no sign of a crash.
  std::unordered_multiset<std::string> excused_;
  // Acknowledgements have no answer; a question behind them does. Until then they may be lost.
  std::deque<Unheard> unheard_;
  std::size_t asked_ = 0;  // those before the open question; 0: there is none
  TimePoint ask_at_ = kNever;
};

}  // namespace narwhal::rabbitmq
