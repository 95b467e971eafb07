# frozen_string_literal: true

require "fiddle"

module Narwhal
  # libnarwhal (include/narwhal/client.h) through Fiddle: nothing has to be compiled.
  class Library
    VERSION = Narwhal::VERSION[/\A\d+\.\d+/]
    FILE = "libnarwhal.so.#{VERSION}"
    # Gem and library are installed together as lib/narwhal/activejob and lib/libnarwhal.so.
    TOGETHER = File.expand_path("../../../../#{FILE}", __dir__)

    attr_reader :open, :enqueue, :close

    def initialize(file = nil)
      file ||= File.file?(TOGETHER) ? TOGETHER : FILE
      @handle = Fiddle.dlopen(file)
      pointer = Fiddle::TYPE_VOIDP
      size = Fiddle::TYPE_SIZE_T
      @open = function("narwhal_client_open_with", [pointer, pointer, size, pointer, size], pointer)
      @enqueue = function("narwhal_client_enqueue", [pointer, pointer, size, pointer, size], Fiddle::TYPE_INT)
      @close = function("narwhal_client_close", [pointer], Fiddle::TYPE_VOID)
    rescue Fiddle::DLError => e
      raise Error, "unable to load libnarwhal: #{e.message}; install the package narwhal, or set NARWHAL_LIB to its path"
    end

    private

    def function(name, arguments, result)
      Fiddle::Function.new(@handle[name], arguments, result, name: name)
    end
  end
end
