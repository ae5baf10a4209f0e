// What happens now, over real sockets: who may watch what, how it is told, how one goes on.
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "warp/api/principal_json.h"
#include "warp/identity/tickets.h"
#include "warp/live/hub.h"

#include "support/catalogue_builder.h"
#include "world.h"

namespace warp::api {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

// Takes tickets as the daemon does.
class Tickets final : public TokenVerifier {
 public:
  asio::awaitable<Outcome<Principal>> verify(std::string, std::string) override {
    co_return Failure{ErrorCode::Unauthorized, ""};
  }
  asio::awaitable<Outcome<Principal>> redeem(std::string ticket) override {
    auto redeeming = desk_.redeem(std::move(ticket));
    const auto content = co_await std::move(redeeming);
    const auto principal = content ? principal_of(Json::parse(*content)) : std::nullopt;
    if (!principal) co_return Failure{ErrorCode::Unauthorized, "The ticket is not good."};
    co_return *principal;
  }

 private:
  identity::TicketDesk desk_{nullptr};
};

class FakeCalls final : public CallControl {
 public:
  asio::awaitable<ActiveCalls> list(CallFilter filter) override {
    ActiveCalls out;
    for (const auto& call : calls)
      if ((!filter.customer || *filter.customer == call.customer) &&
          (filter.id.empty() || filter.id == call.id))
        out.calls.push_back(call);
    out.missing = missing;
    co_return out;
  }
  asio::awaitable<bool> end(std::string, std::optional<CustomerId>) override { co_return true; }
  asio::awaitable<bool> trace(std::string, std::optional<CustomerId>, bool) override { co_return true; }
  asio::awaitable<std::optional<CallTrace>> traced(std::string, std::optional<CustomerId> customer) override {
    if (customer && *customer != calls.front().customer) co_return std::nullopt;
    TracedMessage message;
    message.transport = "UDP";
    message.remote = "192.0.2.1:5060";
    message.local = "192.0.2.2:5060";
    message.text = "INVITE sip:1@x SIP/2.0\x1b[2J\r\nVia: x\r\n\r\n";
    CallTrace trace;
    trace.messages = {message, message};
    trace.messages[1].sent = true;
    trace.messages[1].at += std::chrono::milliseconds(21);
    co_return trace;
  }
  asio::awaitable<BegunRecording> start_recording(std::string, std::optional<CustomerId>,
                                                  domain::RecordingWish) override {
    co_return BegunRecording{CallRecording::Done, {}};
  }
  asio::awaitable<CallRecording> stop_recording(std::string, std::optional<CustomerId>) override {
    co_return CallRecording::Done;
  }

  std::vector<ActiveCall> calls;
  std::vector<std::string> missing;
};

// A client of the WebSocket.
class Watcher {
 public:
  Watcher(std::uint16_t port, const std::string& key, const std::string& path = "/v1/live") : stream_(io_) {
    stream_.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    const timeval limit{10, 0};
    setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!key.empty())
      stream_.set_option(websocket::stream_base::decorator(
          [key](websocket::request_type& request) { request.set("Authorization", "Bearer " + key); }));
    websocket::response_type answer;
    stream_.handshake(answer, "t", path, error_);
    status = answer.result_int();
  }
  void say(const Json& frame) { stream_.write(asio::buffer(frame.dump()), error_); }
  void say_text(const std::string& text) { stream_.write(asio::buffer(text), error_); }
  void subscribe(const std::string& topic, Json filter = Json::object(), const std::string& resume = "") {
    Json frame{{"op", "subscribe"}, {"topic", topic}, {"filter", std::move(filter)}};
    if (!resume.empty()) frame["resume"] = resume;
    say(frame);
  }
  // The next frame but heartbeats; null when there are no more.
  Json hear() {
    for (;;) {
      beast::flat_buffer buffer;
      stream_.read(buffer, error_);
      if (error_) return Json();
      auto frame = Json::parse(beast::buffers_to_string(buffer.data()));
      if (frame["op"] != "heartbeat") return frame;
    }
  }
  // The next of that op.
  Json hear(const std::string& op) {
    for (;;) {
      auto frame = hear();
      if (frame.is_null() || frame["op"] == op) return frame;
    }
  }
  unsigned close_code() {
    while (!hear().is_null()) {
    }
    return error_ == websocket::error::closed ? static_cast<unsigned>(stream_.reason().code) : 0;
  }
  unsigned status = 0;  // of the handshake, when it was refused

