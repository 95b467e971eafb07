# CurrentJob: what Narwhal.current_job answers, the job in hand as the daemon sees it.
module Narwhal
  module Runtime
    class CurrentJob
      attr_reader :id, :queue, :attempt, :crashes, :priority

      # Times in microseconds since the Unix epoch; 0: unknown, or none.
      def initialize(id, queue, attempt, crashes, priority, enqueued_at, deadline)
        @id = id
        @queue = queue
        @attempt = attempt
        @crashes = crashes
        @priority = priority
        @enqueued_at = enqueued_at
        @deadline = deadline
      end

      # Runs that failed so far + 1, by the daemon's count; retries of the job's own rules spend none.
      def enqueued_at
        time(@enqueued_at)
      end

      # When the daemon kills the worker; nil: never.
      def deadline
        time(@deadline)
      end

      # Moves the deadline to that long from now. False when there is none to move.
      def touch(seconds)
        return false unless @deadline.positive? && Host.extend_deadline((seconds * 1000).to_i)

        @deadline = ((Time.now.to_r + seconds) * 1_000_000).to_i
        true
      end

      # True once the worker is to leave, or the soft timeout has passed: save what is done and return.
      def stopping?
        Host.stopping?
      end

      # Shows in the worker's title (ps, top) until the job ends.
      def progress(text)
        Runtime.title(text.to_s)
      end

      private

      def time(microseconds)
        Time.at(0, microseconds, :microsecond) if microseconds.positive?
      end
    end
  end
end
