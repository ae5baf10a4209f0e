#include "warp/sip/transaction/keys.h"

#include <bit>
#include <cstring>

#include "warp/base/text.h"

namespace warp::sip {
namespace {

constexpr std::string_view kCookie = "z9hG4bK";
constexpr std::uint16_t kDefaultPort = 5060;

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void compress(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t finish() {
    for (int i = 0; i < 4; ++i)
      round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

std::uint64_t little_endian(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i)
    word |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << 8 * i;
  return word;
}

}  // namespace

Key sip_hash(std::uint64_t k0, std::uint64_t k1, std::string_view text) {
  SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261,
                 k1 ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8)
    state.compress(little_endian(text.data() + at, 8));
  state.compress(little_endian(text.data() + at, text.size() - at) | std::uint64_t{text.size() & 0xff} << 56);
  Key key;
  state.v2 ^= 0xee;
  key.low = state.finish();
  state.v1 ^= 0xdd;
  key.high = state.finish();
  return key;
}

void Keys::add(std::string_view part) {
  scratch_ += part;
  scratch_ += '\n';  // in no part: parsed values have no line ends
}

Key Keys::server(const Message& request, bool as_invite) {
  const bool invite = as_invite || request.method() == Method::Ack;
  return server_of({invite ? to_string(Method::Invite) : request.method_text(), request.via(),
                    request.request_uri(), request.from().tag, request.call_id(), request.cseq().number});
}

Key Keys::server(const Brief& request) {
  return server_of({request.method_text, request.via, request.request_uri, request.from_tag, request.call_id,
                    request.cseq_number});
}

Key Keys::server_of(const Asked& asked) {
  const auto& via = asked.via;
  scratch_.clear();
  add(asked.method);
  add(via.branch);
  for (const char c : via.host)
    scratch_ += ascii_lower(c);
  const auto port = via.port != 0 ? via.port : kDefaultPort;
  scratch_ += static_cast<char>(port >> 8);
  scratch_ += static_cast<char>(port & 0xff);
  // A cookie without anything behind it tells no two requests apart (RFC 4475 §3.2.1).
  if (via.branch.size() <= kCookie.size() || !iequals(via.branch.substr(0, kCookie.size()), kCookie)) {
    add(asked.request_uri);
    add(asked.from_tag);
    add(asked.call_id);
    add(std::to_string(asked.cseq));
  }
  return finish();
}

Key Keys::merged(const Message& request) {
  scratch_.clear();
  add(request.method_text());
  add(request.from().tag);
  add(request.call_id());
  add(std::to_string(request.cseq().number));
  return finish();
}

Key Keys::client(std::string_view branch, Method method) {
  scratch_.clear();
  add(branch);
  scratch_ += static_cast<char>(method);
  return finish();
}

}  // namespace warp::sip
