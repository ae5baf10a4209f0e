// Against a server that misbehaves, and commands that misbehave themselves.
#include <gtest/gtest.h>

#include "warp/redis/client.h"

#include "unit/redis/fake_server.h"
#include "unit/redis/test_client.h"

namespace warp::redis {
namespace {

using test::FakeServer;
using test::settings_for;
using test::TestClient;
using Peer = FakeServer::Peer;
using std::chrono::milliseconds;

Settings impatient(const std::string& url) {
  auto settings = settings_for(url);
  settings.command_timeout = milliseconds(50);
  settings.grace = milliseconds(50);
  return settings;
}

TEST(RedisHostile, AServerThatNeverAnswersIsGivenUpAfterTheGrace) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.until_gone();
  });
  TestClient client(impatient(server.url()));
  ASSERT_TRUE(client.up());
  auto first = client.ask({"GET", "a"}), second = client.ask({"GET", "b"});
  const auto reply = TestClient::get(std::move(first));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::Timeout);
  EXPECT_EQ(TestClient::get(std::move(second)).error().kind, ErrorKind::Timeout);
  EXPECT_TRUE(test::eventually([&] { return server.ended() >= 1; }));
  EXPECT_TRUE(test::eventually([&] { return client.metric("warp_redis_reconnects_total") >= 1; }));
  EXPECT_EQ(client.result("timeout"), 2);
  EXPECT_EQ(client.result("connection_lost"), 0);
  EXPECT_GE(client.logged("redis.connection_lost"), 1);
}

TEST(RedisHostile, ALateReplyIsNotTakenForTheNextCommands) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.command();
    peer.command();
    peer.say("$4\r\nlate\r\n$4\r\nmine\r\n");
    peer.until_gone();
  });
  auto settings = impatient(server.url());
  settings.grace = std::chrono::seconds(60);
  settings.command_timeout = milliseconds(1000);
  TestClient client(std::move(settings));
  ASSERT_TRUE(client.up());
  EXPECT_EQ(client.command({"GET", "a"}).error().kind, ErrorKind::Timeout);
  const auto reply = client.command({"GET", "b"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text(), "mine");
  EXPECT_EQ(client.metric("warp_redis_late_replies_total"), 1);
  EXPECT_EQ(client.metric("warp_redis_reconnects_total"), 0);
  EXPECT_EQ(client.metric("warp_redis_in_flight"), 0);
}

TEST(RedisHostile, APipelineThatIsAnsweredInPartHasFailed) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.command();
    peer.say(":1\r\n");
    peer.until_gone();
  });
  TestClient client(impatient(server.url()));
  ASSERT_TRUE(client.up());
  const auto replies = client.pipeline({{"INCR", "a"}, {"INCR", "a"}, {"INCR", "a"}});
  ASSERT_FALSE(replies);
  EXPECT_EQ(replies.error().kind, ErrorKind::Timeout);
  EXPECT_EQ(client.result("ok"), 1);
  EXPECT_EQ(client.result("timeout"), 2);
}

TEST(RedisHostile, GarbageDropsTheConnectionAndIsCounted) {
  std::string deep;
  for (int i = 0; i < 30; ++i)
    deep += "*1\r\n";
  const std::string garbage[] = {"HTTP/1.1 400 Bad Request\r\n\r\n",
                                 std::string("\0\0\0\0\r\n", 6),
                                 "\x16\x03\x01\x02\r\n",
                                 "$99999999999999999999\r\n",
                                 "$-5\r\n",
                                 "$1x\r\nab\r\n",
                                 "$" + std::string(40, '1'),
                                 "*99999999999\r\n",
                                 "*2147483647\r\n",
                                 "*100000\r\n",
                                 "*2\r\n*1000\r\n" + std::string(100, '!') + "\r\n",
                                 ":1x\r\n",
                                 ":99999999999999999999\r\n",
                                 "$3000000\r\n" + std::string(2'000'000, 'x'),
                                 "+" + std::string(500'000, 'x'),
                                 deep};
  for (const auto& text : garbage) {
    FakeServer server([&](Peer& peer) {
      peer.greet();
      peer.command();
      peer.say(text);
      peer.until_gone();
    });
    auto settings = settings_for(server.url());
    settings.max_reply_octets = 1'000'000;
    TestClient client(std::move(settings));
    ASSERT_TRUE(client.up());
    const auto shown = text.substr(0, 40);
    const auto reply = client.command({"GET", "a"});
    ASSERT_FALSE(reply) << shown;
    EXPECT_EQ(reply.error().kind, ErrorKind::ConnectionLost) << shown;
    EXPECT_EQ(client.metric("warp_redis_protocol_errors_total"), 1) << shown;
    EXPECT_TRUE(test::eventually([&] { return server.ended() >= 1; })) << shown;
  }
}

TEST(RedisHostile, AReplyThatNobodyAskedForDropsTheConnection) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.say("+OK\r\n");
    peer.until_gone();
  });
  TestClient client(server.url());
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_protocol_errors_total") >= 2; }));
  EXPECT_GE(server.connections(), 2);
}

