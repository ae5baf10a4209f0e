#include <array>
#include <set>

#include "unit/api/world.h"

namespace warp::api {
namespace {

using domain::Reason;

class MessagesTest : public ApiTest {
 protected:
  static constexpr const char* kSender = "rk_sender";

  static Json message(const std::string& to = "+442079460000") {
    return {{"from", "12025550001"}, {"to", to}, {"body", "hello"}};
  }
  Reply send(const Json& body, const std::string& path = "/v1/messages", const std::string& more = "") {
    return ask("POST", path, kSender, body.dump(), "application/json", more);
  }
};

TEST_F(MessagesTest, AreHandedToMessagingAsTheyWereSent) {
  auto body = message();
  body["status_callback"] = "https://example.net/status";
  body["priority"] = 2;
  body["flash"] = true;
  body["send_at"] = "2030-01-01T00:00:00Z";
  const auto reply = send(body);
  ASSERT_EQ(reply.status, 201u) << reply.body.dump();
  const auto& data = reply.body["data"];
  EXPECT_EQ(data["status"], "queued");
  EXPECT_EQ(data["direction"], "OUTBOUND");
  EXPECT_EQ(data["from"], "+12025550001");
  EXPECT_EQ(data["to"], "+442079460000");
  EXPECT_EQ(data["body"], "hello");
  EXPECT_EQ(data["encoding"], "GSM-7");
  EXPECT_EQ(data["segments"], 2);
  EXPECT_EQ(data["created_at"], "2025-06-15T15:06:40.000000Z");
  EXPECT_EQ(data["scheduled_at"], "2030-01-01T00:00:00.000000Z");
  EXPECT_EQ(data["error_code"], Json());
  EXPECT_FALSE(data.contains("connector_id")) << "the operator's";

  const auto given = messaging_.submitted();
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].customer.to_string(), kId);
  EXPECT_EQ(given[0].origin, domain::MessageOrigin::Rest);
  EXPECT_EQ(given[0].from.digits, "12025550001");
  EXPECT_EQ(given[0].to.digits, "442079460000");
  EXPECT_EQ(given[0].text, "hello");
  EXPECT_EQ(given[0].receipts, domain::ReceiptWish::Each) << "each step is posted to its own URL";
  EXPECT_EQ(given[0].priority, 2);
  EXPECT_EQ(given[0].message_class, std::uint8_t{0});
  EXPECT_EQ(given[0].client_reference, "");
}

TEST_F(MessagesTest, GoTheSameWayByBothPaths) {
  EXPECT_EQ(send(message(), "/v1/messaging/sms").status, 201u);
  EXPECT_EQ(send(message(), "/api/v1/messages").status, 201u);
  EXPECT_EQ(messaging_.submitted().size(), 2u);
}

TEST_F(MessagesTest, SendersAreNumbersShortCodesOrLetters) {
  for (const char* from : {"2025550001", "+12025550001", "12345", "ACME"}) {
    auto body = message();
    body["from"] = from;
    EXPECT_EQ(send(body).status, 201u) << from;
  }
  const auto given = messaging_.submitted();
  ASSERT_EQ(given.size(), 4u);
  EXPECT_EQ(given[0].from, given[1].from);
  EXPECT_EQ(given[2].from, (domain::MessageAddress{3, 1, "12345"}));
  EXPECT_EQ(given[3].from, (domain::MessageAddress{5, 0, "ACME"}));
  for (const char* from : {"", "12345678", "A name too long", "Gr\xC3\xBC\xC3\x9F"}) {
    auto body = message();
    body["from"] = from;
    EXPECT_EQ(send(body).code(), "FROM_NOT_OWNED") << from;
  }
}

