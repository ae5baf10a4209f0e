#include "integration/api_fixture.h"

#include <future>

#include "warp/http/one_piece.h"
#include "warp/store/catalogue_repository.h"
#include "warp/store/record_repository.h"

#include "integration/api_examples.h"
#include "support/openapi_check.h"

namespace warp::test {
namespace {

// Operations whose answers do not fit the document yet, each with why: "get /trunks".
const std::map<std::string, std::string> kStragglers{};

// The path below the prefix, without its query; "" for what is no part of the API.
std::string path_below(const std::string& target) {
  const auto path = target.substr(0, target.find('?'));
  for (const std::string_view prefix : {"/api/v1", "/v1"})
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/'))
      return path.substr(prefix.size());
  return "";
}

// Every answer of every test is held against the document that clients are generated from.
void hold_against_document(const api::Json& document, const std::string& method, const std::string& target,
                           const std::string& request, const ApiReply& reply) {
  static const OpenapiCheck check(document);
  std::string verb = method;
  for (auto& c : verb)
    c = ascii_lower(c);
  const auto pattern = check.path_of(verb, path_below(target));
  const auto type = reply.headers.get_or("Content-Type", "");
  if (pattern.empty() || !type.starts_with("application/json") || reply.body.is_discarded()) return;
  record_example(method + " " + pattern, request, reply.status, reply.body);
  if (kStragglers.contains(verb + " " + pattern)) return;
  for (const auto& fault : check.faults(verb, pattern, reply.status, reply.body))
    ADD_FAILURE() << method << " " << pattern << " answers " << reply.status
                  << " against the OpenAPI document: " << fault << "\n"
                  << reply.text.substr(0, 600);
}

}  // namespace

ApiServer& ApiServer::instance() {
  // Never destroyed: its threads end with the process, after the last test.
  static auto* server = new ApiServer;
  return *server;
}

ApiServer::ApiServer() : pool_(Postgres::instance().conninfo(Postgres::instance().migrated_database())) {
  api::Settings settings;
  settings.bootstrap_key = kBootstrap;
  settings.key_rate = {100'000, 100'000};
  settings.customer_rate = {100'000, 100'000};
  settings.failure_rate = {100'000, 100'000};
  settings.export_limit = 1200;
  settings.ingress = {{"UDP", "sip.example.net", {"192.0.2.10"}, 5060}};
  api::Dependencies dependencies{pool_.pool, snapshots,     live,    clock_,     ids_,
                                 pool_.log,  pool_.metrics, nullptr, &messaging, &registry};
  dependencies.health = &health;
  dependencies.registrations = &registrations;
  dependencies.ports.recordings = &recordings;
  dependencies.ports.calls = &calls;
  message_store_ = std::make_unique<store::PgMessageStore>(
      pool_.pool, pool_.control.executor(), home_, store::MessageStoreSettings{}, pool_.metrics, pool_.log);
  api_ = std::make_unique<api::Api>(dependencies, std::move(settings));
  document = api_->openapi_document();
  api_->add_routes(router_);
  server_ = std::make_unique<http::Server>(pool_.control.executor(), http::ServerSettings{}, router_,
                                           api_->hooks(), clock_, pool_.log, pool_.metrics);
  if (auto started = server_->start(); !started) throw std::runtime_error(started.error());
}

std::unique_ptr<http::BodySource> FakeRecordingFiles::open(const std::string& file) {
  const auto found = files.find(file);
  return found == files.end() ? nullptr : std::make_unique<http::OnePiece>(found->second);
}

boost::asio::awaitable<api::ActiveCalls> FakeCalls::list(api::CallFilter filter) {
  api::ActiveCalls out;
  for (const auto& call : calls)
    if ((!filter.customer || call.customer == *filter.customer) &&
        (filter.id.empty() || call.id == filter.id))
      out.calls.push_back(call);
  co_return out;
}

void ApiServer::reload() {
  store::CatalogueRepository repository(pool_.pool, clock_);
  const auto loaded = pool_.run(repository.load(nullptr));
  if (!loaded) throw std::runtime_error(loaded.error().message);
  snapshots.publish(routing::Snapshot::compile(**loaded, nullptr));
}

void ApiServer::store(std::vector<domain::CallRecord> records) {
  store::RecordRepository repository(pool_.pool);
  const auto batch = std::make_shared<const std::vector<domain::CallRecord>>(std::move(records));
  const auto stored = pool_.run(repository.insert(batch));
  if (!stored) throw std::runtime_error(stored.error().message);
}

void ApiServer::store(domain::Message message) {
  std::promise<bool> inserted, finished;
  home_.post([&] {
    auto begun = message;
    begun.state = domain::MessageState::Queued;
    begun.final_at.reset();
    message_store_->insert(std::move(begun), [&](bool durable) { inserted.set_value(durable); });
  });
  if (!inserted.get_future().get()) throw std::runtime_error("the message was not stored");
  if (!domain::is_final(message.state)) return;
  home_.post([&] {
    message_store_->finish(message, {}, [&](bool durable, const auto&) { finished.set_value(durable); });
  });
  if (!finished.get_future().get()) throw std::runtime_error("the message's end was not stored");
}

domain::Message ApiServer::message(CustomerId of) {
  domain::Message out;
  out.accepted_at = clock_.wall();
  out.id = MessageId{ids_.uuid7(out.accepted_at)};
  out.customer = of;
  out.from.digits = "12025550001";
  out.to.digits = "442079460000";
  out.text = "hello";
  out.encoding = "gsm7";
  out.not_before = out.accepted_at;
  out.valid_until = out.accepted_at + std::chrono::hours(24);
  return out;
}

ApiFixture::ApiFixture() {
  std::vector<std::string> scopes;
  for (const auto& scope : api::all_scopes())
    if (!scope.superadmin) scopes.emplace_back(scope.name);
  customer = create("/v1/customers", {{"name", unique("first")}});
  other = create("/v1/customers", {{"name", unique("second")}});
  key = key_of(customer, scopes);
  other_key = key_of(other, scopes);
}

ApiReply ApiFixture::send(const std::string& method, const std::string& path, const std::string& by,
                          const std::string& body, const std::string& type, const std::string& more) {
  HttpClient client(server_.port());
  auto text = method + " " + path + " HTTP/1.1\r\nHost: t\r\n" + more;
  if (!by.empty()) text += "Authorization: Bearer " + by + "\r\n";
  if (!type.empty()) text += "Content-Type: " + type + "\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  auto answer = client.request(text);
  EXPECT_TRUE(answer.complete) << method << " " << path;
  ApiReply reply{answer.status, answer.headers, answer.body, api::Json::parse(answer.body, nullptr, false)};
  hold_against_document(server_.document, method, path, body, reply);
  return reply;
}

ApiReply ApiFixture::ask(const std::string& method, const std::string& path, const std::string& by,
                         api::Json body) {
  const auto text = body.is_null() ? std::string() : body.dump();
  return send(method, path, by, text, "application/json");
}

std::string ApiFixture::create(const std::string& path, api::Json body) {
  const auto reply = ask("POST", path, boss, std::move(body));
  EXPECT_EQ(reply.status, 201u) << path << " " << reply.text;
  if (reply.status != 201) return "";
  const auto& id = reply.data().contains("id") ? reply.data()["id"] : reply.data()["tn"];
  return id.is_string() ? id.get<std::string>() : id.dump();
}

std::string ApiFixture::key_of(const std::string& whose, std::vector<std::string> scopes) {
  const auto reply = ask("POST", "/v1/customers/" + whose + "/api-keys", boss,
                         {{"name", "test"}, {"scopes", std::move(scopes)}});
  EXPECT_EQ(reply.status, 201u) << reply.text;
  return reply.data().value("key", "");
}

std::string ApiFixture::unique(const std::string& stem) {
  static int count = 0;
  return stem + "-" + std::to_string(++count) + "-" +
         std::to_string(std::chrono::steady_clock::now().time_since_epoch().count());
}

std::string ApiFixture::unique_tn() {
  static int count = 1000;
  return "212555" + std::to_string(++count);
}

}  // namespace warp::test
