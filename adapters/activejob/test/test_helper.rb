# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "sqlite3"
require "narwhal"

ActiveJob::Base.logger = nil

# A queue of its own for each test, and a look into it.
class QueueTest < Minitest::Test
  def setup
    @folder = Dir.mktmpdir("narwhal-gem")
    @url = "sqlite:#{@folder}/jobs.db"
    use(@url)
    ActiveJob::Base.queue_adapter = :narwhal
  end

  def teardown
    FileUtils.remove_entry(@folder)
  end

  # The producer of this process, as if it had just been started with that URL.
  def use(url)
    Narwhal.instance_variable_set(:@client, nil)
    Narwhal.config.url = url
  end

  def rows(columns)
    SQLite3::Database.new("#{@folder}/jobs.db", readonly: true) do |database|
      return database.execute("SELECT #{columns} FROM jobs ORDER BY id")
    end
  end
end
