# frozen_string_literal: true

module Narwhal
  # In Rails the daemon's configuration is config/narwhal.toml; `config.narwhal.url`, `.options`,
  # `.library` and `.compact_memory` are those of Narwhal::Configuration.
  class Railtie < Rails::Railtie
    config.narwhal = ActiveSupport::OrderedOptions.new

    initializer "narwhal.configure", after: :load_config_initializers do |app|
      options = app.config.narwhal
      Narwhal.configure do |config|
        config.file ||= app.root.join("config", "narwhal.toml").to_s
        config.root ||= app.root.to_s
        config.url = options.url if options.url
        config.options = options.options if options.options
        config.library = options.library if options.library
        config.compact_memory = options.compact_memory
      end
    end
  end
end
