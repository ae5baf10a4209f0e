// STUN keep-alives on a SIP port (RFC 5626 §3.5.2, RFC 8489): binding requests and their answers, nothing
// else.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "warp/domain/address.h"

namespace warp::sip {

struct StunAnswer {
  std::array<char, 44> octets{};  // header and one address
  std::size_t size = 0;
  std::string_view bytes() const { return {octets.data(), size}; }
};

// The answer to a binding request that came from `source`: XOR-MAPPED-ADDRESS. nullopt for all else, and for
// a request with an attribute that must be understood: keep-alives have none.
std::optional<StunAnswer> answer_stun(std::string_view datagram, const domain::SocketAddress& source);

}  // namespace warp::sip
