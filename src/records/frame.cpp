#include "frame.h"

#include "crc32c.h"
#include "little_endian.h"

namespace warp::records {
namespace {

constexpr std::uint16_t kMagic = 0x4A57;  // "WJ"

bool known(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(EntryType::Begin) &&
         type <= static_cast<std::uint8_t>(EntryType::Heartbeat);
}

}  // namespace

void append_frame(std::string& out, const Frame& frame) {
  const std::size_t start = out.size();
  put_le<std::uint16_t>(out, kMagic);
  put_le<std::uint8_t>(out, static_cast<std::uint8_t>(frame.type));
  put_le<std::uint8_t>(out, 0);
  put_le<std::uint32_t>(out, static_cast<std::uint32_t>(frame.payload.size()));
  put_le<std::int64_t>(out, frame.time.time_since_epoch().count());
  const auto head = std::string_view(out).substr(start, kCrcAt);
  put_le<std::uint32_t>(out, crc32c(frame.payload, crc32c(head)));
  out += frame.payload;
}

FrameStatus read_frame(std::string_view bytes, Frame& frame) {
  if (bytes.size() >= 2 && get_le<std::uint16_t>(bytes) != kMagic) return FrameStatus::Bad;
  if (bytes.size() < kFrameHeader) return FrameStatus::Incomplete;
  const auto type = get_le<std::uint8_t>(bytes.substr(2));
  const auto length = get_le<std::uint32_t>(bytes.substr(4));
  if (!known(type) || bytes[3] != 0 || length > kMaxPayload) return FrameStatus::Bad;
  if (bytes.size() - kFrameHeader < length) return FrameStatus::Incomplete;
  const auto payload = bytes.substr(kFrameHeader, length);
  if (get_le<std::uint32_t>(bytes.substr(kCrcAt)) != crc32c(payload, crc32c(bytes.substr(0, kCrcAt))))
    return FrameStatus::Bad;
  frame.type = static_cast<EntryType>(type);
  frame.time = WallTime(std::chrono::microseconds(get_le<std::int64_t>(bytes.substr(8))));
  frame.payload = payload;
  return FrameStatus::Good;
}

std::string join_answered(std::string_view record, std::string_view state) {
  std::string payload;
  payload.reserve(sizeof(std::uint32_t) + record.size() + state.size());
  put_le<std::uint32_t>(payload, static_cast<std::uint32_t>(record.size()));
  payload += record;
  payload += state;
  return payload;
}

bool split_answered(std::string_view payload, std::string_view& record, std::string_view& state) {
  if (payload.size() < sizeof(std::uint32_t)) return false;
  const auto length = get_le<std::uint32_t>(payload);
  payload.remove_prefix(sizeof(std::uint32_t));
  if (length > payload.size()) return false;
  record = payload.substr(0, length);
  state = payload.substr(length);
  return true;
}

}  // namespace warp::records
