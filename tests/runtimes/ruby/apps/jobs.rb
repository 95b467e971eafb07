# The jobs of the ruby runtime's tests, loaded as one plain file.
require "timeout"

ActiveJob::Base.logger = nil
ENV["JOBS_LOADED_BY"] = Process.pid.to_s
RAND_IN_MOLD = rand

class Job < ActiveJob::Base
  def mark(file, what)
    File.write(file, "#{job_id} #{Process.pid} #{what}\n", mode: "a")
  end
end

class Marker < Job
  def perform(file, millis = nil)
    mark(file, "start")
    sleep(millis / 1000.0) if millis
    mark(file, "end")
  end
end

# One way out of a job; see ways_out_test.cc.
class Ends < Job
  def perform(how)
    send(how)
  end

  def exit_3 = exit(3)
  def abort_job = abort("out of ink")
  def throw_tag = throw(:nowhere)
  def deep = deep
  def no_memory = raise(NoMemoryError, "failed to allocate memory")
  def kill_thread = Thread.current.kill
  def exit_bang = exit!(7)
  def segfault = Process.kill(:SEGV, Process.pid).then { sleep }
  def interrupt = raise(Interrupt)
  def bad_text = raise("no \xff\xfe utf-8".b)
  def anonymous = raise(Class.new(StandardError), "nameless")
  def not_implemented = raise(NotImplementedError, "later")
end

class OuterError < StandardError; end

class Fails < Job
  def perform
    raise ArgumentError, "the inner reason"
  rescue ArgumentError
    raise OuterError, "the outer reason"
  end
end

class FailsOnce < Job
  def perform(file)
    runs = File.exist?(file) ? File.readlines(file).grep(/#{job_id}/).size : 0
    mark(file, "run#{runs + 1}")
    raise ArgumentError, "the first time" if runs.zero?
  end
end

class RetryTimes < Job
  retry_on ArgumentError, wait: 0.01.seconds, attempts: 3

  def perform(file)
    mark(file, "execution#{executions}")
    raise ArgumentError, "not yet" if executions < 3
  end
end

class GivesUp < Job
  retry_on(ArgumentError, wait: 0, attempts: 2) { |job, _| job.mark(job.arguments.first, "stopped") }
  discard_on(IndexError) { |job, _| job.mark(job.arguments.first, "discarded") }

  def perform(file, error)
    mark(file, "run")
    raise error.constantize, "the reason"
  end
end

class RetriesItself < Job
  rescue_from(KeyError) { retry_job(wait: 0.01, queue: "other", priority: 7) }

  def perform(file)
    mark(file, "#{queue_name}/#{priority.inspect}/#{executions}")
    raise KeyError if executions == 1
  end
end

class Slow < Job
  def perform(file, rescues)
    mark(file, "start")
    busy_wait
  rescue Narwhal::JobTimeout => e
    mark(file, "rescued")
    raise e unless rescues
  ensure
    mark(file, "ensured")
  end

  def busy_wait = sleep(60)
end

class Loops < Slow
  def busy_wait = loop { 1 + 1 }
end

# Ends at about the time at which it would be told to.
class Brief < Job
  def perform(file, millis)
    sleep(millis / 1000.0)
    mark(file, "end")
  rescue Narwhal::JobTimeout
    mark(file, "timeout")
  end
end

class UntilStopping < Job
  def perform(file)
    mark(file, "start")
    sleep(0.01) until queue_adapter.stopping?
    raise "the other arity says otherwise" unless queue_adapter.stopping?(self)

    mark(file, "stopping")
  end
end

class Enqueues < Job
  def perform(file, count)
    count.times { Marker.perform_later(file) }
    Thread.new { Marker.perform_later(file) }.join
    Marker.set(wait: 0.2).perform_later(file)
    Marker.set(queue: "other", priority: -5).perform_later(file)
    all = Array.new(3) { Marker.new(file).tap { |job| job.singleton_class.attr_accessor(:successfully_enqueued) } }
    raise "not all enqueued" unless queue_adapter.enqueue_all(all) == 3 && all.all?(&:successfully_enqueued)
    raise "no provider_job_id" unless all.all? { |job| job.provider_job_id == job.job_id }
  end
end

class Copies < Job
  def perform(file)
    mark(file, "run")
    enqueue(wait: 0) if executions == 1
  end
end

class Context < Job
  def perform(file)
    current = Narwhal.current_job
    before = current.deadline
    raise "not touched" unless current.touch(100) && current.deadline > before + 50

    current.progress("half way")
    title = File.read("/proc/self/cmdline").delete("\0")
    said = [current.id == job_id, current.queue, current.attempt, current.crashes, current.priority,
            current.enqueued_at.class, provider_job_id == job_id, current.stopping?, title]
    File.write(file, said.join(","))
  end
end

class Programs < Job
  def perform(file)
    said = [system("exit 3"), $?.exitstatus, `echo from a program`.strip, waits, times_out, child_with_block,
            child_without_block, `ls /proc/self/fd`.split.join(","), rand == RAND_IN_MOLD, titles]
    File.write(file, said.join("\n"))
  end

  def titles
    $0 = "x" * 5000
    Process.setproctitle("y" * 5000)
    "titled"
  end

  def waits
    Process.wait(spawn("true"))
    $?.success?
  end

  def times_out
    Timeout.timeout(0.1) { loop {} }
  rescue Timeout::Error
    "timed out"
  end

  def child_with_block
    Process.wait(fork { exit 5 })
    $?.exitstatus
  end

  # Comes back out of perform, which must not make a second worker of it.
  def child_without_block
    child = fork
    exit(6) unless child
    Process.wait(child)
    $?.exitstatus
  end
end

class ReturnsInChild < Job
  def perform(file)
    child = fork
    return mark(file, "child") unless child

    Process.wait(child)
    mark(file, "status#{$?.exitstatus}")
  end
end

class QuitsItsChild < Job
  def perform(file)
    child = fork { sleep }
    Process.kill(:QUIT, child)
    Process.wait(child)
    mark(file, "signal#{$?.termsig}")
  end
end

class Traps < Job
  def perform(file)
    %w[TERM QUIT INT HUP USR1 USR2].each { |name| trap(name) { mark(file, "trapped") } }
    mark(file, "set")
  end
end

class StartsThread < Job
  def perform(file)
    Thread.new { 50.times { |i| File.write(file, i.to_s) && sleep(0.01) } }
  end
end

class RaisesInIdle < Job
  def perform
    main = Thread.main
    Thread.new { sleep(0.1) && main.raise("into the idle worker") }
  end
end

class AtExit < Job
  def perform(file)
    at_exit { mark(file, "at_exit") }
    mark(file, "run")
  end
end

class Stressed < Job
  retry_on ArgumentError, wait: 0, attempts: 2

  def perform(file, text)
    GC.stress = 1 # at every allocation, of the young objects
    Marker.perform_later(file) if executions == 1
    raise ArgumentError, text if executions == 1

    raise IndexError, text.succ
  ensure
    GC.stress = false if executions == 2
  end
end

class Allocates < Job
  def perform(count)
    Array.new(count) { |i| "text number #{i}" * 10 }
  end
end
