// Two layers joined by a line that loses messages: the call is set up and ended all the same.
#include <gtest/gtest.h>

#include "warp/sip/transaction/reliable_answer.h"
#include "warp/sip/transport/response_path.h"

#include "support/transaction_bench.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;

struct Caller : test::TransactionBench {
  Caller() {
    when_answered = [this](TransactionId, const Message& response) { answered(response); };
  }
  void send(const std::string& method, unsigned cseq) {
    const auto branch = layer.new_branch();
    layer.send_request(method_from(method), branch, text(method, cseq, branch), peer);
  }
  std::string text(const std::string& method, unsigned cseq, const std::string& branch) const {
    test::RequestText request{.method = method};
    request.via = "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=" + branch;
    request.cseq = cseq;
    if (!remote_tag.empty()) request.to += ";tag=" + remote_tag;
    return request.text();
  }
  void answered(const Message& response) {
    if (response.cseq().method == Method::Bye) {
      byes += response.status() == 200;
    } else if (response.status() >= 300) {
      failure = response.status();
    } else if (response.status() >= 200) {
      remote_tag = response.to().tag;
      if (ack.resend(sender)) return;
      ack.send(sender, peer, text("ACK", 1, layer.new_branch()));
      wheel.arm(1s, [this] { send("BYE", 2); });
    }
  }
  HeldAck ack;
  std::string remote_tag;
  int byes = 0, failure = 0;
};

struct Callee : test::TransactionBench {
  explicit Callee(int final_status) {
    peer = {*domain::SocketAddress::parse("192.0.2.1:5060"), *domain::SocketAddress::parse("192.0.2.9:5060"),
            0};
    when_requested = [this, final_status](TransactionId id, const Message& request) {
      const auto say = [this, id, text = std::string(request.text())](int status) {
        auto bytes = test::response_text(*Message::parse(text), status, "b");
        EXPECT_TRUE(layer.respond(id, static_cast<std::uint16_t>(status), bytes));
        return bytes;
      };
      ++requests[std::string(request.method_text())];
      if (request.method() == Method::Bye) {
        say(200);
        return;
      }
      say(180);
      wheel.arm(200ms, [this, say, final_status, to = reply_flow(request, peer)] {
        const auto bytes = say(final_status);
        if (final_status == 200) answer.start(to, bytes, [this] { ++acks_missed; });
      });
    };
  }
  void on_ack(const Message&, const Flow&) override {
    ++acks;
    answer.acknowledged();
  }
  ReliableAnswer answer{sender, wheel, timers};
  std::map<std::string, int> requests;
  int acks = 0, acks_missed = 0;
};

// Carries everything until nothing lives any more; `drop` says which message is lost.
void run(Caller& caller, Callee& callee, const std::function<bool()>& drop) {
  caller.send("INVITE", 1);
  const auto carry = [&](test::TransactionBench& from, test::TransactionBench& to) {
    for (const auto& message : from.sender.take())
      if (!drop()) to.receive(message.bytes);
  };
  for (auto time = 0ms; time < 150s; time += 4ms) {
    carry(caller, callee);
    carry(callee, caller);
    caller.pass(4ms);
    callee.pass(4ms);
  }
}

void expect_clean(Caller& caller, Callee& callee) {
  for (auto* side : std::initializer_list<test::TransactionBench*>{&caller, &callee}) {
    EXPECT_EQ(side->layer.size(), 0u);
    EXPECT_EQ(side->wheel.size(), 0u);
    EXPECT_EQ(side->impossible(), 0u);
  }
}

struct LossTest : testing::TestWithParam<int> {};

// Every nth message is lost, beginning with each of the first n. (With n = 2 and the line's strict order
// every answer would be lost for ever: that is no line.)
TEST_P(LossTest, ACallCompletesThoughEveryNthMessageIsLost) {
  for (int offset = 0; offset < GetParam(); ++offset) {
    SCOPED_TRACE(offset);
    Caller caller;
    Callee callee(200);
    int count = offset;
    run(caller, callee, [&] { return ++count % GetParam() == 0; });
    EXPECT_EQ(callee.requests["INVITE"], 1);
    EXPECT_EQ(callee.requests["BYE"], 1);
    EXPECT_GE(callee.acks, 1);
    EXPECT_EQ(callee.acks_missed, 0);
    EXPECT_EQ(caller.byes, 1);
    expect_clean(caller, callee);
  }
}

TEST_P(LossTest, ARefusalArrivesThoughEveryNthMessageIsLost) {
  for (int offset = 0; offset < GetParam(); ++offset) {
    SCOPED_TRACE(offset);
    Caller caller;
    Callee callee(486);
    int count = offset;
    run(caller, callee, [&] { return ++count % GetParam() == 0; });
    EXPECT_EQ(callee.requests["INVITE"], 1);
    EXPECT_EQ(caller.failure, 486);
    expect_clean(caller, callee);
  }
}
INSTANTIATE_TEST_SUITE_P(EveryNth, LossTest, testing::Values(3, 4, 5, 6, 7));

TEST(LossyLine, ManyCallsOnALineThatLosesAThird) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededIdSource random(seed);
    Caller caller;
    Callee callee(200);
    run(caller, callee, [&] { return random.next64() % 3 == 0; });
    EXPECT_EQ(callee.requests["INVITE"], 1);
    EXPECT_EQ(callee.acks_missed, 0);
    EXPECT_EQ(caller.byes, 1);
    expect_clean(caller, callee);
  }
}

TEST(LossyLine, ADeadLineTimesOutOnBothSides) {
  Caller caller;
  Callee callee(200);
  int carried = 0;
  run(caller, callee, [&] { return ++carried > 4; });  // INVITE, 100, 180, 200 pass; the ACK does not
  EXPECT_EQ(callee.acks_missed, 1);
  EXPECT_EQ(caller.byes, 0);
  EXPECT_EQ(caller.take_events().back().substr(0, 7), "timeout");
  expect_clean(caller, callee);
}

}  // namespace
}  // namespace warp::sip
