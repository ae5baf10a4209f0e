// Every PDU that the writer makes, read by a decoder that does not share its code: tshark finds nothing wrong
// and shows the same fields. tshark must be there: without it the test fails.
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdlib.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/writer.h"

#include "support/smpp_octets.h"
#include "support/smpp_samples.h"

namespace warp::smpp {
namespace {

// A capture of raw IPv4 with one TCP segment a PDU, one way, to port 2775.
class Capture {
 public:
  Capture() {
    char name[] = "/tmp/warp-smpp-XXXXXX";
    const int descriptor = ::mkstemp(name);
    if (descriptor >= 0) ::close(descriptor);
    file_ = name;
    put(0xA1B2C3D4, 4), put(2, 2), put(4, 2), put(0, 4), put(0, 4), put(65535, 4), put(101, 4);
  }
  ~Capture() { std::remove(file_.c_str()); }
  Capture(const Capture&) = delete;

  void add(const Pdu& pdu) {
    std::string octets;
    const auto written = write(pdu, octets);
    ASSERT_TRUE(written) << to_string(pdu.header.command) << ": " << written.error().field;
    const auto length = 40 + octets.size();
    put(++count_, 4), put(0, 4), put(length, 4), put(length, 4);
    put(0x45, 1), put(0, 1), put(length, 2), put(count_, 2), put(0, 2), put(64, 1), put(6, 1), put(0, 2);
    put(0x7F000001, 4), put(0x7F000002, 4);
    put(40000, 2), put(2775, 2), put(sequence_, 4), put(1, 4), put(0x5018, 2), put(65535, 2), put(0, 4);
    capture_.append(octets);
    sequence_ += octets.size();
  }

