# frozen_string_literal: true

require "json"
require "time"

module Narwhal
  # A job to store: `run_at` in microseconds since the Unix epoch, nil at once; a low priority is more
  # urgent, as in Active Job.
  NewJob = Struct.new(:id, :queue, :payload, :run_at, :priority) do
    # From an instance of a job class; `at` as the versions of Active Job have it: seconds since the Unix epoch, a
    # time, or a time as text. The payload is Active Job's own serialized form, and nothing but that.
    def self.from(job, at = nil)
      new(job.job_id, job.queue_name.to_s, JSON.generate(job.serialize), at && microseconds(at), job.priority.to_i)
    end

    def self.microseconds(at)
      at = Time.iso8601(at) if at.is_a?(String)
      (at.to_r * 1_000_000).round
    end
    private_class_method :microseconds
  end
end
