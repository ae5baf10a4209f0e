#include "warp/smtp/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::smtp {
namespace {

TEST(SmtpCommand, IsReadInAnyCase) {
  EXPECT_EQ(parse_command("mail FROM:<a@b>").verb, Verb::Mail);
  EXPECT_EQ(parse_command("mail FROM:<a@b>").argument, "FROM:<a@b>");
  EXPECT_EQ(parse_command("StartTLS").verb, Verb::StartTls);
  EXPECT_EQ(parse_command("BDAT 12 LAST").verb, Verb::Unknown) << "chunking is not offered";
  EXPECT_EQ(parse_command("").verb, Verb::Unknown);
  EXPECT_EQ(parse_command("DATAX").verb, Verb::Unknown);
}

TEST(SmtpPath, TakesWhatPeersSend) {
  const auto plmn = parse_path("TO:<+15551234567/TYPE=PLMN@mms.example.com>", "TO");
  ASSERT_TRUE(plmn);
  EXPECT_EQ(plmn->address, "+15551234567/TYPE=PLMN@mms.example.com");
  EXPECT_EQ(parse_path("FROM:<>", "FROM")->address, "");
  EXPECT_EQ(parse_path("from: <a@b> SIZE=12 body=8BITMIME", "FROM")->parameters.size(), 2u);
  EXPECT_EQ(parse_path("from: <a@b> body=8BITMIME", "FROM")->parameters[0].first, "BODY");
  EXPECT_EQ(parse_path("TO:<@relay,@other:a@b.c>", "TO")->address, "a@b.c") << "routes are dropped";
  EXPECT_EQ(parse_path("TO:<\"a > b\"@c.d>", "TO")->address, "\"a > b\"@c.d");
  EXPECT_TRUE(parse_path("TO:<a@[127.0.0.1]>", "TO"));
}

TEST(SmtpPath, RefusesWhatIsNone) {
  for (const std::string text :
       {"TO", "TO:", "TO:a@b", "TO:<a@b", "TO:<a>", "TO:<a@>", "TO:<@b>", "TO:<a b@c>", "TO:<a@b@c@>",
        "TO:<a@b..c>", "TO:<a\x01@b>", "TO:<a@b> =x", "FROM:<a@b>", "TO:<a@b>junk=\x7f", "TO:<a,b@c>"})
    EXPECT_FALSE(parse_path(text, "TO")) << text;
  EXPECT_FALSE(parse_path("TO:<" + std::string(300, 'a') + "@b>", "TO"));
  EXPECT_FALSE(parse_path("TO:<a@" + std::string(300, 'b') + ">", "TO"));
}

TEST(SmtpReply, MayHaveLines) {
  EXPECT_EQ(to_octets({250, "a\nb"}), "250-a\r\n250 b\r\n");
  EXPECT_EQ(to_octets({334, ""}), "334 \r\n");
  EXPECT_EQ(to_octets({500, "x\ry\x80"}), "500 x?y?\r\n") << "nothing from the network forges a line";
}

TEST(SmtpLines, EndByBothOctets) {
  LineBuffer lines(20);
  lines.add("EHLO a\r\nNOO");
  EXPECT_EQ(lines.take(), "EHLO a");
  EXPECT_FALSE(lines.take());
  lines.add("P\r");
  EXPECT_FALSE(lines.take());
  EXPECT_EQ(lines.fault(), Fault::None) << "the LF may be on its way";
  lines.add("\n\r\n");
  EXPECT_EQ(lines.take(), "NOOP");
  EXPECT_EQ(lines.take(), "");
  EXPECT_TRUE(lines.empty());
}

TEST(SmtpLines, RefuseABareEnd) {
  for (const std::string_view text : {"NOOP\nQUIT\r\n", "NOOP\rQUIT\r\n", "NOOP\n", "\r\r\n"}) {
    LineBuffer lines(100);
    lines.add(text);
    EXPECT_FALSE(lines.take()) << text;
    EXPECT_EQ(lines.fault(), Fault::BareLineEnd) << text;
    lines.add("QUIT\r\n");
    EXPECT_FALSE(lines.take()) << "nothing after it is read";
  }
}

TEST(SmtpLines, HaveALongestOne) {
  LineBuffer lines(10);
  lines.add("12345678\r\n");
  EXPECT_EQ(lines.take(), "12345678");
  lines.add("12345678901");
  EXPECT_FALSE(lines.take());
  EXPECT_EQ(lines.fault(), Fault::LineTooLong);
  LineBuffer other(10);
  other.add("123456789\r\n");
  EXPECT_FALSE(other.take());
}

std::string read_data(std::string_view octets, DataReader& reader) {
  reader.take(octets);
  return reader.release();
}

TEST(SmtpData, LosesItsDotsAndItsEnd) {
  DataReader reader(1000, 100);
  EXPECT_EQ(reader.take("a\r\n..b\r\n.c\r\n\r\n.\r\nQUIT\r\n"), 17u) << "what follows is not data";
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.release(), "a\r\n.b\r\nc\r\n\r\n");
  DataReader empty(1000, 100);
  empty.take(".\r\n");
  EXPECT_TRUE(empty.done());
}

