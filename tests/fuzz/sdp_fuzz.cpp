// What parses, writes, and parses to an equal session.
#include <string>

#include "warp/sdp/session.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::sdp;
  const auto session = parse(warp::fuzz::text_of(data, size));
  if (!session) {
    FUZZ_CHECK(session.error().offset <= size || session.error().code == ParseCode::TooLarge);
    return 0;
  }
  std::string out;
  FUZZ_CHECK(write(*session, out));
  // Line ends and defaults may have made it longer than what came in.
  if (out.size() > Limits{}.octets) return 0;
  Limits limits;
  limits.lines += 4;
  const auto again = parse(out, limits);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *session);
  for (auto media : session->media) {
    (void)session->connection_of(media);
    (void)media.rtcp();
    (void)media.ptime();
    for (const auto type : media.payload_types()) {
      if (const auto map = media.rtpmap(type)) FUZZ_CHECK(map->clock_rate > 0 && map->channels > 0);
      (void)media.fmtp(type);
    }
    media.set_direction(reversed(session->direction_of(media)));
    FUZZ_CHECK(media.direction().has_value());
  }
  return 0;
}
