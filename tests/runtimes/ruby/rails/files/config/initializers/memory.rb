# What tests/bench/ruby_memory compares.
Rails.application.config.narwhal.compact_memory = ENV["COMPACT"] == "1"
Narwhal.on_load { 300.times { MixedJob.perform_now } } if ENV["WARM_UP"] == "1"
