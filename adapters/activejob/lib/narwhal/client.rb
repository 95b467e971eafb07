# frozen_string_literal: true

require "narwhal/library"

module Narwhal
  # A producer for any broker, in any process. One object serves all threads, and a process that is
  # forked later connects anew by itself.
  class Client
    ERROR_SIZE = 1024
    # struct narwhal_new_job: three texts (address, size), int64, int32.
    JOB = "J6qlx4"
    JOB_SIZE = [0, 0, 0, 0, 0, 0, 0, 0].pack(JOB).bytesize
    NOT_GIVEN = -1

    # `options`: the broker's, by name.
    def initialize(url, options = {}, library: Library.new(Narwhal.config.library))
      @library = library
      texts = options.flat_map { |pair| pair.map { |text| Fiddle::Pointer[text.to_s] } }
      @handle = Memory.open(ERROR_SIZE) do |error|
        handle = @library.open.call(url, texts.map(&:to_i).pack("J*"), options.size, error, ERROR_SIZE)
        raise EnqueueError, error.to_s.force_encoding(Encoding::UTF_8) if handle.null?

        handle
      end
    end

    # Returns when the broker has confirmed all jobs, or raises EnqueueError. Gives their ids.
    def store(jobs)
      Memory.open(ERROR_SIZE + bytes_of(jobs)) do |memory|
        fill(memory, jobs)
        status = @library.enqueue.call(@handle, memory + ERROR_SIZE, jobs.size, memory, ERROR_SIZE)
        raise EnqueueError, memory.to_s.force_encoding(Encoding::UTF_8) unless status.zero?
      end
      jobs.map(&:id)
    end

    def close
      @library.close.call(@handle)
      @handle = nil
    end

    # Memory that the garbage collector does not move: other threads run during a call.
    module Memory
      def self.open(size)
        memory = Fiddle::Pointer.malloc(size, Fiddle::RUBY_FREE)
        memory[0] = 0
        yield memory
      end
    end
    private_constant :Memory

    private

    def bytes_of(jobs)
      jobs.sum { |job| JOB_SIZE + texts(job).sum(&:bytesize) }
    end

    def texts(job)
      [job.id, job.queue, job.payload]
    end

    # The structs, and behind them the bytes that they point to.
    def fill(memory, jobs)
      at = memory.to_i + ERROR_SIZE + (jobs.size * JOB_SIZE)
      structs = jobs.map do |job|
        pairs = texts(job).flat_map { |text| [at, text.bytesize].tap { at += text.bytesize } }
        [*pairs, job.run_at || NOT_GIVEN, job.priority].pack(JOB)
      end
      bytes = [*structs, *jobs.flat_map { |job| texts(job) }].map(&:b).join
      memory[ERROR_SIZE, bytes.bytesize] = bytes
    end
  end
end
