# frozen_string_literal: true

require_relative "lib/narwhal/version"

Gem::Specification.new do |spec|
  spec.name = "narwhal"
  spec.version = Narwhal::VERSION
  spec.summary = "Active Job on Narwhal: SQLite, Redis, RabbitMQ, Kafka or Beanstalkd as the queue"
  spec.description = "The Active Job adapter of the prefork daemon Narwhal, over its C library: nothing to compile, " \
                     "one adapter for every broker."
  spec.authors = ["Narwhal maintainers"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 2.7"
  spec.files = Dir["lib/**/*", "README.md", "CHANGELOG.md", base: __dir__]
  spec.metadata["rubygems_mfa_required"] = "true"
  spec.add_dependency "activejob", ">= 6.1"
  spec.add_dependency "fiddle"
end
