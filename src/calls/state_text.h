// What the journal's state text says of a call.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/media_port.h"
#include "warp/sip/dialog/dialog.h"

#include "call.h"

namespace warp::calls {

struct SavedTimer {
  std::chrono::seconds interval{0}, min_se{0};
  bool ours = false;
  WallTime due_at{};
  std::string description;
};

struct SavedLeg {
  std::optional<sip::Dialog> dialog;
  std::uint32_t invite_cseq = 0;
  bool acked = false, allows_update = false;
  std::uint8_t options = 0;
  std::string ack_body, heard;
  SdpOrigin sdp;
  Party party;
  std::optional<SavedTimer> timer;
  std::string music;  // the clip that it hears while it is held; empty: none
  std::vector<std::string> mids;
};

struct SavedCall {
  std::array<SavedLeg, 2> legs;
  std::chrono::seconds max_duration{0}, media_timeout{0};
  std::array<bool, 2> symmetric_rtp{};
  std::optional<domain::MediaMemory> media;
  domain::Hold hold;
  std::string siprec;  // recording/siprec.h; empty: none
};

std::string write_state(const Call& call);
// nullopt: it is of another version, or damaged.
std::optional<SavedCall> read_state(std::string_view text);

}  // namespace warp::calls
