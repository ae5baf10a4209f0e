// Whatever is handed to the builders, no more lines come out than were asked for.
#include <string>

#include "warp/sdp/session.h"
#include "warp/sip/message/writer.h"

#include "check.h"

namespace {

using warp::fuzz::next_piece;

std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') FUZZ_CHECK(i > 0 && text[i - 1] == '\r');
    if (text[i] == '\r') FUZZ_CHECK(i + 1 < text.size() && text[i + 1] == '\n');
    lines += text[i] == '\n';
  }
  return lines;
}

void build_message(std::string_view rest) {
  using namespace warp::sip;
  const auto first = next_piece(rest), second = next_piece(rest), name = next_piece(rest);
  const auto value = next_piece(rest), type = next_piece(rest);
  std::string out;
  Writer request(out);
  request.request(first, second).header(name, value).header(HeaderId::Reason, {first, value});
  request.header(HeaderId::Via, "SIP/2.0/UDP h").header(HeaderId::From, "<sip:a>;tag=1");
  request.header(HeaderId::To, "<sip:b>").header(HeaderId::CallId, "c").header(HeaderId::CSeq, {"1 ", first});
  request.finish(type, "");
  if (request.ok()) {
    FUZZ_CHECK(count_lines(out) == 11);
    const auto message = Message::parse(out);
    if (message) FUZZ_CHECK(message->headers().size() == 9 && message->request_uri() == second);
  }
  Writer response(out);
  response.response(200, value).finish();
  if (response.ok()) FUZZ_CHECK(count_lines(out) == 3);
}

void build_session(std::string_view rest) {
  using namespace warp::sdp;
  Session session;
  session.name = next_piece(rest);
  session.origin.username = next_piece(rest);
  session.origin.address = next_piece(rest);
  session.connection = Connection{std::string(next_piece(rest)), false, {}, 1};
  auto& media = session.media.emplace_back();
  media.kind = next_piece(rest);
  media.proto = next_piece(rest);
  media.formats.emplace_back(next_piece(rest));
  const auto name = next_piece(rest);
  media.set(name, next_piece(rest));
  media.others.push_back({rest.empty() ? 'i' : rest.front(), std::string(rest)});
  std::string out;
  if (write(session, out)) FUZZ_CHECK(count_lines(out) == 8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  build_message(text);
  build_session(text);
  return 0;
}
