#include <array>

#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

constexpr std::size_t kKnown = static_cast<std::size_t>(HeaderId::Other);

// In the order of HeaderId.
constexpr std::array<std::string_view, kKnown> kNames = {"Accept",
                                                         "Allow",
                                                         "Authorization",
                                                         "Call-ID",
                                                         "Contact",
                                                         "Content-Disposition",
                                                         "Content-Encoding",
                                                         "Content-Length",
                                                         "Content-Type",
                                                         "CSeq",
                                                         "Diversion",
                                                         "Event",
                                                         "Expires",
                                                         "From",
                                                         "History-Info",
                                                         "Identity",
                                                         "Max-Forwards",
                                                         "Min-Expires",
                                                         "Min-SE",
                                                         "P-Asserted-Identity",
                                                         "P-Early-Media",
                                                         "P-Preferred-Identity",
                                                         "Privacy",
                                                         "Proxy-Authenticate",
                                                         "Proxy-Authorization",
                                                         "Proxy-Require",
                                                         "RAck",
                                                         "Reason",
                                                         "Record-Route",
                                                         "Refer-To",
                                                         "Remote-Party-ID",
                                                         "Replaces",
                                                         "Require",
                                                         "Retry-After",
                                                         "Route",
                                                         "RSeq",
                                                         "Server",
                                                         "Session-Expires",
                                                         "Supported",
                                                         "To",
                                                         "Unsupported",
                                                         "User-Agent",
                                                         "Via",
                                                         "Warning",
                                                         "WWW-Authenticate"};

// Length, first and last letter tell the known names apart; the multipliers are found by the compiler.
struct Slots {
  unsigned first_factor = 0;
  unsigned last_factor = 0;
  std::array<std::uint8_t, 256> at{};
};

constexpr unsigned slot_of(std::string_view name, unsigned first_factor, unsigned last_factor) {
  const auto letter = [](char c) { return static_cast<unsigned>(static_cast<std::uint8_t>(c | 0x20)); };
  const auto middle = letter(name[name.size() / 2]);
  return (static_cast<unsigned>(name.size()) + letter(name.front()) * first_factor +
          letter(name.back()) * last_factor + middle) &
         255u;
}

constexpr bool fill(Slots& slots) {
  slots.at.fill(static_cast<std::uint8_t>(kKnown));
  for (std::size_t id = 0; id < kKnown; ++id) {
    auto& slot = slots.at[slot_of(kNames[id], slots.first_factor, slots.last_factor)];
    if (slot != kKnown) return false;
    slot = static_cast<std::uint8_t>(id);
  }
  return true;
}

constexpr Slots find_slots() {
  Slots slots;
  for (slots.first_factor = 1; slots.first_factor < 256; slots.first_factor += 2)
    for (slots.last_factor = 1; slots.last_factor < 64; slots.last_factor += 2)
      if (fill(slots)) return slots;
  return Slots{};
}
constexpr Slots kSlots = find_slots();
static_assert(kSlots.first_factor != 0, "no perfect hash for these names: widen the table");

constexpr HeaderId from_compact(char letter) {
  switch (ascii_lower(letter)) {
    case 'c':
      return HeaderId::ContentType;
    case 'e':
      return HeaderId::ContentEncoding;
    case 'f':
      return HeaderId::From;
    case 'i':
      return HeaderId::CallId;
    case 'k':
      return HeaderId::Supported;
    case 'l':
      return HeaderId::ContentLength;
    case 'm':
      return HeaderId::Contact;
    case 'o':
      return HeaderId::Event;
    case 'r':
      return HeaderId::ReferTo;
    case 't':
      return HeaderId::To;
    case 'v':
      return HeaderId::Via;
    case 'x':
      return HeaderId::SessionExpires;
    case 'y':
      return HeaderId::Identity;
    default:
      return HeaderId::Other;
  }
}

}  // namespace

HeaderId header_from(std::string_view name) {
  if (name.empty()) return HeaderId::Other;
  if (name.size() == 1) return from_compact(name[0]);
  const auto id = kSlots.at[slot_of(name, kSlots.first_factor, kSlots.last_factor)];
  if (id == kKnown) return HeaderId::Other;
  const auto known = kNames[id];
  const bool same = known == name || iequals(known, name);
  return same ? static_cast<HeaderId>(id) : HeaderId::Other;
}

std::string_view canonical_name(HeaderId id) {
  return id == HeaderId::Other ? std::string_view{} : kNames[static_cast<std::size_t>(id)];
}

namespace scan {

std::string_view long_name_of(std::string_view compact) {
  if (compact.size() != 1) return compact;
  switch (ascii_lower(compact[0])) {
    case 'a':
      return "Accept-Contact";
    case 'b':
      return "Referred-By";
    case 'd':
      return "Request-Disposition";
    case 'j':
      return "Reject-Contact";
    case 'n':
      return "Identity-Info";
    case 's':
      return "Subject";
    case 'u':
      return "Allow-Events";
    default:
      return compact;
  }
}

}  // namespace scan
}  // namespace warp::sip
