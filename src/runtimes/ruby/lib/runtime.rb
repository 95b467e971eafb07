# The Ruby side of the runtime: what ruby_runtime.cc calls. Host, its other side, is defined there.
module Narwhal
  module Runtime
    DONE = 0
    FAILED = 1
    RETRIED = 2
    DISCARDED = 3
    POSTPONED = 4
    REJECTED = 5

    class << self
      # The run in hand; nil between jobs, and in a process that a job forked.
      def run
        @run if @run&.here?
      end

      def load(path, gem_folder)
        $stdout.sync = true # what a job printed is in the log even if it crashes next
        $LOAD_PATH.push(gem_folder) if File.directory?(gem_folder)
        @application = Application.new(path)
        @application.load
      end

      def prepare_fork
        @application.drop_connections
        collect_garbage
        nil
      end

      def before_fork(slot)
        @application.drop_connections
        Hooks.run(:before_fork, slot)
        nil
      end

      def after_fork(slot)
        @slot = slot
        Hooks.run(:after_fork, slot)
        nil
      end

      def execute(payload, *delivery, soft_timeout)
        @run = Run.new(payload, delivery)
        trap("USR2") { @run&.interrupt } if soft_timeout # the app may have taken it
        @run.perform
      ensure
        @run = nil
        Host.title("narwhal: worker #{@slot}") if @titled
        @titled = false
      end

      # Once, so that workers begin with old objects only, which they share as long as nobody changes them.
      # Objects that an extension refers to by address may not survive being moved: before Ruby 3.3, whose
      # Process.warmup does it, that is for the app to ask for.
      private def collect_garbage
        return Process.warmup if Process.respond_to?(:warmup)

        GC.start
        GC.compact if Narwhal.config.compact_memory
      end

      # The text after the worker's name in a list of processes, until the job ends.
      def title(text)
        @titled = true
        Host.title("narwhal: worker #{@slot}: #{text}")
      end
    end
  end
end
