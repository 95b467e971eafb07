# frozen_string_literal: true

module Narwhal
  # The same as the daemon's; libnarwhal's major and minor number must be these.
  VERSION = "0.1.0"
end