TEST(RedisHostile, GarbageInsteadOfAGreetingIsAFailedAttempt) {
  FakeServer server([](Peer& peer) {
    peer.say("220 mail.example ESMTP\r\n");
    peer.until_gone();
  });
  TestClient client(server.url());
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") >= 3; }));
  EXPECT_FALSE(client->healthy());
  EXPECT_EQ(client.logged("redis.connect_failed"), 1);
  EXPECT_EQ(client.logged("redis.connected"), 0);
}

TEST(RedisHostile, AServerThatAcceptsAndIsSilentIsGivenUpAfterConnectTimeout) {
  FakeServer server([](Peer& peer) { peer.until_gone(); });
  auto settings = settings_for(server.url());
  settings.connect_timeout = milliseconds(30);
  TestClient client(std::move(settings));
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") >= 2; }));
  EXPECT_EQ(client.command({"PING"}).error().kind, ErrorKind::Unavailable);
}

TEST(RedisHostile, RepliesInCrumbs) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.command();
    for (const char octet : std::string("*3\r\n$5\r\nhel\r\n\r\n:-42\r\n*-1\r\n"))
      peer.say({&octet, 1});
    peer.until_gone();
  });
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  const auto reply = client.command({"GET", "a"});
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_EQ(reply->elements().size(), 3u);
  EXPECT_EQ(reply->elements()[0].text(), "hel\r\n");
  EXPECT_EQ(reply->elements()[1].integer(), -42);
  EXPECT_TRUE(reply->elements()[2].is_nil());
}

TEST(RedisHostile, InFlightIsBounded) {
  std::promise<void> stop;
  const auto stop_told = stop.get_future().share();
  FakeServer server([&](Peer& peer) {
    peer.greet();
    stop_told.wait();
  });
  auto settings = settings_for(server.url());
  settings.max_in_flight = 4;
  TestClient client(std::move(settings));
  ASSERT_TRUE(client.up());
  std::vector<std::future<Expected<Reply>>> asked;
  for (int i = 0; i < 4; ++i)
    asked.push_back(client.ask({"GET", "a"}));
  const auto refused = client.command({"GET", "a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Busy);
  EXPECT_EQ(client.result("busy"), 1);
  const std::vector<std::vector<std::string>> five(5, {"GET", "a"});
  EXPECT_EQ(client.pipeline(five).error().kind, ErrorKind::BadCommand);
  stop.set_value();
  for (auto& future : asked)
    EXPECT_EQ(TestClient::get(std::move(future)).error().kind, ErrorKind::ConnectionLost);
}

TEST(RedisHostile, WhatTheServerDoesNotTakeIsBounded) {
  std::promise<void> stop;
  const auto stop_told = stop.get_future().share();
  FakeServer server([&](Peer& peer) {
    peer.greet();
    stop_told.wait();
  });
  auto settings = settings_for(server.url());
  settings.max_unsent_octets = 8u << 20;
  TestClient client(std::move(settings));
  ASSERT_TRUE(client.up());
  const std::string half(5u << 20, 'x');
  auto first = client.ask({"SET", "a", half});
  auto second = client.ask({"SET", "a", half});
  const auto refused = TestClient::get(std::move(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Busy);
  EXPECT_EQ(client.command({"SET", "a", std::string(9u << 20, 'x')}).error().kind, ErrorKind::BadCommand);
  stop.set_value();
  EXPECT_EQ(TestClient::get(std::move(first)).error().kind, ErrorKind::ConnectionLost);
}

TEST(RedisHostile, CommandsThatWouldTakeTheConnectionOverAreRefused) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.until_gone();
  });
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  const std::vector<std::vector<std::vector<std::string>>> refused = {
      {{}},
      {{""}},
      {{"SUBSCRIBE", "a"}},
      {{"Select", "1"}},
      {{"blpop", "a", "0"}},
      {{"XREAD", "BLOCK", "0", "STREAMS", "a", "$"}},
      {{"CLIENT", "REPLY", "OFF"}},
      {{"GET", "a"}, {"MONITOR"}},
      {{"MULTI"}},
      {{"EXEC"}},
      {{"MULTI"}, {"GET", "a"}},
      {{"GET", "a"}, {"MULTI"}},
      {{"GET", "a"}, {"EXEC"}},
      {{"MULTI"}, {"MULTI"}, {"EXEC"}},
      {{"MULTI"}, {"EXEC"}, {"EXEC"}},
      {{"MULTI"}, {"EXEC"}, {"MULTI"}}};
  for (const auto& commands : refused) {
    const auto replies = client.pipeline(commands);
    ASSERT_FALSE(replies);
    EXPECT_EQ(replies.error().kind, ErrorKind::BadCommand) << testing::PrintToString(commands);
  }
  EXPECT_EQ(client.metric("warp_redis_in_flight"), 0);
}

