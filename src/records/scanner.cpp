#include "scanner.h"

#include <algorithm>

namespace warp::records {
namespace {

constexpr std::size_t kPieceOctets = 256 * 1024;
constexpr std::string_view kMagicOctets = "WJ";

}  // namespace

Scanner::Scanner(const Storage& storage, std::string name, std::uint64_t offset, std::uint64_t end)
    : storage_(storage), name_(std::move(name)), end_(end), buffer_offset_(offset), good_end_(offset) {}

// More of the file behind what is in the buffer; false when there is no more.
bool Scanner::fill() {
  buffer_.erase(0, at_);
  buffer_offset_ += at_;
  at_ = 0;
  const std::uint64_t from = buffer_offset_ + buffer_.size();
  if (from >= end_) return false;
  const auto piece = storage_.read(name_, from, std::min<std::uint64_t>(kPieceOctets, end_ - from));
  if (!piece) {
    error_ = static_cast<int>(piece.error());
    return false;
  }
  buffer_ += *piece;
  return !piece->empty();
}

bool Scanner::next(Frame& frame) {
  while (true) {
    const auto rest = std::string_view(buffer_).substr(at_);
    const auto status = read_frame(rest, frame);
    if (status == FrameStatus::Good) {
      skipped_ += buffer_offset_ + at_ - good_end_;
      at_ += frame.octets();
      frame_octets_ = frame.octets();
      good_end_ = buffer_offset_ + at_;
      return true;
    }
    if (status == FrameStatus::Incomplete && fill()) continue;
    if (error_ != 0) return false;
    // Damage, or a header that promises more than the file has: look for the next frame behind it.
    if (rest.size() <= 1) return false;
    const auto found = buffer_.find(kMagicOctets, at_ + 1);
    at_ = found == std::string::npos ? buffer_.size() - 1 : found;
  }
}

}  // namespace warp::records
