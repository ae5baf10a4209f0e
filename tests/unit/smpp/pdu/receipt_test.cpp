#include "warp/smpp/pdu/receipt.h"

#include <gtest/gtest.h>

#include "warp/smpp/pdu/message_id.h"

#include "support/smpp_octets.h"

namespace warp::smpp {
namespace {

using test::hex;
using namespace std::chrono;

WallTime minute_of(int y, unsigned mo, unsigned d, int h, int mi, int s = 0) {
  return sys_days(year(y) / month(mo) / day(d)) + hours(h) + minutes(mi) + seconds(s);
}

TEST(Receipt, TheStandardsForm) {
  const auto receipt =
      parse_receipt(kEsmReceipt,
                    "id:0123456789 sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 "
                    "stat:DELIVRD err:000 text:Hello id:7 stat:REJECTD",
                    {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "0123456789");
  EXPECT_EQ(receipt->submitted, 1u);
  EXPECT_EQ(receipt->delivered, 1u);
  EXPECT_EQ(receipt->submit_date, minute_of(2026, 1, 31, 12, 0));
  EXPECT_EQ(receipt->done_date, minute_of(2026, 1, 31, 12, 1));
  EXPECT_EQ(receipt->state, MessageState::Delivered);
  EXPECT_EQ(receipt->error, "000");
  EXPECT_EQ(receipt->text, "Hello id:7 stat:REJECTD");
  EXPECT_FALSE(receipt->intermediate);
}

TEST(Receipt, InteropRule04_AnyOrderAnyCaseMissingFields) {
  const auto receipt =
      parse_receipt(kEsmReceipt, "STAT:undeliv ERR:0x1F ID:AbC-9 Done Date:20260131120159", {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "AbC-9");
  EXPECT_EQ(receipt->state, MessageState::Undeliverable);
  EXPECT_EQ(receipt->error, "0x1F");
  EXPECT_EQ(receipt->done_date, minute_of(2026, 1, 31, 12, 1, 59));
  EXPECT_EQ(receipt->submit_date, std::nullopt);
  EXPECT_EQ(receipt->submitted, std::nullopt);
}

TEST(Receipt, OtherSeparators) {
  const auto receipt =
      parse_receipt(0, "id=77,sub=001,dlvrd=000,submitdate=260131120001,stat=EXPIRED,err=12", {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "77");
  EXPECT_EQ(receipt->state, MessageState::Expired);
  EXPECT_EQ(receipt->submit_date, minute_of(2026, 1, 31, 12, 0, 1));
  EXPECT_EQ(receipt->error, "12");
}

TEST(Receipt, TextBeforeTheRest) {
  const auto receipt = parse_receipt(kEsmReceipt, "text:Hi there id: 5 stat : ACCEPTD", {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->text, "Hi there");
  EXPECT_EQ(receipt->id, "5");
  EXPECT_EQ(receipt->state, MessageState::Accepted);
}

TEST(Receipt, EmptyFieldsDoNotSwallowTheNext) {
  const auto receipt = parse_receipt(kEsmReceipt, "id: sub:001 err: stat:DELIVRD", {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "");
  EXPECT_EQ(receipt->error, "");
  EXPECT_EQ(receipt->submitted, 1u);
}

TEST(Receipt, TlvsGoBeforeText) {
  const auto octets = hex("001E 0005 3939393900 0427 0001 05 0423 0003 03 0022");
  const auto receipt = parse_receipt(kEsmReceipt, "id:1 stat:DELIVRD", TlvList::read(octets));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "9999");
  EXPECT_EQ(receipt->state, MessageState::Undeliverable);
  EXPECT_EQ(receipt->network_error, (NetworkError{3, 0x22}));
}

TEST(Receipt, TlvsAlone) {
  const auto octets = hex("001E 0003 414200 0427 0001 02");
  const auto receipt = parse_receipt(0, "", TlvList::read(octets));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "AB");
  EXPECT_EQ(receipt->state, MessageState::Delivered);
}

TEST(Receipt, InMessagePayload) {
  std::string octets;
  TlvWriter writer(octets);
  writer.octets(Tag::MessagePayload, "id:8 stat:REJECTD err:045");
  const auto receipt = parse_receipt(kEsmReceipt, "", writer.list());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "8");
  EXPECT_EQ(receipt->state, MessageState::Rejected);
}

TEST(Receipt, OrdinaryMessagesAreNone) {
  EXPECT_FALSE(parse_receipt(0, "Hello, my id:5 is here", {}));
  EXPECT_FALSE(parse_receipt(0, "grid:5 estat:DELIVRD", {}));
  EXPECT_FALSE(parse_receipt(0, "id:5 stat:whatever", {}));
  EXPECT_FALSE(parse_receipt(0x08, "id:5 stat:DELIVRD", {}));
  EXPECT_FALSE(parse_receipt(0, "", {}));
  EXPECT_TRUE(parse_receipt(kEsmReceipt | 0x40, "", {}));
  EXPECT_TRUE(parse_receipt(kEsmIntermediate, "id:5 stat:ENROUTE", {})->intermediate);
}

TEST(Receipt, SendersZone) {
  const auto receipt = parse_receipt(0, "id:1 done date:2601311201 stat:DELIVRD", {}, {22});  // +05:30
  EXPECT_EQ(receipt->done_date, minute_of(2026, 1, 31, 6, 31));
}

TEST(State, Spellings) {
  const std::pair<std::string_view, MessageState> spellings[] = {
      {"DELIVRD", MessageState::Delivered},     {"DELIVERED", MessageState::Delivered},
      {"delivrd", MessageState::Delivered},     {"ACKED", MessageState::Accepted},
      {"ACCEPTD", MessageState::Accepted},      {"BUFFRED", MessageState::Enroute},
      {"BUFFERD", MessageState::Enroute},       {"ENROUTE", MessageState::Enroute},
      {"EXPIRED", MessageState::Expired},       {"DELETED", MessageState::Deleted},
      {"UNDELIV", MessageState::Undeliverable}, {"UNDELIVERABLE", MessageState::Undeliverable},
      {"FAILED", MessageState::Undeliverable},  {"UNKNOWN", MessageState::Unknown},
      {"REJECTD", MessageState::Rejected},      {"REJECTED", MessageState::Rejected},
      {"SKIPPED", MessageState::Skipped},       {"SCHEDULED", MessageState::Scheduled},
      {"2", MessageState::Delivered},           {"8", MessageState::Rejected},
  };
  for (const auto& [text, state] : spellings)
    EXPECT_EQ(state_from(text), state) << text;
  EXPECT_EQ(state_from("10"), std::nullopt);
  EXPECT_EQ(state_from(""), std::nullopt);
  for (std::uint32_t number = 0; number < 10; ++number)
    EXPECT_EQ(state_from(to_string(*state_from(number))), state_from(number));
}

TEST(State, Finality) {
  for (std::uint32_t number = 0; number < 10; ++number) {
    const auto state = *state_from(number);
    const bool open =
        state == MessageState::Scheduled || state == MessageState::Enroute || state == MessageState::Accepted;
    EXPECT_EQ(is_final(state), !open) << to_string(state);
  }
}

TEST(Receipt, WrittenTextComesBack) {
  Receipt receipt;
  receipt.id = "7f3a-0001";
  receipt.state = MessageState::Undeliverable;
  receipt.submit_date = minute_of(2026, 1, 31, 12, 0);
  receipt.done_date = minute_of(2026, 1, 31, 12, 5);
  receipt.error = "045";
  receipt.text = "Grüße aus dem schönen Köln";
  std::string out;
  const auto octets = write_receipt_text(receipt, out);
  ASSERT_TRUE(octets);
  EXPECT_EQ(out,
            "id:7f3a-0001 sub:001 dlvrd:000 submit date:2601311200 done date:2601311205 stat:UNDELIV err:045 "
            "text:Grüße aus dem sch");
  const auto again = parse_receipt(kEsmReceipt, out, {});
  EXPECT_EQ(again->id, receipt.id);
  EXPECT_EQ(again->state, receipt.state);
  EXPECT_EQ(again->submit_date, receipt.submit_date);
  EXPECT_EQ(again->done_date, receipt.done_date);
  EXPECT_EQ(again->error, receipt.error);
}

TEST(Receipt, WrittenTlvsComeBack) {
  Receipt receipt;
  receipt.id = "42";
  receipt.state = MessageState::Delivered;
  receipt.network_error = NetworkError{3, 513};
  std::string octets;
  TlvWriter writer(octets);
  ASSERT_TRUE(put_receipt_tlvs(receipt, writer));
  const auto again = parse_receipt(0, "", writer.list());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "42");
  EXPECT_EQ(again->state, MessageState::Delivered);
  EXPECT_EQ(again->network_error, receipt.network_error);
}

TEST(Receipt, WriterRefuses) {
  std::string out;
  Receipt receipt;
  EXPECT_EQ(write_receipt_text(receipt, out).error(), ReceiptFault::NoId);
  receipt.id = "a b";
  EXPECT_EQ(write_receipt_text(receipt, out).error(), ReceiptFault::BadId);
  receipt.id = "a,stat:DELIVRD";
  EXPECT_EQ(write_receipt_text(receipt, out).error(), ReceiptFault::BadId);
  receipt.id = "a";
  EXPECT_EQ(write_receipt_text(receipt, out).error(), ReceiptFault::NoState);
  receipt.state = MessageState::Enroute;
  receipt.error = "1 stat:DELIVRD";
  EXPECT_EQ(write_receipt_text(receipt, out).error(), ReceiptFault::BadError);
  EXPECT_TRUE(out.empty());
}

TEST(MessageId, Normalisation) {
  const IdSettings decimal{IdForm::Decimal, true, false};
  const IdSettings hexadecimal{IdForm::Hexadecimal, true, false};
  EXPECT_EQ(normalise_id("6699", decimal), "1a2b");
  EXPECT_EQ(normalise_id("1A2B", hexadecimal), "1a2b");
  EXPECT_EQ(normalise_id("0x001a2b", hexadecimal), "1a2b");
  EXPECT_EQ(normalise_id("0000006699", decimal), "1a2b");
  EXPECT_EQ(normalise_id(" 6699\r\n", decimal), "1a2b");
  EXPECT_EQ(normalise_id("000", decimal), "0");
  EXPECT_EQ(normalise_id("0", hexadecimal), "0");
  // 2^64 and beyond.
  EXPECT_EQ(normalise_id("18446744073709551616", decimal), "10000000000000000");
  EXPECT_EQ(normalise_id("340282366920938463463374607431768211455", decimal), std::string(32, 'f'));
  EXPECT_EQ(normalise_id(std::string(64, '9'), decimal).size(), 54u);
}

TEST(MessageId, StrangersStayText) {
  const IdSettings decimal{IdForm::Decimal, true, false};
  EXPECT_EQ(normalise_id("Abc-12", decimal), "abc-12");
  EXPECT_EQ(normalise_id("Abc-12", {IdForm::Text, false, false}), "Abc-12");
  EXPECT_EQ(normalise_id("000Abc", {IdForm::Text, true, true}), "abc");
  EXPECT_EQ(normalise_id("000Abc"), "000abc");
  EXPECT_EQ(normalise_id(""), "");
  EXPECT_EQ(normalise_id(std::string(65, '1'), decimal), std::string(65, '1'));
  EXPECT_EQ(normalise_id("0x", {IdForm::Hexadecimal, true, false}), "0x");
}

}  // namespace
}  // namespace warp::smpp
