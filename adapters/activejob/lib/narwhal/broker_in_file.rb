# frozen_string_literal: true

module Narwhal
  # The first [[broker]] of the daemon's configuration file. Of TOML only what is needed: its `url`, and its
  # `options` as an inline table or as a table [broker.options].
  class BrokerInFile
    TEXT = /"(?<basic>(?:[^"\\]|\\.)*)"|'(?<literal>[^']*)'/
    PAIR = /(?<name>[\w-]+|"[^"]*")\s*=\s*(?:#{TEXT}|(?<bare>[\w.+-]+))/

    def initialize(file)
      @file = file
      text = File.read(file, encoding: "UTF-8")
      @broker = text[/^\s*\[\[\s*broker\s*\]\](.*?)(?=^\s*\[\[|^\s*\[(?!\s*broker\.)|\z)/m, 1] || ""
    end

    def url
      found = @broker.match(/^\s*url\s*=\s*#{TEXT}/)
      found && value(found)
    end

    def options
      table = @broker[/^\s*\[\s*broker\.options\s*\](.*?)(?=^\s*\[|\z)/m, 1]
      pairs_of(table ? table.gsub(/^\s*#.*$/, "") : inline_options)
    end

    private

    def inline_options
      @broker[/^\s*options\s*=\s*\{(?<pairs>(?:#{TEXT}|[^}"'])*)\}/, :pairs] || ""
    end

    def pairs_of(text)
      pairs = {}
      text.scan(PAIR) do
        found = Regexp.last_match
        pairs[found[:name].delete('"')] = found[:bare] || value(found)
      end
      pairs
    end

    def value(found)
      expand(found[:literal] || found[:basic].gsub(/\\(.)/, '\1'))
    end

    # ${NAME} and ${NAME:-default}, as the daemon has them.
    def expand(text)
      text.gsub(/\$\{(\w+)(?::-([^}]*))?\}/) do
        ENV[Regexp.last_match(1)] || Regexp.last_match(2) ||
          raise(Error, "unable to read #{@file}: #{Regexp.last_match(1)} is not set")
      end
    end
  end
end
