// The API over a real socket and the real Postgres, with two customers and their keys.
#pragma once

#include <map>

#include <gtest/gtest.h>

#include "warp/api/api.h"
#include "warp/domain/call_record.h"
#include "warp/domain/message.h"
#include "warp/http/server.h"
#include "warp/store/message_store.h"

#include "integration/coroutine.h"
#include "integration/services.h"
#include "support/fake_messaging.h"
#include "support/fake_registry.h"
#include "support/http_client.h"

namespace warp::test {

inline constexpr const char* kNobody = "0190c7a0-0000-7000-8000-00000000dead";  // an id of nothing

// As the superuser, in the database of the API's tests; what psql says, without the end of its line.
inline std::string sql(const std::string& text) {
  auto& postgres = Postgres::instance();
  auto answer = postgres.run(postgres.migrated_database(), text);
  while (!answer.empty() && (answer.back() == '\n' || answer.back() == ' '))
    answer.pop_back();
  return answer;
}

struct ApiReply {
  unsigned status = 0;
  http::Headers headers;
  std::string text;
  api::Json body;

  std::string code() const {
    return body.is_object() && body.contains("error") ? body["error"].value("code", "") : "";
  }
  const api::Json& data() const& { return body.at("data"); }
  api::Json data() && { return std::move(body.at("data")); }
  std::string id() const { return body.at("data").at("id").get<std::string>(); }
};

// Loads that a test sets by hand.
class FakeLiveState final : public api::LiveState {
 public:
  std::optional<api::TrunkLoad> trunk(TrunkId) const override { return load; }
  std::optional<api::TrunkLoad> load;
};

// Health that a test sets by hand, of every endpoint.
class FakeHealth final : public api::HealthView {
 public:
  std::vector<api::HealthRow> of(std::int64_t) const override { return rows; }
  void reset(std::int64_t endpoint) override { resets.push_back(endpoint); }
  std::vector<api::HealthRow> rows;
  std::vector<std::int64_t> resets;
};

// A registrar where nobody has registered.
class FakeRegistrations final : public api::Registrations {
 public:
  const std::string& realm() const override { return name; }
  std::vector<domain::Binding> of(TrunkId, std::string_view) const override { return {}; }
  bool evict(TrunkId, std::string_view, std::string_view) override { return false; }
  std::vector<api::CredentialCall> calls(const Uuid&) const override { return {}; }
  std::vector<api::OutboundRegistration> outbound(ProviderId) const override { return {}; }
  std::string name = "sip.example.net";
};

// Files of recordings that a test makes up.
class FakeRecordingFiles final : public api::RecordingFiles {
 public:
  std::unique_ptr<http::BodySource> open(const std::string& file) override;
  void clear() override { ++cleared; }
  std::map<std::string, std::string> files;
  int cleared = 0;
};

// Calls in progress that a test makes up, and what becomes of recording them.
class FakeCalls final : public api::CallControl {
 public:
  boost::asio::awaitable<api::ActiveCalls> list(api::CallFilter filter) override;
  boost::asio::awaitable<bool> end(std::string, std::optional<CustomerId>) override { co_return false; }
  boost::asio::awaitable<bool> trace(std::string, std::optional<CustomerId>, bool) override {
    co_return false;
  }
  boost::asio::awaitable<std::optional<api::CallTrace>> traced(std::string,
                                                               std::optional<CustomerId>) override {
    co_return std::nullopt;
  }
  boost::asio::awaitable<api::BegunRecording> start_recording(std::string, std::optional<CustomerId>,
                                                              domain::RecordingWish wish) override {
    wished = wish.siprec ? "siprec " + wish.recorder : std::string(to_string(wish.form));
    if (wish.tone) wished += " with tone";
    if (wish.mask_digits) wished += " without digits";
    co_return api::BegunRecording{outcome, "0193a1b2-0000-7000-8000-00000000abcd"};
  }
  boost::asio::awaitable<api::CallRecording> stop_recording(std::string, std::optional<CustomerId>) override {
    wished = "stop";
    co_return outcome;
  }
  std::vector<api::ActiveCall> calls;
  api::CallRecording outcome = api::CallRecording::Done;
  std::string wished;
};

// A running API; one for all tests of the binary, since tests make their own customers.
class ApiServer {
 public:
  static ApiServer& instance();
  std::uint16_t port() const { return server_->port(); }
  const api::EndpointTable& endpoints() const { return api_->endpoints(); }
  // Publishes what is in the database as the snapshot in force.
  void reload();
  // Puts detail records into the database.
  void store(std::vector<domain::CallRecord> records);
  // Puts a message into the database, as messaging does: accepted, and ended when its state is final.
  void store(domain::Message message);
  // One that was accepted just now, with an id of its own.
  domain::Message message(CustomerId of);
  routing::SnapshotHolder snapshots;
  FakeLiveState live;
  FakeHealth health;
  FakeMessaging messaging;
  FakeRegistry registry;
  FakeRegistrations registrations;
  FakeRecordingFiles recordings;
  FakeCalls calls;
  api::Json document;  // OpenAPI

  static constexpr const char* kBootstrap = "rk_bootstrap_0123456789abcdef";

 private:
  ApiServer();
  SystemClock clock_;
  SecureIdSource ids_;
  TestPool pool_;
  // The store's answers come on the thread that it works on.
  class Home final : public Executor {
   public:
    explicit Home(TestPool& pool) : pool_(pool) {}
    void post(std::function<void()> work) override {
      boost::asio::post(pool_.control.executor(), std::move(work));
    }

   private:
    TestPool& pool_;
  };
  Home home_{pool_};
  std::unique_ptr<store::PgMessageStore> message_store_;
  http::Router router_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http::Server> server_;
};

class ApiFixture : public ::testing::Test {
 protected:
  ApiFixture();

  ApiReply ask(const std::string& method, const std::string& path, const std::string& key,
               api::Json body = {});
  ApiReply send(const std::string& method, const std::string& path, const std::string& key,
                const std::string& body, const std::string& type, const std::string& more = "");
  ApiReply get(const std::string& path, const std::string& key) { return ask("GET", path, key); }
  // As operator; fails the test unless the answer is 201, and gives the id.
  std::string create(const std::string& path, api::Json body);
  // A key of the customer with these scopes.
  std::string key_of(const std::string& customer, std::vector<std::string> scopes);
  // A name that no other test uses.
  static std::string unique(const std::string& stem);
  // A phone number that no other test uses: ten digits.
  static std::string unique_tn();

  ApiServer& server_ = ApiServer::instance();
  const std::string boss = ApiServer::kBootstrap;
  std::string customer, other;  // ids
  std::string key, other_key;   // with every scope that a customer may hold
};

}  // namespace warp::test
