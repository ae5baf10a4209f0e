#include <algorithm>

#include "warp/base/bytes.h"
#include "warp/stun/message.h"

#include "attributes.h"

namespace warp::stun {
namespace {

std::uint16_t type_word(Class type, std::uint16_t method) {
  const unsigned of_class = static_cast<unsigned>(type);
  return static_cast<std::uint16_t>((method & 0x000fu) | (method & 0x0070u) << 1 | (method & 0x0f80u) << 2 |
                                    (of_class & 1u) << 4 | (of_class & 2u) << 7);
}

void put_text(std::span<std::byte> room, std::string_view text) {
  const auto octets = as_bytes(text);
  std::copy(octets.begin(), octets.end(), room.begin());
}

}  // namespace

Writer::Writer(std::span<std::byte> out, Class type, const TransactionId& transaction, std::uint16_t method)
    : out_(out.first(std::min(out.size(), kMostOctets))) {
  ByteWriter writer(out_);
  writer.u16(type_word(type, method));
  writer.u16(0);
  writer.u32(kMagic);
  writer.bytes(transaction);
  ok_ = writer.ok();
  size_ = ok_ ? kHeaderOctets : 0;
}

// Room for its value, padded with zeros; empty when there is none.
std::span<std::byte> Writer::attribute(std::uint16_t type, std::size_t size) {
  const auto padded = (size + 3) / 4 * 4;
  if (!ok_ || out_.size() - size_ < kAttributeHeader || out_.size() - size_ - kAttributeHeader < padded) {
    ok_ = false;
    return {};
  }
  ByteWriter writer(out_.subspan(size_));
  writer.u16(type);
  writer.u16(static_cast<std::uint16_t>(size));
  const auto value = out_.subspan(size_ + kAttributeHeader, padded);
  std::fill(value.begin(), value.end(), std::byte{0});
  size_ += kAttributeHeader + padded;
  return value.first(size);
}

void Writer::username(std::string_view text) {
  if (text.size() > kMostUsername) ok_ = false;
  if (const auto room = attribute(type::kUsername, text.size()); ok_) put_text(room, text);
}

void Writer::priority(std::uint32_t value) {
  ByteWriter(attribute(type::kPriority, 4)).u32(value);
}

void Writer::use_candidate() {
  attribute(type::kUseCandidate, 0);
}

void Writer::controlled(std::uint64_t tie_breaker) {
  ByteWriter(attribute(type::kControlled, 8)).u64(tie_breaker);
}

void Writer::controlling(std::uint64_t tie_breaker) {
  ByteWriter(attribute(type::kControlling, 8)).u64(tie_breaker);
}

void Writer::xor_mapped(const Address& address) {
  ByteWriter writer(attribute(type::kXorMapped, address.v6 ? 20 : 8));
  writer.u8(0);
  writer.u8(address.v6 ? 2 : 1);
  writer.u16(static_cast<std::uint16_t>(address.port ^ kMagic >> 16));
  // The mask is the magic cookie and the transaction as they stand in the header.
  for (std::size_t i = 0; ok_ && i < (address.v6 ? 16u : 4u); ++i)
    writer.u8(static_cast<std::uint8_t>(address.ip[i] ^ std::to_integer<std::uint8_t>(out_[4 + i])));
}

void Writer::error(std::uint16_t code, std::string_view reason) {
  if (code < 300 || code > 699 || reason.size() > 127) ok_ = false;
  const auto room = attribute(type::kErrorCode, 4 + reason.size());
  if (!ok_) return;
  ByteWriter writer(room);
  writer.u16(0);
  writer.u8(static_cast<std::uint8_t>(code / 100));
  writer.u8(static_cast<std::uint8_t>(code % 100));
  writer.bytes(as_bytes(reason));
}

void Writer::unknown_attributes(std::span<const std::uint16_t> types) {
  ByteWriter writer(attribute(type::kUnknownAttributes, types.size() * 2));
  for (const auto one : types)
    writer.u16(one);
}

void Writer::set_length(std::size_t behind) {
  ByteWriter(out_.subspan(2)).u16(static_cast<std::uint16_t>(size_ + behind - kHeaderOctets));
}

void Writer::integrity(std::string_view password) {
  const auto covered = out_.first(size_);
  const auto room = attribute(type::kIntegrity, kIntegrityOctets);
  if (!ok_) return;
  ok_ = integrity_of(covered, static_cast<std::uint16_t>(size_ - kHeaderOctets), password,
                     room.first<kIntegrityOctets>());
}

void Writer::fingerprint() {
  if (!ok_) return;
  const auto covered = out_.first(size_);
  set_length(kAttributeHeader + 4);
  const auto room = attribute(type::kFingerprint, 4);
  if (ok_) ByteWriter(room).u32(fingerprint_of(covered));
}

std::span<const std::byte> Writer::finish() {
  if (!ok_) return {};
  set_length(0);
  return out_.first(size_);
}

}  // namespace warp::stun
