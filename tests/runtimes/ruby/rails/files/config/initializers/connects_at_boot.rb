# As many apps do without meaning to.
Rails.application.config.after_initialize do
  ActiveRecord::Base.connection.execute("SELECT 1") if ENV["CONNECT_AT_BOOT"]
end
ActionMailer::Base.delivery_method = :file
ActionMailer::Base.file_settings = { location: Rails.root.join("tmp/mails") }