TEST(SmtpData, IsTheSameHoweverItIsCut) {
  const std::string octets = "one\r\n..two\r\n.\r\nrest";
  for (std::size_t at = 0; at <= octets.size(); ++at) {
    DataReader reader(1000, 100);
    auto used = reader.take(std::string_view(octets).substr(0, at));
    used += reader.take(std::string_view(octets).substr(used));
    EXPECT_TRUE(reader.done());
    EXPECT_EQ(used, octets.size() - 4);
    EXPECT_EQ(reader.release(), "one\r\n.two\r\n");
  }
}

// The ways in which two servers were found to disagree about where a mail ends.
TEST(SmtpData, CannotBeUsedToSmuggle) {
  for (const std::string_view end : {"\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r", "\n.\r"}) {
    DataReader reader(1000, 100);
    reader.take("mail" + std::string(end) + "MAIL FROM:<a@b>\r\n.\r\n");
    EXPECT_FALSE(reader.done()) << testing::PrintToString(end);
    EXPECT_TRUE(reader.broken()) << testing::PrintToString(end);
    EXPECT_EQ(reader.take("more\r\n.\r\n"), 0u);
  }
}

TEST(SmtpData, ThatIsTooBigIsReadToItsEnd) {
  DataReader reader(10, 100);
  EXPECT_EQ(read_data("123456789\r\n.\r\n", reader), "");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.fault(), Fault::TooBig);
  DataReader wide(1000, 10);
  wide.take("12345678901\r\nx\r\n.\r\n");
  EXPECT_TRUE(wide.done());
  EXPECT_EQ(wide.fault(), Fault::LineTooLong);
  DataReader exact(11, 11);
  EXPECT_EQ(read_data("123456789\r\n.\r\n", exact), "123456789\r\n");
}

TEST(SmtpData, SurvivesStuffing) {
  for (const std::string_view mail : {"", ".", "a", ".a\r\n..\r\n\r\n.", "a\nb\rc\r\n"}) {
    DataReader reader(1000, 100);
    reader.take(stuffed(mail));
    EXPECT_TRUE(reader.done()) << mail;
    EXPECT_FALSE(reader.broken()) << mail;
  }
  DataReader reader(1000, 100);
  EXPECT_EQ(read_data(stuffed(".a\n.b"), reader), ".a\r\n.b\r\n");
}

TEST(SmtpBase64, IsStrict) {
  for (const auto& text : std::vector<std::string>{"", "a", "ab", "abc", "abcd", std::string("\0x\0", 3)})
    EXPECT_EQ(from_base64(to_base64(text)), text);
  for (const std::string text : {"a", "ab=c", "====", "a===", "YWJj\n", "Y@Jj", "YQ==YQ=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace warp::smtp
