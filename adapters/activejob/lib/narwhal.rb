# frozen_string_literal: true

require "active_job"
require "narwhal/version"
require "narwhal/errors"
require "narwhal/configuration"
require "narwhal/hooks"
require "narwhal/new_job"

# The daemon's side for an app: Active Job's adapter, hooks around the forks, and the job in hand.
module Narwhal
  autoload :Client, "narwhal/client"
  autoload :Library, "narwhal/library"

  @client_lock = Mutex.new

  class << self
    def config
      @config ||= Configuration.new
    end

    def configure
      yield config
    end

    # The job that this worker runs, as the daemon sees it; nil anywhere else.
    def current_job
      run_in_hand&.current
    end

    # Stores jobs and returns their ids once the broker has confirmed them: inside a job through the
    # master, anywhere else on a connection of this process.
    def store(jobs)
      (run_in_hand || client).store(jobs)
    end

    # True when `job` is the one that runs and asks to run again: stored then with the end of this run.
    def keep_retry(job, new_job)
      run_in_hand&.keep_retry(job, new_job) || false
    end

    private

    # Narwhal::Runtime is the daemon's, in its mold and workers.
    def run_in_hand
      Runtime.run if defined?(Runtime)
    end

    def client
      @client || @client_lock.synchronize { @client ||= Client.new(config.url, config.options) }
    end
  end
end

module ActiveJob
  # Active Job up to 7.0 looks an adapter up without loading anything.
  module QueueAdapters
    autoload :NarwhalAdapter, "active_job/queue_adapters/narwhal_adapter"
  end
end

require "narwhal/railtie" if defined?(Rails::Railtie)
