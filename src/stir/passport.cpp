#include "warp/stir/passport.h"

#include <algorithm>
#include <array>
#include <optional>

#include "warp/base/checked.h"
#include "warp/base/json_string.h"
#include "warp/base/text.h"
#include "warp/stir/base64url.h"

#include "json.h"

namespace warp::stir {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 6;  // members that others define may nest a little
constexpr std::size_t kLongestClaimedNumber = 32;
constexpr std::size_t kLongestUri = 1024;
constexpr std::int64_t kLatest = 253'402'300'799;  // the year 9999

std::optional<std::string_view> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return std::string_view(found->get_ref<const std::string&>());
}

bool read_number(const Json& value, std::string& out) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  out = canonical_number(text);
  return !out.empty();
}
bool read_uri(const Json& value, std::string& out) {
  if (!value.is_string()) return false;
  out = value.get_ref<const std::string&>();
  return !out.empty() && out.size() <= kLongestUri;
}

// {"tn":"…"} or {"uri":"…"}: one of the two.
std::optional<Party> party_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return std::nullopt;
  const auto tn = found->find("tn"), uri = found->find("uri");
  if ((tn == found->end()) == (uri == found->end())) return std::nullopt;
  Party party;
  const bool good = tn != found->end() ? read_number(*tn, party.tn) : read_uri(*uri, party.uri);
  return good ? std::optional(std::move(party)) : std::nullopt;
}

template <class Read>
bool read_list(const Json& object, const char* name, std::vector<std::string>& out, Read read) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_array() || found->empty() || found->size() > kMostDestinations) return false;
  for (const Json& value : *found)
    if (!read(value, out.emplace_back())) return false;
  return true;
}

bool read_destinations(const Json& payload, Passport& passport) {
  const auto dest = payload.find("dest");
  if (dest == payload.end() || !dest->is_object()) return false;
  if (!read_list(*dest, "tn", passport.dest_tns, read_number)) return false;
  if (!read_list(*dest, "uri", passport.dest_uris, read_uri)) return false;
  return !passport.dest_tns.empty() || !passport.dest_uris.empty();
}

std::optional<PassportError> read_header(const Json& header, Passport& passport) {
  if (text_member(header, "alg") != "ES256") return PassportError::Algorithm;
  if (text_member(header, "typ") != "passport") return PassportError::Type;
  const auto x5u = text_member(header, "x5u");
  if (!x5u || x5u->empty() || x5u->size() > kLongestInfo) return PassportError::Reference;
  passport.x5u = *x5u;
  if (!header.contains("ppt")) return std::nullopt;
  const auto ppt = text_member(header, "ppt");
  if (!ppt || ppt->empty() || ppt->size() > 64) return PassportError::Type;
  passport.ppt = *ppt;
  return std::nullopt;
}

std::optional<PassportError> read_extension(const Json& payload, Passport& passport) {
  if (passport.ppt == "shaken") {
    const auto attest = text_member(payload, "attest"), origid = text_member(payload, "origid");
    if (attest != "A" && attest != "B" && attest != "C") return PassportError::Attestation;
    if (!origid || origid->empty() || origid->size() > 64) return PassportError::Attestation;
    passport.attest = attest->front();
    passport.origid = *origid;
  } else if (passport.ppt == "div") {
    auto div = party_member(payload, "div");
    if (!div) return PassportError::Diversion;
    passport.div = std::move(*div);
  }
  return std::nullopt;
}

std::optional<PassportError> read_payload(const Json& payload, Passport& passport) {
  auto orig = party_member(payload, "orig");
  if (!orig) return PassportError::Origin;
  passport.orig = std::move(*orig);
  if (!read_destinations(payload, passport)) return PassportError::Destination;
  const auto iat = payload.find("iat");
  if (iat == payload.end() || !iat->is_number_integer()) return PassportError::IssuedAt;
  if (iat->is_number_unsigned() && iat->get<std::uint64_t>() > static_cast<std::uint64_t>(kLatest))
    return PassportError::IssuedAt;
  passport.iat = iat->get<std::int64_t>();
  if (passport.iat < 0 || passport.iat > kLatest) return PassportError::IssuedAt;
  return read_extension(payload, passport);
}

std::optional<Json> decoded(std::string_view part, bool& base64) {
  const auto text = from_base64url(part);
  base64 = text.has_value();
  return text ? parse_object(*text, kDeepest) : std::nullopt;
}

void write_list(std::string& out, const std::vector<std::string>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    append_json_string(out, values[i]);
  }
  out += ']';
}

