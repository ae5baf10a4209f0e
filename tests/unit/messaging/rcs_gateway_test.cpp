// The provider's API as it is documented: what is asked, what each answer means, and its webhooks.
#include "warp/messaging/rcs_gateway.h"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "world.h"

namespace warp::messaging::test {
namespace {

using domain::ConnectorProtocol;
using domain::MessageKind;
using nlohmann::json;
using smpp::Status;

const auto kRcs = make_id<ConnectorId>(13);

class FakeHttp final : public HttpCaller {
 public:
  struct Called {
    HttpCall call;
    std::function<void(HttpAnswer)> done;
  };
  std::vector<Called> calls;
  void call(HttpCall call, std::function<void(HttpAnswer)> done) override {
    calls.push_back({std::move(call), std::move(done)});
  }
};
class Now final : public Executor {
 public:
  void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
  void run() {
    for (auto& work : std::exchange(work_, {}))
      work();
  }

 private:
  std::vector<std::function<void()>> work_;
};
class Events final : public UpstreamEvents {
 public:
  struct Receipt {
    std::string id;
    smpp::MessageState state;
  };
  std::vector<Receipt> receipts;
  std::vector<IncomingRich> messages;
  std::size_t changes = 0;
  Status answer = Status::Ok;
  void upstream_changed(ConnectorId) override { ++changes; }
  void upstream_receipt(ConnectorId, std::string_view id, smpp::MessageState state, std::string_view,
                        Answer done) override {
    receipts.push_back({std::string(id), state});
    done(answer);
  }
  void upstream_rich(ConnectorId, IncomingRich message, Answer done) override {
    messages.push_back(std::move(message));
    done(answer);
  }
};

class Rcs : public ::testing::Test {
 protected:
  Rcs() {
    gateway.attach(events);
    domain::MessagingCatalogue catalogue = sample_catalogue();
    domain::Connector connector;
    connector.id = kRcs;
    connector.protocol = ConnectorProtocol::Rcs;
    connector.base_url = "https://rcs.example";
    connector.agent = "brand@rbm.goog";
    connector.password = "token";
    connector.system_id = "+12025550100";
    connector.window = 2;
    catalogue.connectors.push_back(connector);
    gateway.update(std::make_shared<const Directory>(std::move(catalogue)));
    message.id = make_id<MessageId>(9);
    message.customer = kCustomer;
    message.kind = MessageKind::Rcs;
    message.to.digits = kPhone;
    message.text = "Hello";
  }
  void add_media(std::string type, int count = 1) {
    domain::RichContent content;
    for (int i = 0; i < count; ++i)
      content.media.push_back({make_id<MediaId>(static_cast<std::uint8_t>(i + 1)), type, "", 10});
    message.rich = std::make_shared<const domain::RichContent>(std::move(content));
  }
  bool give() {
    WirePart part{message.from, message.to};
    part.message = &message;
    return gateway.submit(kRcs, part, [this](const WireOutcome& outcome) {
      outcomes.push_back(outcome);
      id = outcome.message_id;
    });
  }
  WireOutcome after(HttpAnswer answer) {
    EXPECT_TRUE(give());
    http.calls.back().done(std::move(answer));
    return outcomes.back();
  }
  json body() { return json::parse(http.calls.back().call.body)["contentMessage"]; }
  static std::string base64(const std::string& text) {
    std::string out(text.size() * 2 + 8, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                        reinterpret_cast<const unsigned char*>(text.data()),
                                                        static_cast<int>(text.size()))));
    return out;
  }
  CallbackAnswer callback(const json& event, std::string token = "token") {
    const auto data = event.dump();
    return post(json{{"message", {{"data", base64(data)}}}}.dump(), sign_callback(data, token));
  }
  CallbackAnswer post(const std::string& text, const std::string& signature) {
    CallbackAnswer given{0, ""};
    gateway.on_callback(kRcs, signature, text, [&](CallbackAnswer answer) { given = std::move(answer); });
    return given;
  }

  warp::test::ManualClock clock;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  metrics::Registry registry;
  FakeHttp http;
  Now home;
  Events events;
  MediaLinks links{"https://media.example", "a key of the tests", std::chrono::hours(24)};
  RcsGateway gateway{http, home, links, clock, {}, log, registry};
  domain::Message message;
  std::vector<WireOutcome> outcomes;
  std::string id;
};

