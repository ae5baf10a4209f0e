#include "warp/smpp/pdu/udh.h"

#include "octets.h"

namespace warp::smpp {
namespace {

enum Id : std::uint8_t {
  kConcat8 = 0x00,
  kPorts8 = 0x04,
  kPorts16 = 0x05,
  kConcat16 = 0x08,
  kSingleShift = 0x24,
  kLockingShift = 0x25,
};

bool is_concat(std::uint8_t id) {
  return id == kConcat8 || id == kConcat16;
}

// Takes the element at the front; false when it runs past the end.
bool take(std::string_view& rest, UdhElement& element) {
  if (rest.size() < 2 || rest.size() - 2 < octets::u8(rest, 1)) return false;
  element = {octets::u8(rest, 0), rest.substr(2, octets::u8(rest, 1))};
  rest.remove_prefix(2 + element.data.size());
  return true;
}

void note_concat(const UdhElement& element, std::optional<Concat>& concat) {
  const bool wide = element.id == kConcat16;
  if (element.data.size() != (wide ? 4u : 3u)) return;
  const std::size_t at = wide ? 2 : 1;
  const std::uint16_t low = octets::u8(element.data, 0);
  const Concat read{wide ? octets::u16(element.data, 0) : low, octets::u8(element.data, at),
                    octets::u8(element.data, at + 1), wide};
  if (read.valid()) concat = read;
}

void note_ports(const UdhElement& element, std::optional<Ports>& ports) {
  const auto& data = element.data;
  if (element.id == kPorts16 && data.size() == 4) ports = {octets::u16(data, 0), octets::u16(data, 2), true};
  if (element.id == kPorts8 && data.size() == 2) ports = {octets::u8(data, 0), octets::u8(data, 1), false};
}

void note_language(const UdhElement& element, GsmLanguage& language) {
  if (element.data.size() != 1) return;
  if (const auto known = gsm_language(octets::u8(element.data, 0))) language = *known;
}

void note(const UdhElement& element, Udh& udh) {
  switch (element.id) {
    case kConcat8:
    case kConcat16:
      return note_concat(element, udh.concat);
    case kPorts8:
    case kPorts16:
      return note_ports(element, udh.ports);
    case kSingleShift:
      return note_language(element, udh.shift.single);
    case kLockingShift:
      return note_language(element, udh.shift.locking);
    default:
      return;
  }
}

}  // namespace

Result<Udh, UdhError> parse_udh(std::string_view user_data) {
  const std::size_t length = octets::u8(user_data, 0);
  if (user_data.size() < 1 + length) return UdhError::Truncated;
  Udh udh;
  udh.octets = 1 + length;
  udh.encoded = user_data.substr(1, length);
  auto rest = udh.encoded;
  UdhElement element;
  while (!rest.empty()) {
    if (!take(rest, element)) return UdhError::ElementTruncated;
    note(element, udh);
  }
  return udh;
}

std::vector<UdhElement> Udh::elements() const {
  std::vector<UdhElement> list;
  auto rest = encoded;
  UdhElement element;
  while (take(rest, element))
    list.push_back(element);
  return list;
}

UdhWriter& UdhWriter::element(std::uint8_t id, std::string_view data) {
  if (elements_.size() + 2 + data.size() + 1 > kMostOctets) {
    ok_ = false;
    return *this;
  }
  octets::put_u8(elements_, id);
  octets::put_u8(elements_, static_cast<std::uint8_t>(data.size()));
  elements_.append(data);
  return *this;
}

UdhWriter& UdhWriter::concat(const Concat& concat) {
  ok_ = ok_ && concat.valid() && (concat.wide || concat.reference <= 0xFF);
  std::string data;
  if (concat.wide) octets::put_u8(data, static_cast<std::uint8_t>(concat.reference >> 8));
  for (const auto octet : {static_cast<std::uint8_t>(concat.reference), concat.total, concat.sequence})
    octets::put_u8(data, octet);
  return element(concat.wide ? kConcat16 : kConcat8, data);
}

UdhWriter& UdhWriter::ports(const Ports& ports) {
  std::string data;
  for (const auto port : {ports.destination, ports.source}) {
    if (ports.wide) octets::put_u8(data, static_cast<std::uint8_t>(port >> 8));
    octets::put_u8(data, static_cast<std::uint8_t>(port));
  }
  ok_ = ok_ && (ports.wide || (ports.destination <= 0xFF && ports.source <= 0xFF));
  return element(ports.wide ? kPorts16 : kPorts8, data);
}

UdhWriter& UdhWriter::shift(GsmShift shift) {
  const auto put = [&](std::uint8_t id, GsmLanguage language) {
    const auto identifier = static_cast<char>(language);
    if (language != GsmLanguage::Default) element(id, {&identifier, 1});
  };
  put(kSingleShift, shift.single);
  put(kLockingShift, shift.locking);
  return *this;
}

UdhWriter& UdhWriter::others(const Udh& udh) {
  auto rest = udh.encoded;
  UdhElement next;
  while (take(rest, next))
    if (!is_concat(next.id)) element(next.id, next.data);
  return *this;
}

void UdhWriter::append_to(std::string& out) const {
  if (elements_.empty()) return;
  octets::put_u8(out, static_cast<std::uint8_t>(elements_.size()));
  out.append(elements_);
}

std::string_view to_string(UdhError error) {
  switch (error) {
    case UdhError::Truncated:
      return "truncated";
    case UdhError::ElementTruncated:
      return "element_truncated";
  }
  return {};
}

}  // namespace warp::smpp
