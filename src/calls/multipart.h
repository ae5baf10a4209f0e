// Multipart: the parts of a body (RFC 2046, RFC 5621), found without copying.
#pragma once

#include <optional>
#include <string_view>

#include "warp/sip/message/message.h"

namespace warp::calls {

struct BodyPart {
  std::string_view content_id;  // without angle brackets
  std::string_view content;
};
// The first part of that type in a multipart body; nullopt when the body is none, or has none among its
// first 8.
std::optional<BodyPart> find_part(std::string_view content_type, std::string_view body,
                                  std::string_view type);

// The session description of a message: its body, or the part of it; empty when there is none.
std::string_view description_of(const sip::Message& message);

}  // namespace warp::calls
