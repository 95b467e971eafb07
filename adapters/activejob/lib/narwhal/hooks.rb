# frozen_string_literal: true

module Narwhal
  # Blocks of the app that the daemon runs: on_load once in the mold, when the app is loaded; before_fork
  # in the mold before each fork; after_fork in each new worker. The last two get the worker's number.
  # In any other process they are kept and never run.
  module Hooks
    KINDS = %i[on_load before_fork after_fork].freeze

    @blocks = KINDS.to_h { |kind| [kind, []] }

    class << self
      def add(kind, block)
        raise ArgumentError, "Narwhal.#{kind} needs a block" unless block

        @blocks.fetch(kind) << block
      end

      def run(kind, *arguments)
        @blocks.fetch(kind).each { |block| block.call(*arguments) }
      end
    end
  end

  Hooks::KINDS.each do |kind|
    define_singleton_method(kind) { |&block| Hooks.add(kind, block) }
  end
end
