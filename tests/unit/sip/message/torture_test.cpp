// The messages of RFC 4475 and RFC 5118, which are also the fuzzer's seeds, and what becomes of each.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"

namespace warp::sip {
namespace {

const std::filesystem::path kCorpus = WARP_SOURCE_DIR "/tests/fuzz/corpus/sip_message";

std::string load(const std::string& name) {
  std::ifstream file(kCorpus / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TakenMessage : public testing::TestWithParam<const char*> {};

TEST_P(TakenMessage, ParsesAndCanBeAnswered) {
  const auto text = load(GetParam());
  ASSERT_FALSE(text.empty());
  const auto message = Message::parse(text);
  ASSERT_TRUE(message) << to_string(message.error().code) << " at " << message.error().offset;
  if (!message->is_request()) return;
  std::string out;
  Writer writer(out);
  writer.response_to(*message, 180, {}, "t", "192.0.2.77", 7777).finish();
  ASSERT_TRUE(writer.ok());
  const auto answer = Message::parse(out);
  ASSERT_TRUE(answer) << out;
  EXPECT_EQ(answer->via().branch, message->via().branch);
  EXPECT_EQ(answer->via().received, "192.0.2.77");
  EXPECT_EQ(answer->header(HeaderId::From), message->header(HeaderId::From));
  EXPECT_EQ(answer->call_id(), message->call_id());
}

INSTANTIATE_TEST_SUITE_P(Rfc4475, TakenMessage,
                         testing::Values("4475-wsinv", "4475-intmeth", "4475-esc01", "4475-escnull",
                                         "4475-esc02", "4475-lwsdisp", "4475-longreq", "4475-dblreq",
                                         "4475-semiuri", "4475-transports", "4475-mpart01", "4475-unreason",
                                         "4475-noreason", "4475-badbranch", "4475-unkscm", "4475-novelsc",
                                         "4475-unksm2", "4475-bext01", "4475-bcast", "4475-zeromf",
                                         "4475-cparam01", "4475-cparam02", "4475-regescrt", "4475-inv2543",
                                         "4475-invut", "4475-regaut01", "4475-sdp01",
                                         // Invalid by its Date alone, which nothing here reads.
                                         "4475-baddate"));

INSTANTIATE_TEST_SUITE_P(Rfc5118, TakenMessage,
                         testing::Values("5118-ipv6-good", "5118-port-ambiguous", "5118-port-unambiguous",
                                         "5118-via-received-delim", "5118-via-received-no-delim",
                                         "5118-ipv6-in-sdp", "5118-mult-ip-in-header", "5118-mult-ip-in-sdp",
                                         "5118-ipv4-mapped", "5118-three-colons", "5118-two-colons"));

struct Refusal {
  const char* name;
  ParseCode code;
  Severity severity = Severity::Reject;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class RefusedTorture : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedTorture, IsAnsweredOrDropped) {
  const auto& want = GetParam();
  const auto text = load(want.name);
  ASSERT_FALSE(text.empty());
  const auto message = Message::parse(text);
  ASSERT_FALSE(message);
  EXPECT_EQ(to_string(message.error().code), to_string(want.code)) << message.error().offset;
  EXPECT_EQ(message.error().severity == Severity::Reject, want.severity == Severity::Reject);
  const auto rejected = Message::parse_rejected(text);
  ASSERT_EQ(rejected.has_value(), want.severity == Severity::Reject);
  if (!rejected) return;
  std::string out;
  Writer writer(out);
  writer.response_to(*rejected, 400, {}, "t", {}, 0).finish();
  EXPECT_TRUE(writer.ok());
}

INSTANTIATE_TEST_SUITE_P(
    Rfc4475, RefusedTorture,
    testing::Values(
        Refusal{"4475-badinv01", ParseCode::Via}, Refusal{"4475-clerr", ParseCode::Truncated},
        Refusal{"4475-ncl", ParseCode::ContentLength}, Refusal{"4475-scalar02", ParseCode::CSeq},
        Refusal{"4475-scalarlg", ParseCode::CSeq, Severity::Drop}, Refusal{"4475-quotbal", ParseCode::FromTo},
        Refusal{"4475-ltgtruri", ParseCode::StartLine}, Refusal{"4475-lwsruri", ParseCode::StartLine},
        Refusal{"4475-lwsstart", ParseCode::StartLine}, Refusal{"4475-trws", ParseCode::StartLine},
        Refusal{"4475-escruri", ParseCode::Uri}, Refusal{"4475-regbadct", ParseCode::HeaderSyntax},
        Refusal{"4475-badaspec", ParseCode::FromTo}, Refusal{"4475-baddn", ParseCode::FromTo},
        Refusal{"4475-badvers", ParseCode::Version}, Refusal{"4475-mismatch01", ParseCode::CSeq},
        Refusal{"4475-mismatch02", ParseCode::CSeq},
        Refusal{"4475-bigcode", ParseCode::StartLine, Severity::Drop},
        Refusal{"4475-insuf", ParseCode::MissingHeader}, Refusal{"4475-multi01", ParseCode::DuplicateHeader},
        Refusal{"4475-mcl01", ParseCode::DuplicateHeader}, Refusal{"5118-ipv6-bad", ParseCode::Uri}));

TEST(Torture, ShortTortuousInviteIsUnderstood) {
  const auto message = Message::parse(load("4475-wsinv"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::Invite);
  EXPECT_EQ(message->to().tag, "1918181833n");
  EXPECT_EQ(message->from().display, "J Rosenberg \\\\\\\"");
  EXPECT_EQ(message->from().tag, "98asjd8");
  EXPECT_EQ(message->max_forwards(), 68);
  EXPECT_EQ(message->cseq().number, 9u);
  EXPECT_EQ(message->via().transport, "UDP");
  EXPECT_EQ(message->via().host, "192.0.2.2");
  EXPECT_EQ(message->via().branch, "390skdjuw");
  EXPECT_EQ(message->header("NewFangledHeader"), "newfangled value   continued newfangled value");
  EXPECT_EQ(message->contact()->uri, "sip:jdrosen@example.com");
  EXPECT_EQ(split_list(message->headers()[12].value).size(), 2u);
}

TEST(Torture, UnusualCharactersAreKept) {
  const auto message = Message::parse(load("4475-intmeth"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::Other);
  EXPECT_EQ(message->method_text(), "!interesting-Method0123456789_*+`.%indeed'~");
  EXPECT_EQ(message->to().display, std::string_view("BEL:\\\x07 NUL:\\\0 DEL:\\\x7f", 20));
  EXPECT_EQ(message->from().tag, "_token~1'+`*%!-.");
}

TEST(Torture, EscapedNamesAreNotTheNames) {
  const auto message = Message::parse(load("4475-esc02"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::Other);
  EXPECT_EQ(message->header("C%6Fntact"), "<sip:alias2@host2.example.com>");
}

TEST(Torture, SecondRequestInADatagramIsIgnored) {
  const auto message = Message::parse(load("4475-dblreq"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::Register);
  EXPECT_TRUE(message->body().empty());
}

TEST(Torture, PortInsideTheBracketsIsNoPort) {
  const auto first = Message::parse(load("5118-port-ambiguous"));
  const auto second = Message::parse(load("5118-port-unambiguous"));
  const auto ambiguous = Uri::parse(first->request_uri());
  EXPECT_EQ(ambiguous->host, "[2001:db8::10:5070]");
  EXPECT_EQ(ambiguous->port, 0);
  const auto unambiguous = Uri::parse(second->request_uri());
  EXPECT_EQ(unambiguous->port, 5070);
}

TEST(Torture, ReceivedMayHaveBracketsOrNot) {
  const auto with = Message::parse(load("5118-via-received-delim"));
  const auto without = Message::parse(load("5118-via-received-no-delim"));
  EXPECT_EQ(with->via().received, "[2001:db8::9:255]");
  EXPECT_EQ(without->via().received, "2001:db8::9:255");
}

}  // namespace
}  // namespace warp::sip
