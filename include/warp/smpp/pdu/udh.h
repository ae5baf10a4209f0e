// User data headers (3GPP TS 23.040 §9.2.3.24): what stands before the text when esm_class has the UDHI bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/smpp/pdu/gsm7.h"

namespace warp::smpp {

inline constexpr std::uint8_t kEsmUdhi = 0x40;

// Where a part stands in a long message.
struct Concat {
  std::uint16_t reference = 0;
  std::uint8_t total = 1;
  std::uint8_t sequence = 1;  // from 1
  bool wide = false;          // a reference of 16 bits
  bool valid() const { return total > 0 && sequence > 0 && sequence <= total; }
  friend bool operator==(const Concat&, const Concat&) = default;
};

struct Ports {
  std::uint16_t destination = 0;
  std::uint16_t source = 0;
  bool wide = true;
  friend bool operator==(const Ports&, const Ports&) = default;
};

struct UdhElement {
  std::uint8_t id = 0;
  std::string_view data;
};

enum class UdhError : std::uint8_t { Truncated, ElementTruncated };
std::string_view to_string(UdhError error);

// Views into the user data. Elements that cannot be (a concatenation with part 3 of 2, a wrong length) are
// ignored, as §9.2.3.24 says; of two of one kind the last counts.
struct Udh {
  std::size_t octets = 0;    // with the length octet: the text begins here
  std::string_view encoded;  // the elements
  std::optional<Concat> concat;
  std::optional<Ports> ports;
  GsmShift shift;
  std::vector<UdhElement> elements() const;  // all of them, unknown ones too
};
Result<Udh, UdhError> parse_udh(std::string_view user_data);

class UdhWriter {
 public:
  static constexpr std::size_t kMostOctets = 140;

  UdhWriter& concat(const Concat& concat);  // 5 octets, 6 when wide
  UdhWriter& ports(const Ports& ports);
  UdhWriter& shift(GsmShift shift);  // only the tables that are not the default ones
  UdhWriter& element(std::uint8_t id, std::string_view data);
  // All elements of `udh` but its concatenation.
  UdhWriter& others(const Udh& udh);

  bool ok() const { return ok_; }
  bool empty() const { return elements_.empty(); }
  std::size_t octets() const { return empty() ? 0 : elements_.size() + 1; }
  // Appends the length and the elements; nothing when there are none.
  void append_to(std::string& out) const;

 private:
  std::string elements_;
  bool ok_ = true;
};

}  // namespace warp::smpp
