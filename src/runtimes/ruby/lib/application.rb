# Loads the application, once, in the mold: a Rails app by its config/environment.rb, or any Ruby file
# with job classes. What is wrong with it comes back as the text that the operator reads.
module Narwhal
  module Runtime
    class AppError < StandardError; end

    class Application
      LOST_BY = {
        "async" => "keeps jobs in the memory of one process, which loses them when it ends",
        "inline" => "runs jobs at once instead of enqueueing them, and so never runs them later"
      }.freeze

      def initialize(path)
        @path = File.expand_path(path)
      end

      # nil, or why the application cannot be used.
      def load
        require_files
        check_adapters
        Hooks.run(:on_load)
        nil
      rescue AppError => e
        e.message
      rescue SystemExit => e
        "#{@path}: it called exit(#{e.status}) while it was loaded"
      rescue Exception => e # an app may raise anything; the mold must not end without a word
        report(e)
        "#{@path}: #{Failure.line(e)}#{place(e)}"
      end

      # No connection to a database may be shared by two processes.
      def drop_connections
        return unless defined?(ActiveRecord::Base)

        handler = ActiveRecord::Base.connection_handler
        since_7_1 = ActiveRecord.version >= Gem::Version.new("7.1")
        pools = since_7_1 ? handler.connection_pool_list(:all) : handler.all_connection_pools
        pools.each(&:disconnect!)
      end

      private

      def require_files
        raise AppError, "#{@path}: no such file" unless File.file?(@path)

        rails_root ? require_rails : require_plain
        raise AppError, "#{@path}: it does not load Active Job" unless defined?(ActiveJob::Base)

        require "narwhal" # the app's own, or the one that came with this runtime
        eager_load
        warm_up
        JobClasses.install
        LogLevel.install
      end

      # Rails has its layout: config/environment.rb beside config/application.rb.
      def rails_root
        folder = File.dirname(@path)
        rails = File.basename(@path) == "environment.rb" && File.file?(File.join(folder, "application.rb"))
        File.dirname(folder) if rails
      end

      def require_rails
        Dir.chdir(rails_root)
        require @path
      end

      def require_plain
        set_up_bundler
        require_active_job
        require "narwhal"
        ActiveJob::Base.queue_adapter = :narwhal
        require @path
      end

      def set_up_bundler
        gemfile = File.join(File.dirname(@path), "Gemfile")
        ENV["BUNDLE_GEMFILE"] ||= gemfile if File.file?(gemfile)
        require "bundler/setup" if ENV["BUNDLE_GEMFILE"]
      end

      def require_active_job
        require "active_job"
        ActiveJob::Base
      rescue LoadError => e
        raise AppError, "#{@path}: Active Job is missing (#{e.message}); add the gem activejob to the Gemfile, " \
                        "or install the package ruby-activejob"
      end

      # All classes are loaded in the mold: its workers share them, and a job finds its class there.
      def eager_load
        return unless defined?(Rails.application) && Rails.application

        Rails.application.eager_load! unless Rails.application.config.eager_load
      end

      # What the first job would load, in each worker anew.
      def warm_up
        ActiveJob.eager_load!
        GlobalID::Identification if defined?(GlobalID)
        I18n.eager_load!
        I18n.locale_available?(I18n.locale)
        Time.find_zone("UTC")
      end

      # A retry would go where these adapters put it, and be lost.
      def check_adapters
        [ActiveJob::Base, *ActiveJob::Base.descendants].each do |job_class|
          name = job_class.queue_adapter_name.to_s
          why = LOST_BY[name] or next
          raise AppError, "#{@path}: #{job_class}.queue_adapter is :#{name}, which #{why}; add the gem narwhal and " \
                          "set config.active_job.queue_adapter = :narwhal"
        end
      end

      def place(error)
        frame = error.backtrace&.first
        frame ? " (#{Failure.utf8(frame)})" : ""
      end

      def report(error)
        $stderr.puts(Failure.line(error), Failure.backtrace(error))
      end
    end
  end
end
