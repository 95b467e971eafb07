class CarefulJob < ApplicationJob
  discard_on ActiveJob::DeserializationError

  def perform(widget) = widget.touch
end
