# An app that opens, while it is loaded, what does not survive a fork: a socket, a thread that always runs, and a
# producer of librdkafka, whose threads are not Ruby's. Its jobs use their own.
require "fiddle/import"
require "socket"

ActiveJob::Base.logger = nil

module Kafka
  extend Fiddle::Importer
  dlload "librdkafka.so.1"
  extern "void* rd_kafka_conf_new()"
  extern "void rd_kafka_conf_set_log_cb(void*, void*)"
  extern "void* rd_kafka_new(int, void*, char*, size_t)"
  extern "int rd_kafka_poll(void*, int)"
  extern "void rd_kafka_destroy(void*)"
  PRODUCER = 0

  def self.producer
    error = "\0" * 200
    conf = rd_kafka_conf_new
    rd_kafka_conf_set_log_cb(conf, nil) # it is about the broker, which is not there
    producer = rd_kafka_new(PRODUCER, conf, error, error.bytesize)
    producer.null? ? raise(error) : producer
  end
end

def native_threads = Dir.children("/proc/self/task").size

SERVER = TCPServer.new("127.0.0.1", 0)
TICKS = Queue.new
TICKER = Thread.new { loop { TICKS << sleep(0.001) } }
PRODUCER = Kafka.producer
TICKS.pop # it runs by now
raise "no threads of librdkafka's" if native_threads < 4

class UsesAll < ActiveJob::Base
  def perform(file)
    raise "the mold's threads are here" if TICKER.alive?

    Thread.new { Socket.tcp("127.0.0.1", SERVER.local_address.ip_port).close }.join
    use_producer
    File.write(file, "#{job_id} #{Process.pid} end\n", mode: "a")
  end

  private

  def use_producer
    before = native_threads
    mine = Kafka.producer
    raise "no threads of its own" unless native_threads > before

    Kafka.rd_kafka_poll(mine, 0)
    Kafka.rd_kafka_destroy(mine)
  end
end
