// STUN messages (RFC 8489) as ICE uses them (RFC 8445 §7): Binding, short-term credentials, FINGERPRINT.
//
// parse() looks at every attribute, allocates nothing and keeps views of `message`, which must outlive what
// it returns. Nothing is believed before is_authentic(): the attributes behind MESSAGE-INTEGRITY do not count
// (RFC 8489 §14.5), FINGERPRINT alone may stand there, as the last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "warp/base/result.h"

namespace warp::stun {

inline constexpr std::size_t kHeaderOctets = 20;
inline constexpr std::size_t kMostOctets = 1500;  // longer ones are refused
inline constexpr std::size_t kMostUnknown = 8;

enum class Class : std::uint8_t { Request, Indication, Success, Failure };
inline constexpr std::uint16_t kBinding = 1;

using TransactionId = std::array<std::byte, 12>;

struct Address {
  std::array<std::uint8_t, 16> ip{};  // network order; IPv4 in the first four
  bool v6 = false;
  std::uint16_t port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

enum class ParseError : std::uint8_t {
  NotStun,      // length, first bits or magic cookie: another protocol's datagram
  Length,       // the header's length is not that of the message
  Attribute,    // one that is cut or of another length than its type has
  Fingerprint,  // does not fit, or is not the last
};
std::string_view to_string(ParseError error);

struct Message {
  Class type = Class::Request;
  std::uint16_t method = kBinding;
  TransactionId transaction{};
  // The first of each; later ones of the same type count for nothing (RFC 8489 §14).
  std::optional<std::string_view> username;
  std::optional<std::uint32_t> priority;
  std::optional<std::uint64_t> controlled, controlling;
  std::optional<Address> xor_mapped;
  std::optional<std::uint16_t> error_code;
  bool use_candidate = false;
  bool fingerprint = false;      // there was one, and it fits
  std::size_t integrity_at = 0;  // where MESSAGE-INTEGRITY begins; 0: there is none
  // Comprehension-required types that are not known: the first of them, and how many.
  std::array<std::uint16_t, kMostUnknown> unknown{};
  std::size_t unknown_count = 0;
  std::span<const std::byte> octets;

  std::span<const std::uint16_t> unknown_types() const {
    return std::span(unknown).first(unknown_count < kMostUnknown ? unknown_count : kMostUnknown);
  }
};

// Looks like STUN and nothing that shares its port (RFC 7983): first octet 0..3 and the magic cookie.
bool is_stun(std::span<const std::byte> datagram);
Result<Message, ParseError> parse(std::span<const std::byte> message);
// MESSAGE-INTEGRITY (HMAC-SHA1) by the short-term `password`; compared in constant time.
bool is_authentic(const Message& message, std::string_view password);

// Builds one message in `out`, attribute by attribute, in the order of the calls. integrity() and then
// fingerprint() last. What does not fit leaves finish() empty.
class Writer {
 public:
  Writer(std::span<std::byte> out, Class type, const TransactionId& transaction,
         std::uint16_t method = kBinding);

  void username(std::string_view text);
  void priority(std::uint32_t value);
  void use_candidate();
  void controlled(std::uint64_t tie_breaker);
  void controlling(std::uint64_t tie_breaker);
  void xor_mapped(const Address& address);
  void error(std::uint16_t code, std::string_view reason);  // 300..699
  void unknown_attributes(std::span<const std::uint16_t> types);
  void integrity(std::string_view password);
  void fingerprint();
  std::span<const std::byte> finish();

 private:
  std::span<std::byte> attribute(std::uint16_t type, std::size_t size);
  void set_length(std::size_t behind);  // as if `behind` more octets were there

  std::span<std::byte> out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace warp::stun
