#include "warp/smpp/pdu/tlv.h"

#include <gtest/gtest.h>

#include "support/smpp_octets.h"

namespace warp::smpp {
namespace {

using test::hex;
using test::to_hex;

TEST(Tlv, CatalogueNamesAll) {
  std::size_t known = 0;
  for (std::uint32_t tag = 0; tag < 0x10000; ++tag)
    known += tlv_info(static_cast<Tag>(tag)) != nullptr;
  EXPECT_EQ(known, 64u);
  EXPECT_EQ(to_string(Tag::MessagePayload), "message_payload");
  EXPECT_EQ(to_string(static_cast<Tag>(0x1400)), "vendor");
  EXPECT_EQ(to_string(static_cast<Tag>(0x3FFF)), "vendor");
  EXPECT_EQ(to_string(static_cast<Tag>(0x4000)), "reserved");
}

TEST(Tlv, NumbersAreAsWideAsTheStandardSays) {
  std::string out;
  TlvWriter writer(out);
  writer.number(Tag::PayloadType, 1).number(Tag::SarMsgRefNum, 0x102).number(Tag::QosTimeToLive, 60);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(to_hex(out), to_hex(hex("0019 0001 01 020C 0002 0102 0017 0004 0000003C")));
}

TEST(Tlv, NumbersOfAnyWidthAreRead) {
  const auto octets = hex("020C 0001 05 0204 0004 00000006 0427 0002 0002 0426 0000 0017 0005 0102030405");
  const auto list = TlvList::read(octets);
  EXPECT_EQ(list.number(Tag::SarMsgRefNum), 5u);
  EXPECT_EQ(list.number(Tag::UserMessageReference), 6u);
  EXPECT_EQ(list.number(Tag::MessageState), 2u);
  EXPECT_EQ(list.number(Tag::MoreMessagesToSend), std::nullopt);
  EXPECT_EQ(list.number(Tag::QosTimeToLive), std::nullopt);
  EXPECT_EQ(list.number(Tag::PayloadType), std::nullopt);
}

TEST(Tlv, TextEndsAtItsNulOrAtTheEnd) {
  const auto octets = hex("001E 0003 414200 001D 0002 4344");
  const auto list = TlvList::read(octets);
  EXPECT_EQ(list.text(Tag::ReceiptedMessageId), "AB");
  EXPECT_EQ(list.text(Tag::AdditionalStatusInfoText), "CD");
}

TEST(Tlv, WriterRefusesWhatTheTagCannotHold) {
  std::string out;
  EXPECT_FALSE(TlvWriter(out).number(Tag::PayloadType, 256).ok());
  EXPECT_FALSE(TlvWriter(out).number(Tag::MessagePayload, 1).ok());
  EXPECT_FALSE(TlvWriter(out).text(Tag::ReceiptedMessageId, std::string(65, 'x')).ok());
  EXPECT_FALSE(TlvWriter(out).text(Tag::ReceiptedMessageId, std::string_view("a\0b", 3)).ok());
  EXPECT_FALSE(TlvWriter(out).octets(Tag::NetworkErrorCode, "12").ok());
  EXPECT_FALSE(TlvWriter(out).octets(Tag::MessagePayload, std::string(65536, 'x')).ok());
  TlvWriter writer(out);
  writer.number(Tag::SetDpf, 999).number(Tag::SarMsgRefNum, 70000);
  EXPECT_EQ(writer.refused(), Tag::SetDpf);
  EXPECT_TRUE(out.empty());
}

TEST(Tlv, ListStopsAtTheLimit) {
  std::string octets;
  for (std::size_t i = 0; i < TlvList::kMaxTlvs + 1; ++i)
    octets += hex("1400 0000");
  EXPECT_EQ(TlvList::read(octets).size(), TlvList::kMaxTlvs);
  EXPECT_EQ(TlvList::read(octets, 3).encoded().size(), 12u);
}

TEST(Tlv, MsValidityIsOneOrFourOctets) {
  const std::string_view four("\0\0\0\1", 4);
  EXPECT_TRUE(conforms({Tag::MsValidity, four}));
  EXPECT_TRUE(conforms({Tag::MsValidity, four.substr(3)}));
  EXPECT_FALSE(conforms({Tag::MsValidity, four.substr(1)}));
}

}  // namespace
}  // namespace warp::smpp
