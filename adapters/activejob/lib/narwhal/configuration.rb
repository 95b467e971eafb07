# frozen_string_literal: true

module Narwhal
  # Where a process outside the daemon enqueues to. What is set here comes first, then NARWHAL_URL, then
  # the first [[broker]] of the daemon's own configuration file.
  class Configuration
    attr_writer :url, :library

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

    # libnarwhal's file; nil: beside the gem where the two were installed together, else the system's.
    def library
      @library || ENV.fetch("NARWHAL_LIB", nil)
    end

    private

    def url_in_file
      return unless file && File.file?(file)

      url = first_broker_url(File.read(file, encoding: "UTF-8"))
      url && in_root(expand(url))
    end

    # Of TOML only what is needed: the key `url` of the first [[broker]].
    def first_broker_url(text)
      broker = text[/^\s*\[\[\s*broker\s*\]\](.*?)(?=^\s*\[|\z)/m, 1]
      broker && (broker[/^\s*url\s*=\s*"([^"]*)"/, 1] || broker[/^\s*url\s*=\s*'([^']*)'/, 1])
    end

    # ${NAME} and ${NAME:-default}, as the daemon has them.
    def expand(text)
      text.gsub(/\$\{(\w+)(?::-([^}]*))?\}/) do
        ENV[Regexp.last_match(1)] || Regexp.last_match(2) ||
          raise(Error, "unable to read #{file}: #{Regexp.last_match(1)} is not set")
      end
    end

    def in_root(url)
      path = url[/\Asqlite:(?!\/)(.+)/, 1]
      path && root ? "sqlite:#{File.expand_path(path, root)}" : url
    end
  end
end