TEST_F(Rcs, AMessageIsAskedForAsDocumented) {
  ASSERT_TRUE(give());
  const auto& call = http.calls.at(0).call;
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "https://rcs.example/v1/phones/%2B447700900123/agentMessages?messageId=" +
                          message.id.to_string() + "&agentId=brand%40rbm.goog");
  EXPECT_EQ(call.headers.at(1), (std::pair<std::string, std::string>("Authorization", "Bearer token")));
  EXPECT_EQ(body(), (json{{"text", "Hello"}}));
  http.calls[0].done({HttpReach::Answered, 200, "application/json", "{}", true});
  EXPECT_EQ(outcomes.at(0).status, Status::Ok);
  EXPECT_EQ(id, message.id.to_string());
}

TEST_F(Rcs, WhatEachAnswerMeans) {
  const auto answered = [&](unsigned status) {
    return after({HttpReach::Answered, status, "", "", true}).status;
  };
  EXPECT_EQ(answered(200), Status::Ok);
  EXPECT_EQ(answered(409), Status::Ok);  // there already: a repeat
  EXPECT_EQ(answered(404), Status::InvDstAdr);
  EXPECT_EQ(answered(403), Status::InvDstAdr);
  EXPECT_EQ(answered(429), Status::Throttled);
  EXPECT_EQ(answered(401), Status::SysErr);
  EXPECT_EQ(answered(500), Status::SysErr);
  EXPECT_EQ(answered(503), Status::SysErr);
  EXPECT_EQ(answered(400), Status::SubmitFail);
  EXPECT_EQ(after({HttpReach::Silent, 0, "", "", true}).result, WireResult::Ambiguous);
  const auto away = after({HttpReach::NotReached, 0, "", "", true});
  EXPECT_EQ(away.result, WireResult::Answered);
  EXPECT_EQ(away.status, Status::SysErr);
}

TEST_F(Rcs, TheWindowIsKept) {
  EXPECT_TRUE(give());
  EXPECT_TRUE(give());
  EXPECT_EQ(gateway.room(kRcs), 0u);
  EXPECT_FALSE(give());
  http.calls[0].done({HttpReach::Answered, 200, "", "", true});
  EXPECT_EQ(gateway.room(kRcs), 1u);
}

TEST_F(Rcs, APictureWithTextIsACard) {
  add_media("image/png");
  ASSERT_TRUE(give());
  const auto card = body()["richCard"]["standaloneCard"]["cardContent"];
  EXPECT_EQ(card["description"], "Hello");
  EXPECT_TRUE(
      card["media"]["contentInfo"]["fileUrl"].get<std::string>().starts_with("https://media.example/media/"));
}

TEST_F(Rcs, AFileAloneIsAFileAndSeveralPicturesAreCards) {
  add_media("application/pdf");
  message.text.clear();
  ASSERT_TRUE(give());
  EXPECT_TRUE(body().contains("contentInfo"));
  add_media("image/png", 3);
  ASSERT_TRUE(give());
  EXPECT_EQ(body()["richCard"]["carouselCard"]["cardContents"].size(), 3u);
}

TEST_F(Rcs, WhatNoCardShowsIsSaidAsItsAddress) {
  add_media("application/pdf");
  ASSERT_TRUE(give());
  EXPECT_TRUE(body()["text"].get<std::string>().starts_with("Hello\nhttps://media.example/media/"));
}

TEST_F(Rcs, WithoutPublicAddressesThereAreNoAttachments) {
  MediaLinks none{"", "", std::chrono::hours(1)};
  metrics::Registry other;
  RcsGateway bare{http, home, none, clock, {}, log, other};
  auto catalogue = sample_catalogue();
  catalogue.connectors.front().protocol = ConnectorProtocol::Rcs;
  catalogue.connectors.front().base_url = "https://rcs.example";
  bare.update(std::make_shared<const Directory>(std::move(catalogue)));
  add_media("image/png");
  WirePart part{message.from, message.to};
  part.message = &message;
  ASSERT_TRUE(bare.submit(kOne, part, [&](const WireOutcome& outcome) { outcomes.push_back(outcome); }));
  EXPECT_TRUE(outcomes.empty());
  home.run();
  EXPECT_EQ(outcomes.at(0).status, Status::InvMsgLen);
  EXPECT_TRUE(http.calls.empty());
}

