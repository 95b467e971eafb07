#include "envelope.h"

namespace narwhal::redis {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xffU);
  }
}

std::uint64_t take(std::string_view& in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | static_cast<unsigned char>(in[i]);
  in.remove_prefix(bytes);
  return value;
}

std::uint32_t take_u32(std::string_view& in) { return static_cast<std::uint32_t>(take(in, 4)); }

}  // namespace

std::string write_envelope(const Envelope& envelope) {
  std::string out;
  out.reserve(kEnvelopeHeader + envelope.id.size() + envelope.history.size() +
              envelope.payload.size());
  out += kEnvelopeMagic;
  put(out, envelope.counters.attempts, 4);
  put(out, envelope.counters.crashes, 4);
  put(out, envelope.counters.postponed, 4);
  put(out, static_cast<std::uint32_t>(envelope.priority), 4);
  put(out, static_cast<std::uint64_t>(to_unix_micros(envelope.enqueued_at)), 8);
  put(out, envelope.id.size(), 2);
  put(out, envelope.history.size(), 4);
  out += envelope.id;
  out += envelope.history;
  out += envelope.payload;
  return out;
}

Envelope read_envelope(std::string_view stored) {
  Envelope foreign;
  foreign.payload = stored;
  foreign.foreign = true;
  if (stored.size() < kEnvelopeHeader || !stored.starts_with(kEnvelopeMagic)) return foreign;

  std::string_view in = stored.substr(kEnvelopeMagic.size());
  Envelope envelope;
  envelope.counters.attempts = take_u32(in);
  envelope.counters.crashes = take_u32(in);
  envelope.counters.postponed = take_u32(in);
  envelope.priority = static_cast<std::int32_t>(take_u32(in));
  envelope.enqueued_at = from_unix_micros(static_cast<std::int64_t>(take(in, 8)));
  const std::size_t id = take(in, 2);
  const std::size_t history = take(in, 4);
  if (id + history > in.size()) return foreign;
  envelope.id = in.substr(0, id);
  envelope.history = in.substr(id, history);
  envelope.payload = in.substr(id + history);
  return envelope;
}

}  // namespace narwhal::redis
