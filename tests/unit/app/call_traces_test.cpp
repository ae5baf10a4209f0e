#include "app/call_traces.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::app {
namespace {

using Way = sip::MessageTap::Way;

const CustomerId kMine{Uuid{{1}}}, kOther{Uuid{{2}}};

CallId call(std::uint8_t number) {
  CallId id;
  id.value.bytes[15] = number;
  id.value.bytes[14] = 1;
  return id;
}

std::string message(const std::string& call_id) {
  return "OPTIONS sip:x SIP/2.0\r\nCall-ID: " + call_id + "\r\n\r\n";
}

sip::Flow flow() {
  return {*domain::SocketAddress::parse("192.0.2.1:5060"),
          *domain::SocketAddress::parse("198.51.100.1:5060")};
}

// What capture sees behind the tap.
struct Capture final : sip::MessageTap, domain::CallCapture {
  void on_message(Way, const sip::Flow&, std::string_view) override { ++messages; }
  void joined(const Legs&) override { ++joins; }
  void ended(const domain::CallRecord&) override { ++ends; }
  int messages = 0, joins = 0, ends = 0;
};

struct CallTracesTest : testing::Test {
  std::size_t kept(CallId id) {
    const auto trace = traces.read(id, std::nullopt);
    return trace ? trace->messages.size() : 0;
  }
  domain::CallRecord record_of(CallId id) {
    domain::CallRecord record;
    record.call = id;
    return record;
  }

  test::ManualClock clock;
  CallTraces traces{clock};
  Capture capture;
  TraceTap tap{traces, &capture, &capture};
};

TEST_F(CallTracesTest, KeepsBothLegsFromNowOn) {
  tap.on_message(Way::In, flow(), message("a"));
  EXPECT_FALSE(traces.read(call(1), std::nullopt));
  ASSERT_TRUE(traces.start(call(1), kMine, {"a", ""}));
  tap.on_message(Way::In, flow(), message("a"));
  tap.on_message(Way::Out, flow(), message("b"));
  tap.joined({"a", {}, "b", {}});
  tap.on_message(Way::Out, flow(), message("b"));
  tap.on_message(Way::In, flow(), message("c"));
  const auto trace = traces.read(call(1), kMine);
  ASSERT_TRUE(trace);
  ASSERT_EQ(trace->messages.size(), 2u);
  EXPECT_FALSE(trace->messages[0].sent);
  EXPECT_TRUE(trace->messages[1].sent);
  EXPECT_EQ(trace->messages[0].remote, "192.0.2.1:5060");
  EXPECT_EQ(trace->messages[0].transport, "UDP");
  EXPECT_EQ(trace->messages[1].text, message("b"));
  EXPECT_TRUE(trace->running);
  EXPECT_FALSE(traces.read(call(1), kOther)) << "another customer's";
  EXPECT_EQ(capture.messages, 5);
  EXPECT_EQ(capture.joins, 1);
}

TEST_F(CallTracesTest, EndsWithItsCallAndStaysToBeRead) {
  traces.start(call(1), kMine, {"a"});
  tap.ended(record_of(call(1)));
  EXPECT_FALSE(traces.running(call(1)));
  tap.on_message(Way::In, flow(), message("a"));
  EXPECT_EQ(kept(call(1)), 1u) << "the answer to BYE";
  clock.advance(CallTraces::kLingers);
  tap.on_message(Way::In, flow(), message("a"));
  EXPECT_EQ(kept(call(1)), 1u);
  EXPECT_FALSE(traces.watches());
  EXPECT_EQ(capture.ends, 1);
}

TEST_F(CallTracesTest, StopsWhenTold) {
  traces.start(call(1), kMine, {"a"});
  EXPECT_TRUE(traces.stop(call(1)));
  EXPECT_FALSE(traces.stop(call(1)));
  EXPECT_FALSE(traces.watches());
  tap.on_message(Way::In, flow(), message("a"));
  EXPECT_EQ(kept(call(1)), 0u);
  EXPECT_TRUE(traces.read(call(1), kMine));
}

TEST_F(CallTracesTest, IsBounded) {
  traces.start(call(1), kMine, {"a"});
  for (std::size_t i = 0; i < CallTraces::kMessages + 5; ++i)
    tap.on_message(Way::In, flow(), message("a"));
  EXPECT_EQ(kept(call(1)), CallTraces::kMessages);
  EXPECT_TRUE(traces.read(call(1), kMine)->cut);
  for (std::uint8_t i = 2; i <= CallTraces::kMost; ++i)
    EXPECT_TRUE(traces.start(call(i), kMine, {std::to_string(i)}));
  EXPECT_FALSE(traces.start(call(200), kMine, {"x"})) << "all run";
  traces.stop(call(3));
  EXPECT_TRUE(traces.start(call(200), kMine, {"x"}));
  EXPECT_FALSE(traces.read(call(3), kMine)) << "the oldest that had ended made room";
}

TEST(WithoutSecrets, MasksWhatProves) {
  EXPECT_EQ(without_secrets(
                "REGISTER sip:x SIP/2.0\r\nauthorization : Digest username=\"u\",\r\n"
                " response=\"secret\"\r\nVia: v\r\nProxy-Authorization: Digest y\r\n\r\nAuthorization: body"),
            "REGISTER sip:x SIP/2.0\r\nauthorization : ***\r\nVia: v\r\nProxy-Authorization: ***\r\n\r\n"
            "Authorization: body");
  EXPECT_EQ(without_secrets(""), "");
  EXPECT_EQ(without_secrets("\r\n\r\n"), "\r\n\r\n");
  EXPECT_EQ(without_secrets("OPTIONS sip:x SIP/2.0\nAuthorization: z"),
            "OPTIONS sip:x SIP/2.0\nAuthorization: ***\r\n");
}

}  // namespace
}  // namespace warp::app