TEST_F(MessagesTest, AreRefusedBeforeMessagingIsAsked) {
  for (const char* to : {"", "12345", "somebody", "442079460000"})
    EXPECT_EQ(send(message(to)).code(), "INVALID_TO") << to;
  const auto nothing = send(Json::object());
  EXPECT_EQ(nothing.code(), "INVALID_PAYLOAD");
  EXPECT_EQ(nothing.body["error"]["details"]["fields"].size(), 3u);
  auto body = message();
  body["status_callback"] = "ftp://example.net";
  EXPECT_EQ(send(body).code(), "INVALID_PAYLOAD");
  body["status_callback"] = "https://";
  EXPECT_EQ(send(body).code(), "INVALID_PAYLOAD");
  body = message();
  body["body"] = "";
  EXPECT_EQ(send(body).code(), "INVALID_PAYLOAD");
  EXPECT_TRUE(messaging_.submitted().empty());
}

TEST_F(MessagesTest, OperatorsSayForWhom) {
  EXPECT_EQ(ask("POST", "/v1/messages", kBootstrap, message().dump()).code(), "MISSING_PARAM");
  const auto reply =
      ask("POST", std::string("/v1/messages?customer_id=") + kOtherId, kBootstrap, message().dump());
  ASSERT_EQ(reply.status, 201u);
  EXPECT_EQ(reply.body["data"]["customer_id"], kOtherId);
  EXPECT_EQ(messaging_.submitted().at(0).customer.to_string(), kOtherId);
}

TEST_F(MessagesTest, ScopesAreChecked) {
  EXPECT_EQ(ask("POST", "/v1/messages", "rk_reader", message().dump()).code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/v1/messages", "rk_reader").code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/v1/messages", kSender).code(), "SERVICE_UNAVAILABLE") << "as far as the database";
}

TEST_F(MessagesTest, WhatATestKeySendsIsMarkedAsATest) {
  EXPECT_EQ(ask("POST", "/v1/messages", "rk_test_sender", message().dump()).status, 201u);
  const Json batch{{"messages", {message()}}};
  EXPECT_EQ(ask("POST", "/v1/messages/batch", "rk_test_sender", batch.dump()).status, 200u);
  EXPECT_EQ(ask("POST", "/v1/messages", kSender, message().dump()).status, 201u);
  const auto sent = messaging_.submitted();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].origin, domain::MessageOrigin::Test);
  EXPECT_EQ(sent[1].origin, domain::MessageOrigin::Test);
  EXPECT_EQ(sent[2].origin, domain::MessageOrigin::Rest);
}

struct Expected {
  Reason reason;
  unsigned status;
  const char* code;
};
constexpr std::array kRefusals{
    Expected{Reason::AccountSuspended, 401, "NO_ACTIVE_CUSTOMER"},
    Expected{Reason::NumberInvalid, 400, "INVALID_TO"},
    Expected{Reason::MessageMalformed, 400, "INVALID_PAYLOAD"},
    Expected{Reason::Overloaded, 503, "SERVICE_UNAVAILABLE"},
    Expected{Reason::NotReady, 503, "SERVICE_UNAVAILABLE"},
    Expected{Reason::DaemonStopping, 503, "SERVICE_UNAVAILABLE"},
    Expected{Reason::StoreUnavailable, 503, "SERVICE_UNAVAILABLE"},
    Expected{Reason::SenderNotAllowed, 422, "FROM_NOT_OWNED"},
    Expected{Reason::CampaignMissing, 422, "FROM_NOT_ENROLLED"},
    Expected{Reason::RecipientOptedOut, 422, "RECIPIENT_OPTED_OUT"},
    Expected{Reason::MessageThrottled, 429, "RATE_LIMITED"},
    Expected{Reason::MessageTooLong, 400, "MESSAGE_TOO_LONG"},
    Expected{Reason::MessageExpired, 400, "MESSAGE_EXPIRED"},
    Expected{Reason::MessageUnrated, 422, "MESSAGE_UNRATED"},
    Expected{Reason::NoMessageRoute, 422, "NO_MESSAGE_ROUTE"},
    Expected{Reason::ContentRefused, 422, "CONTENT_REFUSED"},
    Expected{Reason::CalleeBusy, 500, "INTERNAL_ERROR"},
};

