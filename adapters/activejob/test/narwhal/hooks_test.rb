# frozen_string_literal: true

require "test_helper"

class HooksTest < Minitest::Test
  def test_blocks_run_in_order_with_their_arguments
    seen = []
    Narwhal.before_fork { |worker| seen << [:first, worker] }
    Narwhal.before_fork { |worker| seen << [:second, worker] }
    assert_empty seen
    Narwhal::Hooks.run(:before_fork, 3)
    assert_equal [[:first, 3], [:second, 3]], seen
  end

  def test_a_block_is_needed
    assert_raises(ArgumentError) { Narwhal.on_load }
  end
end
