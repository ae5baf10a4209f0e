#include "warp/sip/auth/challenge.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "warp/base/text.h"

namespace warp::sip {

namespace {

struct Parameter {
  std::string_view name;
  std::string value;  // without quotes and escapes
};

constexpr bool is_token(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
         std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

class ParameterReader {
 public:
  explicit ParameterReader(std::string_view text) : rest_(text) {}

  Result<std::vector<Parameter>, DigestError> read() {
    if (!iequals(token(), "Digest") || rest_.empty() || !is_blank(rest_.front())) return DigestError::Scheme;
    std::vector<Parameter> all;
    all.reserve(12);  // as many as credentials mostly have
    for (;;) {
      skip_blanks();
      auto one = parameter();
      if (!one) return one.error();
      if (all.size() == kMostDigestParameters) return DigestError::TooLong;
      for (const Parameter& other : all)
        if (iequals(other.name, one->name)) return DigestError::Duplicate;
      all.push_back(std::move(*one));
      skip_blanks();
      if (rest_.empty()) return all;
      if (!take(',')) return DigestError::Syntax;
    }
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front()))
      rest_.remove_prefix(1);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view token() {
    std::size_t length = 0;
    while (length < rest_.size() && is_token(rest_[length]))
      ++length;
    const auto found = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return found;
  }

  Result<Parameter, DigestError> parameter() {
    Parameter one;
    one.name = token();
    skip_blanks();
    if (one.name.empty() || !take('=')) return DigestError::Syntax;
    skip_blanks();
    const bool good = take('"') ? quoted(one.value) : bare(one.value);
    if (one.value.size() > kLongestDigestValue) return DigestError::TooLong;
    if (!good) return DigestError::Syntax;
    return one;
  }
  bool quoted(std::string& value) {
    while (!rest_.empty() && value.size() <= kLongestDigestValue) {
      take_run(value, [](char c) { return c != '"' && c != '\\' && !is_control(c); });
      if (rest_.empty() || value.size() > kLongestDigestValue) break;
      if (take('"')) return true;
      if (take('\\') && rest_.empty()) return false;
      if (is_control(rest_.front())) return false;
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    return false;
  }
  bool bare(std::string& value) {
    take_run(value, [](char c) { return c != ',' && c != '"' && !is_blank(c) && !is_control(c); });
    const bool ends = rest_.empty() || rest_.front() == ',' || is_blank(rest_.front());
    return !value.empty() && (ends || value.size() > kLongestDigestValue);
  }
  // What `wanted` likes, and no more than makes the value too long.
  template <class Wanted>
  void take_run(std::string& value, Wanted wanted) {
    const std::size_t most = std::min(rest_.size(), kLongestDigestValue + 1 - value.size());
    std::size_t length = 0;
    while (length < most && wanted(rest_[length]))
      ++length;
    value += rest_.substr(0, length);
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
};

std::string take(std::vector<Parameter>& all, std::string_view name) {
  for (Parameter& one : all)
    if (iequals(one.name, name)) return std::move(one.value);
  return {};
}

bool has(const std::vector<Parameter>& all, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const Parameter& one) { return iequals(one.name, name); });
}

// Absent: MD5 (RFC 7616 §3.3).
std::optional<DigestAlgorithm> take_algorithm(std::vector<Parameter>& all) {
  const std::string text = take(all, "algorithm");
  return text.empty() ? DigestAlgorithm::Md5 : digest_algorithm_from(text);
}

bool offers_auth(std::string_view list) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (iequals(trim(list.substr(0, comma)), "auth")) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool is_count(std::string_view nc) {
  return nc.size() == 8 && std::all_of(nc.begin(), nc.end(), [](char c) {
           return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
         });
}

void add_quoted(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != ' ') out += ", ";
  out += name;
  out += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void add_bare(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != ' ') out += ", ";
  out += name;
  out += '=';
  out += value;
}

}  // namespace

std::string_view to_string(DigestError error) {
  switch (error) {
    case DigestError::Scheme:
      return "scheme";
    case DigestError::Syntax:
      return "syntax";
    case DigestError::TooLong:
      return "too_long";
    case DigestError::Duplicate:
      return "duplicate";
    case DigestError::Missing:
      return "missing";
    case DigestError::Unsupported:
      return "unsupported";
  }
  return "";
}

std::uint32_t DigestCredentials::count() const {
  std::uint32_t number = 0;
  std::from_chars(nc.data(), nc.data() + nc.size(), number, 16);
  return number;
}

