// Against a real redis-server.
#include "warp/redis/client.h"

#include <gtest/gtest.h>

#include "unit/redis/test_client.h"

namespace warp::redis {
namespace {

using test::RedisServer;
using test::settings_for;
using test::TestClient;

TEST(RedisClient, EveryKindOfReply) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  EXPECT_TRUE(client.command({"SET", "a", "1"})->is_ok());
  EXPECT_EQ(*client.command({"GET", "a"}), Reply(Reply::Kind::Bulk, "1"));
  EXPECT_EQ(*client.command({"INCRBY", "a", "-9223372036854775807"}), Reply(-9223372036854775806));
  EXPECT_TRUE(client.command({"GET", "none"})->is_nil());
  EXPECT_EQ(*client.command({"KEYS", "none"}), Reply(std::vector<Reply>{}));
  const auto refused = *client.command({"LPUSH", "a", "x"});
  EXPECT_TRUE(refused.is_error());
  EXPECT_TRUE(refused.text().starts_with("WRONGTYPE")) << refused.text();

  const auto nested =
      *client.command({"EVAL", "return {1, {'two', false, {}}, redis.error_reply('no')}", "0"});
  std::vector<Reply> inner;
  inner.emplace_back(Reply::Kind::Bulk, "two");
  inner.emplace_back();
  inner.emplace_back(std::vector<Reply>{});
  ASSERT_EQ(nested.elements().size(), 3u);
  EXPECT_EQ(nested.elements()[0].integer(), 1);
  EXPECT_EQ(nested.elements()[1].elements(), inner);
  EXPECT_TRUE(nested.elements()[2].is_error());

  EXPECT_EQ(client.result("ok"), 6);
  EXPECT_EQ(client.result("server_error"), 1);
  EXPECT_EQ(client.metric("warp_redis_command_seconds_count"), 7);
}

TEST(RedisClient, AThousandInOnePipelineComeBackInOrder) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  std::vector<std::vector<std::string>> commands;
  for (int i = 0; i < 1000; ++i)
    commands.push_back({"ECHO", std::to_string(i)});
  const auto replies = client.pipeline(commands);
  ASSERT_TRUE(replies) << replies.error().message;
  ASSERT_EQ(replies->size(), 1000u);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ((*replies)[static_cast<std::size_t>(i)].text(), std::to_string(i));
  EXPECT_TRUE(client.pipeline({})->empty());
}

TEST(RedisClient, AThousandCallersOnFourThreadsEachGetTheirOwn) {
  RedisServer server;
  TestClient client(settings_for(server.url()), 4);
  ASSERT_TRUE(client.up());
  std::vector<std::future<Expected<Reply>>> asked;
  for (int i = 0; i < 1000; ++i)
    asked.push_back(client.ask({"ECHO", std::to_string(i)}));
  for (int i = 0; i < 1000; ++i) {
    const auto reply = TestClient::get(std::move(asked[static_cast<std::size_t>(i)]));
    ASSERT_TRUE(reply) << reply.error().message;
    ASSERT_EQ(reply->text(), std::to_string(i));
  }
  EXPECT_EQ(client.result("ok"), 1000);
  EXPECT_EQ(client.metric("warp_redis_in_flight"), 0);
}

TEST(RedisClient, AnErrorInAPipelineIsItsOwnCommandsAlone) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  const auto replies = client.pipeline({{"SET", "t", "x"}, {"INCR", "t"}, {"GET", "t"}});
  ASSERT_TRUE(replies);
  EXPECT_TRUE((*replies)[0].is_ok());
  EXPECT_TRUE((*replies)[1].is_error());
  EXPECT_EQ((*replies)[2].text(), "x");
}

TEST(RedisClient, ATransactionIsOnePipeline) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  const auto replies = client.pipeline({{"MULTI"}, {"INCR", "n"}, {"INCR", "n"}, {"EXEC"}});
  ASSERT_TRUE(replies) << replies.error().message;
  EXPECT_EQ(replies->back().elements(), (std::vector<Reply>{Reply(1), Reply(2)}));
}

