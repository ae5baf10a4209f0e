#include "warp/smpp/pdu/writer.h"

#include <gtest/gtest.h>

#include "warp/smpp/pdu/pdu.h"

#include "support/smpp_octets.h"
#include "support/smpp_samples.h"

namespace warp::smpp {
namespace {

using test::hex;
using test::to_hex;

std::string written(const Pdu& pdu) {
  std::string out;
  const auto octets = write(pdu, out);
  EXPECT_TRUE(octets);
  EXPECT_EQ(octets ? *octets : 0, out.size());
  return out;
}

struct Golden {
  CommandId command;
  std::string_view octets;
};
// Put together by hand from the tables of SMPP 3.4 chapter 4 and SMPP 5.0 chapter 4, for sample_body()'s
// values.
const Golden kGolden[] = {
    {CommandId::BindReceiver,
     "0000002D 00000001 00000000 00000001 65736D652D31 00 7365637265743038 00 57415250 00 50 01 01 31343135 "
     "00"},
    {CommandId::BindTransceiverResp, "00000017 80000009 00000000 00000001 736D73632D31 00"},
    {CommandId::Outbind, "00000020 0000000B 00000000 00000001 736D73632D31 00 7365637265743038 00"},
    {CommandId::EnquireLink, "00000010 00000015 00000000 00000001"},
    {CommandId::GenericNack, "00000010 80000000 00000000 00000001"},
    {CommandId::SubmitSm,
     "0000005E 00000004 00000000 00000001 434D54 00 05 00 57415250 00 01 01 3134313535353530313030 00 03 7F "
     "01"
     "323630313331323335393539303132 2B 00 303030303032303330343035303030 52 00 11 00 00 07"
     "0B 48656C6C6F2C20534D5343"},
    {CommandId::SubmitSmResp, "0000001A 80000004 00000000 00000001 376633612D30303031 00"},
    {CommandId::SubmitMulti,
     "00000076 00000021 00000000 00000001 434D54 00 05 00 57415250 00 03"
     "01 01 01 3134313535353530313030 00 02 7374616666 00 01 01 01 3134313535353530313031 00 03 7F 01"
     "323630313331323335393539303132 2B 00 303030303032303330343035303030 52 00 11 00 00 07"
     "0B 48656C6C6F2C20534D5343"},
    {CommandId::SubmitMultiResp,
     "0000003F 80000021 00000000 00000001 376633612D30303031 00 02 01 01 3134313535353530313030 00 0000000B"
     "01 01 3134313535353530313031 00 00000014"},
    {CommandId::DataSm,
     "0000002C 00000103 00000000 00000001 434D54 00 05 00 57415250 00 01 01 3134313535353530313030 00 02 01 "
     "08"},
    {CommandId::QuerySm, "00000021 00000003 00000000 00000001 376633612D30303031 00 05 00 57415250 00"},
    {CommandId::QuerySmResp,
     "0000002D 80000003 00000000 00000001 376633612D30303031 00 323630313331323335393539303132 2B 00 02 09"},
    {CommandId::CancelSm,
     "00000033 00000008 00000000 00000001 434D54 00 376633612D30303031 00 05 00 57415250 00"
     "01 01 3134313535353530313030 00"},
    {CommandId::ReplaceSm,
     "0000004D 00000007 00000000 00000001 376633612D30303031 00 05 00 57415250 00"
     "323630313331323335393539303132 2B 00 303030303032303330343035303030 52 00 01 03 07 4368616E676564"},
    {CommandId::AlertNotification,
     "00000025 00000102 00000000 00000001 01 01 3134313535353530313030 00 05 00 57415250 00"},
    {CommandId::BroadcastSm,
     "0000004B 00000111 00000000 00000001 434253 00 05 00 57415250 00 376633612D30303031 00 01"
     "323630313331323335393539303132 2B 00 303030303032303330343035303030 52 00 00 08 02"},
    {CommandId::CancelBroadcastSm,
     "00000025 00000113 00000000 00000001 434253 00 376633612D30303031 00 05 00 57415250 00"},
};

TEST(Writer, GoldenOctets) {
  for (const auto& golden : kGolden)
    EXPECT_EQ(to_hex(written(test::sample(golden.command))), to_hex(hex(golden.octets)))
        << to_string(golden.command);
}

TEST(Writer, EveryCommandComesBackTheSame) {
  for (const auto command : test::all_commands()) {
    auto pdu = test::sample(command, kLastSequence);
    std::string tlvs;
    TlvWriter writer(tlvs);
    writer.number(Tag::UserMessageReference, 513)
        .octets(static_cast<Tag>(0x1402), std::string_view("\0v", 2));
    pdu.tlvs = writer.list();
    const auto octets = written(pdu);
    const auto again = parse(octets);
    ASSERT_TRUE(again) << to_string(command);
    EXPECT_EQ(again->body, pdu.body) << to_string(command);
    EXPECT_EQ(again->tlvs.encoded(), pdu.tlvs.encoded());
    EXPECT_EQ(again->header.command, command);
    EXPECT_EQ(again->header.sequence, kLastSequence);
    EXPECT_EQ(again->header.length, octets.size());
    EXPECT_FALSE(again->notes.any()) << to_string(command);
    EXPECT_EQ(written(*again), octets);
  }
}

TEST(Writer, AppendsToWhatIsThere) {
  std::string out = "before";
  ASSERT_TRUE(write(test::sample(CommandId::EnquireLink), out));
  EXPECT_EQ(out.size(), 22u);
  EXPECT_EQ(next_frame(std::string_view(out).substr(6)).octets, 16u);
}

TEST(Writer, ErrorResponseIsItsHeaderAlone) {
  const Header request{0, CommandId::SubmitSm, Status::Ok, 42};
  const auto octets = written(response_to(request, Status::Throttled));
  EXPECT_EQ(to_hex(octets), to_hex(hex("00000010 80000004 00000058 0000002A")));
  EXPECT_EQ(to_hex(written(response_to(request, Status::Ok))),
            to_hex(hex("00000011 80000004 00000000 0000002A 00")));
}

WriteError refused(const Pdu& pdu, const WriteOptions& options = {}) {
  std::string out = "kept";
  const auto result = write(pdu, out, options);
  EXPECT_FALSE(result);
  EXPECT_EQ(out, "kept");
  return result ? WriteError{} : result.error();
}

Pdu submit(void (*change)(ShortMessage&)) {
  auto pdu = test::sample(CommandId::SubmitSm);
  change(std::get<ShortMessage>(pdu.body));
  return pdu;
}

TEST(Writer, RefusesWhatIsTooLong) {
  const auto address = refused(submit([](auto& sm) { sm.destination.digits = "123456789012345678901"; }));
  EXPECT_EQ(address.code, WriteCode::TooLong);
  EXPECT_EQ(address.field, "destination_addr");
  EXPECT_EQ(address.limit, 20u);
  EXPECT_EQ(refused(submit([](auto& sm) { sm.service_type = "SIXSIX"; })).field, "service_type");
  static const std::string message(255, 'x');
  const auto text = refused(submit([](auto& sm) { sm.message.short_message = message; }));
  EXPECT_EQ(text.field, "short_message");
  EXPECT_EQ(text.limit, 254u);
}

TEST(Writer, TakesTheLongestOfEverything) {
  static const std::string message(254, 'x');
  written(submit([](auto& sm) {
    sm.service_type = "FIVE5";
    sm.source.digits = sm.destination.digits = "12345678901234567890";
    sm.message.short_message = message;
  }));
}

TEST(Writer, PasswordLengthIsASetting) {
  auto pdu = test::sample(CommandId::BindTransceiver);
  std::get<Bind>(pdu.body).password = "123456789";
  EXPECT_EQ(refused(pdu).field, "password");
  WriteOptions options;
  options.password_octets = 9;
  std::string out;
  EXPECT_TRUE(write(pdu, out, options));
}

TEST(Writer, RefusesNulInsideText) {
  const auto error = refused(submit([](auto& sm) {
    sm.source.digits = std::string_view(
        "12\0"
        "34",
        5);
  }));
  EXPECT_EQ(error.code, WriteCode::EmbeddedNul);
  EXPECT_EQ(error.field, "source_addr");
}

TEST(Writer, ShortMessageMayHoldNul) {
  written(submit([](auto& sm) { sm.message.short_message = std::string_view("\0\0", 2); }));
}

TEST(Writer, RefusesTimesThatAreNone) {
  EXPECT_EQ(refused(submit([](auto& sm) { sm.message.validity_period = "tomorrow"; })).field,
            "validity_period");
  EXPECT_EQ(refused(submit([](auto& sm) { sm.message.schedule_delivery_time = "261331235959000+"; })).code,
            WriteCode::BadTime);
}

TEST(Writer, RefusesHeadersThatAreNone) {
  EXPECT_EQ(refused(test::sample(CommandId::SubmitSm, 0)).code, WriteCode::Sequence);
  EXPECT_EQ(refused(test::sample(CommandId::SubmitSm, 0x80000000)).code, WriteCode::Sequence);
  auto pdu = test::sample(CommandId::SubmitSm);
  pdu.header.status = Status::SysErr;
  EXPECT_EQ(refused(pdu).code, WriteCode::StatusInRequest);
  pdu = test::sample(CommandId::SubmitSm);
  pdu.header.command = CommandId::BindReceiver;
  EXPECT_EQ(refused(pdu).code, WriteCode::WrongBody);
  pdu.header.command = static_cast<CommandId>(0x777);
  EXPECT_EQ(refused(pdu).code, WriteCode::WrongBody);
}

TEST(Writer, RefusesTheMessageTwice) {
  std::string tlvs;
  auto pdu = test::sample(CommandId::SubmitSm);
  pdu.tlvs = TlvWriter(tlvs).octets(Tag::MessagePayload, "again").list();
  EXPECT_EQ(refused(pdu).code, WriteCode::MessageTwice);
  std::get<ShortMessage>(pdu.body).message.short_message = {};
  written(pdu);
}

TEST(Writer, RefusesTlvsOfTheWrongSize) {
  const auto octets = hex("020C 0001 05");
  auto pdu = test::sample(CommandId::SubmitSm);
  pdu.tlvs = TlvList::read(octets);
  const auto error = refused(pdu);
  EXPECT_EQ(error.code, WriteCode::BadTlv);
  EXPECT_EQ(error.field, "sar_msg_ref_num");
}

TEST(Writer, RefusesBadDestinationCounts) {
  auto pdu = test::sample(CommandId::SubmitMulti);
  auto& list = std::get<SubmitMulti>(pdu.body).destinations;
  list.assign(255, {{1, 1, "1"}, {}});
  EXPECT_EQ(refused(pdu).code, WriteCode::BadCount);
  list.resize(254);
  written(pdu);
  list.clear();
  EXPECT_EQ(refused(pdu).field, "number_of_dests");
  list.resize(1);
  EXPECT_EQ(refused(pdu).code, WriteCode::EmptyDestination);
}

TEST(Writer, RefusesFramesAboveTheLimit) {
  std::string tlvs;
  auto pdu = test::sample(CommandId::DataSm);
  pdu.tlvs = TlvWriter(tlvs).octets(Tag::MessagePayload, std::string(65535, 'x')).list();
  EXPECT_EQ(refused(pdu).code, WriteCode::FrameTooLong);
}

TEST(Status, CatalogueAndStrangers) {
  EXPECT_EQ(to_string(Status::Ok), "ESME_ROK");
  EXPECT_EQ(to_string(Status::Throttled), "ESME_RTHROTTLED");
  EXPECT_EQ(to_string(Status::InvBcastChanInd), "ESME_RINVBCASTCHANIND");
  EXPECT_EQ(to_string(static_cast<Status>(0x400)), "vendor");
  EXPECT_EQ(to_string(static_cast<Status>(0x09)), "reserved");
  EXPECT_FALSE(is_known(static_cast<Status>(0x113)));
  std::size_t known = 0;
  for (std::uint32_t value = 0; value < 0x500; ++value)
    known += is_known(static_cast<Status>(value));
  EXPECT_EQ(known, 67u);
}

}  // namespace
}  // namespace warp::smpp
