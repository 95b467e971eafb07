# frozen_string_literal: true

require "json"

module Narwhal
  # A job to store: `run_at` in microseconds since the Unix epoch, nil at once; a low priority is more
  # urgent, as in Active Job.
  NewJob = Struct.new(:id, :queue, :payload, :run_at, :priority) do
    # From an instance of a job class; `at` in seconds since the Unix epoch. The payload is Active Job's
    # own serialized form, and nothing but that.
    def self.from(job, at = nil)
      new(job.job_id, job.queue_name.to_s, JSON.generate(job.serialize), at && (at.to_f * 1_000_000).round,
          job.priority.to_i)
    end
  end
end
