// However the octets arrive, the same messages are cut out of them; each has the length that its head says,
// and the parser agrees with it.
#include <algorithm>
#include <string>
#include <vector>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/framer.h"

#include "check.h"

namespace {

using namespace warp::sip;

constexpr FramerLimits kLimits{.head_octets = 2000, .message_octets = 4000};

void check_message(std::string_view bytes) {
  FUZZ_CHECK(bytes.size() <= kLimits.message_octets);
  const auto message = Message::parse(bytes);
  if (message) FUZZ_CHECK(message->text().size() <= bytes.size());
  if (message && message->has(HeaderId::ContentLength)) {
    const auto length = find_content_length(bytes.substr(0, bytes.size() - message->body().size()));
    FUZZ_CHECK(length.state == ContentLength::State::Found && length.octets == message->body().size());
  }
}

// Messages and the fault; where a ping is seen depends on the pieces.
std::vector<std::string> cut(std::string_view text, std::size_t piece) {
  StreamFramer framer(kLimits);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    framer.push(text.substr(at, piece));
    for (auto event = framer.next(); event.kind != StreamFramer::Kind::More; event = framer.next()) {
      if (event.kind == StreamFramer::Kind::Message) {
        check_message(event.bytes);
        out.emplace_back(event.bytes);
      }
      if (event.kind == StreamFramer::Kind::Bad) {
        out.emplace_back(to_string(event.fault));
        return out;
      }
    }
    FUZZ_CHECK(framer.kept() <= 4 * (kLimits.message_octets + text.size()));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const auto pieces = std::max<std::size_t>(1, static_cast<std::uint8_t>(text[0]));
  const auto whole = cut(text, text.size());
  FUZZ_CHECK(cut(text, 1) == whole);
  FUZZ_CHECK(cut(text, pieces) == whole);
  return 0;
}
