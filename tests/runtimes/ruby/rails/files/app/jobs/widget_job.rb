class WidgetJob < ApplicationJob
  def perform(widget, file)
    widget.update!(name: "#{widget.name} by #{Process.pid}")
    File.write(file, "#{widget.name}\n", mode: "a")
  end
end