TEST_F(MessagesTest, RefusalsHaveTheirCodes) {
  for (const auto& expected : kRefusals) {
    messaging_.refusals["442079460000"] = expected.reason;
    const auto reply = send(message());
    EXPECT_EQ(reply.status, expected.status) << expected.code;
    EXPECT_EQ(reply.code(), expected.code);
    EXPECT_EQ(reply.body["error"]["details"]["reason"], domain::to_string(expected.reason));
    if (expected.status == 429 || expected.status == 503) {
      EXPECT_TRUE(reply.headers.get("Retry-After")) << expected.code;
    }
  }
}

TEST_F(MessagesTest, BatchesHaveAResultForEach) {
  messaging_.refusals["442079460001"] = Reason::RecipientOptedOut;
  const Json batch{{"messages", {message(), message("12"), message("+442079460001"), message()}}};
  const auto reply = send(batch, "/v1/messages/batch");
  ASSERT_EQ(reply.status, 200u) << reply.body.dump();
  const auto& data = reply.body["data"];
  EXPECT_EQ(data["accepted_count"], 2);
  EXPECT_EQ(data["failed_count"], 2);
  ASSERT_EQ(data["results"].size(), 4u);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(data["results"][i]["index"], i);
  EXPECT_EQ(data["results"][0]["status"], "accepted");
  EXPECT_EQ(data["results"][1]["error"]["code"], "INVALID_TO");
  EXPECT_EQ(data["results"][2]["error"]["code"], "RECIPIENT_OPTED_OUT");
  EXPECT_EQ(data["results"][3]["message"]["status"], "queued");
  EXPECT_NE(data["results"][0]["message"]["id"], data["results"][3]["message"]["id"]);
}

TEST_F(MessagesTest, BatchesAreBounded) {
  EXPECT_EQ(send({{"messages", std::vector<Json>(1001, message())}}, "/v1/messages/batch").code(),
            "INVALID_PAYLOAD");
  const auto bad = send({{"messages", {{{"from", "12025550001"}}}}}, "/v1/messages/batch");
  EXPECT_EQ(bad.body["error"]["details"]["fields"]["messages[0].to"], "is required");
  EXPECT_TRUE(messaging_.submitted().empty());
  EXPECT_EQ(send({{"messages", Json::array()}}, "/v1/messages/batch").body["data"]["accepted_count"], 0);
}

TEST_F(MessagesTest, BatchesKeyEachOfTheirMessages) {
  const Json batch{{"messages", {message(), message()}}};
  ASSERT_EQ(send(batch, "/v1/messages/batch", "Idempotency-Key: k\r\n").status, 200u);
  const auto given = messaging_.submitted();
  ASSERT_EQ(given.size(), 2u);
  EXPECT_EQ(given[0].client_reference,
            "k\x1f"
            "0");
  EXPECT_EQ(given[1].client_reference,
            "k\x1f"
            "1");
}

TEST_F(MessagesTest, KeysAreLookedUpBeforeAnythingIsSent) {
  EXPECT_EQ(send(message(), "/v1/messages", "Idempotency-Key: once\r\n").code(), "SERVICE_UNAVAILABLE")
      << "without the database nobody knows whether it is a repeat";
  for (const std::string& key : {std::string(), std::string(201, 'k'), std::string("\xC3\xBC")})
    EXPECT_EQ(send(message(), "/v1/messages", "Idempotency-Key: " + key + "\r\n").code(),
              "INVALID_IDEMPOTENCY_KEY");
  EXPECT_TRUE(messaging_.submitted().empty());
}

TEST_F(MessagesTest, WithoutMessagingThereIsNoGateway) {
  port_ = nullptr;
  const auto reply = send(message());
  EXPECT_EQ(reply.status, 503u);
  EXPECT_EQ(reply.code(), "GATEWAY_UNAVAILABLE");
  EXPECT_EQ(ask("GET", "/v1/messaging/connectors/stats").code(), "GATEWAY_UNAVAILABLE");
  EXPECT_EQ(ask("GET", "/v1/messaging/carriers", kSender).status, 200u) << "lists need nobody";
}

