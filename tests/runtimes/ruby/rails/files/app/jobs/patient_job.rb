class PatientJob < EarlyJob
  retry_on ActiveJob::DeserializationError, wait: 1.hour, jitter: 0
end
