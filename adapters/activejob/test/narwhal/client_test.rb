# frozen_string_literal: true

require "test_helper"

class ClientTest < QueueTest
  def job(payload = "x", id: SecureRandom.uuid)
    Narwhal::NewJob.new(id, "default", payload, nil, 0)
  end

  def test_bytes_arrive_as_they_are
    bytes = (0..255).map(&:chr).join.b * 300
    Narwhal.store([job(bytes), job("é"), job("")])
    stored = rows("coalesce(jobs.payload, (SELECT payload FROM bodies WHERE bodies.job = jobs.id))")
    assert_equal [bytes, "é".b, "".b], stored.map { |(payload)| payload.to_s.b }
  end

  def test_threads
    threads = Array.new(5) { Thread.new { 20.times { Narwhal.store([job]) } } }
    threads.each(&:join)
    assert_equal 100, rows("id").size
  end

  def test_forked_processes_connect_anew
    Narwhal.store([job])
    children = Array.new(3) { fork { exit!(Narwhal.store([job]).size == 1 ? 0 : 1) } }
    statuses = children.map { |pid| Process.wait2(pid).last.exitstatus }
    Narwhal.store([job])
    assert_equal [0, 0, 0], statuses
    assert_equal 5, rows("id").size
  end

  def test_garbage_collection_in_the_middle
    GC.stress = 1 # at every allocation, of the young objects
    ids = Narwhal.store(Array.new(3) { |i| job("payload #{i}") })
  ensure
    GC.stress = false
    assert_equal ids, rows("job").flatten
  end

  def test_errors_are_said_and_the_next_call_tries_again
    error = assert_raises(Narwhal::EnqueueError) { Narwhal.store([Narwhal::NewJob.new("", "q" * 1000, "", nil, 0)]) }
    assert_includes error.message, "the queue's name"
    assert_equal Encoding::UTF_8, error.message.encoding
    use("gopher://host")
    2.times { assert_raises(Narwhal::EnqueueError) { Narwhal.store([job]) } }
    use(@url)
    assert_equal 1, Narwhal.store([job]).size
  end

  def test_options_reach_the_broker
    error = assert_raises(Narwhal::EnqueueError) { Narwhal::Client.new(@url, { "speed" => 1, :size => "b" }) }
    assert_match(/options\.(speed|size)/, error.message)
  end

  def test_a_missing_library_is_named
    error = assert_raises(Narwhal::Error) { Narwhal::Library.new("/nowhere/libnarwhal.so") }
    assert_includes error.message, "/nowhere/libnarwhal.so"
    assert_includes error.message, "NARWHAL_LIB"
  end

  def test_close
    client = Narwhal::Client.new(@url)
    client.store([job])
    client.close
    assert_equal 1, rows("id").size
  end
end
