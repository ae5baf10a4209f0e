#include "warp/sip/message/brief.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "warp/sip/message/writer.h"

#include "support/sip_text.h"

namespace warp::sip {
namespace {

using test::RequestText;

template <class Request>
std::string refusal(const Request& request, std::string_view received, std::uint16_t rport) {
  std::string out;
  Writer writer(out);
  writer.response_to(request, 503, {}, "s0123", received, rport).header(HeaderId::RetryAfter, 1).finish();
  EXPECT_TRUE(writer.ok());
  return out;
}

std::vector<std::string> plain() {
  std::vector<std::string> all;
  const auto add = [&all](const RequestText& request) { all.push_back(request.text()); };
  add({});
  add({.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\n"});
  add({.method = "OPTIONS"});
  add({.method = "FOO"});
  add({.uri = "tel:+12125550100"});
  add({.uri = "urn:service:sos"});
  add({.uri = "SIPS:a%20b@[2001:db8::1]:5061;lr"});
  add({.via = "SIP/2.0/UDP host.example"});
  add({.via = "SIP / 2.0 / UDP 192.0.2.9 : 5062;branch=z9hG4bK-1 ; rport ; x=\"a;b\", SIP/2.0/TCP far"});
  add({.via = "SIP/2.0/UDP a;branch=1\r\nv: SIP/2.0/TLS b;branch=2\r\nVIA: SIP/2.0/TCP c;received=1.2.3.4"});
  add({.from = "\"A \\\"B\\\" C\" <sip:alice@192.0.2.9>;tag=a;x", .to = "sip:bob@b;tag=t"});
  add({.from = "Alice\tA <sip:alice@192.0.2.9>;tag=a"});
  add({.cseq = 2147483647});
  add({.extra = "Contact: <sip:a@b>;q=0.5, \"x\" <sip:c@d>\r\nSubject: \xc3\xa9\r\ns: t\r\nX-Empty:\r\n"});
  add({.extra = "m: *\r\nContent-Type : application/sdp\r\n"});
  auto compact = RequestText{}.text();
  for (const auto& [name, letter] :
       {std::pair{"\r\nFrom: ", "\r\nf: "}, {"\r\nTo: ", "\r\nt:"}, {"\r\nCall-ID: ", "\r\ni : "}})
    compact.replace(compact.find(name), std::string_view(name).size(), letter);
  all.push_back(compact);
  all.push_back(compact + "bytes behind the body");
  return all;
}

TEST(Brief, SaysOfAPlainRequestWhatTheParserSays) {
  for (const auto& text : plain()) {
    const auto whole = Message::parse(text);
    const auto brief = read_brief(text);
    ASSERT_TRUE(whole) << text;
    ASSERT_TRUE(brief) << text;
    EXPECT_EQ(brief->method, whole->method());
    EXPECT_EQ(brief->method_text, whole->method_text());
    EXPECT_EQ(brief->request_uri, whole->request_uri());
    EXPECT_EQ(brief->call_id, whole->call_id());
    EXPECT_EQ(brief->from_tag, whole->from().tag);
    EXPECT_EQ(brief->to_tag, whole->to().tag);
    EXPECT_EQ(brief->cseq_number, whole->cseq().number);
    EXPECT_EQ(brief->via.host, whole->via().host);
    EXPECT_EQ(brief->via.port, whole->via().port);
    EXPECT_EQ(brief->via.branch, whole->via().branch);
    EXPECT_EQ(brief->via.rport_asked, whole->via().rport_asked);
    EXPECT_EQ(brief->vias[0], whole->header(HeaderId::Via));
    EXPECT_EQ(refusal(*brief, "203.0.113.9", 40000), refusal(*whole, "203.0.113.9", 40000)) << text;
    EXPECT_EQ(refusal(*brief, "", 0), refusal(*whole, "", 0)) << text;
  }
}

// Of RFC 4475, RFC 5118 and ordinary calls: the fuzzer's seeds.
TEST(Brief, TakesOfTheCorpusOnlyWhatTheParserTakesAndReadsItAlike) {
  unsigned taken = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(WARP_SOURCE_DIR "/tests/fuzz/corpus/sip_message")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto brief = read_brief(text);
    if (!brief) continue;
    ++taken;
    const auto whole = Message::parse(text);
    ASSERT_TRUE(whole) << entry.path();
    EXPECT_EQ(brief->method, whole->method()) << entry.path();
    EXPECT_EQ(brief->call_id, whole->call_id()) << entry.path();
    EXPECT_EQ(brief->to_tag, whole->to().tag) << entry.path();
    EXPECT_EQ(refusal(*brief, "203.0.113.9", 40000), refusal(*whole, "203.0.113.9", 40000)) << entry.path();
  }
  EXPECT_GE(taken, 10u);
}

TEST(Brief, LeavesToTheParserWhatIsUnusual) {
  const auto replaced = [](std::string_view what, std::string_view by) {
    auto text = RequestText{}.text();
    return text.replace(text.find(what), what.size(), by);
  };
  std::string many_vias;
  for (std::size_t i = 0; i < Brief::kMostVias; ++i)
    many_vias += "Via: SIP/2.0/UDP h" + std::to_string(i) + "\r\n";
  for (const auto& text : {replaced("To: ", "Subject: a\r\n b\r\nTo: "),
                           replaced("To: ", "Subject: a\\\x01\r\nTo: "), "\r\n" + RequestText{}.text(),
                           replaced("SIP/2.0\r\n", "sip/2.0\r\n"), RequestText{.extra = many_vias}.text()}) {
    EXPECT_TRUE(Message::parse(text)) << text;
    EXPECT_FALSE(read_brief(text)) << text;
  }
}

TEST(Brief, TakesNothingThatTheParserRefuses) {
  const auto replaced = [](std::string_view what, std::string_view by) {
    auto text = RequestText{}.text();
    return text.replace(text.find(what), what.size(), by);
  };
  const auto whole = RequestText{}.text();
  std::string headers;
  for (int i = 0; i < 256; ++i)
    headers += "X: y\r\n";
  std::string hops = "SIP/2.0/UDP a";
  for (int i = 0; i < 70; ++i)
    hops += ", SIP/2.0/UDP b";
  for (const auto& text : {std::string(),
                           std::string("INVITE"),
                           std::string("\r\n\r\n"),
                           whole.substr(0, whole.size() - 1),
                           whole.substr(0, whole.size() - 2),
                           std::string("SIP/2.0 200 OK\r\n") + whole.substr(whole.find("Via")),
                           replaced("SIP/2.0\r\n", "SIP/3.0\r\n"),
                           replaced("sip:15550100@192.0.2.1", "sip:a@b?Subject=x"),
                           replaced("sip:15550100@192.0.2.1", "nonsense"),
                           replaced("Call-ID: ", "Call-ID: two words "),
                           replaced("Call-ID: call-1@192.0.2.9\r\n", ""),
                           replaced("Via: ", "X: "),
                           replaced("Max-Forwards: 70", "Max-Forwards: 256"),
                           replaced("CSeq: 1 INVITE", "CSeq: 1 BYE"),
                           replaced("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"),
                           replaced("CSeq: 1 INVITE", "CSeq: 1INVITE"),
                           replaced("Content-Length: 0", "Content-Length: 1"),
                           replaced("Content-Length: 0", "Content-Length: -1"),
                           replaced("Content-Length: 0", "Content-Length: 0\r\nl: 0"),
                           replaced("To: ", "t: <sip:a@b>\r\nTo: "),
                           replaced("To: <sip", "To: <<sip"),
                           replaced("From: ", "From "),
                           replaced("From: ", ": x\r\nFrom: "),
                           replaced("From: ", "X: \x01\r\nFrom: "),
                           replaced("From: ", "X: a\nFrom: "),
                           replaced("From: ", "X: a\rFrom: "),
                           replaced("tag=a", "tag=a;tag=b"),
                           replaced(";rport", ";rport;rport"),
                           replaced(":5060;branch", ":0;branch"),
                           RequestText{.extra = "Contact: <sip:a@b\r\n"}.text(),
                           RequestText{.extra = headers}.text(),
                           RequestText{.via = hops}.text()}) {
    EXPECT_FALSE(Message::parse(text).has_value() && Message::parse(text)->is_request()) << text;
    EXPECT_FALSE(read_brief(text)) << text;
  }
}

}  // namespace
}  // namespace warp::sip
