#include "warp/sip/transport/transport.h"

#include "warp/base/text.h"

namespace warp::sip {

std::string_view via_protocol(SipTransport transport) {
  switch (transport) {
    case SipTransport::Udp:
      return "SIP/2.0/UDP ";
    case SipTransport::Tcp:
      return "SIP/2.0/TCP ";
    case SipTransport::Tls:
      return "SIP/2.0/TLS ";
    case SipTransport::Ws:
      return "SIP/2.0/WS ";
    case SipTransport::Wss:
      return "SIP/2.0/WSS ";
  }
  return "";
}

std::string_view uri_transport(SipTransport transport) {
  switch (transport) {
    case SipTransport::Udp:
      return "";
    case SipTransport::Tcp:
      return ";transport=tcp";
    case SipTransport::Tls:
      return ";transport=tls";
    case SipTransport::Ws:
    case SipTransport::Wss:  // RFC 7118 §5.2.1 has one word for both
      return ";transport=ws";
  }
  return "";
}

std::optional<SipTransport> transport_of(std::string_view uri_parameter) {
  for (const auto transport :
       {SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls, SipTransport::Ws, SipTransport::Wss})
    if (iequals(uri_parameter, to_string(transport))) return transport;
  return std::nullopt;
}

std::uint16_t default_port(SipTransport transport) {
  switch (transport) {
    case SipTransport::Udp:
    case SipTransport::Tcp:
      return 5060;
    case SipTransport::Tls:
      return 5061;
    case SipTransport::Ws:
      return 80;
    case SipTransport::Wss:
      return 443;
  }
  return 0;
}

}  // namespace warp::sip
