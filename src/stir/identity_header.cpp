#include "warp/stir/identity_header.h"

#include <algorithm>
#include <optional>

#include "warp/base/text.h"

namespace warp::stir {
namespace {

bool is_base64url(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
}
bool all_base64url(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_base64url);
}
bool is_word_char(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_word_char);
}
bool is_uri(std::string_view text) {
  return !text.empty() && text.size() <= kLongestInfo && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' && c != '\\';
  });
}

std::optional<Token> split_token(std::string_view token) {
  const auto first = token.find('.');
  if (first == token.npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == token.npos) return std::nullopt;
  const Token parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                    token.substr(second + 1)};
  if (parts.header.empty() != parts.payload.empty() || parts.signature.empty()) return std::nullopt;
  if (!all_base64url(parts.header) || !all_base64url(parts.payload) || !all_base64url(parts.signature))
    return std::nullopt;
  return parts;
}

// Up to the next of `stop` outside of quotes and angle brackets; takes it off `rest` with the stop.
std::string_view take_until(std::string_view& rest, char stop) {
  bool quoted = false, bracketed = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (bracketed) {
      bracketed = c != '>';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '<') {
      bracketed = true;
    } else if (c == stop) {
      break;
    }
  }
  i = std::min(i, rest.size());
  const auto piece = rest.substr(0, i);
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return piece;
}

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    return value.substr(1, value.size() - 2);
  return value;
}

// False: the parameter is not as the RFC says, or stands twice.
bool take_parameter(IdentityHeader& header, std::string_view text, bool& bad_info) {
  const auto equals = text.find('=');
  const auto name = trim(text.substr(0, equals));
  if (!is_word(name)) return false;
  const auto value = equals == text.npos ? std::string_view{} : trim(text.substr(equals + 1));
  if (iequals(name, "info")) {
    bad_info = !header.info.empty() || value.size() < 3 || value.front() != '<' || value.back() != '>' ||
               !is_uri(value.substr(1, value.size() - 2));
    if (!bad_info) header.info = value.substr(1, value.size() - 2);
    return !bad_info;
  }
  if (iequals(name, "alg") || iequals(name, "ppt")) {
    std::string& kept = iequals(name, "alg") ? header.alg : header.ppt;
    if (!kept.empty() || !is_word(unquoted(value))) return false;
    kept = unquoted(value);
  }
  return true;  // others are for others
}

}  // namespace

std::string_view to_string(IdentityError error) {
  switch (error) {
    case IdentityError::TooLong:
      return "too_long";
    case IdentityError::Token:
      return "token";
    case IdentityError::Parameter:
      return "parameter";
    case IdentityError::Info:
      return "info";
  }
  return "unknown";
}

Result<IdentityHeader, IdentityError> IdentityHeader::parse(std::string_view value) {
  if (value.size() > kLongestIdentity) return IdentityError::TooLong;
  IdentityHeader header;
  auto rest = trim(value);
  const auto token = trim(take_until(rest, ';'));
  if (!split_token(token)) return IdentityError::Token;
  header.token = token;
  while (!rest.empty()) {
    bool bad_info = false;
    if (!take_parameter(header, trim(take_until(rest, ';')), bad_info))
      return bad_info ? IdentityError::Info : IdentityError::Parameter;
  }
  if (header.info.empty()) return IdentityError::Info;
  return header;
}

std::string IdentityHeader::write() const {
  if (!split_token(token) || !is_uri(info)) return {};
  if ((!alg.empty() && !is_word(alg)) || (!ppt.empty() && !is_word(ppt))) return {};
  std::string text = token;
  text += ";info=<";
  text += info;
  text += '>';
  if (!alg.empty()) text.append(";alg=").append(alg);
  if (!ppt.empty()) text.append(";ppt=").append(ppt);
  return text.size() <= kLongestIdentity ? text : std::string();
}

Token IdentityHeader::parts() const {
  return split_token(token).value_or(Token{});
}

std::vector<std::string_view> split_identities(std::string_view line) {
  std::vector<std::string_view> values;
  while (!line.empty() && values.size() <= kMostIdentities)
    if (const auto value = trim(take_until(line, ',')); !value.empty()) values.push_back(value);
  return values;
}

}  // namespace warp::stir
