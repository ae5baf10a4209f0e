#include "multipart.h"

#include "warp/base/text.h"

namespace warp::calls {

namespace {
constexpr std::string_view kSdp = "application/sdp";
}

std::string_view description_of(const sip::Message& message) {
  const auto encoding = message.header(sip::HeaderId::ContentEncoding);
  if (message.body().empty() || !(encoding.empty() || iequals(encoding, "identity"))) return {};
  if (iequals(sip::media_type(message.content_type()), kSdp)) return message.body();
  const auto part = find_part(message.content_type(), message.body(), kSdp);
  return part ? part->content : std::string_view();
}

}  // namespace warp::calls
