#include "warp/net/tls.h"

#include <gtest/gtest.h>

#include "support/certificate.h"

namespace warp::net {
namespace {

namespace ssl = boost::asio::ssl;

TEST(NetTls, TakesACertificateWithItsKeyAlone) {
  const test::Certificate one, other;
  ssl::context context(ssl::context::tls_server);
  EXPECT_EQ(use_certificate(context, one.chain(), one.key()), "");
  EXPECT_TRUE(use_certificate(context, one.chain(), other.key()).starts_with(other.key() + ": "));
  EXPECT_TRUE(use_certificate(context, "/nowhere.pem", one.key()).starts_with("/nowhere.pem: "));
  EXPECT_TRUE(use_certificate(context, one.chain(), "/nowhere.key").starts_with("/nowhere.key: "));
}

TEST(NetTls, BelievesAFileOrTheSystem) {
  const test::Certificate authority("DNS:localhost");
  ssl::context context(ssl::context::tls_client);
  EXPECT_EQ(trust(context, ""), "");
  EXPECT_EQ(trust(context, authority.chain()), "");
  EXPECT_TRUE(trust(context, "/nowhere.pem").starts_with("/nowhere.pem: "));
}

}  // namespace
}  // namespace warp::net