Result<DigestChallenge, DigestError> parse_challenge(std::string_view value) {
  auto all = ParameterReader(value).read();
  if (!all) return all.error();
  if (!has(*all, "realm") || !has(*all, "nonce")) return DigestError::Missing;
  const auto algorithm = take_algorithm(*all);
  if (!algorithm) return DigestError::Unsupported;
  DigestChallenge challenge;
  challenge.algorithm = *algorithm;
  const bool asks_qop = has(*all, "qop");
  challenge.qop = asks_qop && offers_auth(take(*all, "qop"));
  if (asks_qop && !challenge.qop) return DigestError::Unsupported;
  challenge.realm = take(*all, "realm");
  challenge.nonce = take(*all, "nonce");
  challenge.opaque = take(*all, "opaque");
  challenge.stale = iequals(take(*all, "stale"), "true");
  return challenge;
}

Result<DigestCredentials, DigestError> parse_credentials(std::string_view value) {
  auto all = ParameterReader(value).read();
  if (!all) return all.error();
  if (has(*all, "username*") || iequals(take(*all, "userhash"), "true")) return DigestError::Unsupported;
  for (const std::string_view name : {"username", "realm", "nonce", "uri", "response"})
    if (!has(*all, name)) return DigestError::Missing;
  const auto algorithm = take_algorithm(*all);
  if (!algorithm) return DigestError::Unsupported;
  DigestCredentials credentials;
  credentials.algorithm = *algorithm;
  if (has(*all, "qop")) {
    if (!iequals(take(*all, "qop"), "auth")) return DigestError::Unsupported;
    credentials.nc = take(*all, "nc");
    credentials.cnonce = take(*all, "cnonce");
    if (credentials.nc.empty() || credentials.cnonce.empty()) return DigestError::Missing;
    if (!is_count(credentials.nc)) return DigestError::Syntax;
  }
  credentials.username = take(*all, "username");
  credentials.realm = take(*all, "realm");
  credentials.nonce = take(*all, "nonce");
  credentials.uri = take(*all, "uri");
  credentials.response = take(*all, "response");
  credentials.opaque = take(*all, "opaque");
  return credentials;
}

std::string write(const DigestChallenge& challenge) {
  std::string out;
  out.reserve(96 + challenge.realm.size() + challenge.nonce.size() + challenge.opaque.size());
  out = "Digest ";
  add_quoted(out, "realm", challenge.realm);
  add_quoted(out, "nonce", challenge.nonce);
  if (!challenge.opaque.empty()) add_quoted(out, "opaque", challenge.opaque);
  if (challenge.stale) add_bare(out, "stale", "true");
  add_bare(out, "algorithm", to_string(challenge.algorithm));
  if (challenge.qop) add_quoted(out, "qop", "auth");
  return out;
}

std::string write(const DigestCredentials& credentials) {
  std::string out = "Digest ";
  add_quoted(out, "username", credentials.username);
  add_quoted(out, "realm", credentials.realm);
  add_quoted(out, "nonce", credentials.nonce);
  add_quoted(out, "uri", credentials.uri);
  add_quoted(out, "response", credentials.response);
  add_bare(out, "algorithm", to_string(credentials.algorithm));
  if (!credentials.opaque.empty()) add_quoted(out, "opaque", credentials.opaque);
  if (credentials.nc.empty()) return out;
  add_bare(out, "qop", "auth");
  add_bare(out, "nc", credentials.nc);
  add_quoted(out, "cnonce", credentials.cnonce);
  return out;
}

std::vector<DigestChallenge> challenges_of(const Message& response, HeaderId id) {
  std::vector<DigestChallenge> found;
  for (const Header& header : response.headers()) {
    if (header.id != id || found.size() == kMostDigestParameters) continue;
    if (auto challenge = parse_challenge(header.value)) found.push_back(std::move(*challenge));
  }
  std::stable_sort(found.begin(), found.end(), [](const DigestChallenge& a, const DigestChallenge& b) {
    return a.algorithm > b.algorithm;
  });
  return found;
}

Result<std::optional<DigestCredentials>, DigestError> credentials_of(const Message& request, HeaderId id,
                                                                     std::string_view realm) {
  std::optional<DigestError> bad;
  for (const Header& header : request.headers()) {
    if (header.id != id) continue;
    auto credentials = parse_credentials(header.value);
    if (!credentials) {
      // Another scheme is for somebody else, as another realm is (RFC 4475 §3.3.7).
      if (credentials.error() != DigestError::Scheme) bad = credentials.error();
    } else if (credentials->realm == realm) {
      return std::optional(std::move(*credentials));
    }
  }
  if (bad) return *bad;
  return std::optional<DigestCredentials>{};
}

}  // namespace warp::sip
