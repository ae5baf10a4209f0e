// Window: which of the last kPlaces indices of a stream have passed (RFC 3711 §3.3.2). Private to this room.
#pragma once

#include <cstdint>

namespace warp::srtp {

class Window {
 public:
  static constexpr std::uint64_t kPlaces = 128;

  // Nothing has passed yet, and nothing below `floor` ever will.
  void begin(std::uint64_t floor) {
    *this = {};
    floor_ = floor;
  }
  bool open(std::uint64_t index) const {
    if (index < floor_) return false;
    if (index >= next_) return true;
    const auto behind = next_ - 1 - index;
    return behind < kPlaces && (word(behind) >> behind % 64 & 1) == 0;
  }
  // It was open.
  void pass(std::uint64_t index) {
    if (index >= next_) {
      shift(index + 1 - next_);
      next_ = index + 1;
    }
    const auto behind = next_ - 1 - index;
    (behind < 64 ? low_ : high_) |= std::uint64_t{1} << behind % 64;
  }

 private:
  std::uint64_t word(std::uint64_t behind) const { return behind < 64 ? low_ : high_; }
  void shift(std::uint64_t places) {
    if (places >= kPlaces) {
      low_ = high_ = 0;
    } else if (places >= 64) {
      high_ = low_ << (places - 64);
      low_ = 0;
    } else if (places > 0) {
      high_ = high_ << places | low_ >> (64 - places);
      low_ <<= places;
    }
  }

  std::uint64_t floor_ = 0;
  std::uint64_t next_ = 0;            // one above the highest that has passed
  std::uint64_t low_ = 0, high_ = 0;  // bit n: the highest less n has passed; the older 64 in `high_`
};

}  // namespace warp::srtp
