#include "warp/domain/catalogue.h"

namespace warp::domain {

std::string_view to_string(BillingMode mode) {
  switch (mode) {
    case BillingMode::Prepaid:
      return "PREPAID";
    case BillingMode::Postpaid:
      return "POSTPAID";
  }
  return "";
}

std::string_view to_string(AuthType type) {
  switch (type) {
    case AuthType::IpAcl:
      return "IP_ACL";
    case AuthType::Digest:
      return "DIGEST";
    case AuthType::Either:
      return "EITHER";
    case AuthType::Both:
      return "BOTH";
  }
  return "";
}

std::string_view to_string(SipTransport transport) {
  switch (transport) {
    case SipTransport::Udp:
      return "UDP";
    case SipTransport::Tcp:
      return "TCP";
    case SipTransport::Tls:
      return "TLS";
    case SipTransport::Ws:
      return "WS";
    case SipTransport::Wss:
      return "WSS";
  }
  return "";
}

std::string_view to_string(MediaMode mode) {
  switch (mode) {
    case MediaMode::Anchor:
      return "ANCHOR";
    case MediaMode::Bypass:
      return "BYPASS";
  }
  return "";
}

std::string_view to_string(RatePlanKind kind) {
  switch (kind) {
    case RatePlanKind::Customer:
      return "CUSTOMER";
    case RatePlanKind::Vendor:
      return "VENDOR";
  }
  return "";
}

std::optional<BillingMode> parse_billing_mode(std::string_view text) {
  for (const auto mode : {BillingMode::Prepaid, BillingMode::Postpaid})
    if (to_string(mode) == text) return mode;
  return std::nullopt;
}

std::optional<AuthType> parse_auth_type(std::string_view text) {
  for (const auto type : {AuthType::IpAcl, AuthType::Digest, AuthType::Either, AuthType::Both})
    if (to_string(type) == text) return type;
  return std::nullopt;
}

std::optional<SipTransport> parse_sip_transport(std::string_view text) {
  for (const auto transport :
       {SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls, SipTransport::Ws, SipTransport::Wss})
    if (to_string(transport) == text) return transport;
  return std::nullopt;
}

std::string Endpoint::where() const {
  if (!named()) return address.to_string();
  return address.port == 0 ? host : host + ':' + std::to_string(address.port);
}

std::string_view Endpoint::transport_text() const {
  return any_transport ? kAnyTransport : to_string(transport);
}

std::optional<MediaMode> parse_media_mode(std::string_view text) {
  for (const auto mode : {MediaMode::Anchor, MediaMode::Bypass})
    if (to_string(mode) == text) return mode;
  return std::nullopt;
}

std::optional<RatePlanKind> parse_rate_plan_kind(std::string_view text) {
  for (const auto kind : {RatePlanKind::Customer, RatePlanKind::Vendor})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

}  // namespace warp::domain
