# May run before the transaction that enqueued it has been committed.
class EarlyJob < ApplicationJob
  retry_on ActiveJob::DeserializationError, wait: 0.5.seconds, attempts: 1000, jitter: 0

  def perform(widget, file) = File.write(file, "#{widget.name} after #{executions}\n", mode: "a")
end
