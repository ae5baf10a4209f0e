// The parts of a body (RFC 2046, RFC 5621) and the parameters of header values: views, nothing is copied.
#pragma once

#include <optional>
#include <string_view>

namespace warp::sip {

// "application/sdp" of "application/sdp;charset=x".
std::string_view media_type(std::string_view content_type);
// Value of a parameter in ";a=b;c=\"d\"", without quotes; empty when absent.
std::string_view param_of(std::string_view params, std::string_view name);

struct BodyPart {
  std::string_view content_id;  // without angle brackets
  std::string_view content;
};
// The first part of that type in a multipart body; nullopt when the body is none, is cut short, or has none
// among its first 8 parts.
std::optional<BodyPart> find_part(std::string_view content_type, std::string_view body,
                                  std::string_view type);

}  // namespace warp::sip
