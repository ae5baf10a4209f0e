// TLS against a real redis-server with a certificate of our own making.
#include <gtest/gtest.h>

#include "warp/redis/client.h"

#include "unit/redis/test_client.h"

namespace warp::redis {
namespace {

using test::RedisServer;
using test::settings_for;
using test::TestClient;

class RedisTls : public testing::Test {
 protected:
  RedisTls() {
    make("ours", "IP:127.0.0.1");
    make("other", "IP:127.0.0.1");
    server_ = std::make_unique<RedisServer>(std::vector<std::string>{
        "--tls-port", port_, "--tls-cert-file", folder_ / "ours.pem", "--tls-key-file", folder_ / "ours.key",
        "--tls-ca-cert-file", folder_ / "ours.pem", "--tls-auth-clients", "optional"});
  }

  void make(const std::string& name, const std::string& subject) {
    const auto child = test::spawn(
        {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=redis", "-addext", "subjectAltName=" + subject, "-keyout",
         folder_ / (name + ".key"), "-out", folder_ / (name + ".pem")},
        folder_ / "openssl.log");
    if (test::wait_for(child) != 0) throw std::runtime_error("openssl failed");
  }

  Settings settings(const std::string& host, const std::string& authority) {
    auto settings = settings_for("rediss://" + host + ":" + port_ + "/1");
    settings.tls.ca_file = authority.empty() ? "" : folder_ / authority;
    return settings;
  }

  void expect_refused(Settings settings, const std::string& why) {
    TestClient client(std::move(settings));
    ASSERT_TRUE(test::eventually([&] { return client.metric("warp_redis_connect_failures_total") > 1; }));
    EXPECT_FALSE(client->healthy());
    const auto reply = client.command({"PING"});
    ASSERT_FALSE(reply);
    EXPECT_NE(reply.error().message.find(why), std::string::npos) << reply.error().message;
  }

  test::TemporaryFolder folder_;
  const std::string port_ = std::to_string(test::free_tcp_port());
  std::unique_ptr<RedisServer> server_;
};

TEST_F(RedisTls, CommandsPassAndComeBackAfterARestart) {
  TestClient client(settings("127.0.0.1", "ours.pem"));
  ASSERT_TRUE(client.up());
  const std::string value(3u << 20, 'v');
  EXPECT_TRUE(client.command({"SET", "a", value})->is_ok());
  EXPECT_EQ(client.command({"GET", "a"})->text(), value);
  server_->kill();
  ASSERT_TRUE(test::eventually([&] { return !client->healthy(); }));
  server_->start();
  ASSERT_TRUE(client.up());
  EXPECT_TRUE(client.command({"GET", "a"})->is_nil());
  client.close();
}

TEST_F(RedisTls, ACertificateOfOurOwnIsShown) {
  auto wanted = settings("127.0.0.1", "ours.pem");
  wanted.tls.certificate_file = folder_ / "ours.pem";
  wanted.tls.key_file = folder_ / "ours.key";
  TestClient client(std::move(wanted));
  ASSERT_TRUE(client.up());
  EXPECT_EQ(client.command({"PING"})->text(), "PONG");
}

TEST_F(RedisTls, AnAuthorityThatDidNotSignIsNotBelieved) {
  expect_refused(settings("127.0.0.1", "other.pem"), "certificate verify failed");
  expect_refused(settings("127.0.0.1", ""), "certificate verify failed");
}

TEST_F(RedisTls, ACertificateForAnotherNameIsNotBelieved) {
  expect_refused(settings("localhost", "ours.pem"), "certificate verify failed");
}

TEST_F(RedisTls, TheNameMayBeAnotherThanTheUrls) {
  auto wanted = settings("localhost", "ours.pem");
  wanted.tls.server_name = "127.0.0.1";
  TestClient client(std::move(wanted));
  EXPECT_TRUE(client.up());
  wanted = settings("127.0.0.1", "ours.pem");
  wanted.tls.server_name = "redis.example.net";
  expect_refused(std::move(wanted), "certificate verify failed");
}

TEST_F(RedisTls, AMissingFileIsSaid) {
  expect_refused(settings("127.0.0.1", "none.pem"), "TLS settings");
}

}  // namespace
}  // namespace warp::redis
