# Up to Rails 7.0 Active Job measures each run for its log (CPU time, allocations) even where the log's level leaves
# the lines out, which costs a short job a sixth of its time. Later versions ask for the level first; so does this.
module Narwhal
  module Runtime
    module LogLevel
      EVENTS = %w[perform_start.active_job perform.active_job].freeze

      def self.install
        ActiveJob::LogSubscriber.prepend(self) if ActiveJob.version < Gem::Version.new("7.0")
      end

      def start(name, id, payload)
        return super unless left_out?(name)

        event_stack.push(ActiveSupport::Notifications::Event.new(name, Concurrent.monotonic_time, nil, id, payload))
      end

      # A run that went wrong is logged at another level.
      def finish(name, id, payload)
        return super if !left_out?(name) || payload[:exception_object] || payload[:aborted]

        event_stack.pop
      end

      private

      def left_out?(name)
        EVENTS.include?(name) && logger && !logger.info?
      end
    end
  end
end
