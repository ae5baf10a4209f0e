#include "warp/stun/message.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"

namespace warp::stun {
namespace {

using Bytes = std::vector<std::byte>;

Bytes unhex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

// RFC 5769 §2.1 to §2.3.
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";
const Bytes kRequest = unhex(
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf");
const Bytes kResponse4 = unhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96");
const Bytes kResponse6 = unhex(
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c");

const TransactionId kTransaction = [] {
  TransactionId id{};
  std::copy(kRequest.begin() + 8, kRequest.begin() + 20, id.begin());
  return id;
}();

ParseError error_of(std::span<const std::byte> octets) {
  const auto message = parse(octets);
  EXPECT_FALSE(message.has_value());
  return message ? ParseError{} : message.error();
}

TEST(StunVectors, Request) {
  const auto message = parse(kRequest);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->type, Class::Request);
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->transaction, kTransaction);
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffu);
  EXPECT_EQ(message->controlled, 0x932ff9b151263b36u);
  EXPECT_FALSE(message->controlling);
  EXPECT_FALSE(message->use_candidate);
  EXPECT_TRUE(message->fingerprint);
  EXPECT_EQ(message->unknown_count, 0u);
  EXPECT_TRUE(is_authentic(*message, kPassword));
  EXPECT_FALSE(is_authentic(*message, "VOkJxbRl1RmTxUk/WvJxBu"));
  EXPECT_FALSE(is_authentic(*message, ""));
}

TEST(StunVectors, ResponseIpv4) {
  const auto message = parse(kResponse4);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->type, Class::Success);
  EXPECT_TRUE(message->fingerprint);
  EXPECT_TRUE(is_authentic(*message, kPassword));
  EXPECT_EQ(message->xor_mapped, (Address{{192, 0, 2, 1}, false, 32853}));
}

TEST(StunVectors, ResponseIpv6) {
  const auto message = parse(kResponse6);
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(is_authentic(*message, kPassword));
  EXPECT_EQ(
      message->xor_mapped,
      (Address{{0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
               true,
               32853}));
}

// The vectors pad with blanks, this writer with zeros: the rest of the octets are the vectors' own.
TEST(StunVectors, AreWhatTheWriterWrites) {
  std::array<std::byte, 256> room{};
  for (const auto* vector : {&kResponse4, &kResponse6}) {
    Writer writer(room, Class::Success, kTransaction);
    writer.xor_mapped(*parse(*vector)->xor_mapped);
    writer.integrity(kPassword);
    writer.fingerprint();
    const auto written = writer.finish();
    const auto mapped = written.subspan(20, vector == &kResponse4 ? 12 : 24);
    EXPECT_TRUE(std::equal(mapped.begin(), mapped.end(), vector->begin() + 36));
    const auto again = parse(written);
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->fingerprint);
    EXPECT_TRUE(is_authentic(*again, kPassword));
  }
}

TEST(StunWriter, EveryAttributeComesBack) {
  std::array<std::byte, 300> room{};
  Writer writer(room, Class::Request, kTransaction);
  writer.username("abcd:efghi");
  writer.priority(77);
  writer.use_candidate();
  writer.controlling(0x1122334455667788u);
  writer.integrity("secret");
  writer.fingerprint();
  const auto message = parse(writer.finish());
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->username, "abcd:efghi");
  EXPECT_EQ(message->priority, 77u);
  EXPECT_TRUE(message->use_candidate);
  EXPECT_EQ(message->controlling, 0x1122334455667788u);
  EXPECT_TRUE(is_authentic(*message, "secret"));

  Writer failure(room, Class::Failure, kTransaction);
  failure.error(487, "Role Conflict");
  const std::array<std::uint16_t, 2> types{0x7001, 0x7002};
  failure.unknown_attributes(types);
  const auto refused = parse(failure.finish());
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->type, Class::Failure);
  EXPECT_EQ(refused->error_code, 487);
  EXPECT_FALSE(is_authentic(*refused, "secret"));

  for (const auto type : {Class::Request, Class::Indication, Class::Success, Class::Failure})
    for (const std::uint16_t method : {0x001, 0x003, 0x07f}) {
      const auto empty = parse(Writer(room, type, kTransaction, method).finish());
      ASSERT_TRUE(empty.has_value());
      EXPECT_EQ(empty->type, type);
      EXPECT_EQ(empty->method, method);
    }
}

