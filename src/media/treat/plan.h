// What two sides' terms ask of the media engine, as a pure function: whether packets pass, get other payload
// types, or are decoded and encoded; how digits travel; who is encrypted. A plain plan is the plain relay.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "warp/domain/media_terms.h"

namespace warp::media {

enum class Way : std::uint8_t {
  Pass,    // as it came
  Map,     // payload types and events differ, the audio is the same
  Recode,  // decoded and encoded, clocked
};

// How a side gives or takes digits. None: its audio is not known.
enum class DigitWay : std::uint8_t { None, Events, Tones, Info };

struct DirectionPlan {
  static constexpr std::uint8_t kDropped = 0xff;

  Way way = Way::Pass;
  std::array<std::uint8_t, 128> types{};  // Pass and Map: what a payload type becomes
  DigitWay gives = DigitWay::None;        // the side where it comes from
  DigitWay takes = DigitWay::None;        // the other
  bool events_pass = false;               // RFC 4733 packets go on, as `types` and the clocks say
  bool take_events = false;               // they are read, and given in the way that the other takes
  bool hear_digits = false;               // in the audio; heard ones are muted and given so
  bool hear_fax = false;                  // CNG and CED are told
  bool speak = false;                     // the other side is sent audio of our coding

  bool listen() const { return way == Way::Recode || hear_digits || hear_fax; }
  bool plain() const;
};

struct StreamPlan {
  std::array<DirectionPlan, 2> from;    // by the side that sends
  std::array<bool, 2> secure{};         // SRTP, DTLS or ICE
  std::optional<std::size_t> fax_side;  // speaks T.38 while the other side speaks audio

  bool plain() const;
};

struct PlanSide {
  const domain::MediaTerms* terms = nullptr;  // null: nothing is known beyond the address
  bool opaque = false;
};
StreamPlan plan_of(const PlanSide& a, const PlanSide& b);

DigitWay digits_of(const domain::MediaTerms& terms);
// Packets of `from` are understood by who asked for `to`.
bool same_coding(const domain::MediaFormat& from, const domain::MediaFormat& to);

}  // namespace warp::media
