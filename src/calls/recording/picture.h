// Picture: a call as a recorder is to know it, and the body that says so: a description of what it is sent
// (RFC 7866 §7) and the metadata (RFC 7865).
#pragma once

#include <array>
#include <optional>
#include <string>

#include "warp/domain/media_terms.h"
#include "warp/siprec/metadata.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

struct RecordedSide {
  Uuid participant;
  std::string dialog;  // whose far end it is: another one is another participant
  std::string aor, name;
  std::vector<domain::MediaFormat> formats;  // any may come
  std::optional<std::uint8_t> events, comfort_noise;
  std::uint32_t events_clock = 8000;
  bool sends = true, hears = true;  // hold
  friend bool operator==(const RecordedSide&, const RecordedSide&) = default;
};

struct Picture {
  std::array<RecordedSide, 2> sides;  // by Side
  friend bool operator==(const Picture&, const Picture&) = default;
};

// nullopt: no audio whose formats are known. Who is still there keeps its id of `before`.
std::optional<Picture> picture_of(Context& context, const Call& call, const Picture* before);

// What stays of a recording session whatever changes in the call.
struct RecorderSdp {
  SdpOrigin origin;
  std::array<domain::SocketAddress, 2> local;  // by Side
  bool srtp = false;
  bool events = true;  // telephone-events are described
  std::array<std::array<std::byte, 30>, 2> keys{};
  std::array<Uuid, 2> streams;
};
sdp::Session describe_to_recorder(const Picture& picture, const RecorderSdp& sdp);

siprec::Metadata whole_metadata(const Call& call, const Picture& picture, const RecorderSdp& sdp,
                                WallTime began);
// What is other than before.
siprec::Metadata changed_metadata(const Call& call, const Picture& before, const Picture& now,
                                  const RecorderSdp& sdp, WallTime at);

// Both in one body. Empty: it cannot be written.
struct RecorderBody {
  std::string content_type, text;
};
RecorderBody recorder_body(const sdp::Session& description, const siprec::Metadata& metadata,
                           std::string_view boundary);

}  // namespace warp::calls
