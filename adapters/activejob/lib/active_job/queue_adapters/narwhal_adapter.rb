# frozen_string_literal: true

module ActiveJob
  module QueueAdapters
    # Active Job over Narwhal: `config.active_job.queue_adapter = :narwhal`.
    class NarwhalAdapter
      # Raises Narwhal::EnqueueError unless the broker has confirmed the job.
      def enqueue(job)
        store(job)
      end

      def enqueue_at(job, timestamp)
        store(job, timestamp)
      end

      # One step where the broker can do that. Returns how many were stored.
      def enqueue_all(jobs)
        ids = ::Narwhal.store(jobs.map { |job| ::Narwhal::NewJob.from(job, job.scheduled_at) })
        jobs.zip(ids) do |job, id|
          job.provider_job_id = id
          job.successfully_enqueued = true
        end
        jobs.size
      end

      # A worker may take the job before the transaction that enqueued it has ended.
      def enqueue_after_transaction_commit?
        true
      end

      # Asked by ActiveJob::Continuation between two steps, by some versions with the job.
      def stopping?(_job = nil)
        ::Narwhal.current_job&.stopping? || false
      end

      private

      def store(job, timestamp = nil)
        new_job = ::Narwhal::NewJob.from(job, timestamp)
        return if ::Narwhal.keep_retry(job, new_job)

        job.provider_job_id = ::Narwhal.store([new_job]).first
      end
    end
  end
end