TEST_F(Rcs, ReadIsDelivered) {
  for (const char* type : {"DELIVERED", "READ", "TTL_EXPIRATION_REVOKED", "FAILED", "IS_TYPING"})
    EXPECT_EQ(
        callback({{"eventType", type}, {"messageId", "m1"}, {"senderPhoneNumber", "+447700900123"}}).status,
        200u);
  ASSERT_EQ(events.receipts.size(), 4u);
  EXPECT_EQ(events.receipts[0].state, smpp::MessageState::Delivered);
  EXPECT_EQ(events.receipts[1].state, smpp::MessageState::Delivered);
  EXPECT_EQ(events.receipts[2].state, smpp::MessageState::Expired);
  EXPECT_EQ(events.receipts[3].state, smpp::MessageState::Undeliverable);
  EXPECT_EQ(events.receipts[0].id, "m1");
}

TEST_F(Rcs, WhatIsNotDurableIsAskedForAgain) {
  events.answer = Status::SysErr;
  EXPECT_EQ(callback({{"eventType", "DELIVERED"}, {"messageId", "m1"}}).status, 503u);
}

TEST_F(Rcs, AForgedEventIsRefused) {
  EXPECT_EQ(callback({{"eventType", "DELIVERED"}, {"messageId", "m1"}}, "guess").status, 403u);
  EXPECT_EQ(post("{\"message\":{\"data\":\"e30=\"}}", "").status, 403u);
  EXPECT_EQ(post("no json", "").status, 400u);
  EXPECT_TRUE(events.receipts.empty());
  CallbackAnswer given;
  gateway.on_callback(kOne, "", "{}", [&](CallbackAnswer answer) { given = answer; });  // an SMPP connector
  EXPECT_EQ(given.status, 404u);
}

TEST_F(Rcs, TheQuestionOfANewWebhookIsAnswered) {
  const auto given = post(R"({"clientToken":"token","secret":"s3"})", "");
  EXPECT_EQ(given.status, 200u);
  EXPECT_EQ(json::parse(given.body)["secret"], "s3");
  EXPECT_EQ(post(R"({"clientToken":"other","secret":"s3"})", "").status, 403u);
}

TEST_F(Rcs, WhatAPersonWritesGoesToTheConnectorsNumber) {
  EXPECT_EQ(
      callback({{"senderPhoneNumber", "+447700900123"}, {"messageId", "u1"}, {"text", "Hi 🛰"}}).status,
      200u);
  ASSERT_EQ(events.messages.size(), 1u);
  EXPECT_EQ(events.messages[0].source, "447700900123");
  EXPECT_EQ(events.messages[0].destination, "12025550100");
  EXPECT_EQ(events.messages[0].text, "Hi 🛰");
  EXPECT_EQ(events.messages[0].upstream_id, "u1");
  EXPECT_EQ(events.messages[0].kind, MessageKind::Rcs);
  callback({{"senderPhoneNumber", "+447700900123"},
            {"messageId", "u2"},
            {"suggestionResponse", {{"text", "Yes"}, {"postbackData", "y"}}}});
  EXPECT_EQ(events.messages.at(1).text, "Yes");
}

TEST_F(Rcs, AFileIsFetchedBeforeItIsTold) {
  const json event{
      {"senderPhoneNumber", "+447700900123"},
      {"messageId", "u3"},
      {"userFile",
       {{"payload",
         {{"fileUri", "https://files.example/1"}, {"mimeType", "image/jpeg"}, {"fileName", "a.jpg"}}}}}};
  EXPECT_EQ(callback(event).status, 0u);  // not answered yet
  ASSERT_EQ(http.calls.size(), 1u);
  EXPECT_EQ(http.calls[0].call.method, "GET");
  EXPECT_EQ(http.calls[0].call.url, "https://files.example/1");
  EXPECT_FALSE(http.calls[0].call.trusted);
  http.calls.clear();
  CallbackAnswer given{0, ""};
  const auto data = event.dump();
  gateway.on_callback(kRcs, sign_callback(data, "token"), json{{"message", {{"data", base64(data)}}}}.dump(),
                      [&](CallbackAnswer answer) { given = answer; });
  http.calls[0].done({HttpReach::Answered, 200, "image/jpeg", "octets", true});
  EXPECT_EQ(given.status, 200u);
  ASSERT_EQ(events.messages.size(), 1u);
  ASSERT_EQ(events.messages[0].media.size(), 1u);
  EXPECT_EQ(events.messages[0].media[0].octets, "octets");
  EXPECT_EQ(events.messages[0].media[0].part.content_type, "image/jpeg");
}

}  // namespace
}  // namespace warp::messaging::test
