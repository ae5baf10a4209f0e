// Frames: how entries lie in a segment. Sans-I/O.
//
// 20 octets of header, little-endian: magic u16, type u8, zero u8, length u32, time i64 (microseconds since
// the epoch), crc32c u32 over what is before it and the payload; then the payload.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/clock.h"

namespace warp::records {

enum class EntryType : std::uint8_t {
  Begin = 1,      // first of a segment: u64 run, which process wrote it
  Answered = 2,   // u32 length of the record, record, state
  Final = 3,      // record
  Heartbeat = 4,  // nothing: the time says it
};

constexpr std::size_t kFrameHeader = 20;
constexpr std::size_t kCrcAt = 16;
constexpr std::size_t kMaxPayload = 1u << 20;

struct Frame {
  EntryType type = EntryType::Heartbeat;
  WallTime time{};
  std::string_view payload;
  std::size_t octets() const { return kFrameHeader + payload.size(); }
};

void append_frame(std::string& out, const Frame& frame);

enum class FrameStatus : std::uint8_t {
  Good,
  Incomplete,  // the bytes end inside of the frame, or none are there
  Bad,         // no frame begins here
};
// The frame at the beginning of `bytes`; its payload is a view into them.
FrameStatus read_frame(std::string_view bytes, Frame& frame);

// Payload of an Answered entry, and its parts; false when it does not parse.
std::string join_answered(std::string_view record, std::string_view state);
bool split_answered(std::string_view payload, std::string_view& record, std::string_view& state);

}  // namespace warp::records