TEST(StunWriter, WritesNothingThatDoesNotFit) {
  for (std::size_t size = 0; size < 76; ++size) {
    Bytes room(size);
    Writer writer(room, Class::Request, kTransaction);
    writer.username("abcd:efghi");
    writer.priority(1);
    writer.integrity("secret");
    writer.fingerprint();
    EXPECT_TRUE(writer.finish().empty()) << size;
  }
  std::array<std::byte, 600> room{};
  Writer writer(room, Class::Request, kTransaction);
  writer.username(std::string(513, 'x'));
  EXPECT_TRUE(writer.finish().empty());
  Writer error(room, Class::Failure, kTransaction);
  error.error(200, "");
  EXPECT_TRUE(error.finish().empty());
}

TEST(StunParse, RefusesEveryCutMessage) {
  for (std::size_t size = 0; size < kRequest.size(); ++size)
    EXPECT_FALSE(parse(std::span(kRequest).first(size)).has_value()) << size;
  auto longer = kRequest;
  longer.push_back({});
  EXPECT_EQ(error_of(longer), ParseError::Length);
}

TEST(StunParse, EveryChangedOctetIsNoticed) {
  for (std::size_t i = 0; i < kRequest.size(); ++i) {
    auto spoilt = kRequest;
    spoilt[i] ^= std::byte{0x10};
    const auto message = parse(spoilt);
    EXPECT_FALSE(message && message->fingerprint && is_authentic(*message, kPassword)) << i;
  }
}

TEST(StunParse, OtherProtocolsAreNotStun) {
  for (const unsigned first : {4u, 20u, 63u, 64u, 128u, 191u, 255u}) {
    auto other = kRequest;
    other[0] = static_cast<std::byte>(first);
    EXPECT_EQ(error_of(other), ParseError::NotStun);
  }
  auto old = kRequest;
  old[4] = std::byte{0};  // RFC 3489
  EXPECT_EQ(error_of(old), ParseError::NotStun);
}

// A header and attributes that a hostile peer made by hand.
Bytes made(std::string_view attributes) {
  auto out = unhex("000100002112a442000102030405060708090a0b");
  const auto behind = unhex(attributes);
  out.insert(out.end(), behind.begin(), behind.end());
  ByteWriter(std::span<std::byte>(out).subspan(2)).u16(static_cast<std::uint16_t>(behind.size()));
  return out;
}

TEST(StunParse, RefusesAttributesOfTheWrongLength) {
  for (const auto* attributes :
       {"0024000300000000", "002400080000000000000000", "0025000400000000", "8029000400000000",
        "00200004000100ff", "00200008000300ff00000000", "00200008000200ff00000000", "0008000400000000",
        "00060020", "00090004000002ff", "0009000400000464", "0009000200000000", "00240004000000010006ffff",
        "0006fffc", "000a000300000000"})
    EXPECT_EQ(error_of(made(attributes)), ParseError::Attribute) << attributes;
  EXPECT_EQ(error_of(made("00240004000000018028000400000000")), ParseError::Fingerprint);
  EXPECT_EQ(error_of(made("8028000200000000")), ParseError::Fingerprint);
}

TEST(StunParse, FirstOfATypeCounts) {
  const Bytes octets = made("0024000400000001002400040000000200060001610000000006000162000000");
  const auto message = parse(octets);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->priority, 1u);
  EXPECT_EQ(message->username, "a");
}

TEST(StunParse, WhatIsBehindTheIntegrityDoesNotCount) {
  const auto octets = made("00080014" + std::string(40, '0') + "002500007fff0000");
  const auto message = parse(octets);
  ASSERT_TRUE(message.has_value());
  EXPECT_FALSE(message->use_candidate);
  EXPECT_EQ(message->unknown_count, 0u);
}

TEST(StunParse, NamesUnknownTypesUpToABound) {
  std::string attributes;
  for (int i = 0; i < 20; ++i)
    attributes += "7f0" + std::string(1, "0123456789"[i % 10]) + "0000";
  const auto octets = made(attributes + "ff000000");
  const auto message = parse(octets);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->unknown_count, 20u);
  ASSERT_EQ(message->unknown_types().size(), kMostUnknown);
  EXPECT_EQ(message->unknown_types()[1], 0x7f01);
}

TEST(StunParse, RefusesWhatIsTooLong) {
  std::string attributes;
  for (int i = 0; i < 400; ++i)
    attributes += "ff000000";
  EXPECT_EQ(error_of(made(attributes)), ParseError::Length);
}

}  // namespace
}  // namespace warp::stun
