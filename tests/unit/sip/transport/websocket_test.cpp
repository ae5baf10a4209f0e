#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream_node.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

std::string upgrade(const std::string& more = "Sec-WebSocket-Protocol: sip\r\n") {
  return "GET /anything HTTP/1.1\r\nHost: sip.example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         more + "\r\n";
}

// A client's frame, masked with zeros.
std::string frame(std::string_view text, char opcode = '\1') {
  std::string out{static_cast<char>(0x80 | opcode)};
  if (text.size() < 126) {
    out += static_cast<char>(0x80 | text.size());
  } else {
    out += '\xfe';
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size());
  }
  return out + std::string(4, '\0') + std::string(text);
}

struct WebSocket : testing::Test {
  explicit WebSocket(std::vector<std::string> origins = {})
      : node([&] {
          auto settings = on("127.0.0.1:0", SipTransport::Ws);
          settings.origins = std::move(origins);
          return settings;
        }()) {}
  std::string answer(BareClient& client) {
    EXPECT_TRUE(until({&node}, [&] { return client.heard().find("\r\n\r\n") != std::string::npos; }));
    return client.heard();
  }
  StreamNode node;
};
struct WebSocketOfPages : WebSocket {
  WebSocketOfPages() : WebSocket({"https://phone.example.com"}) {}
};

TEST_F(WebSocket, OneFrameIsOneMessageBothWays) {
  BareClient client(node.at());
  client.send(upgrade("Sec-WebSocket-Protocol: chat, sip\r\n"));
  EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 101"));
  EXPECT_THAT(client.heard(), HasSubstr("Sec-WebSocket-Protocol: sip\r\n"));
  EXPECT_THAT(client.heard(), HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  // Without Content-Length, too: RFC 7118 §5.2 leaves it to the frame.
  auto text = options();
  text.replace(text.find("Content-Length: 0\r\n"), 19, "");
  client.send(frame(text) + frame(options("call-2"), '\2'));
  ASSERT_TRUE(until({&node}, [&] { return node.recorder().seen.size() == 2; }));
  const auto& seen = node.recorder().seen[0];
  EXPECT_EQ(seen.from.transport, SipTransport::Ws);
  const auto before = client.heard().size();
  const auto reply = test::response_text(*Message::parse(seen.text), 200, "b");
  EXPECT_TRUE(node.transport().send(seen.from, reply));
  EXPECT_TRUE(node.transport().send(seen.from, reply));
  ASSERT_TRUE(until({&node}, [&] { return client.heard().size() >= before + 2 * (reply.size() + 4); }));
  EXPECT_EQ(client.heard()[before], '\x81');
  EXPECT_EQ(client.heard().substr(before + 4, reply.size()), reply);
  EXPECT_EQ(client.heard()[before + 4 + reply.size()], '\x81') << "each in a frame of its own";
}

TEST_F(WebSocket, KeepAlivesAreAnswered) {
  BareClient client(node.at());
  client.send(upgrade());
  answer(client);
  const auto before = client.heard().size();
  client.send(frame("\r\n\r\n"));
  ASSERT_TRUE(until({&node}, [&] { return client.heard().size() > before; }));
  EXPECT_EQ(client.heard().substr(before), "\x81\x02\r\n");
  client.send(frame("hi", '\x9'));
  ASSERT_TRUE(until({&node}, [&] { return client.heard().size() > before + 4; }));
  EXPECT_EQ(client.heard().substr(before + 4), "\x8a\x02hi");
}

TEST_F(WebSocket, WhoDoesNotSpeakSipIsRefused) {
  for (const auto& [request, status] : std::vector<std::pair<std::string, std::string>>{
           {upgrade(""), "HTTP/1.1 400"},
           {upgrade("Sec-WebSocket-Protocol: chat\r\n"), "HTTP/1.1 400"},
           {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426"}}) {
    BareClient client(node.at());
    client.send(request);
    EXPECT_THAT(answer(client), StartsWith(status));
    EXPECT_TRUE(until({&node}, [&] { return client.ended(); }));
  }
  BareClient sip(node.at());
  sip.send(options());
  EXPECT_TRUE(until({&node}, [&] { return sip.ended(); }));
  EXPECT_TRUE(node.recorder().seen.empty());
  EXPECT_EQ(node.metric("connections_closed_total", "reason=\"upgrade_failed\""), 4u);
}

TEST_F(WebSocket, PagesOfNobodyAreRefused) {
  BareClient client(node.at());
  client.send(upgrade("Sec-WebSocket-Protocol: sip\r\nOrigin: https://phone.example.com\r\n"));
  EXPECT_THAT(answer(client), StartsWith("HTTP/1.1 403"));
}

TEST_F(WebSocketOfPages, OnlyPagesThatAreNamedConnect) {
  BareClient good(node.at()), bad(node.at());
  good.send(upgrade("Sec-WebSocket-Protocol: sip\r\nOrigin: https://phone.example.com\r\n"));
  EXPECT_THAT(answer(good), StartsWith("HTTP/1.1 101"));
  bad.send(upgrade("Sec-WebSocket-Protocol: sip\r\nOrigin: https://phone.example.com.evil.example\r\n"));
  EXPECT_THAT(answer(bad), StartsWith("HTTP/1.1 403"));
}

TEST_F(WebSocket, FramesWithoutEndAreCutOff) {
  BareClient client(node.at());
  client.send(upgrade());
  answer(client);
  std::string huge{'\x81', '\xff'};
  huge += std::string("\0\0\0\0\x7f\0\0\0", 8) + std::string(4, '\0');
  client.send(huge);
  EXPECT_TRUE(until({&node}, [&] { return client.ended(); }));
}

TEST_F(WebSocket, HalfAnUpgradeIsCutOff) {
  BareClient client(node.at());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  ASSERT_TRUE(until({&node}, [&] { return node.connections() == 1; }));
  pass(node, 11s);
  EXPECT_TRUE(until({&node}, [&] { return client.ended(); }));
}

TEST_F(WebSocket, WeConnectToOthersAsWell) {
  StreamNode peer(on("127.0.0.1:0", SipTransport::Ws));
  const auto flow = *node.transport().flow_towards({peer.at(), SipTransport::Ws});
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(node.transport().send(flow, options("call-" + std::to_string(i))));
  ASSERT_TRUE(until({&node, &peer}, [&] { return peer.recorder().seen.size() == 3; }));
  EXPECT_EQ(node.connections(), 1u);
}

}  // namespace
}  // namespace warp::sip
