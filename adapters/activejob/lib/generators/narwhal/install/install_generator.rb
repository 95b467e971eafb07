# frozen_string_literal: true

require "rails/generators"

module Narwhal
  module Generators
    # rails generate narwhal:install
    class InstallGenerator < Rails::Generators::Base
      URLS = {
        "sqlite" => "sqlite:db/narwhal.sqlite3",
        "redis" => "redis://localhost:6379/0",
        "rabbitmq" => "amqp://guest:guest@localhost:5672/",
        "kafka" => "kafka://localhost:9092",
        "beanstalkd" => "beanstalk://localhost:11300"
      }.freeze
      # A line that chooses another adapter; one that is commented out does not count.
      OTHER_ADAPTER = /^(\s*)config\.active_job\.queue_adapter\s*=(?!\s*:narwhal\b).*$/
      ADAPTER = "config.active_job.queue_adapter = :narwhal"

      source_root File.expand_path("templates", __dir__)
      desc File.read(File.expand_path("USAGE", __dir__))
      class_option :broker, type: :string, default: "sqlite", enum: URLS.keys, desc: "Where the jobs wait"

      def write_configuration
        @kept = File.exist?(absolute("config/narwhal.toml"))
        create_once("config/narwhal.toml") { |file| template("config/narwhal.toml.tt", file) }
      end

      def write_binstub
        create_once("bin/narwhal") { |file| copy_file("bin/narwhal", file) }
        chmod("bin/narwhal", 0o755, verbose: false)
      end

      # In every environment but test, where Active Job's own test adapter belongs.
      def set_adapter
        %w[application environments/development environments/production].each do |name|
          file = "config/#{name}.rb"
          gsub_file(file, OTHER_ADAPTER, "\\1#{ADAPTER}") if text_of(file).match?(OTHER_ADAPTER)
        end
        return if text_of("config/application.rb").match?(/^\s*#{Regexp.escape(ADAPTER)}/)

        environment(ADAPTER)
        say_status(:insert, "config/application.rb: #{ADAPTER}")
      end

      def say_what_is_next
        say <<~TEXT

          Narwhal is set up#{", with #{options[:broker]} as the queue" unless @kept}. Next:

            1. bin/narwhal check --connect    says what is missing
            2. bin/narwhal                    runs the jobs, until Ctrl-C
            3. enqueue as ever: SomeJob.perform_later(...)

          config/narwhal.toml holds workers, queues, retries and timeouts. Elsewhere set NARWHAL_URL to the broker's URL.
        TEXT
      end

      private

      # What the app's people have written into a file since stays.
      def create_once(file)
        File.exist?(absolute(file)) ? say_status(:exist, file, :blue) : yield(file)
      end

      def text_of(file)
        path = absolute(file)
        File.exist?(path) ? File.read(path) : ""
      end

      def absolute(file)
        File.expand_path(file, destination_root)
      end

      def url
        URLS.fetch(options[:broker])
      end
    end
  end
end
