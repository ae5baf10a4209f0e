#include "transfer/replaces.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

namespace warp::calls {

namespace {

constexpr std::size_t kLongestReplaces = 512;

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char low = ascii_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// nullopt: a broken escape, or an octet that no header has.
std::optional<std::string> unescaped(std::string_view text) {
  if (text.size() > 3 * kLongestReplaces) return std::nullopt;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    int octet = static_cast<unsigned char>(text[at]);
    if (octet == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      octet = 16 * high + low;
      at += 2;
    }
    if (octet < 0x20 || octet == 0x7f) return std::nullopt;
    plain += static_cast<char>(octet);
  }
  return plain;
}

// What a Call-ID or a tag is made of.
bool is_word(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == ',' || c == ';' || c == '=' || c == 0x7f;
  });
}

std::string_view take(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view item = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return item;
}

// A tag that is said once.
bool set_once(std::string& tag, std::string_view value) {
  if (!tag.empty() || !is_word(value)) return false;
  tag = value;
  return true;
}

bool read_param(DialogName& name, std::string_view param) {
  const std::size_t equals = param.find('=');
  const bool valued = equals != std::string_view::npos;
  const std::string_view key = trim(param.substr(0, equals));
  const std::string_view value = valued ? trim(param.substr(equals + 1)) : std::string_view();
  if (iequals(key, "to-tag")) return set_once(name.local_tag, value);
  if (iequals(key, "from-tag")) return set_once(name.remote_tag, value);
  if (iequals(key, "early-only")) {
    if (valued || name.early_only) return false;
    name.early_only = true;
    return true;
  }
  return is_word(key);
}

// The escaped Replaces among the headers of a URI. False: it cannot be heeded.
bool read_headers(std::string_view headers, Referral& referral) {
  while (!headers.empty()) {
    std::string_view item = take(headers, '&');
    const auto name = unescaped(take(item, '='));
    if (!name || iequals(*name, "Join")) return false;
    if (!iequals(*name, "Replaces")) continue;
    const auto value = unescaped(item);
    auto dialog = value ? parse_replaces(*value) : std::nullopt;
    if (!dialog || referral.kind == Referral::Kind::Attended) return false;
    referral.dialog = std::move(*dialog);
    referral.kind = Referral::Kind::Attended;
  }
  return true;
}

}  // namespace

std::optional<DialogName> parse_replaces(std::string_view value) {
  if (value.size() > kLongestReplaces) return std::nullopt;
  DialogName name;
  name.call_id = trim(take(value, ';'));
  if (!is_word(name.call_id)) return std::nullopt;
  while (!value.empty())
    if (!read_param(name, take(value, ';'))) return std::nullopt;
  if (name.local_tag.empty() || name.remote_tag.empty()) return std::nullopt;
  return name;
}

Referral read_referral(const sip::Message& refer) {
  Referral referral;
  const auto address = sip::parse_name_addr(refer.header(sip::HeaderId::ReferTo));
  const auto uri = address ? sip::Uri::parse(address->uri) : std::nullopt;
  if (!uri) return referral;
  const auto method = uri->param("method");
  if (method && !iequals(*method, "INVITE")) return referral;
  if (!read_headers(uri->headers, referral)) return {};
  if (referral.kind == Referral::Kind::Attended) return referral;
  referral.number = uri->telephone().value_or(std::string());
  if (!referral.number.empty()) referral.kind = Referral::Kind::Blind;
  return referral;
}

LegRef find_dialog(const Context& context, const DialogName& name) {
  const LegRef* found = context.table.find_tag(name.local_tag);
  if (found == nullptr || found->call == nullptr) return {};
  const Leg& leg = found->call->leg(found->side);
  const bool same = leg.dialog && leg.dialog->call_id() == name.call_id &&
                    leg.dialog->local_tag() == name.local_tag && leg.dialog->remote_tag() == name.remote_tag;
  const State state = found->call->state;
  return same && (state == State::Up || state == State::Confirming) ? *found : LegRef{};
}

bool same_owner(const Context& context, const Party& a, const Party& b) {
  if (a.kind == Party::Kind::Unknown || a.kind != b.kind) return false;
  if (a.id == b.id) return true;
  const auto snapshot = context.snapshots.current();
  if (!snapshot || a.kind != Party::Kind::Trunk) return false;
  const domain::Trunk* one = snapshot->trunk(TrunkId{a.id});
  const domain::Trunk* two = snapshot->trunk(TrunkId{b.id});
  return one != nullptr && two != nullptr && one->customer == two->customer;
}

}  // namespace warp::calls
