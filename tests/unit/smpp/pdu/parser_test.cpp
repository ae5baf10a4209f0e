#include <gtest/gtest.h>

#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/pdu/writer.h"

#include "support/smpp_octets.h"
#include "support/smpp_samples.h"

namespace warp::smpp {
namespace {

using test::hex;

std::string with_length(std::string octets) {
  for (int i = 0; i < 4; ++i)
    octets[static_cast<std::size_t>(i)] = static_cast<char>(octets.size() >> (8 * (3 - i)));
  return octets;
}

std::string frame(std::uint32_t command, std::string_view body, std::uint32_t status = 0) {
  std::string out(4, '\0');
  for (const auto value : {command, status, 7u})
    for (int i = 3; i >= 0; --i)
      out.push_back(static_cast<char>(value >> (8 * i)));
  return with_length(out.append(body));
}

// The example of SMPP 3.4 §2.7.1 in spirit: a bind_transmitter, field by field from the tables of §4.1.1.
TEST(Parser, BindTransmitterFromTheStandardsTables) {
  const auto octets =
      hex("0000002F 00000002 00000000 00000001 534D50503354455354 00 7365637265743038 00"
          "5355424D495431 00 34 01 01 00");
  ASSERT_EQ(octets.size(), 0x2Fu);
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  const Bind expected{"SMPP3TEST", "secret08", "SUBMIT1", 0x34, {1, 1, ""}};
  EXPECT_EQ(std::get<Bind>(pdu->body), expected);
  EXPECT_EQ(pdu->header.command, CommandId::BindTransmitter);
  EXPECT_EQ(pdu->header.sequence, 1u);
  EXPECT_FALSE(pdu->notes.any());
}

TEST(Parser, SubmitSmFieldByField) {
  const auto octets = with_length(hex(
      "00000000 00000004 00000000 00000005 434D5400 05 00 5741525000 01 01 3134313535353530313030 00"
      "43 00 01 00 30303030303130303030303030303052 00 11 00 08 00 04 00480069 0204 0002 BEEF 1403 0001 2A"));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  const auto& sm = std::get<ShortMessage>(pdu->body);
  EXPECT_EQ(sm.service_type, "CMT");
  EXPECT_EQ(sm.source, (Address{5, 0, "WARP"}));
  EXPECT_EQ(sm.destination, (Address{1, 1, "14155550100"}));
  EXPECT_EQ(sm.message.esm_class, 0x43);
  EXPECT_EQ(sm.message.priority_flag, 1);
  EXPECT_EQ(sm.message.schedule_delivery_time, "");
  EXPECT_EQ(sm.message.validity_period, "000001000000000R");
  EXPECT_EQ(sm.message.registered_delivery, 0x11);
  EXPECT_EQ(sm.message.data_coding, 8);
  EXPECT_EQ(sm.message.short_message, hex("00480069"));
  EXPECT_EQ(pdu->tlvs.size(), 2u);
  EXPECT_EQ(pdu->tlvs.number(Tag::UserMessageReference), 0xBEEFu);
  EXPECT_EQ(pdu->tlvs.number(static_cast<Tag>(0x1403)), 42u);
}

TEST(Parser, InteropRule03_ErrorResponseWithoutABody) {
  const auto octets = frame(0x80000004, "", 0x58);
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(pdu->header.status, Status::Throttled);
  EXPECT_EQ(std::get<MessageIdResp>(pdu->body).message_id, "");
  EXPECT_TRUE(pdu->notes.missing_body);
  EXPECT_FALSE(pdu->notes.short_body);
}

TEST(Parser, EveryResponseMayLackItsBody) {
  for (const auto command : test::all_commands()) {
    if (!is_response(command)) continue;
    const auto octets = frame(static_cast<std::uint32_t>(command), "", 8);
    EXPECT_TRUE(parse(octets)) << to_string(command);
  }
}

TEST(Parser, EmptyMessageIdIsTaken) {
  const auto octets = frame(0x80000004, std::string_view("\0", 1));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(std::get<MessageIdResp>(pdu->body).message_id, "");
  EXPECT_FALSE(pdu->notes.any());
}

TEST(Parser, MissingNulAtTheEnd) {
  const auto octets = frame(0x80000004, "abc123");
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(std::get<MessageIdResp>(pdu->body).message_id, "abc123");
  EXPECT_TRUE(pdu->notes.missing_nul);
}

TEST(Parser, ResponseThatEndsEarlyKeepsWhatIsThere) {
  const auto octets = frame(0x80000003, std::string_view("id\0\0\2", 5));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  const auto& response = std::get<QuerySmResp>(pdu->body);
  EXPECT_EQ(response.message_id, "id");
  EXPECT_EQ(response.message_state, 2);
  EXPECT_EQ(response.error_code, 0);
  EXPECT_TRUE(pdu->notes.short_body);
}

TEST(Parser, InteropRule11_LongPasswordIsTakenAndCounted) {
  const auto octets = frame(9, std::string_view("me\0a-very-long-password\0\0\x34\0\0\0", 29));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(std::get<Bind>(pdu->body).password, "a-very-long-password");
  EXPECT_EQ(pdu->notes.overlong_fields, 1u);
}

TEST(Parser, TrailingOctetsAreCounted) {
  const auto octets = frame(0x15, std::string_view("\x02\x04\x00\x02\x00\x01\x99\x99\x99", 9));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(pdu->tlvs.size(), 1u);
  EXPECT_EQ(pdu->notes.trailing_octets, 3u);
}

TEST(Parser, InteropRule03_UnknownTlvsAreKeptInOrder) {
  const auto octets = frame(0x15, hex("1401 0001 AA 0204 0002 0001 3FFF 0000 1401 0001 BB"));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  std::vector<unsigned> tags;
  for (const auto tlv : pdu->tlvs)
    tags.push_back(static_cast<unsigned>(tlv.tag));
  EXPECT_EQ(tags, (std::vector<unsigned>{0x1401, 0x0204, 0x3FFF, 0x1401}));
}

ParseError error_of(const std::string& octets) {
  const auto pdu = parse(octets);
  EXPECT_FALSE(pdu);
  return pdu ? ParseError{} : pdu.error();
}

TEST(Parser, UnknownCommandIsNackedAndTheSessionLives) {
  const auto error = error_of(frame(0x00000777, "whatever"));
  EXPECT_EQ(error.code, ParseCode::UnknownCommand);
  EXPECT_EQ(error.severity, Severity::Nack);
  EXPECT_EQ(error.status, Status::InvCmdId);
  EXPECT_EQ(error.header.sequence, 7u);
}

TEST(Parser, UnknownResponseIsNotAnswered) {
  EXPECT_EQ(error_of(frame(0x80000777, "")).severity, Severity::Ignore);
}

TEST(Parser, TruncatedRequestIsAnsweredWithItsSequence) {
  auto octets = frame(4, std::string_view("CMT\0\5", 5));
  const auto error = error_of(octets);
  EXPECT_EQ(error.code, ParseCode::BodyTruncated);
  EXPECT_EQ(error.severity, Severity::Answer);
  EXPECT_EQ(error.status, Status::InvCmdLen);
  EXPECT_EQ(error.field, "source_addr");
  EXPECT_EQ(error.header.command, CommandId::SubmitSm);
}

TEST(Parser, LongAddressNamesItsStatus) {
  const auto octets = frame(4, std::string("CMT\0\1\1", 6) + std::string(21, '5') + std::string(20, '\0'));
  const auto error = error_of(octets);
  EXPECT_EQ(error.code, ParseCode::FieldTooLong);
  EXPECT_EQ(error.status, Status::InvSrcAdr);
  EXPECT_EQ(error.offset, 22u);
}

TEST(Parser, MessageLengthBeyondTheEnd) {
  auto pdu = test::sample(CommandId::SubmitSm);
  std::string octets;
  ASSERT_TRUE(write(pdu, octets));
  octets.resize(octets.size() - 1);
  const auto error = error_of(with_length(octets));
  EXPECT_EQ(error.code, ParseCode::MessageLength);
  EXPECT_EQ(error.status, Status::InvMsgLen);
}

TEST(Parser, BadDestinationFlag) {
  const auto octets = frame(0x21, std::string_view("\0\0\0\0\1\3\0\0\0", 9));
  EXPECT_EQ(error_of(octets).status, Status::InvDestFlag);
}

TEST(Parser, TlvBeyondTheEndIsAnswered) {
  const auto error = error_of(frame(0x15, hex("0424 0010 41")));
  EXPECT_EQ(error.code, ParseCode::TlvStream);
  EXPECT_EQ(error.status, Status::InvTlvStream);
}

TEST(Parser, TlvBeyondTheEndOfAResponseIsForgiven) {
  const auto octets = frame(0x80000015, hex("0424 0010 41"));
  const auto pdu = parse(octets);
  ASSERT_TRUE(pdu);
  EXPECT_EQ(pdu->notes.trailing_octets, 5u);
}

TEST(Parser, BrokenOutbindIsNackedSinceItHasNoResponse) {
  EXPECT_EQ(error_of(frame(0x0B, "x")).severity, Severity::Nack);
}

// A request that is cut anywhere gives an error or a shorter PDU, and never reads outside: the sanitizers
// look.
TEST(Parser, EveryCutOfEveryCommand) {
  for (const auto command : test::all_commands()) {
    std::string octets;
    ASSERT_TRUE(write(test::sample(command), octets)) << to_string(command);
    for (std::size_t size = 0; size < octets.size(); ++size) {
      std::string part = octets.substr(0, size);
      if (size >= 16) part = with_length(part);
      const auto pdu = parse(part);
      const bool lost = !pdu && pdu.error().severity == Severity::Close;
      EXPECT_EQ(lost, size < 16) << to_string(command) << " at " << size;
    }
  }
}

TEST(Frame, NeedsFourOctetsThenTheWhole) {
  const auto octets = frame(0x15, "");
  EXPECT_EQ(next_frame({}).state, FrameState::More);
  EXPECT_EQ(next_frame(octets.substr(0, 3)).octets, kHeaderOctets);
  EXPECT_EQ(next_frame(octets.substr(0, 15)).state, FrameState::More);
  const auto whole = next_frame(octets + "next");
  EXPECT_EQ(whole.state, FrameState::Whole);
  EXPECT_EQ(whole.octets, 16u);
  EXPECT_EQ(whole.header.command, CommandId::EnquireLink);
  EXPECT_EQ(whole.header.sequence, 7u);
}

TEST(Frame, LengthsThatEndTheSession) {
  for (const auto* length : {"00000000", "0000000F", "80000000", "00011170", "FFFFFFFF"}) {
    EXPECT_EQ(next_frame(hex(length)).state, FrameState::Fatal) << length;
  }
  EXPECT_EQ(next_frame(hex("00010000")).state, FrameState::More);
  EXPECT_EQ(next_frame(hex("00010001")).state, FrameState::Fatal);
  EXPECT_EQ(next_frame(hex("00010001"), {0x20000}).state, FrameState::More);
}

TEST(Parser, FrameOfAnotherSizeIsFatal) {
  EXPECT_EQ(error_of(frame(0x15, "") + "x").severity, Severity::Close);
}

TEST(Command, ResponsesAndSequence) {
  EXPECT_EQ(response_of(CommandId::SubmitSm), CommandId::SubmitSmResp);
  EXPECT_EQ(response_of(CommandId::Outbind), CommandId::GenericNack);
  EXPECT_EQ(response_of(CommandId::AlertNotification), CommandId::GenericNack);
  EXPECT_EQ(next_sequence(1), 2u);
  EXPECT_EQ(next_sequence(0x7FFFFFFF), 1u);
  EXPECT_EQ(test::all_commands().size(), 33u);
}

}  // namespace
}  // namespace warp::smpp
