# frozen_string_literal: true

require "test_helper"

class Greet < ActiveJob::Base
  queue_as :greetings

  def perform(*) = nil
end

class AdapterTest < QueueTest
  # A job for enqueue_all, as Rails 7.1 and later have it.
  def at(time)
    Greet.new.tap do |job|
      job.singleton_class.attr_accessor(:successfully_enqueued)
      job.scheduled_at = time
    end
  end

  def test_enqueues_the_serialized_job_as_it_is
    job = Greet.perform_later("Adá", { count: 2 })
    (id, queue, priority, run_at, payload), *rest = rows("job, queue, prio, run_at, payload")
    assert_empty rest
    assert_equal [job.job_id, "greetings", 0], [id, queue, priority]
    assert_nil run_at
    assert_equal job.job_id, job.provider_job_id
    data = JSON.parse(payload)
    assert_equal ["Greet", job.job_id, "greetings"], data.values_at("job_class", "job_id", "queue_name")
    assert_equal ["Adá", { count: 2 }], ActiveJob::Arguments.deserialize(data["arguments"])
  end

  def test_options_of_set
    at = Time.at(Time.now.to_i + 3600, 500, :millisecond)
    Greet.set(wait_until: at, queue: :slow, priority: -5).perform_later
    assert_equal [["slow", -5, (at.to_r * 1_000_000).to_i]], rows("queue, prio, run_at")
    Greet.set(wait: 3600).perform_later
    assert_in_delta Time.now.to_f + 3600, rows("run_at").last.first / 1e6, 60
  end

  # P80: what the versions of Active Job, and others, have given as the time.
  def test_times_in_every_form
    time = 1_900_000_000
    { time + 0.1234567 => time * 1_000_000 + 123_457, time => time * 1_000_000,
      Time.at(time).utc.iso8601 => time * 1_000_000,
      Time.at(time, 500, :millisecond, in: "+09:00").iso8601(9) => time * 1_000_000 + 500_000,
      Time.at(time).in_time_zone("Tokyo") => time * 1_000_000, Time.at(10) => nil, nil => nil }.each do |given, stored|
      ActiveJob::Base.queue_adapter.enqueue_all([at(given)])
      assert_equal [stored], rows("run_at").last, given.inspect
    end
  end

  def test_a_time_that_is_none_is_an_error
    { "soon" => ArgumentError, "9999-12-31T00:00:00Z" => Narwhal::EnqueueError }.each do |given, error|
      assert_raises(error) { ActiveJob::Base.queue_adapter.enqueue_all([at(given)]) }
    end
    assert_empty(File.exist?("#{@folder}/jobs.db") ? rows("id") : [])
  end

  def test_queue_prefix
    prefixed = Class.new(ActiveJob::Base) do
      self.queue_name_prefix = "staging"
      queue_as :low
      def self.name = "Prefixed"
    end
    prefixed.perform_later
    assert_equal [["staging_low"]], rows("queue")
  end

  def test_enqueue_all_stores_all_and_says_so
    jobs = [at(nil), at(Time.now.to_f + 100)]
    assert_equal 2, ActiveJob::Base.queue_adapter.enqueue_all(jobs)
    assert(jobs.all? { |job| job.successfully_enqueued && job.provider_job_id == job.job_id })
    assert_equal [false, true], rows("run_at").map { |(run_at)| !run_at.nil? }
  end

  def test_a_job_that_is_not_stored_is_an_error
    use("redis://127.0.0.1:1")
    error = assert_raises(Narwhal::EnqueueError) { Greet.perform_later }
    assert_includes error.message, "127.0.0.1:1"
  end

  def test_answers_of_later_versions_of_active_job
    adapter = ActiveJob::Base.queue_adapter
    assert adapter.enqueue_after_transaction_commit?
    refute adapter.stopping?
    refute adapter.stopping?(Greet.new)
  end

  def test_retries_outside_a_worker_are_ordinary_jobs
    flaky = Class.new(ActiveJob::Base) do
      def self.name = "Flaky"
      retry_on(StandardError, wait: 60)
      def perform = raise("no")
    end
    flaky.perform_now
    assert_equal 1, rows("run_at").size
    assert_nil Narwhal.current_job
  end
end
