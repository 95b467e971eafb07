# A bit of everything that Rails apps do in jobs; for measuring memory.
class MixedJob < ApplicationJob
  retry_on IOError, wait: 5, attempts: 2

  def perform(count = 3)
    Widget.where("id > ?", 0).order(:name).limit(count).map { |widget| widget.attributes.to_json }
    Widget.new(name: "mixed").valid?
    ApplicationController.helpers.number_to_currency(1234.5 * count)
    I18n.l(Time.zone.now, format: :long)
    ActiveSupport::JSON.decode({ list: Array.new(20) { |i| { index: i, text: "row #{i}" * 3 } } }.to_json)
    Rails.cache.fetch("mixed/#{count}") { "x" * 1000 }
  end
end
