# What the runtime adds to Active Job in the mold and its workers: job classes are looked up with care,
# and the run in hand is told what the job's own rules decide about it.
module Narwhal
  # The class is not there now; another version of the app may have it.
  class UnknownJobClass < NameError; end

  module Runtime
    module JobClasses
      def self.install
        ActiveJob::Base.singleton_class.prepend(Lookup)
        ActiveSupport::Notifications.subscribe("enqueue_retry.active_job", RetryWatch)
        %w[discard retry_stopped].each do |event|
          ActiveSupport::Notifications.subscribe("#{event}.active_job") do |*, payload|
            Runtime.run&.gave_up(payload[:job], payload[:error])
          end
        end
      end

      # Inside execute(), hence inside the reloader: a class that was just written is found.
      module Lookup
        def deserialize(data)
          JobClasses.check(data["job_class"])
          job = super
          Runtime.run&.start(job)
          job
        end
      end

      # Only a job class is ever instantiated, whatever a payload names.
      def self.check(name)
        found = name.safe_constantize
        return if found.is_a?(Class) && found < ActiveJob::Base

        raise UnknownJobClass, "unknown job class #{name.inspect}#{': it is no job' if found}"
      end

      # retry_job enqueues between these two.
      module RetryWatch
        def self.start(_name, _id, payload)
          Runtime.run&.begin_retry(payload[:job], payload[:error])
        end

        def self.finish(*)
          Runtime.run&.end_retry
        end
      end
    end
  end
end
