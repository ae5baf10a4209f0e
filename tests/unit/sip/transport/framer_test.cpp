#include "warp/sip/transport/framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/sip_text.h"

namespace warp::sip {
namespace {

using Kind = StreamFramer::Kind;
using testing::ElementsAre;

// What comes out, in short: messages by their body's size, keep-alives and faults by name.
std::vector<std::string> drain(StreamFramer& framer) {
  std::vector<std::string> out;
  for (auto event = framer.next(); event.kind != Kind::More; event = framer.next()) {
    switch (event.kind) {
      case Kind::More:
        break;
      case Kind::Message:
        out.push_back("message " + std::to_string(event.bytes.size()));
        break;
      case Kind::Ping:
        out.emplace_back("ping");
        break;
      case Kind::Pong:
        out.emplace_back("pong");
        break;
      case Kind::Bad:
        out.emplace_back(to_string(event.fault));
        return out;
    }
  }
  return out;
}

std::vector<std::string> feed(StreamFramer& framer, std::string_view text, std::size_t piece) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    framer.push(text.substr(at, piece));
    for (auto& event : drain(framer))
      out.push_back(std::move(event));
  }
  return out;
}

std::string message(std::size_t body) {
  test::RequestText request;
  request.body = std::string(body, 'x');
  return request.text();
}

std::string line(const std::string& text) {
  return "message " + std::to_string(text.size());
}

struct FramerPieces : testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, FramerPieces, testing::Values(1, 2, 3, 7, 64, 100'000));

TEST_P(FramerPieces, MessagesComeOutWholeHoweverTheyArrive) {
  StreamFramer framer;
  const auto empty = message(0), full = message(300);
  EXPECT_THAT(feed(framer, empty + full + empty, GetParam()),
              ElementsAre(line(empty), line(full), line(empty)));
  EXPECT_FALSE(framer.within_message());
}

TEST_P(FramerPieces, AFoldedAndACompactLengthCount) {
  StreamFramer framer;
  auto text = message(5);
  text.replace(text.find("Content-Length: 5"), 17, "l  :\r\n 5");
  EXPECT_THAT(feed(framer, text + text, GetParam()), ElementsAre(line(text), line(text)));
}

TEST_P(FramerPieces, WhatHasNoLengthEndsTheStream) {
  for (const auto& [value, fault] : std::vector<std::pair<std::string, std::string>>{
           {"", "no_content_length"},
           {"Content-Length: -1\r\n", "bad_content_length"},
           {"Content-Length: 2147483648\r\n", "bad_content_length"},
           {"Content-Length: 4294967301\r\n", "bad_content_length"},
           {"Content-Length: 5\r\nl: 6\r\n", "bad_content_length"},
           {"Content-Length: 5 5\r\n", "bad_content_length"},
           {"Content-Length: 65535\r\n", "message_too_large"}}) {
    StreamFramer framer;
    auto text = message(0);
    text.replace(text.find("Content-Length: 0\r\n"), 19, value);
    EXPECT_THAT(feed(framer, text, GetParam()), ElementsAre(fault)) << value;
    framer.push(message(0));
    EXPECT_THAT(drain(framer), ElementsAre()) << "nothing is found behind a fault";
  }
}

TEST_P(FramerPieces, TheSameLengthTwiceIsNoFault) {
  StreamFramer framer;
  auto text = message(5);
  text.replace(text.find("Content-Length: 5"), 17, "Content-Length: 5\r\nl: 5");
  EXPECT_THAT(feed(framer, text, GetParam()), ElementsAre(line(text)));
}

TEST(StreamFramer, KeepAlivesAreToldApart) {
  StreamFramer framer;
  const auto text = message(0);
  framer.push("\r\n\r\n");
  EXPECT_THAT(drain(framer), ElementsAre("ping"));
  framer.push("\r\n");
  EXPECT_THAT(drain(framer), ElementsAre("pong"));
  framer.push(text);
  EXPECT_THAT(drain(framer), ElementsAre(line(text)));
  framer.push("\r\n\r\n" + text + "\r\n\r\n\r\n");
  EXPECT_THAT(drain(framer), ElementsAre("ping", line(text), "ping", "pong"));
}

TEST(StreamFramer, APingInPiecesIsAPing) {
  StreamFramer framer;
  EXPECT_THAT(feed(framer, "\r\n\r\n", 1), ElementsAre("pong", "ping"));
  EXPECT_THAT(feed(framer, "\r\n\r\n", 3), ElementsAre("pong", "ping"));
}

TEST_P(FramerPieces, AHeadWithoutEndIsCutOff) {
  StreamFramer framer({.head_octets = 1000, .message_octets = 5000});
  const auto events =
      feed(framer, "OPTIONS sip:a SIP/2.0\r\nSubject: " + std::string(20'000, 'x'), GetParam());
  EXPECT_THAT(events, ElementsAre("head_too_large"));
  EXPECT_LT(framer.kept(), 300'000u);
}

TEST(StreamFramer, LargeBuffersAreGivenBack) {
  StreamFramer framer;
  framer.push(message(60'000));
  EXPECT_EQ(drain(framer).size(), 1u);
  EXPECT_LE(framer.kept(), 4096u);
}

TEST(StreamFramer, KnowsThatAMessageIsUnderWay) {
  StreamFramer framer;
  EXPECT_FALSE(framer.within_message());
  framer.push("OPT");
  drain(framer);
  EXPECT_TRUE(framer.within_message());
}

}  // namespace
}  // namespace warp::sip
