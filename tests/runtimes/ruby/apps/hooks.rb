# Hooks of an app, and what goes on in it when it is loaded.
ActiveJob::Base.logger = nil
LOG = ENV.fetch("HOOKS_LOG")

def note(what) = File.write(LOG, "#{what} pid=#{Process.pid}\n", mode: "a")

Narwhal.on_load { note("on_load") }
Narwhal.before_fork { |worker| note("before_fork worker=#{worker}") }
Narwhal.after_fork { |worker| note("after_fork worker=#{worker}") }
at_exit { note("at_exit") }

%w[TERM QUIT INT HUP USR1].each { |name| trap(name) { note("trapped #{name}") } }
TICKER = Thread.new { loop { sleep 0.01 } }
SOCKET = TCPServer.new("127.0.0.1", 0) if require "socket"
JOB_IN_MOLD = Narwhal.current_job

class Probe < ActiveJob::Base
  def perform
    note("probe ticker=#{TICKER.alive?} job_in_mold=#{JOB_IN_MOLD.inspect}")
  end
end
