#include "warp/identity/key_set_cache.h"

#include <map>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "signer.h"
#include "support/manual_clock.h"

namespace warp::identity {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kIssuer = "https://id.example.com/";
constexpr const char* kDiscovery = "https://id.example.com/.well-known/openid-configuration";
constexpr const char* kKeys = "https://id.example.com/keys";

// Documents by address; each takes a turn of the loop, as from afar.
class FakeProvider final : public Fetcher {
 public:
  FakeProvider() {
    documents[kDiscovery] = Json{{"issuer", kIssuer}, {"jwks_uri", kKeys}}.dump();
    publish({ec_signer().jwk()});
  }
  void publish(const std::vector<Json>& keys) { documents[kKeys] = key_set_of(keys); }

  asio::awaitable<std::optional<std::string>> get(std::string url) override {
    ++fetched[url];
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    const auto found = documents.find(url);
    if (!here || found == documents.end()) co_return std::nullopt;
    co_return found->second;
  }

  bool here = true;
  std::map<std::string, std::string> documents;
  std::map<std::string, int> fetched;
};

class KeySetCacheTest : public ::testing::Test {
 protected:
  static log::Settings quiet() {
    log::Settings settings;
    settings.file = "/dev/null";
    return settings;
  }
  static KeySource source() {
    KeySource out;
    out.issuer = kIssuer;
    return out;
  }
  std::shared_ptr<const KeySet> find(KeySetCache& cache, std::string kid = "ec-1") {
    asio::io_context io;
    auto future = asio::co_spawn(io, cache.find(std::move(kid)), asio::use_future);
    io.run();
    return future.get();
  }

  test::ManualClock clock_;
  log::Logger log_{quiet()};
  FakeProvider provider_;
  KeySetCache cache_{provider_, source(), clock_, log_};
};

TEST_F(KeySetCacheTest, FetchesOnceAndKeeps) {
  for (int i = 0; i < 3; ++i) {
    const auto keys = find(cache_);
    ASSERT_TRUE(keys);
    EXPECT_TRUE(keys->knows("ec-1"));
  }
  EXPECT_EQ(provider_.fetched[kDiscovery], 1);
  EXPECT_EQ(provider_.fetched[kKeys], 1);
}

TEST_F(KeySetCacheTest, OneFetchForAHundredWhoWait) {
  asio::io_context io;
  std::vector<std::future<std::shared_ptr<const KeySet>>> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(asio::co_spawn(io, cache_.find("ec-1"), asio::use_future));
  io.run();
  for (auto& one : all)
    EXPECT_TRUE(one.get());
  EXPECT_EQ(provider_.fetched[kKeys], 1);
}

TEST_F(KeySetCacheTest, AnUnknownKidAsksOnceInHalfAMinute) {
  ASSERT_TRUE(find(cache_));
  clock_.advance(31s);
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(find(cache_, "guess-" + std::to_string(i)));
  EXPECT_EQ(provider_.fetched[kKeys], 2);
  clock_.advance(29s);
  find(cache_, "guess");
  EXPECT_EQ(provider_.fetched[kKeys], 2);
  clock_.advance(1s);
  find(cache_, "guess");
  EXPECT_EQ(provider_.fetched[kKeys], 3);
}

TEST_F(KeySetCacheTest, ARotatedKeyIsFoundAtItsFirstToken) {
  ASSERT_TRUE(find(cache_));
  const auto next = Signer::ec("ec-2");
  provider_.publish({next.jwk()});
  clock_.advance(30s);
  const auto keys = find(cache_, "ec-2");
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->knows("ec-2"));
  EXPECT_FALSE(keys->knows("ec-1")) << "what is withdrawn is no longer good";
}

TEST_F(KeySetCacheTest, OldKeysAreFetchedAgain) {
  ASSERT_TRUE(find(cache_));
  clock_.advance(10min);
  find(cache_);
  EXPECT_EQ(provider_.fetched[kKeys], 1);
  clock_.advance(1s);
  find(cache_);
  EXPECT_EQ(provider_.fetched[kKeys], 2);
}

TEST_F(KeySetCacheTest, WhileTheProviderIsAwayTheLastSetIsGoodForADay) {
  ASSERT_TRUE(find(cache_));
  provider_.here = false;
  clock_.advance(24h);
  EXPECT_TRUE(find(cache_));
  clock_.advance(1s);
  EXPECT_FALSE(find(cache_)) << "too old to let anybody in";
  provider_.here = true;
  clock_.advance(2s);
  EXPECT_TRUE(find(cache_));
}

TEST_F(KeySetCacheTest, WithoutASetItAsksEveryTwoSeconds) {
  provider_.here = false;
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(find(cache_));
  EXPECT_EQ(provider_.fetched[kDiscovery], 1);
  provider_.here = true;
  clock_.advance(2s);
  EXPECT_TRUE(find(cache_));
}

TEST_F(KeySetCacheTest, TheDocumentMustBeTheIssuersAndByHttps) {
  provider_.documents[kDiscovery] = Json{{"issuer", "https://evil.example/"}, {"jwks_uri", kKeys}}.dump();
  EXPECT_FALSE(find(cache_));
  provider_.documents[kDiscovery] =
      Json{{"issuer", kIssuer}, {"jwks_uri", "http://id.example.com/keys"}}.dump();
  clock_.advance(2s);
  EXPECT_FALSE(find(cache_));
  provider_.documents[kDiscovery] = Json{{"issuer", kIssuer}, {"jwks_uri", "file:///etc/passwd"}}.dump();
  clock_.advance(2s);
  EXPECT_FALSE(find(cache_));
  EXPECT_EQ(provider_.fetched.count(kKeys), 0u);

  auto plain = source();
  plain.issuer = "http://id.example.com";
  KeySetCache refused(provider_, plain, clock_, log_);
  EXPECT_FALSE(find(refused));
  plain.allow_http = true;
  provider_.documents["http://id.example.com/.well-known/openid-configuration"] =
      Json{{"issuer", plain.issuer}, {"jwks_uri", kKeys}}.dump();
  KeySetCache allowed(provider_, plain, clock_, log_);
  EXPECT_TRUE(find(allowed));
}

TEST_F(KeySetCacheTest, BrokenSetsChangeNothing) {
  ASSERT_TRUE(find(cache_));
  provider_.documents[kKeys] = R"({"keys":[]})";
  clock_.advance(11min);
  const auto keys = find(cache_);
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->knows("ec-1"));
}

}  // namespace
}  // namespace warp::identity
