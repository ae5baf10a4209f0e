#include "register_request.h"

#include <algorithm>
#include <charconv>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

namespace warp::registrar {

using domain::Reason;

namespace {

constexpr std::size_t kLongestUri = 512, kLongestInstance = 128;
constexpr std::uint16_t kDefaultPort = 5060;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// delta-seconds; more than 32 bits is as much as can be (RFC 3261 §20.19: what makes no sense counts as
// 3600).
std::uint32_t seconds_of(std::string_view text) {
  return number_of<std::uint32_t>(trim(text)).value_or(3600);
}

// "0.7", "1": thousandths. nullopt: no qvalue.
std::optional<std::uint16_t> q_of(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  std::uint16_t value = text[0] == '1' ? 1000 : 0;
  if (text.size() == 1) return value;
  if (text[1] != '.') return std::nullopt;
  std::uint16_t place = 100;
  for (const char c : text.substr(2)) {
    if (!is_digit(c)) return std::nullopt;
    value = static_cast<std::uint16_t>(value + (c - '0') * place);
    place /= 10;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

// Calls visit(item) for each of a list that is not empty.
template <class Visit>
void each_item(std::string_view list, Visit visit) {
  // Mostly there is one, and no vector is needed for it.
  if (list.find(',') == std::string_view::npos) {
    if (!list.empty()) visit(list);
    return;
  }
  for (const std::string_view item : sip::split_list(list))
    visit(item);
}

// Of our extensions, those that are named in headers of one kind; and the others.
struct Named {
  bool path = false, outbound = false, gin = false;
  std::string unknown{};
  bool others = false;  // are kept in `unknown`

  void add(std::string_view list) {
    each_item(list, [this](std::string_view item) {
      if (iequals(item, "path"))
        path = true;
      else if (iequals(item, "outbound"))
        outbound = true;
      else if (iequals(item, "gin"))
        gin = true;
      else if (others)
        unknown.append(unknown.empty() ? "" : ", ").append(item);
    });
  }
};

std::string key_of(const sip::Uri& uri) {
  std::string key(uri.scheme == sip::Uri::Scheme::Sips ? "sips:" : "sip:");
  key += uri.user;
  key += '@';
  for (const char c : uri.host)
    key += ascii_lower(c);
  key += ':' + std::to_string(uri.port);
  if (const auto transport = uri.param("transport")) {
    key += ';';
    for (const char c : *transport)
      key += ascii_lower(c);
  }
  return key;
}

std::optional<AskedContact> read_contact(std::string_view text) {
  const auto address = sip::parse_name_addr(text);
  if (!address || address->uri.size() > kLongestUri) return std::nullopt;
  const auto uri = sip::Uri::parse(address->uri);
  if (!uri || uri->scheme == sip::Uri::Scheme::Tel || uri->host.empty()) return std::nullopt;
  AskedContact contact;
  contact.uri = address->uri;
  contact.key = key_of(*uri);
  if (const auto ip = domain::IpAddress::parse(uri->host))
    contact.address = {*ip, uri->port != 0 ? uri->port : kDefaultPort};
  contact.gin = uri->param("bnc").has_value();
  if (const auto expires = header_param(address->params, "expires")) contact.expires = seconds_of(*expires);
  if (const auto q = header_param(address->params, "q")) {
    const auto value = q_of(*q);
    if (!value) return std::nullopt;
    contact.q = *value;
  }
  if (const auto instance = header_param(address->params, "+sip.instance"))
    contact.instance = instance->substr(0, kLongestInstance);
  if (const auto reg_id = header_param(address->params, "reg-id")) {
    const auto value = number_of<std::uint32_t>(*reg_id);
    if (!value || *value == 0) return std::nullopt;
    contact.reg_id = *value;
  }
  // RFC 6140 §5.2: the user part is for us to fill in.
  if (contact.gin && !uri->user.empty()) return std::nullopt;
  return contact;
}

bool read_contacts(std::string_view value, Asked& asked) {
  if (trim(value) == "*") {
    asked.star = true;
    return true;
  }
  bool good = true;
  each_item(value, [&](std::string_view item) {
    auto contact = read_contact(item);
    good = good && contact && asked.contacts.size() < kMostContacts;
    if (good) asked.contacts.push_back(std::move(*contact));
  });
  return good;
}

bool read_path(std::string_view value, Asked& asked) {
  bool good = true;
  each_item(value, [&](std::string_view item) {
    const auto address = sip::parse_name_addr(item);
    good = good && address && sip::Uri::parse(address->uri) && asked.path.size() < kMostPaths &&
           item.size() <= kLongestUri;
    if (good) asked.path.emplace_back(trim(item));
  });
  return good;
}

// All headers, once.
struct Headers {
  Named supported, required{.others = true};
  std::size_t hops = 0;
  bool good = true;

  void read(const sip::Message& request, Asked& asked) {
    for (const sip::Header& header : request.headers()) {
      switch (header.id) {
        case sip::HeaderId::Via:
          each_item(header.value, [this](std::string_view) { ++hops; });
          break;
        case sip::HeaderId::Contact:
          good = read_contacts(header.value, asked) && good;
          break;
        case sip::HeaderId::Supported:
          supported.add(header.value);
          break;
        case sip::HeaderId::Require:
          required.add(header.value);
          break;
        case sip::HeaderId::Other:
          if (iequals(header.name, "Path")) good = read_path(header.value, asked) && good;
          break;
        default:
          break;
      }
    }
  }
};

}  // namespace

std::optional<std::string_view> header_param(std::string_view params, std::string_view name) {
  std::size_t at = 0;
  while (at < params.size() && params[at] == ';') {
    std::size_t end = ++at;
    bool quoted = false;
    for (; end < params.size() && (quoted || params[end] != ';'); ++end) {
      if (params[end] == '\\' && quoted) {
        ++end;
      } else if (params[end] == '"') {
        quoted = !quoted;
      }
    }
    end = std::min(end, params.size());
    const std::string_view one = params.substr(at, end - at);
    const auto equal = std::min(one.find('='), one.size());
    if (iequals(trim(one.substr(0, equal)), name)) {
      std::string_view value = trim(one.substr(std::min(equal + 1, one.size())));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      return value;
    }
    at = end;
  }
  return std::nullopt;
}

std::string binding_key(const AskedContact& contact, bool outbound) {
  if (outbound && !contact.instance.empty() && contact.reg_id != 0)
    return contact.instance + "#" + std::to_string(contact.reg_id);
  return contact.key;
}

Result<Asked, Fault> read_register(const sip::Message& request) {
  Asked asked;
  Headers headers;
  headers.read(request, asked);
  if (!headers.required.unknown.empty())
    return Fault{Reason::ExtensionUnsupported, 0, std::move(headers.required.unknown)};
  const auto to = sip::Uri::parse(request.to().uri);
  if (!to || !headers.good) return Fault{};
  asked.user = to->user;
  if (request.has(sip::HeaderId::Expires)) asked.expires = seconds_of(request.header(sip::HeaderId::Expires));
  // RFC 3261 §10.2.2: the star stands alone, and only to remove everything.
  if (asked.star && (!asked.contacts.empty() || asked.expires != 0u)) return Fault{};
  const Named &supported = headers.supported, &required = headers.required;
  asked.path_supported = supported.path || required.path;
  asked.gin = required.gin;
  asked.proxied = headers.hops > 1;
  // RFC 5626 §6: over a proxy only when that has put itself on the way back for it.
  const bool edge =
      !asked.proxied || (!asked.path.empty() && asked.path.back().find(";ob") != std::string::npos);
  asked.outbound = (supported.outbound || required.outbound) && edge;
  // RFC 6140 §5.2: both or neither.
  for (const AskedContact& contact : asked.contacts)
    if (contact.gin != asked.gin) return Fault{};
  return asked;
}

}  // namespace warp::registrar
