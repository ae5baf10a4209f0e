// Small SIP messages for tests, with every mandatory header.
#pragma once

#include <string>
#include <string_view>

#include "warp/sip/message/message.h"

namespace warp::test {

struct RequestText {
  std::string method = "INVITE";
  std::string uri = "sip:15550100@192.0.2.1";
  std::string via = "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-1;rport";
  std::string from = "<sip:alice@192.0.2.9>;tag=a";
  std::string to = "<sip:15550100@192.0.2.1>";
  std::string call_id = "call-1@192.0.2.9";
  unsigned cseq = 1;
  std::string cseq_method{};  // empty: the method
  std::string extra{};        // whole header lines, each with CRLF
  std::string body{};

  std::string text() const {
    return method + " " + uri + " SIP/2.0\r\nVia: " + via + "\r\nMax-Forwards: 70\r\nFrom: " + from +
           "\r\nTo: " + to + "\r\nCall-ID: " + call_id + "\r\nCSeq: " + std::to_string(cseq) + " " +
           (cseq_method.empty() ? method : cseq_method) + "\r\n" + extra +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

// The response that the receiver of `request` writes: Via, From, Call-ID and CSeq copied, To with `tag`.
inline std::string response_text(const sip::Message& request, int status, std::string_view tag,
                                 std::string_view extra = {}) {
  std::string out = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
  for (const auto& header : request.headers()) {
    const bool to = header.id == sip::HeaderId::To;
    if (!to && header.id != sip::HeaderId::Via && header.id != sip::HeaderId::From &&
        header.id != sip::HeaderId::CallId && header.id != sip::HeaderId::CSeq)
      continue;
    out += std::string(sip::canonical_name(header.id)) + ": " + std::string(header.value);
    if (to && request.to().tag.empty() && !tag.empty()) out += ";tag=" + std::string(tag);
    out += "\r\n";
  }
  out += extra;
  return out + "Content-Length: 0\r\n\r\n";
}

}  // namespace warp::test
