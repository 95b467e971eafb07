# The same job as a class of Active Job: the harness's own file, set up as in its Sidekiq column.
require "active_job"
ActiveJob::Base.logger = Logger.new(File::NULL, level: Logger::WARN)
require ENV.fetch("NARWHAL_PEERS_JOB")