TEST_F(MessagesTest, ConnectorsTellWhatTheyDo) {
  domain::ConnectorStatistics row;
  row.connector = *ConnectorId::parse(kId);
  row.up = row.healthy = true;
  row.queued = 7;
  row.submitted = 42;
  messaging_.rows = {row};
  const auto all = ask("GET", "/v1/messaging/connectors/stats").body["data"];
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["connector_id"], kId);
  EXPECT_EQ(all[0]["queued"], 7);
  const auto base = std::string("/v1/messaging/connectors/");
  EXPECT_EQ(ask("GET", base + kId + "/stats").body["data"]["submitted"], 42);
  EXPECT_EQ(ask("GET", base + kOtherId + "/stats").code(), "NOT_FOUND");
}

TEST_F(MessagesTest, RoutesAreTriedWithoutSending) {
  domain::RouteLine line;
  line.route = *MessageRouteId::parse(kId);
  line.connector = *ConnectorId::parse(kOtherId);
  line.standing = domain::RouteStanding::OtherTime;
  line.cost = Money::from_nanos(1'500'000);
  messaging_.lines = {line};
  const auto path = std::string("/v1/messaging/routes/test?customer_id=") + kId + "&from=12025550001&to=";
  const auto reply = ask("GET", path + "%2B442079460000");
  ASSERT_EQ(reply.status, 200u) << reply.body.dump();
  const auto& row = reply.body["data"]["routes"][0];
  EXPECT_EQ(row["route_id"], kId);
  EXPECT_EQ(row["standing"], "other_time");
  EXPECT_EQ(row["cost_per_segment"], 0.0015);
  EXPECT_EQ(ask("GET", path + "12").code(), "INVALID_PARAM");
  EXPECT_TRUE(messaging_.submitted().empty());
}

TEST_F(MessagesTest, ReferenceListsNeedNoDatabase) {
  for (const char* list : {"carriers", "dcas", "entity-types", "use-cases", "verticals"}) {
    const auto data = ask("GET", std::string("/v1/messaging/") + list, kSender).body["data"];
    ASSERT_FALSE(data.empty()) << list;
    std::set<std::string> codes;
    for (const auto& entry : data) {
      EXPECT_TRUE(codes.insert(entry["code"].get<std::string>()).second) << entry["code"];
      EXPECT_FALSE(entry["name"].get<std::string>().empty());
    }
  }
}

TEST_F(MessagesTest, EveryUseCaseHasItsRequirements) {
  const std::string path = "/v1/messaging/use-case-requirements";
  for (const auto& entry : ask("GET", "/v1/messaging/use-cases", kSender).body["data"]) {
    const auto code = entry["code"].get<std::string>();
    const auto reply = ask("GET", path + "?use_case=" + code, kSender);
    ASSERT_EQ(reply.status, 200u) << code;
    EXPECT_GE(reply.body["data"]["samples_required"].get<int>(), 1) << code;
  }
  EXPECT_EQ(ask("GET", path, kSender).code(), "MISSING_PARAM");
  EXPECT_EQ(ask("GET", path + "?use_case=NONE", kSender).code(), "INVALID_USE_CASE");
}

TEST_F(MessagesTest, ThroughputGrowsWithTheScoreOfAVettedBrand) {
  const std::string path = "/v1/messaging/throughput-estimate";
  const auto cap = [&](const std::string& query) {
    return ask("GET", path + query, kSender).body["data"]["daily_cap"].get<int>();
  };
  EXPECT_EQ(cap("?trust_score=100&vetted=true"), 200'000);
  EXPECT_EQ(cap("?trust_score=75&vetted=true"), 200'000);
  EXPECT_EQ(cap("?trust_score=74&vetted=true"), 40'000);
  EXPECT_EQ(cap("?trust_score=0&vetted=true"), 2'000);
  EXPECT_EQ(cap("?trust_score=100"), 2'000);
  EXPECT_EQ(ask("GET", path, kSender).code(), "MISSING_PARAM");
  EXPECT_EQ(ask("GET", path + "?trust_score=101", kSender).code(), "INVALID_PARAM");
}

}  // namespace
}  // namespace warp::api
