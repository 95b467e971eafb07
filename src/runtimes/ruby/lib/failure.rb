# What an exception says, as text for the log and the dead letter. An app's own exceptions may raise
# while they are asked, so every question is guarded. Runs in the mold and in workers.
module Narwhal
  module Runtime
    module Failure
      MOST_FRAMES = 100 # a SystemStackError has ten thousand
      MOST_CAUSES = 10
      LONGEST_MESSAGE = 16 * 1024
      OURS = "narwhal/runtime/"

      module_function

      def class_name(error)
        guard("(class unknown)") { error.class.name || error.class.inspect }
      end

      def message(error)
        guard("(its message raised)") { error.message.to_s }.byteslice(0, LONGEST_MESSAGE).scrub
      end

      def line(error)
        "#{class_name(error)}: #{message(error)}"
      end

      # One frame a line; each cause after what it caused.
      def backtrace(error)
        text = frames(error)
        causes_of(error).each { |cause| text << "caused by #{line(cause)}\n" << frames(cause) }
        text
      end

      def frames(error)
        lines = guard([]) { error.backtrace.to_a.map(&:to_s) }.reject { |frame| frame.start_with?(OURS) }
        left_out = lines.size - MOST_FRAMES
        lines = lines.first(MOST_FRAMES) << "... #{left_out} more" if left_out.positive?
        lines.map { |frame| "#{utf8(frame)}\n" }.join
      end

      def causes_of(error)
        causes = []
        while causes.size < MOST_CAUSES && (error = guard(nil) { error.cause })
          causes << error
        end
        causes
      end

      def guard(otherwise)
        value = yield
        value.is_a?(String) ? utf8(value) : value
      rescue Exception # whatever an app's own methods raise
        otherwise
      end

      def utf8(text)
        return text.scrub if text.encoding == Encoding::UTF_8

        text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace)
      rescue EncodingError
        text.dup.force_encoding(Encoding::UTF_8).scrub
      end
    end
  end
end
