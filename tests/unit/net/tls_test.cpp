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

TEST(NetTls, ContextsShareTheSystemsAuthoritiesAndKeepAFilesToThemselves) {
  const test::Certificate authority("DNS:localhost");
  ssl::context first(ssl::context::tls_client), second(ssl::context::tls_client);
  const auto store = [](ssl::context& of) { return SSL_CTX_get_cert_store(of.native_handle()); };
  ASSERT_EQ(trust(first, ""), "");
  ASSERT_EQ(trust(second, ""), "");
  EXPECT_EQ(store(first), store(second));
  const auto known = sk_X509_OBJECT_num(X509_STORE_get0_objects(store(first)));
  ASSERT_EQ(trust(second, authority.chain()), "");
  EXPECT_NE(store(first), store(second));
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store(second))), 1);
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(store(first))), known);
}

}  // namespace
}  // namespace warp::net
