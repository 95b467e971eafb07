# frozen_string_literal: true

require "narwhal/broker_in_file"

module Narwhal
  # Where a process outside the daemon enqueues to. What is set here comes first, then NARWHAL_URL, then
  # the first [[broker]] of the daemon's own configuration file.
  class Configuration
    attr_writer :url, :options, :library

    # The daemon's configuration file, if there is one.
    attr_accessor :file

    # Relative paths of SQLite files in `file` start here; nil: where the process runs.
    attr_accessor :root

    # Whether the mold compacts its heap before it forks (Ruby 3.3 and later do in any case): workers then
    # share more memory, but an extension that is not ready for it may crash.
    attr_accessor :compact_memory

    def initialize
      @file = ENV.fetch("NARWHAL_CONFIG", nil)
    end

    def url
      @url || ENV["NARWHAL_URL"] || url_in_file ||
        raise(Error, "unable to find the broker's URL: set NARWHAL_URL or config.narwhal.url, or write config/narwhal.toml")
    end

    # The broker's options, as in the daemon's configuration: those of its file when the url is from there.
    def options
      @options || (url == url_in_file ? broker_in_file.options : {})
    end

    # libnarwhal's file; nil: beside the gem where the two were installed together, else the system's.
    def library
      @library || ENV.fetch("NARWHAL_LIB", nil)
    end

    private

    def broker_in_file
      BrokerInFile.new(file)
    end

    def url_in_file
      return unless file && File.file?(file)

      url = broker_in_file.url
      url && in_root(url)
    end

    def in_root(url)
      path = url[/\Asqlite:(?!\/)(.+)/, 1]
      path && root ? "sqlite:#{File.expand_path(path, root)}" : url
    end
  end
end