TEST(RedisClient, ManyTransactionsGoAtOnceAndOneThatIsRefusedIsItsOwn) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  std::vector<std::vector<std::string>> commands;
  for (int i = 0; i < 64; ++i) {
    commands.push_back({"MULTI"});
    commands.push_back(i == 10 ? std::vector<std::string>{"INCR"} : std::vector<std::string>{"INCR", "n"});
    commands.push_back({"EXEC"});
  }
  const auto replies = client.pipeline(commands);
  ASSERT_TRUE(replies) << replies.error().message;
  ASSERT_EQ(replies->size(), commands.size());
  EXPECT_TRUE((*replies)[31].is_error());
  EXPECT_TRUE((*replies)[32].is_error()) << "a transaction with a command that is none is not done";
  EXPECT_EQ(replies->back().elements(), std::vector<Reply>{Reply(63)});
}

TEST(RedisClient, ArgumentsOfAnyOctetsAndLengthGoOutAsTheyAre) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  for (const std::size_t length : {0u, 1u, 9u, 10u, 99u, 100u, 65'536u}) {
    const std::string text = std::string(length, '\0') + "\r\n$";
    EXPECT_EQ(client.command({"ECHO", text})->text(), text);
  }
  EXPECT_EQ(client.command({"ECHO", ""})->text(), "");
}

TEST(RedisClient, BigAndBinaryReplies) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  std::string value(8u << 20, '\0');
  for (std::size_t i = 0; i < value.size(); ++i)
    value[i] = static_cast<char>(i * 31 + i / 256);
  ASSERT_TRUE(client.command({"SET", "big", value})->is_ok());
  EXPECT_EQ(client.command({"GET", "big"})->text(), value);

  const auto list = client.command({"EVAL", "local t = {} for i = 1, 100000 do t[i] = i end return t", "0"});
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->elements().size(), 100000u);
  for (std::int64_t i = 0; i < 100000; ++i)
    ASSERT_EQ(list->elements()[static_cast<std::size_t>(i)].integer(), i + 1);
}

