# Every type of argument, from one job to another through the queue and back: what arrives is compared
# with what a job gets that runs inline.
require "bigdecimal"
require "active_support/all"
require "globalid"

ActiveJob::Base.logger = nil
GlobalID.app = "test"
Time.zone = "Tokyo"

class Person
  include GlobalID::Identification
  attr_reader :id

  def initialize(id) = @id = id
  def ==(other) = other.is_a?(Person) && other.id == id
  def self.find(id) = id == "gone" ? raise(IndexError, "no person #{id}") : new(id)
end

class Money
  attr_reader :cents

  def initialize(cents) = @cents = cents
  def ==(other) = other.is_a?(Money) && other.cents == cents
end

class MoneySerializer < ActiveJob::Serializers::ObjectSerializer
  def serialize(money) = super("cents" => money.cents)
  def deserialize(hash) = Money.new(hash["cents"])
  private def klass = Money
end
ActiveJob::Serializers.add_serializers(MoneySerializer)

module Values
  # Active Job has its own view of some: 6.1 makes texts of BigDecimals.
  def self.inline(value)
    ActiveJob::Arguments.deserialize(JSON.parse(JSON.generate(ActiveJob::Arguments.serialize([value])))).first
  end

  def self.all
    time = Time.utc(2026, 11, 25, 15, 7, 49, 123_456.789r)
    [nil, true, false, 0, -1, 130_775_545_883_395_173, 9_007_199_254_740_993, -9_223_372_036_854_775_808, 10**99,
     0.1, -1e300, "", "text", "é 日本 \u{1F468}\u200D\u{1F469} \0 \r\n \"\\", :symbol, BigDecimal("1.10"),
     Date.new(2026, 2, 28), time, DateTime.new(2026, 1, 2, 3, 4, 5), time.in_time_zone("UTC"), Time.zone.at(0),
     3.days, 1.month + 2.hours, Comparable, String, [], [1, [2, [nil]]], {}, { "k" => 1 }, { k: { "l" => [:m] } },
     ActiveSupport::HashWithIndifferentAccess.new(a: 1), Person.new("1"), [Person.new("2")], Money.new(5)]
  end
end

class Receiver < ActiveJob::Base
  def perform(index, value, file:)
    expected = Values.inline(Values.all[index])
    same = value == expected && value.instance_of?(expected.class)
    File.write(file, same ? "same\n" : "#{index}: #{value.inspect} for #{expected.inspect}\n", mode: "a")
  end
end

class Keywords < ActiveJob::Base
  def perform(*positional, **named)
    file = named.delete(:file)
    File.write(file, "#{positional.inspect} #{named.inspect}\n", mode: "a")
  end
end

class Sender < ActiveJob::Base
  def perform(file, keywords)
    Values.all.each_with_index { |value, index| Receiver.perform_later(index, value, file: file) }
    Keywords.perform_later(1, { "a" => 2 }, file: keywords)
    Keywords.perform_later({ b: 3 }, file: keywords, c: { d: :e })
  end
end

class Visit < ActiveJob::Base
  def perform(person) = person
end

class Polite < Visit
  discard_on ActiveJob::DeserializationError
end