 private:
  asio::io_context io_;
  websocket::stream<asio::ip::tcp::socket> stream_;
  boost::system::error_code error_;
};

class LiveTest : public ApiTest {
 protected:
  LiveTest() {
    keys_.add(
        "rk_all", CustomerId::parse(kId),
        {"trunks:read", "calls:read", "account:read", "messaging:read", "webhooks:read", "calls:control"});
    keys_.add(
        "rk_other", CustomerId::parse(kOtherId),
        {"trunks:read", "calls:read", "account:read", "messaging:read", "webhooks:read", "calls:control"});
    world_.plan(1, {test::rate("1", "0.01")});
    world_.partition(1);
    world_.customer(1, 1, 1).id = *CustomerId::parse(kId);
    world_.customer(2, 1, 1).id = *CustomerId::parse(kOtherId);
    world_.trunk(1, 1).customer = *CustomerId::parse(kId);
    world_.trunk(2, 1).customer = *CustomerId::parse(kOtherId);
    snapshots_.publish(routing::Snapshot::compile(world_.catalogue, nullptr));
    ActiveCall call;
    call.id = "0190c7a0-0000-7000-8000-00000000000c";
    call.node = "n";
    call.customer = *CustomerId::parse(kId);
    call.direction = "outbound";
    call.state = "up";
    calls_.calls.push_back(call);
  }
  // Nobody may watch any more when the hub goes.
  ~LiveTest() override {
    if (!server_) return;
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    work_.reset();
    io_.stop();
    thread_.join();
    server_.reset();
  }
  void begin(Settings settings = {}) {
    settings.bootstrap_key = kBootstrap;
    settings.node = "n1";
    settings.key_cache_ttl = 0ms;
    Dependencies dependencies{pool_, snapshots_, live_, clock_, ids_, log_, metrics_, &keys_, port_};
    dependencies.ports.hub = &hub_;
    dependencies.ports.tokens = &tickets_;
    dependencies.ports.calls = &calls_;
    api_ = std::make_unique<Api>(dependencies, std::move(settings));
    api_->add_routes(router_);
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             api_->hooks(), clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    thread_ = std::thread([this] { io_.run(); });
  }
  void publish(live::Topic topic, const char* customer, const std::string& type,
               const std::string& data = "{}") {
    live::Event event;
    event.topic = topic;
    event.type = type;
    event.customer = CustomerId::parse(customer);
    event.key = test::id_of<TrunkId>(1).to_string();
    event.at = clock_.wall();
    event.data = data;
    hub_.publish(std::move(event));
  }
  // The status of a path whose answer may never end.
  unsigned status_of(const std::string& path, const std::string& key) {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    asio::write(socket, asio::buffer("GET " + path + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + key +
                                     "\r\n\r\n"));
    std::string head;
    asio::read_until(socket, asio::dynamic_buffer(head), "\r\n");
    return static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  }

  test::CatalogueBuilder world_;
  live::Hub hub_{io_.get_executor(), nullptr, 9, metrics_, log_};
  Tickets tickets_;
  FakeCalls calls_;
};

TEST_F(LiveTest, ASnapshotComesFirstThenWhatHappens) {
  begin();
  Watcher watcher(server_->port(), "rk_all");
  const auto hello = watcher.hear();
  EXPECT_EQ(hello["op"], "hello");
  EXPECT_EQ(hello["node"], "n1");
  EXPECT_EQ(hello["heartbeat_s"], 15);
  watcher.subscribe("trunks");
  const auto snapshot = watcher.hear();
  ASSERT_EQ(snapshot["op"], "snapshot");
  ASSERT_EQ(snapshot["data"].size(), 1u) << "the other customer's trunk is not there";
  EXPECT_EQ(snapshot["data"][0]["name"], "trunk 1");
  publish(live::Topic::Trunks, kOtherId, "trunk.deleted");
  publish(live::Topic::Trunks, kId, "trunk.updated", R"({"part":"ips"})");
  const auto event = watcher.hear("event");
  EXPECT_EQ(event["type"], "trunk.updated");
  EXPECT_EQ(event["topic"], "trunks");
  EXPECT_EQ(event["seq"], 1);
  EXPECT_EQ(event["data"]["part"], "ips");
  EXPECT_FALSE(event["token"].get<std::string>().empty());
  EXPECT_TRUE(event.contains("at"));
}

