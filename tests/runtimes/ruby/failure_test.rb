# Exceptions as text, by themselves: lib/failure.rb of the runtime.
require "minitest/autorun"
require_relative "../../../src/runtimes/ruby/lib/failure"

class FailureTest < Minitest::Test
  Failure = Narwhal::Runtime::Failure

  def raised
    yield
  rescue Exception => e
    e
  end

  def test_what_raises_when_it_is_asked
    error = Class.new(StandardError) { %i[message backtrace cause].each { |name| define_method(name) { raise "again" } } }.new
    assert_equal "(its message raised)", Failure.message(error)
    assert_equal "", Failure.backtrace(error)
  end

  def test_texts_are_valid_utf8
    { "a\xFFb" => "a\uFFFDb", "gr\xFC\xDF".dup.force_encoding("ISO-8859-1") => "grüß",
      "\xE9\x00".b => "\uFFFD\0", "日本".encode("Shift_JIS") => "日本" }.each do |given, expected|
      text = Failure.message(RuntimeError.new(given))
      assert text.valid_encoding?
      assert_equal Encoding::UTF_8, text.encoding
      assert_equal expected, text
    end
  end

  def test_a_class_without_a_name
    assert_match(/\A#<Class:0x/, Failure.class_name(Class.new(StandardError).new))
  end

  def test_bounds
    endless = ->(this) { this.call(this) }
    error = raised { endless.call(endless) }
    lines = Failure.backtrace(error).lines
    assert_equal Failure::MOST_FRAMES + 1, lines.size
    assert_match(/\A\.\.\. \d+ more\n\z/, lines.last)
    assert_equal Failure::LONGEST_MESSAGE, Failure.message(RuntimeError.new("x" * 100_000)).size
  end

  def test_causes_follow_what_they_caused
    error = raised do
      begin
        raise ArgumentError, "inner"
      rescue ArgumentError
        raise IOError, "outer"
      end
    end
    text = Failure.backtrace(error)
    assert_operator text.index(__FILE__), :<, text.index("caused by ArgumentError: inner\n")
    assert_equal 1, text.scan("caused by").size
  end
end
