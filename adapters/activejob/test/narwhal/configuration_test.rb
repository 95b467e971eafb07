# frozen_string_literal: true

require "test_helper"

class ConfigurationTest < Minitest::Test
  def setup
    @configuration = Narwhal::Configuration.new
    @configuration.file = File.join(Dir.mktmpdir("narwhal-gem"), "narwhal.toml")
    @before = ENV.delete("NARWHAL_URL")
  end

  def teardown
    ENV["NARWHAL_URL"] = @before
    FileUtils.remove_entry(File.dirname(@configuration.file))
  end

  def url_of(text)
    File.write(@configuration.file, text)
    @configuration.url
  end

  def test_url_of_the_first_broker
    assert_equal "redis://a/1", url_of(<<~TOML)
      url = "not here"
      [app]
      #url = "nor here"
      [[broker]] # the first
      queues = ["default"]
      url = "redis://a/1" # this one
      [[broker]]
      url = "redis://b/1"
    TOML
    assert_equal "redis://c", url_of("[[broker]]\nurl='redis://c'")
  end

  def test_variables
    assert_equal "redis://fallback", url_of('[[broker]]' "\n" 'url = "${NO_SUCH_VARIABLE:-redis://fallback}"')
    error = assert_raises(Narwhal::Error) { url_of('[[broker]]' "\n" 'url = "${NO_SUCH_VARIABLE}"') }
    assert_includes error.message, "NO_SUCH_VARIABLE is not set"
  end

  def test_what_is_set_comes_before_the_environment_and_the_file
    url_of('[[broker]]' "\n" 'url = "redis://file"')
    ENV["NARWHAL_URL"] = "redis://environment"
    assert_equal "redis://environment", @configuration.url
    @configuration.url = "redis://set"
    assert_equal "redis://set", @configuration.url
  end

  def options_of(text)
    url_of("[[broker]]\nurl = \"redis://a\"\n#{text}")
    @configuration.options
  end

  def test_options_of_the_first_broker
    assert_empty options_of("")
    assert_equal({ "format" => "sidekiq" }, options_of('options = { format = "sidekiq" } # as before'))
    many = { "queue_type" => "classic", "ttr" => "30", "tls" => "true", "ca.file" => "/a}b" }
    assert_equal many, options_of(%q(options = { queue_type = 'classic', ttr = 30, tls = true, "ca.file" = "/a}b" }))
    assert_equal({ "ttr" => "5", "x" => "a" }, options_of(<<~'TOML'))
      queues = ["default"]
      [broker.options]
      ttr = 5
      #no = "1"
      x = "${NO_SUCH_VARIABLE:-a}"
      [retry]
      base = "1s"
      [[broker]]
      options = { no = "2" }
    TOML
  end

  def test_options_go_with_the_url_that_they_were_written_for
    options_of('options = { format = "sidekiq" }')
    @configuration.url = "redis://another"
    assert_empty @configuration.options
    @configuration.options = { "format" => "resque" }
    assert_equal({ "format" => "resque" }, @configuration.options)
  end

  def test_relative_files_lie_in_the_root
    @configuration.root = "/app"
    assert_equal "sqlite:/app/db/jobs.db", url_of('[[broker]]' "\n" 'url = "sqlite:db/jobs.db"')
    assert_equal "sqlite:/db/jobs.db", url_of('[[broker]]' "\n" 'url = "sqlite:/db/jobs.db"')
  end

  def test_no_url_at_all_says_what_to_do
    error = assert_raises(Narwhal::Error) { @configuration.url }
    assert_includes error.message, "set NARWHAL_URL"
  end
end