TEST(RedisClient, AReplyAboveTheLimitCostsTheConnectionAndNothingElse) {
  RedisServer server;
  auto settings = settings_for(server.url());
  settings.max_reply_octets = 100'000;
  TestClient client(std::move(settings));
  ASSERT_TRUE(client.up());
  ASSERT_TRUE(client.command({"SET", "big", std::string(200'000, 'x')})->is_ok());
  const auto reply = client.command({"GET", "big"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::ConnectionLost);
  EXPECT_EQ(reply.error().message, "a reply is larger than max_reply_octets");
  EXPECT_EQ(client.metric("warp_redis_protocol_errors_total"), 1);
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_reconnects_total") == 1; }));
  EXPECT_EQ(client.command({"STRLEN", "big"})->integer(), 200'000);
}

TEST(RedisClient, ComesBackAfterTheServerWasKilled) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  EXPECT_EQ(client.metric("warp_redis_connected"), 1);
  server.kill();
  ASSERT_TRUE(test::eventually([&] { return !client->healthy(); }));
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") > 3; }));
  const auto down = client.command({"PING"});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(client.metric("warp_redis_connected"), 0);

  server.start();
  ASSERT_TRUE(client.up());
  EXPECT_EQ(client.command({"PING"})->text(), "PONG");
  EXPECT_EQ(client.metric("warp_redis_reconnects_total"), 1);
  EXPECT_EQ(client.metric("warp_redis_connected"), 1);
  EXPECT_EQ(client.result("unavailable"), 1);
  EXPECT_EQ(client.logged("redis.connection_lost"), 1);
  EXPECT_EQ(client.logged("redis.connect_failed"), 0);
  EXPECT_EQ(client.logged("redis.connected"), 2);
}

TEST(RedisClient, WhatWasInFlightWhenTheServerWasKilledIsLost) {
  RedisServer server;
  TestClient client(server.url());
  ASSERT_TRUE(client.up());
  server.signal(SIGSTOP);
  std::vector<std::future<Expected<Reply>>> asked;
  for (int i = 0; i < 10; ++i)
    asked.push_back(client.ask({"INCR", "n"}));
  ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_in_flight") == 10; }));
  server.kill();
  for (auto& future : asked) {
    const auto reply = TestClient::get(std::move(future));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, ErrorKind::ConnectionLost);
  }
  EXPECT_EQ(client.result("connection_lost"), 10);
}

TEST(RedisClient, PasswordRightWrongAndMissing) {
  RedisServer server({"--requirepass", "s3cret"});
  auto settings = settings_for(server.url());
  settings.password = "s3cret";
  {
    TestClient client(settings);
    ASSERT_TRUE(client.up());
    EXPECT_EQ(client.command({"PING"})->text(), "PONG");
  }
  for (const auto* password : {"guess", ""}) {
    settings.password = password;
    TestClient client(settings);
    ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") > 2; }));
    EXPECT_FALSE(client->healthy());
    const auto reply = client.command({"PING"});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(reply.error().message.find(*password ? "WRONGPASS" : "NOAUTH"), std::string::npos);
    EXPECT_EQ(client.logged("redis.connect_failed"), 1);
    EXPECT_EQ(client.logged("s3cret") + client.logged("guess"), 0);
  }
}

TEST(RedisClient, AUserOfTheServersAccessListNeedsNoMoreThanItsKeys) {
  RedisServer server(
      {"--user", "default", "off", "--user", "warp", "on", ">s3cret", "~warp:*", "+get", "+set", "+select"});
  auto url = "unix://warp@" + server.socket() + "?db=1";
  auto settings = settings_for(url);
  settings.password = "s3cret";
  TestClient client(std::move(settings));
  ASSERT_TRUE(client.up());
  EXPECT_TRUE(client.command({"SET", "warp:a", "1"})->is_ok());
  EXPECT_TRUE(client.command({"SET", "other", "1"})->text().starts_with("NOPERM"));
}

TEST(RedisClient, DatabaseOfTheUrlAndNameOfTheConnection) {
  RedisServer server;
  TestClient three(server.url("?db=3"));
  TestClient zero(server.url());
  ASSERT_TRUE(three.up() && zero.up());
  ASSERT_TRUE(three.command({"SET", "here", "1"})->is_ok());
  EXPECT_TRUE(zero.command({"GET", "here"})->is_nil());
  EXPECT_EQ(three.command({"GET", "here"})->text(), "1");
  EXPECT_EQ(three.command({"CLIENT", "GETNAME"})->text(), "warpd");

  TestClient none(server.url("?db=999"));
  ASSERT_TRUE(test::eventually([&] { return none.metric("warp_redis_connect_failures_total") > 1; }));
  EXPECT_NE(none.command({"PING"}).error().message.find("SELECT"), std::string::npos);
}

TEST(RedisClient, OverTcp) {
  const auto port = std::to_string(test::free_tcp_port());
  RedisServer server({"--port", port});
  TestClient address("redis://127.0.0.1:" + port + "/2");
  ASSERT_TRUE(address.up());
  EXPECT_TRUE(address.command({"SET", "a", "1"})->is_ok());
  TestClient name("redis://localhost:" + port + "/2");
  ASSERT_TRUE(name.up());
  EXPECT_EQ(name.command({"GET", "a"})->text(), "1");
}

TEST(RedisClient, ManyThreadsManyConnectionsLost) {
  RedisServer server;
  TestClient client(settings_for(server.url()), 3);
  ASSERT_TRUE(client.up());
  std::vector<std::future<Expected<Reply>>> asked;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 100; ++i)
      asked.push_back(client.ask({"INCR", "n"}));
    client.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"}).has_value();
    ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_reconnects_total") == round + 1; }));
  }
  double done = 0, lost = 0;
  for (auto& future : asked) {
    const auto reply = TestClient::get(std::move(future));
    if (reply)
      ++done;
    else if (reply.error().kind == ErrorKind::ConnectionLost)
      ++lost;
  }
  EXPECT_GT(done, 0);
  const auto counted = client.command({"GET", "n"});
  ASSERT_TRUE(counted);
  const auto increments = std::stod(counted->text());
  EXPECT_GE(increments, done);
  EXPECT_LE(increments, done + lost);
}

}  // namespace
}  // namespace warp::redis