TEST_F(LiveTest, OneGoesOnAfterAToken) {
  begin();
  std::string token;
  {
    Watcher watcher(server_->port(), "rk_all");
    watcher.subscribe("calls");
    token = watcher.hear("snapshot")["token"].get<std::string>();
  }
  publish(live::Topic::Calls, kId, "call.started");
  publish(live::Topic::Calls, kOtherId, "call.started");
  publish(live::Topic::Calls, kId, "call.ended");
  Watcher again(server_->port(), "rk_all");
  again.subscribe("calls", Json::object(), token);
  EXPECT_EQ(again.hear("event")["type"], "call.started");
  EXPECT_EQ(again.hear("event")["type"], "call.ended");
  again.subscribe("calls", Json::object(), "8-1");
  EXPECT_EQ(again.hear("error")["code"], "RESUME_TOO_OLD");
  again.subscribe("calls", Json::object(), "yesterday");
  EXPECT_EQ(again.hear("error")["code"], "VALIDATION_ERROR");
}

TEST_F(LiveTest, FiltersNarrowAndNeverWiden) {
  begin();
  Watcher watcher(server_->port(), "rk_all");
  watcher.subscribe("calls", {{"customer_id", kOtherId}});
  EXPECT_EQ(watcher.hear("error")["code"], "FORBIDDEN");
  watcher.subscribe("calls", {{"colour", "red"}});
  EXPECT_EQ(watcher.hear("error")["code"], "VALIDATION_ERROR");
  watcher.subscribe("calls", {{"type", "call.ended"}});
  watcher.hear("snapshot");
  publish(live::Topic::Calls, kId, "call.started");
  publish(live::Topic::Calls, kId, "call.ended");
  EXPECT_EQ(watcher.hear("event")["type"], "call.ended");
  Watcher boss(server_->port(), kBootstrap);
  boss.subscribe("calls", {{"customer_id", kOtherId}});
  boss.hear("snapshot");
  publish(live::Topic::Calls, kId, "call.started");
  publish(live::Topic::Calls, kOtherId, "call.ended");
  EXPECT_EQ(boss.hear("event")["type"], "call.ended");
}

// One judge for both: what REST and the event stream refuse, the WebSocket refuses.
TEST_F(LiveTest, VerdictsAreThoseOfRest) {
  begin();
  const std::vector<std::pair<std::string, std::string>> topics{
      {"trunks", "/v1/trunks"},     {"calls", "/v1/calls"}, {"counters", "/v1/customers/me/utilization"},
      {"messages", "/v1/messages"}, {"events", ""},         {"nodes", "/v1/nodes"}};
  const std::vector<std::string> keys{"rk_reader", "rk_writer", "rk_nothing",
                                      "rk_sender", "rk_forged", "rk_all"};
  for (const auto& key : keys) {
    Watcher watcher(server_->port(), key);
    for (const auto& [topic, path] : topics) {
      watcher.subscribe(topic);
      Json answer;
      do
        answer = watcher.hear();
      while (!answer.is_null() && answer["op"] != "snapshot" && answer["op"] != "error");
      const bool refused = answer["op"] == "error" && answer["code"] == "FORBIDDEN";
      EXPECT_EQ(status_of("/v1/live/events?topics=" + topic, key) == 403, refused) << key << " " << topic;
      if (!path.empty()) {
        EXPECT_EQ(ask("GET", path, key).status == 403, refused) << key << " " << path;
      }
    }
  }
  Watcher forged(server_->port(), "rk_forged");
  forged.subscribe("nodes");
  EXPECT_EQ(forged.hear("error")["code"], "FORBIDDEN") << "a customer's key with the superadmin scope";
}

TEST_F(LiveTest, StrangersAreRefusedBeforeTheUpgrade) {
  begin();
  EXPECT_EQ(Watcher(server_->port(), "").status, 401u);
  EXPECT_EQ(Watcher(server_->port(), "rk_unknown").status, 401u);
  EXPECT_EQ(ask("GET", "/v1/live", "rk_all").code(), "UPGRADE_REQUIRED");
}

