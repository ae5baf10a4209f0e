#include "connector_protocol.h"

#include <algorithm>

#include "warp/base/text.h"

#include "formats.h"

namespace warp::api {
namespace {

using domain::Connector;
using domain::ConnectorProtocol;

bool is_domain_letter(char c) {
  const char lower = ascii_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.';
}
bool is_domain(std::string_view text) {
  if (text.empty()) return true;
  return text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), is_domain_letter);
}
bool is_web_address(std::string_view text) {
  return text.empty() || text.starts_with("https://") || text.starts_with("http://");
}

Failure lacks(const char* field, std::string message) {
  Failure failure{ErrorCode::ValidationError, std::move(message)};
  failure.details["field"] = field;
  return failure;
}

std::optional<Failure> wrong_in_smpp(const Connector& c) {
  if (c.host.empty()) return lacks("host", "An SMPP connector needs a host.");
  if (c.system_id.empty()) return lacks("system_id", "An SMPP connector needs a system_id.");
  if (c.system_id.size() > 15) return lacks("system_id", "SMPP has room for 15 characters.");
  if (c.password.size() > 64) return lacks("password", "It may have 64 characters with SMPP.");
  return std::nullopt;
}

std::optional<Failure> wrong_in_mm4(const Connector& c) {
  if (c.host.empty()) return lacks("host", "An MM4 connector needs the peer's SMTP server.");
  if (c.local_domain.empty()) return lacks("local_domain", "An MM4 connector needs our domain.");
  if (c.remote_domain.empty()) return lacks("remote_domain", "An MM4 connector needs the peer's domain.");
  if (c.allowed.empty())
    return lacks("allowed",
                 "An MM4 connector must say from where its mails may come: answers are mails, too.");
  if (!c.system_id.empty() && !c.tls) return lacks("tls", "A login goes over TLS only.");
  return std::nullopt;
}

std::optional<Failure> wrong_in_rcs(const Connector& c) {
  if (c.base_url.empty())
    return lacks("base_url", "An RCS connector needs the address of the provider's API.");
  if (c.agent.empty()) return lacks("agent", "An RCS connector needs the agent that speaks.");
  return std::nullopt;
}

void set_text(const Json& body, const char* name, std::string& out) {
  if (const auto value = take<std::string>(body, name)) out = *value;
}

}  // namespace

std::vector<Field> protocol_fields() {
  return {
      text("local_domain", 253)
          .is(is_domain, "a domain name")
          .says("MM4: ours, behind the @ of the envelope; the peer's mails come to it."),
      text("remote_domain", 253).is(is_domain, "a domain name").says("MM4: the peer's."),
      list("allowed", text("", 64).is(is_cidr, "an address or a network such as 192.0.2.0/24"), 64)
          .says("MM4: from where the peer's mails may come."),
      text("base_url", 2048).is(is_web_address, "a web address").says("RCS: the provider's API."),
      text("agent", 256).says("RCS: who speaks, as the provider calls it."),
      integer("max_media_octets", 0, 100 * 1024 * 1024)
          .says("MM4 and RCS: of one attachment; pictures above it are made smaller, others refused. 0: no "
                "limit.")};
}

void show_protocol(Json& out, const Connector& c) {
  out["protocol"] = domain::to_string(c.protocol);
  out["local_domain"] = c.local_domain;
  out["remote_domain"] = c.remote_domain;
  out["allowed"] = Json::array();
  for (const auto& network : c.allowed)
    out["allowed"].push_back(network.to_string());
  out["base_url"] = c.base_url;
  out["agent"] = c.agent;
  out["max_media_octets"] = c.max_media_octets;
}

Outcome<void> read_protocol(const Json& body, Connector& c) {
  if (const auto word = take<std::string>(body, "protocol"))
    c.protocol = domain::parse_connector_protocol(*word).value_or(c.protocol);
  set_text(body, "local_domain", c.local_domain);
  set_text(body, "remote_domain", c.remote_domain);
  set_text(body, "base_url", c.base_url);
  set_text(body, "agent", c.agent);
  if (const auto most = take<std::int64_t>(body, "max_media_octets"))
    c.max_media_octets = static_cast<std::uint32_t>(*most);
  if (!has(body, "allowed")) return {};
  c.allowed.clear();
  for (const auto& entry : body.at("allowed")) {
    const auto network = read_network(entry.get<std::string>(), "allowed");
    if (!network) return network.error();
    c.allowed.push_back(*network);
  }
  return {};
}

std::optional<Failure> wrong_in(const Connector& connector) {
  switch (connector.protocol) {
    case ConnectorProtocol::Smpp:
      return wrong_in_smpp(connector);
    case ConnectorProtocol::Mm4:
      return wrong_in_mm4(connector);
    case ConnectorProtocol::Rcs:
      return wrong_in_rcs(connector);
  }
  return std::nullopt;
}

}  // namespace warp::api
