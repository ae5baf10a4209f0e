#include <algorithm>

#include <openssl/crypto.h>

#include "warp/base/bytes.h"
#include "warp/stun/message.h"

#include "attributes.h"

namespace warp::stun {
namespace {

std::optional<Address> read_xor_address(std::span<const std::byte> value, const TransactionId& transaction) {
  ByteReader reader(value);
  reader.skip(1);
  const auto family = reader.u8();
  Address address;
  address.v6 = family == 2;
  address.port = static_cast<std::uint16_t>(reader.u16() ^ kMagic >> 16);
  const auto ip = reader.bytes(address.v6 ? 16 : 4);
  if (!reader.ok() || reader.remaining() != 0 || (family != 1 && family != 2)) return std::nullopt;
  for (std::size_t i = 0; i < ip.size(); ++i) {
    const auto mask = i < 4 ? static_cast<std::uint8_t>(kMagic >> (24 - 8 * i))
                            : std::to_integer<std::uint8_t>(transaction[i - 4]);
    address.ip[i] = static_cast<std::uint8_t>(std::to_integer<std::uint8_t>(ip[i]) ^ mask);
  }
  return address;
}

std::optional<std::uint16_t> read_error_code(std::span<const std::byte> value) {
  ByteReader reader(value);
  reader.skip(2);
  const unsigned hundreds = reader.u8() & 7u, units = reader.u8();
  if (!reader.ok() || hundreds < 3 || hundreds > 6 || units > 99) return std::nullopt;
  return static_cast<std::uint16_t>(hundreds * 100 + units);
}

template <class Field, class Value>
bool take_first(Field& field, std::optional<Value> value) {
  if (value && !field) field = *value;
  return value.has_value();
}

std::optional<std::uint64_t> exactly64(std::span<const std::byte> value) {
  return value.size() == 8 ? std::optional(ByteReader(value).u64()) : std::nullopt;
}
std::optional<std::uint32_t> exactly32(std::span<const std::byte> value) {
  return value.size() == 4 ? std::optional(ByteReader(value).u32()) : std::nullopt;
}
std::optional<std::string_view> bounded_text(std::span<const std::byte> value) {
  if (value.size() > kMostUsername) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(value.data()), value.size());
}

// False: of another length than its type has.
bool read_attribute(Message& message, std::uint16_t type, std::span<const std::byte> value) {
  switch (type) {
    case type::kUsername:
      return take_first(message.username, bounded_text(value));
    case type::kPriority:
      return take_first(message.priority, exactly32(value));
    case type::kControlled:
      return take_first(message.controlled, exactly64(value));
    case type::kControlling:
      return take_first(message.controlling, exactly64(value));
    case type::kXorMapped:
      return take_first(message.xor_mapped, read_xor_address(value, message.transaction));
    case type::kErrorCode:
      return take_first(message.error_code, read_error_code(value));
    case type::kUseCandidate:
      message.use_candidate = true;
      return value.empty();
    case type::kUnknownAttributes:
      return value.size() % 2 == 0;
    default:
      break;
  }
  constexpr std::uint16_t kOptional = 0x8000;
  if (type & kOptional) return true;
  if (message.unknown_count < kMostUnknown) message.unknown[message.unknown_count] = type;
  ++message.unknown_count;
  return true;
}

Class class_of(std::uint16_t word) {
  return static_cast<Class>((word >> 7 & 2) | (word >> 4 & 1));
}
std::uint16_t method_of(std::uint16_t word) {
  return static_cast<std::uint16_t>((word & 0x000f) | (word >> 1 & 0x0070) | (word >> 2 & 0x0f80));
}

}  // namespace

bool is_stun(std::span<const std::byte> datagram) {
  if (datagram.size() < kHeaderOctets || std::to_integer<unsigned>(datagram[0]) > 3) return false;
  return ByteReader(datagram.subspan(4)).u32() == kMagic;
}

Result<Message, ParseError> parse(std::span<const std::byte> octets) {
  if (!is_stun(octets)) return ParseError::NotStun;
  ByteReader reader(octets);
  Message message;
  message.octets = octets;
  const auto word = reader.u16();
  message.type = class_of(word);
  message.method = method_of(word);
  const std::size_t length = reader.u16();
  if (length % 4 != 0 || length + kHeaderOctets != octets.size() || octets.size() > kMostOctets)
    return ParseError::Length;
  reader.skip(4);
  const auto transaction = reader.bytes(message.transaction.size());
  std::copy(transaction.begin(), transaction.end(), message.transaction.begin());
  while (reader.remaining() > 0) {
    const auto at = reader.position();
    const auto type = reader.u16();
    const std::size_t size = reader.u16();
    const auto value = reader.bytes(size);
    reader.skip((4 - size % 4) % 4);
    if (!reader.ok()) return ParseError::Attribute;
    if (type == type::kFingerprint) {
      if (exactly32(value) != fingerprint_of(octets.first(at)) || reader.remaining() != 0)
        return ParseError::Fingerprint;
      message.fingerprint = true;
    } else if (message.integrity_at != 0) {
      continue;
    } else if (type == type::kIntegrity) {
      if (size != kIntegrityOctets) return ParseError::Attribute;
      message.integrity_at = at;
    } else if (!read_attribute(message, type, value)) {
      return ParseError::Attribute;
    }
  }
  return message;
}

bool is_authentic(const Message& message, std::string_view password) {
  if (message.integrity_at == 0 || password.empty()) return false;
  const auto behind = message.integrity_at + kAttributeHeader + kIntegrityOctets;
  std::array<std::byte, kIntegrityOctets> wanted{};
  // The length that the sender saw: up to MESSAGE-INTEGRITY itself.
  if (!integrity_of(message.octets.first(message.integrity_at),
                    static_cast<std::uint16_t>(behind - kHeaderOctets), password, wanted))
    return false;
  return CRYPTO_memcmp(wanted.data(), message.octets.data() + message.integrity_at + kAttributeHeader,
                       kIntegrityOctets) == 0;
}

std::string_view to_string(ParseError error) {
  switch (error) {
    case ParseError::NotStun:
      return "not_stun";
    case ParseError::Length:
      return "length";
    case ParseError::Attribute:
      return "attribute";
    case ParseError::Fingerprint:
      return "fingerprint";
  }
  return "";
}

}  // namespace warp::stun