TEST_F(LiveTest, ATicketIsGoodOnce) {
  begin();
  const auto made = ask("POST", "/v1/live/tickets", "rk_all");
  ASSERT_EQ(made.status, 201u);
  EXPECT_EQ(made.body["data"]["expires_in"], 30);
  const auto path = "/v1/live?ticket=" + made.body["data"]["ticket"].get<std::string>();
  Watcher watcher(server_->port(), "", path);
  EXPECT_EQ(watcher.hear()["op"], "hello");
  watcher.subscribe("nodes");
  EXPECT_EQ(watcher.hear("error")["code"], "FORBIDDEN") << "it stands for the key that asked for it";
  EXPECT_EQ(Watcher(server_->port(), "", path).status, 401u);
}

TEST_F(LiveTest, ASlowClientIsToldWhatItMissed) {
  begin();
  Watcher watcher(server_->port(), "rk_all");
  watcher.subscribe("calls");
  watcher.hear("snapshot");
  // More than the queue and the socket's buffers hold.
  const std::string big = "{\"x\":\"" + std::string(16'000, 'x') + "\"}";
  for (int i = 0; i < 4000; ++i)
    publish(live::Topic::Calls, kId, "call.started", big);
  const auto dropped = watcher.hear("dropped");
  ASSERT_EQ(dropped["op"], "dropped");
  EXPECT_GT(dropped["count"].get<int>(), 0);
  EXPECT_EQ(watcher.hear("snapshot")["token"], dropped["token"]);
  // After the second one all that had come by the first was taken.
  for (int i = 0; i < 2; ++i) {
    watcher.say({{"op", "ping"}});
    watcher.hear("pong");
  }
  publish(live::Topic::Calls, kId, "call.ended");
  Json last;
  do
    last = watcher.hear("event");
  while (!last.is_null() && last["type"] != "call.ended");
  EXPECT_EQ(last["type"], "call.ended");
}

TEST_F(LiveTest, FramesThatAreNoneAreAnsweredAndForgiven) {
  begin();
  Watcher watcher(server_->port(), "rk_all");
  watcher.hear();
  for (const char* text : {"", "x", "[]", "{}", R"({"op":7})", R"({"op":"dance"})", R"({"op":"subscribe"})",
                           R"({"op":"subscribe","topic":"x"})", R"({"op":"unsubscribe","topic":"calls"})",
                           R"({"op":"subscribe","topic":"calls","filter":[]})",
                           R"({"op":"subscribe","topic":"calls","filter":{"type":1}})"}) {
    watcher.say_text(text);
    EXPECT_EQ(watcher.hear("error")["code"], "VALIDATION_ERROR") << text;
  }
  watcher.say_text(std::string(1'000, '[') + std::string(1'000, ']'));
  EXPECT_EQ(watcher.hear("error")["code"], "VALIDATION_ERROR");
  watcher.say({{"op", "ping"}});
  EXPECT_EQ(watcher.hear()["op"], "pong");
  watcher.say_text("{\"op\":\"ping\",\"x\":\"" + std::string(17'000, 'x') + "\"}");
  EXPECT_EQ(watcher.close_code(), 1009u);
}

TEST_F(LiveTest, UnsubscribedIsSilent) {
  begin();
  Watcher watcher(server_->port(), "rk_all");
  watcher.subscribe("calls");
  watcher.hear("snapshot");
  watcher.say({{"op", "unsubscribe"}, {"topic", "calls"}});
  watcher.say({{"op", "ping"}});
  watcher.hear("pong");
  publish(live::Topic::Calls, kId, "call.started");
  watcher.say({{"op", "ping"}});
  EXPECT_EQ(watcher.hear()["op"], "pong");
}

TEST_F(LiveTest, AScopeThatIsGoneEndsWhatNeedsIt) {
  Settings settings;
  settings.live.recheck = 20ms;
  begin(settings);
  Watcher watcher(server_->port(), "rk_all");
  watcher.subscribe("calls");
  watcher.subscribe("trunks");
  watcher.hear("snapshot");
  watcher.hear("snapshot");
  keys_.add("rk_all", CustomerId::parse(kId), {"trunks:read"});
  const auto error = watcher.hear("error");
  EXPECT_EQ(error["topic"], "calls");
  EXPECT_EQ(error["code"], "FORBIDDEN");
  publish(live::Topic::Calls, kId, "call.started");
  publish(live::Topic::Trunks, kId, "trunk.updated");
  Json event;
  do
    event = watcher.hear("event");
  while (event["type"] == "trunk.status");
  EXPECT_EQ(event["type"], "trunk.updated");
}

TEST_F(LiveTest, ACredentialThatIsGoneEndsTheConnection) {
  Settings settings;
  settings.live.recheck = 20ms;
  begin(settings);
  Watcher watcher(server_->port(), "rk_all");
  EXPECT_EQ(watcher.hear()["op"], "hello");
  keys_.add("rk_all", CustomerId::parse(kOtherId), {"trunks:read"});
  EXPECT_EQ(watcher.close_code(), 4401u);
}

TEST_F(LiveTest, ACustomerHasSoManyConnections) {
  Settings settings;
  settings.live.customer_connections = 1;
  begin(settings);
  Watcher first(server_->port(), "rk_all");
  EXPECT_EQ(first.hear()["op"], "hello");
  EXPECT_EQ(Watcher(server_->port(), "rk_all").close_code(), 1013u);
  EXPECT_EQ(ask("GET", "/v1/live/events?topics=calls", "rk_all").code(), "SERVICE_UNAVAILABLE");
  Watcher other(server_->port(), "rk_other");
  EXPECT_EQ(other.hear()["op"], "hello");
}

TEST_F(LiveTest, TheSameComesAsAStream) {
  begin();
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  asio::write(socket, asio::buffer(std::string("GET /v1/live/events?topics=calls HTTP/1.1\r\nHost: t\r\n"
                                               "Authorization: Bearer rk_all\r\n\r\n")));
  std::string text;
  asio::read_until(socket, asio::dynamic_buffer(text), "event: snapshot");
  EXPECT_NE(text.find("text/event-stream"), std::string::npos);
  EXPECT_NE(text.find("event: hello"), std::string::npos);
  publish(live::Topic::Calls, kId, "call.started");
  asio::read_until(socket, asio::dynamic_buffer(text),
                   "event: call.started\nid: 9-2\ndata: {");  // 9-1: watching began
  EXPECT_EQ(ask("GET", "/v1/live/events?topics=calls,colours", "rk_all").code(), "INVALID_PARAM");
  EXPECT_EQ(ask("GET", "/v1/live/events?topics=calls,calls", "rk_all").code(), "INVALID_PARAM");
}

TEST_F(LiveTest, CallsAreShownToTheirOwn) {
  begin();
  calls_.missing = {"n2"};
  const auto mine = ask("GET", "/v1/calls", "rk_all");
  EXPECT_EQ(mine.body["data"].size(), 1u);
  EXPECT_EQ(mine.body["meta"]["missing"], Json::array({"n2"}));
  EXPECT_EQ(ask("GET", "/v1/calls", "rk_other").body["data"].size(), 0u);
  const auto path = "/v1/calls/" + calls_.calls.front().id;
  EXPECT_EQ(ask("GET", path, "rk_all").status, 200u);
  EXPECT_EQ(ask("GET", path, "rk_other").status, 404u);
  EXPECT_EQ(ask("GET", path, "rk_reader").status, 403u);
  EXPECT_EQ(ask("GET", path + "/trace", "rk_other").status, 404u);
  EXPECT_EQ(ask("GET", path + "/trace", "rk_all").body["data"]["messages"].size(), 2u);
  EXPECT_EQ(ask("POST", path + "/hangup", "rk_reader").status, 403u);
  EXPECT_EQ(ask("DELETE", path + "/recording", "rk_reader").status, 403u);
  EXPECT_EQ(ask("DELETE", path + "/recording", "rk_other").status, 404u);
}

TEST_F(LiveTest, ALadderIsSafeOnATerminal) {
  begin();
  test::HttpClient client(server_->port());
  const auto answer =
      client.request("GET /v1/calls/" + calls_.calls.front().id +
                     "/trace?format=ladder HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer rk_all\r\n\r\n");
  EXPECT_EQ(answer.body,
            "+0.000000  192.0.2.1:5060 UDP  ->  INVITE sip:1@x SIP/2.0?[2J\n"
            "+0.021000  192.0.2.1:5060 UDP  <-  INVITE sip:1@x SIP/2.0?[2J\n");
}

}  // namespace
}  // namespace warp::api
