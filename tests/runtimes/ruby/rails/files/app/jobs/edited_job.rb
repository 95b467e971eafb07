class EditedJob < ApplicationJob
  def perform(file) = File.write(file, "first\n", mode: "a")
end
