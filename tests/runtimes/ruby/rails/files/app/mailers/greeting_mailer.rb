class GreetingMailer < ApplicationMailer
  def welcome(name) = mail(to: "#{name}@example.org", subject: "welcome", body: "hello #{name}")
end
