// What parses can be written and parses to the same; every request that parses, or deserves an answer, gets
// one that a parser takes; and what is read at a glance is what the parser reads.
#include <string>
#include <vector>

#include "warp/sip/message/brief.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"
#include "warp/sip/transport/scan.h"

#include "check.h"

namespace {

using namespace warp::sip;

bool is_framing(const Header& header) {
  return header.id == HeaderId::ContentLength || header.id == HeaderId::ContentType;
}

std::vector<Header> plain_headers(const Message& message) {
  std::vector<Header> headers;
  for (const auto& header : message.headers())
    if (!is_framing(header)) headers.push_back(header);
  return headers;
}

bool holds_nul(const Message& message) {
  const auto head = message.text().substr(0, message.text().size() - message.body().size());
  return head.find('\0') != head.npos;
}

void check_same(const Message& a, const Message& b) {
  FUZZ_CHECK(a.is_request() == b.is_request());
  FUZZ_CHECK(a.method() == b.method() && a.method_text() == b.method_text());
  FUZZ_CHECK(a.request_uri() == b.request_uri() && a.status() == b.status());
  FUZZ_CHECK(a.via().host == b.via().host && a.via().port == b.via().port);
  FUZZ_CHECK(a.via().branch == b.via().branch && a.via().rport == b.via().rport);
  FUZZ_CHECK(a.from().uri == b.from().uri && a.from().tag == b.from().tag);
  FUZZ_CHECK(a.to().uri == b.to().uri && a.to().tag == b.to().tag);
  FUZZ_CHECK(a.call_id() == b.call_id() && a.cseq().number == b.cseq().number);
  FUZZ_CHECK(a.max_forwards() == b.max_forwards());
  const auto left = plain_headers(a);
  const auto right = plain_headers(b);
  FUZZ_CHECK(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    FUZZ_CHECK(left[i].id == right[i].id);
    FUZZ_CHECK(left[i].name == right[i].name);
    FUZZ_CHECK(left[i].value == right[i].value);
  }
}

void check_round_trip(const Message& message) {
  std::string out;
  Writer writer(out);
  if (message.is_request()) {
    writer.request(message.method_text(), message.request_uri());
  } else {
    writer.response(message.status(), message.phrase());
  }
  for (const auto& header : plain_headers(message))
    writer.header(header.name, header.value);
  const bool typed = message.has(HeaderId::ContentType);
  if (typed) {
    writer.finish(message.content_type(), message.body());
  } else {
    writer.finish();
  }
  // NUL passes the parser as half of a quoted-pair; the writer lets it out only by copy().
  if (!writer.ok()) {
    FUZZ_CHECK(holds_nul(message));
    return;
  }
  if (out.size() > Limits{}.message_octets) return;
  // Content-Length may be the one header above the limit.
  Limits limits;
  ++limits.headers;
  const auto again = Message::parse(out, limits);
  FUZZ_CHECK(again.has_value());
  check_same(message, *again);
  if (typed) FUZZ_CHECK(again->body() == message.body());
}

void check_answer(const Message& request) {
  std::string out;
  Writer writer(out);
  writer.response_to(request, 180, {}, "totag", "192.0.2.1", 5099).finish();
  FUZZ_CHECK(writer.ok());
  if (out.size() > Limits{}.message_octets) return;
  const auto answer = Message::parse(out);
  FUZZ_CHECK(answer.has_value());
  FUZZ_CHECK(answer->status() == 180 && answer->method_text() == request.method_text());
  FUZZ_CHECK(answer->via().branch == request.via().branch && answer->via().host == request.via().host);
  FUZZ_CHECK(answer->via().received == "192.0.2.1");
  FUZZ_CHECK(answer->via().rport_asked == request.via().rport_asked);
  FUZZ_CHECK(answer->from().tag == request.from().tag && answer->call_id() == request.call_id());
  FUZZ_CHECK(answer->to().tag == (request.to().tag.empty() ? "totag" : request.to().tag));
  FUZZ_CHECK(answer->cseq().number == request.cseq().number);
}

template <class Request>
std::string refusal(const Request& request) {
  std::string out;
  Writer writer(out);
  writer.response_to(request, 503, {}, "totag", "192.0.2.1", 5099).finish();
  FUZZ_CHECK(writer.ok());
  return out;
}

void check_brief(const Brief& brief, const Message& message) {
  FUZZ_CHECK(message.is_request() && brief.method == message.method());
  FUZZ_CHECK(brief.request_uri == message.request_uri() && brief.call_id == message.call_id());
  FUZZ_CHECK(brief.from_tag == message.from().tag && brief.to_tag == message.to().tag);
  FUZZ_CHECK(brief.cseq_number == message.cseq().number && brief.via.branch == message.via().branch);
  FUZZ_CHECK(brief.via.host == message.via().host && brief.via.port == message.via().port);
  FUZZ_CHECK(brief.via.rport_asked == message.via().rport_asked);
  FUZZ_CHECK(refusal(brief) == refusal(message));
}

// What is thrown away unparsed is an ACK to an answer of ours without state, and nothing else.
void check_stateless_ack(const Message& message) {
  const auto tag = message.to().tag;
  FUZZ_CHECK(message.method() == Method::Ack && tag.size() == 17 && tag.front() == 's');
}

void use_everything(const Message& message) {
  for (const auto& header : message.headers()) {
    FUZZ_CHECK(header.value.find_first_of("\r\n") == header.value.npos);
    for (const auto element : split_list(header.value))
      if (const auto address = parse_name_addr(element))
        if (const auto uri = Uri::parse(address->uri)) (void)uri->telephone();
    (void)message.header(header.name);
  }
  (void)message.contact();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  const auto message = Message::parse(text);
  const auto rejected = Message::parse_rejected(text);
  const auto brief = read_brief(text);
  FUZZ_CHECK(!brief || message);
  if (brief) check_brief(*brief, *message);
  if (!message) {
    FUZZ_CHECK(rejected.has_value() == (message.error().severity == Severity::Reject));
    if (!rejected) return 0;
    std::string out;
    Writer writer(out);
    writer.response_to(*rejected, 400, {}, "totag", "192.0.2.1", 5099).finish();
    FUZZ_CHECK(writer.ok());
    return 0;
  }
  if (is_stateless_ack(text)) check_stateless_ack(*message);
  use_everything(*message);
  check_round_trip(*message);
  if (message->is_request()) check_answer(*message);
  return 0;
}
