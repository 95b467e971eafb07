# The same jobs in an app that has Sidekiq for its queue, as Debian packages it.
require "active_job"
require "sidekiq"
ActiveJob::Base.queue_adapter = :sidekiq
redis = { url: "unix://#{ENV.fetch('REDIS_SOCKET')}" }
Sidekiq.configure_client { |config| config.redis = redis }
Sidekiq.configure_server { |config| config.redis = redis }
require_relative "jobs"