TEST(RedisHostile, AnIdleConnectionIsPinged) {
  std::atomic<int> pings{0};
  FakeServer server([&](Peer& peer) {
    peer.greet();
    while (peer.command().front() == "PING" && ++pings < 3)
      peer.say("+PONG\r\n");
    peer.until_gone();
  });
  auto settings = impatient(server.url());
  settings.ping_interval = milliseconds(10);
  TestClient client(std::move(settings));
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_reconnects_total") >= 1; }));
  EXPECT_GE(pings.load(), 3);
  EXPECT_EQ(client.result("ok") + client.result("timeout"), 0);
}

// Takes one command and answers it when it is told to.
struct LateServer {
  std::promise<void> told;
  FakeServer server{[heard = told.get_future().share()](Peer& peer) {
    peer.greet();
    peer.command();
    heard.wait();
    peer.say("$4\r\nlast\r\n");
    peer.until_gone();
  }};
};

TEST(RedisHostile, CloseLetsWhatIsInFlightEnd) {
  LateServer late;
  TestClient client(late.server.url());
  ASSERT_TRUE(client.up());
  auto asked = client.ask({"GET", "a"});
  auto closed = client.spawn(client->close());
  EXPECT_EQ(client.command({"GET", "b"}).error().kind, ErrorKind::Cancelled);
  EXPECT_EQ(closed.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  late.told.set_value();
  const auto reply = TestClient::get(std::move(asked));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->text(), "last");
  TestClient::get(std::move(closed));
  EXPECT_FALSE(client->healthy());
  client.close();
}

TEST(RedisHostile, CloseDoesNotWaitForAServerThatIsSilent) {
  FakeServer server([](Peer& peer) {
    peer.greet();
    peer.until_gone();
  });
  TestClient client(impatient(server.url()));
  ASSERT_TRUE(client.up());
  auto asked = client.ask({"GET", "a"});
  client.close();
  EXPECT_EQ(TestClient::get(std::move(asked)).error().kind, ErrorKind::Timeout);
}

TEST(RedisHostile, AClientThatIsGoneStillAnswersWhoWaits) {
  LateServer late;
  TestClient client(late.server.url());
  ASSERT_TRUE(client.up());
  auto asked = client.ask({"GET", "a"});
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_in_flight") == 1; }));
  client.destroy();
  late.told.set_value();
  EXPECT_EQ(TestClient::get(std::move(asked))->text(), "last");
}

TEST(RedisHostile, ClosedWhileConnecting) {
  FakeServer server([](Peer& peer) { peer.until_gone(); });
  TestClient client(server.url());
  ASSERT_TRUE(test::eventually([&] { return server.connections() == 1; }));
  client.close();
  EXPECT_EQ(client.command({"PING"}).error().kind, ErrorKind::Cancelled);
  EXPECT_TRUE(test::eventually([&] { return server.ended() == 1; }));
}

TEST(RedisHostile, ThePlaceWhereNobodyListens) {
  test::TemporaryFolder folder;
  TestClient client("unix://" + (folder / "none.sock"));
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") > 2; }));
  const auto reply = client.command({"PING"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(reply.error().message, "No such file or directory");
  EXPECT_EQ(client.logged("redis.connect_failed"), 1);
}

}  // namespace
}  // namespace warp::redis
