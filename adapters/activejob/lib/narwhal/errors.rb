# frozen_string_literal: true

module Narwhal
  # What Narwhal itself raises.
  class Error < StandardError; end

  # A job was not stored, or it is unknown whether it was: the broker is away, or said no.
  class EnqueueError < Error; end

  # Raised in a job at [limits] soft_timeout. No StandardError, so that a `rescue => e` on its way does
  # not swallow it; a job that rescues it saves what is done and returns, or raises.
  class JobTimeout < Exception; end # rubocop:disable Lint/InheritException
end