  // The lines that tshark prints.
  std::vector<std::string> read(const std::string& arguments) const {
    std::ofstream(file_, std::ios::binary) << capture_;
    const auto command = "tshark -r " + file_ +
                         " -o ip.check_checksum:FALSE -o tcp.check_checksum:FALSE -t e " + arguments + " 2>" +
                         file_ + ".err";
    std::string output;
    auto* pipe = ::popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t got = 0; pipe && (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
      output.append(buffer, got);
    const int status = pipe ? ::pclose(pipe) : -1;
    std::remove((file_ + ".err").c_str());
    EXPECT_EQ(status, 0) << "tshark must be installed and take: " << arguments;
    std::vector<std::string> lines;
    std::istringstream in(output);
    for (std::string line; std::getline(in, line);)
      lines.push_back(line);
    return lines;
  }

  // Values of `fields` in every PDU, parted by '|', several of one field by ','.
  std::vector<std::string> fields(const std::string& list) const {
    std::string arguments = "-Y smpp -T fields -E separator='|' -E occurrence=a -E aggregator=,";
    std::istringstream in(list);
    for (std::string field; in >> field;)
      arguments += " -e smpp." + field;
    return read(arguments);
  }

  void expect_sound() const {
    const auto faults = read("-Y '_ws.malformed || _ws.expert.severity >= 0x00600000' -V");
    EXPECT_TRUE(faults.empty());
    for (const auto& line : faults)
      if (line.find("xpert") != line.npos || line.find("alformed") != line.npos) ADD_FAILURE() << line;
    EXPECT_EQ(read("-Y smpp").size(), count_);
  }

 private:
  void put(std::uint64_t value, std::size_t octets) {
    for (std::size_t i = octets; i-- > 0;)
      capture_.push_back(static_cast<char>(value >> (8 * i)));
  }
  std::string file_, capture_;
  std::size_t count_ = 0, sequence_ = 1;
};

std::string hexadecimal(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

TEST(SmppDecoder, EveryCommandIsSound) {
  Capture capture;
  const auto commands = test::all_commands();
  std::uint32_t sequence = 0;
  for (const auto command : commands)
    capture.add(test::sample(command, ++sequence));
  capture.expect_sound();
  const auto seen = capture.fields("command_id command_status sequence_number");
  ASSERT_EQ(seen.size(), commands.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    // It shows a status in responses alone.
    const auto status = is_response(commands[i]) ? "|0x00000000|" : "||";
    const auto expected =
        hexadecimal(static_cast<std::uint32_t>(commands[i])) + status + std::to_string(i + 1);
    EXPECT_EQ(seen[i], expected) << to_string(commands[i]);
  }
}

void expect_fields(CommandId command, const std::string& fields, const std::string& expected) {
  Capture capture;
  capture.add(test::sample(command));
  EXPECT_EQ(capture.fields(fields), std::vector<std::string>{expected}) << to_string(command);
}

TEST(SmppDecoder, FieldsAreEqual) {
  expect_fields(CommandId::BindTransceiver,
                "system_id password system_type interface_version addr_ton addr_npi address_range",
                "esme-1|secret08|WARP|80|0x01|0x01|1415");
  expect_fields(CommandId::BindReceiverResp, "system_id", "smsc-1");
  expect_fields(CommandId::SubmitSm,
                "service_type source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi "
                "destination_addr esm.submit.msg_mode protocol_id priority_flag regdel.receipt "
                "replace_if_present_flag data_coding sm_default_msg_id sm_length message",
                "CMT|0x05|0x00|WARP|0x01|0x01|14155550100|0x03|0x7f|0x01|0x01|0x00|0x00|7|11|" +
                    test::to_hex("Hello, SMSC"));
  expect_fields(CommandId::SubmitSmResp, "message_id", "7f3a-0001");
  expect_fields(CommandId::SubmitMulti, "source_addr destination_addr dl_name sm_length",
                "WARP|14155550100,14155550101|staff|11");
  expect_fields(CommandId::SubmitMultiResp, "message_id destination_addr error_status_code",
                "7f3a-0001|14155550100,14155550101|0x0000000b,0x00000014");
  expect_fields(CommandId::DataSm, "service_type source_addr destination_addr data_coding",
                "CMT|WARP|14155550100|0x08");
  expect_fields(CommandId::QuerySm, "message_id source_addr", "7f3a-0001|WARP");
  expect_fields(CommandId::QuerySmResp, "message_id message_state error_code", "7f3a-0001|2|9");
  expect_fields(CommandId::CancelSm, "service_type message_id source_addr destination_addr",
                "CMT|7f3a-0001|WARP|14155550100");
  expect_fields(CommandId::ReplaceSm, "message_id source_addr sm_default_msg_id sm_length",
                "7f3a-0001|WARP|3|7");
  expect_fields(CommandId::AlertNotification, "source_addr esme_addr", "14155550100|WARP");
  expect_fields(CommandId::BroadcastSm, "service_type source_addr message_id", "CBS|WARP|7f3a-0001");
  expect_fields(CommandId::CancelBroadcastSm, "service_type message_id source_addr", "CBS|7f3a-0001|WARP");
}

TEST(SmppDecoder, TimesAreEqual) {
  Capture capture;
  capture.add(test::sample(CommandId::SubmitSm));
  const auto plain = capture.fields("validity_period_r");
  ASSERT_EQ(plain.size(), 1u);
  EXPECT_EQ(plain[0].substr(0, 6), "183845");  // 2 days, 3 hours, 4 minutes and 5 seconds
}

TEST(SmppDecoder, EveryTlvIsKnownAndSound) {
  Capture capture;
  std::string octets, expected;
  TlvWriter tlvs(octets);
  for (std::uint32_t number = 0; number < 0x1400; ++number) {
    const auto tag = static_cast<Tag>(number);
    const auto* info = tlv_info(tag);
    // tshark 4.0 reads one of broadcast_rep_num's two octets and loses its way.
    if (!info || tag == Tag::BroadcastRepNum) continue;
    if (info->type == TlvType::Integer) {
      tlvs.number(tag, 1);
    } else if (info->type == TlvType::COctets) {
      tlvs.text(tag, tag == Tag::BroadcastEndTime ? "260131235959012+" : "abcdefg");
    } else {
      tlvs.octets(
          tag, std::string(std::max<std::size_t>(info->min_octets, 3), '\x01').substr(0, info->max_octets));
    }
    char text[8];
    std::snprintf(text, sizeof text, "0x%04x", number);
    expected += (expected.empty() ? "" : ",") + std::string(text);
  }
  ASSERT_TRUE(tlvs.ok()) << to_string(tlvs.refused());
  auto pdu = test::sample(CommandId::DataSm);
  pdu.tlvs = tlvs.list();
  capture.add(pdu);
  capture.expect_sound();
  EXPECT_EQ(capture.fields("opt_param_tag"), std::vector<std::string>{expected});
  EXPECT_EQ(capture.fields("sar_msg_ref_num sar_total_segments sar_segment_seqnum receipted_message_id"),
            std::vector<std::string>{"1|1|1|abcdefg"});
}

TEST(SmppDecoder, ErrorResponsesAndSegmentsAreSound) {
  Capture capture;
  capture.add(response_to({0, CommandId::SubmitSm, Status::Ok, 1}, Status::Throttled));
  std::string text;
  while (text.size() < 300)
    text += "Привет, мир 😀 ";
  const auto segments = split(encode_text(text));
  ASSERT_GT(segments->size(), 2u);
  std::uint32_t sequence = 1;
  for (const auto& segment : *segments) {
    auto pdu = test::sample(CommandId::SubmitSm, ++sequence);
    auto& message = std::get<ShortMessage>(pdu.body).message;
    message.esm_class = segment.udhi ? kEsmUdhi : 0;
    message.data_coding = 8;
    message.short_message = segment.user_data;
    capture.add(pdu);
  }
  capture.expect_sound();
  EXPECT_EQ(capture.fields("command_status")[0], "0x00000058");
  const auto parts = capture.read(
      "-Y gsm_sms.udh.mm.msg_part -T fields -E separator='|' "
      "-e gsm_sms.udh.mm.msg_parts -e gsm_sms.udh.mm.msg_part");
  ASSERT_EQ(parts.size(), segments->size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    EXPECT_EQ(parts[i], std::to_string(segments->size()) + "|" + std::to_string(i + 1));
}

}  // namespace
}  // namespace warp::smpp
