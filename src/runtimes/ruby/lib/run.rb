# Run: one run of one job, from the bytes of its payload to its outcome. Made by the runtime for each
# job, in a worker, on its main thread.
require "json"

module Narwhal
  class MalformedPayload < StandardError; end

  module Runtime
    class Run
      attr_reader :job

      # `delivery`: what a CurrentJob is made of, the job's id first.
      def initialize(payload, delivery)
        @payload = payload
        @delivery = delivery
        @pid = Process.pid
      end

      def current
        @current ||= CurrentJob.new(*@delivery)
      end

      # The job's class when it is done and there is nothing else to say; else all of it, see #result. In a
      # process that the job forked there is nobody to tell: what ended the job ends that process.
      def perform
        run_job
        return job_class if @returned && !@reason && !@again
        raise @error if @error && !here?

        result
      end

      # Called by the job's own rules, through Active Job's events.
      def start(job)
        return if @job

        job.job_id ||= id # a foreign producer may not have given one
        job.provider_job_id ||= id
        @job = job
      end

      def gave_up(job, error)
        @reason = @gave_up = error if job.equal?(@job)
      end

      def begin_retry(job, error)
        return unless job.equal?(@job)

        @retrying = true
        @reason = error
      end

      def end_retry
        @retrying = false
      end

      # A retry is not stored by itself, but together with the end of this run. False: it is no such retry.
      def keep_retry(job, new_job)
        return false unless @retrying && @again.nil? && job.equal?(@job)

        @again = new_job
        true
      end

      # Stores jobs through the master, which confirms them.
      def store(new_jobs)
        fields = new_jobs.map { |job| [own_id(job.id), job.queue, job.payload, job.run_at, job.priority] }
        problem = Host.enqueue(fields)
        raise EnqueueError, problem if problem

        fields.map(&:first)
      end

      def here?
        Process.pid == @pid
      end

      # At the soft timeout, by signal. What ended in the same moment is not undone.
      def interrupt
        return unless @executing && Host.soft_timeout?

        raise JobTimeout, "over soft_timeout: asked to stop"
      end

      private

      def id
        @delivery.first
      end

      def run_job
        execute(parse)
      rescue Exception => e # a job may raise anything, exit included
        @error = e
      end

      def parse
        raise MalformedPayload, "not valid UTF-8" unless @payload.valid_encoding?

        @data = JSON.parse(@payload)
        return @data if @data.is_a?(Hash) && @data["job_class"].is_a?(String)

        raise MalformedPayload, "no job of Active Job: #{@data.is_a?(Hash) ? 'no job_class' : 'not a JSON object'}"
      rescue JSON::ParserError => e
        raise MalformedPayload, Failure.message(e)
      end

      def execute(data)
        Host.job_class(job_class)
        @executing = true
        ActiveJob::Base.execute(data)
        @returned = true
      ensure
        @executing = false
      end

      # A copy that the job makes of itself is another job.
      def own_id(given)
        given == id ? SecureRandom.uuid : given
      end

      # [outcome, job class, error class, message, backtrace, again, leave]; see ruby_runtime.cc.
      def result
        error = @returned ? @reason : @error
        texts = error ? [Failure.class_name(error), text_of(error), Failure.backtrace(error)] : [nil, nil, nil]
        [outcome, job_class, *texts, @again&.to_a, leave?]
      end

      def outcome
        return RETRIED if @again
        return @gave_up ? DISCARDED : DONE if @returned

        case @error
        when MalformedPayload then REJECTED
        when UnknownJobClass then POSTPONED
        else FAILED
        end
      end

      def job_class
        name = @data["job_class"] if @data.is_a?(Hash)
        name.is_a?(String) ? name.scrub : ""
      end

      # exit, abort and a killed main thread all arrive as SystemExit, a signal as SignalException.
      def text_of(error)
        return Failure.message(error) unless error.is_a?(SystemExit)

        "the job called exit(#{error.status})#{": #{Failure.message(error)}" unless error.message == 'exit'}"
      end

      def leave?
        case @error
        when SystemExit, SignalException, NoMemoryError then true
        else false
        end
      end
    end
  end
end
