// Keeps secrets out of logs, errors, summaries and process titles. A broker URL may carry a user
// and a password, also percent-encoded or, from careless hands, with raw "@ : / # ?" in it;
// everything here prefers to hide too much. Pure text functions, for every process and every
// adapter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narwhal {

namespace redact_detail {

inline constexpr std::string_view kHidden = "***";

inline int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

inline std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                        hex_value(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Where user and password stand. The last "@" ends them, so a raw "/", "?", "#" or "@" in a
// password hides some of the host rather than showing some of the password. A path alone has
// neither.
inline Span user_info(std::string_view url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos) return {};
  std::size_t begin = colon + 1;
  if (url.substr(begin, 2) == "//") begin += 2;
  const std::string_view rest = url.substr(begin);
  const std::size_t at = rest.rfind('@');
  if (at == std::string_view::npos || rest.front() == '/' || rest.front() == '.') return {};
  return {begin, begin + at};
}

}  // namespace redact_detail

// Does a setting of this name (a query parameter, a client library's option) hold a secret?
inline bool names_secret(std::string_view key) {
  std::string lower;
  for (const char c : key) lower += (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view word :
       {"pass", "secret", "token", "credential", "private", "key.pem"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

namespace redact_detail {

// The values of query parameters that hold secrets, last first.
inline std::vector<Span> secret_parameters(std::string_view url) {
  std::vector<Span> found;
  std::size_t begin = url.find('?', user_info(url).end);
  while (begin != std::string_view::npos && ++begin < url.size()) {
    const std::size_t next = url.find('&', begin);
    const std::size_t end = next == std::string_view::npos ? url.size() : next;
    const std::size_t equals = url.find('=', begin);
    if (equals < end && names_secret(url.substr(begin, equals - begin))) {
      found.insert(found.begin(), Span{equals + 1, end});
    }
    begin = next;
  }
  return found;
}

}  // namespace redact_detail

// Hides every occurrence of one secret in `text`.
inline void hide_secret(std::string& text, std::string_view secret) {
  // Shorter than this is no secret, and replacing it would only garble the message.
  if (secret.size() < 3) return;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + redact_detail::kHidden.size())) {
    text.replace(at, secret.size(), redact_detail::kHidden);
  }
}

// The URL as it may be shown: "redis://***@host:6379/0", "kafka://host?sasl.password=***".
inline std::string redact_url(std::string_view url) {
  std::string shown{url};
  for (const auto& span : redact_detail::secret_parameters(url)) {
    shown.replace(span.begin, span.end - span.begin, redact_detail::kHidden);
  }
  const redact_detail::Span user = redact_detail::user_info(url);
  if (user.end > user.begin) {
    shown.replace(user.begin, user.end - user.begin, redact_detail::kHidden);
  }
  return shown;
}

// `text` with every secret of `url` hidden, as written and percent-decoded: for messages of client
// libraries that repeat what they were given.
inline std::string hide_secrets(std::string_view text, std::string_view url) {
  std::string shown{text};
  const auto hide = [&shown](std::string_view secret) {
    hide_secret(shown, secret);
    hide_secret(shown, redact_detail::percent_decode(secret));
  };
  const redact_detail::Span user = redact_detail::user_info(url);
  const std::string_view info = url.substr(user.begin, user.end - user.begin);
  hide(info);
  const std::size_t colon = info.find(':');
  if (colon != std::string_view::npos) hide(info.substr(colon + 1));
  for (const auto& span : redact_detail::secret_parameters(url)) {
    hide(url.substr(span.begin, span.end - span.begin));
  }
  return shown;
}

}  // namespace narwhal