void write_party(std::string& out, const Party& party) {
  out += party.tn.empty() ? R"({"uri":)" : R"({"tn":)";
  append_json_string(out, party.tn.empty() ? party.uri : party.tn);
  out += '}';
}

// Days since 1970 of a civil date.
std::int64_t days_of(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day))
      .time_since_epoch()
      .count();
}

}  // namespace

std::string_view to_string(PassportError error) {
  switch (error) {
    case PassportError::Encoding:
      return "encoding";
    case PassportError::Json:
      return "json";
    case PassportError::Algorithm:
      return "algorithm";
    case PassportError::Type:
      return "type";
    case PassportError::Reference:
      return "reference";
    case PassportError::Origin:
      return "origin";
    case PassportError::Destination:
      return "destination";
    case PassportError::IssuedAt:
      return "issued_at";
    case PassportError::Attestation:
      return "attestation";
    case PassportError::Diversion:
      return "diversion";
  }
  return "unknown";
}

Result<Passport, PassportError> Passport::parse(const Token& token) {
  bool base64 = false;
  const auto header = decoded(token.header, base64);
  if (!header) return base64 ? PassportError::Json : PassportError::Encoding;
  const auto payload = decoded(token.payload, base64);
  if (!payload) return base64 ? PassportError::Json : PassportError::Encoding;
  Passport passport;
  if (const auto error = read_header(*header, passport)) return *error;
  if (const auto error = read_payload(*payload, passport)) return *error;
  return passport;
}

std::string Passport::header_json() const {
  std::string out = R"({"alg":"ES256")";
  if (!ppt.empty()) {
    out += R"(,"ppt":)";
    append_json_string(out, ppt);
  }
  out += R"(,"typ":"passport","x5u":)";
  append_json_string(out, x5u);
  out += '}';
  return out;
}

std::string Passport::payload_json() const {
  std::string out = "{";
  if (ppt == "shaken") {
    out += R"("attest":")";
    out += attest;
    out += R"(",)";
  }
  out += R"("dest":{)";
  if (!dest_tns.empty()) {
    out += R"("tn":)";
    write_list(out, dest_tns);
  }
  if (!dest_uris.empty()) {
    if (!dest_tns.empty()) out += ',';
    out += R"("uri":)";
    write_list(out, dest_uris);
  }
  out += '}';
  if (ppt == "div") {
    out += R"(,"div":)";
    write_party(out, div);
  }
  out += R"(,"iat":)";
  out += std::to_string(iat);
  out += R"(,"orig":)";
  write_party(out, orig);
  if (ppt == "shaken") {
    out += R"(,"origid":)";
    append_json_string(out, origid);
  }
  out += '}';
  return out;
}

std::string Passport::signing_input() const {
  return to_base64url(header_json()) + "." + to_base64url(payload_json());
}

bool Passport::is_for(std::string_view tn) const {
  return std::find(dest_tns.begin(), dest_tns.end(), tn) != dest_tns.end();
}

std::string canonical_number(std::string_view text) {
  std::string number;
  text = text.substr(0, text.find(';'));
  if (text.starts_with('+')) text.remove_prefix(1);
  for (const char c : text) {
    if (is_digit(c) || c == '*' || c == '#') {
      if (number.size() == kLongestClaimedNumber) return {};
      number += c;
    } else if (std::string_view("-.() ").find(c) == std::string_view::npos) {
      return {};
    }
  }
  return number;
}

Passport compact_passport(std::string_view orig, std::string_view dest, std::string_view info,
                          std::int64_t date) {
  Passport passport;
  passport.x5u = info;
  passport.orig.tn = canonical_number(orig);
  if (passport.orig.tn.empty()) passport.orig.uri = orig;
  passport.dest_tns.push_back(canonical_number(dest));
  passport.iat = date;
  return passport;
}

std::int64_t parse_sip_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sat, 13 Nov 2010 23:29:00 GMT"
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return -1;
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = parse_number<unsigned>(text.substr(5, 2), 1, 31);
  const auto year = parse_number<unsigned>(text.substr(12, 4), 1970, 9999);
  const auto hour = parse_number<unsigned>(text.substr(17, 2), 0, 23);
  const auto minute = parse_number<unsigned>(text.substr(20, 2), 0, 59);
  const auto second = parse_number<unsigned>(text.substr(23, 2), 0, 60);
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return -1;
  const auto days =
      days_of(static_cast<int>(*year), static_cast<unsigned>(month - kMonths.begin()) + 1, *day);
  return days * 86'400 + *hour * 3'600 + *minute * 60 + *second;
}

}  // namespace warp::stir
