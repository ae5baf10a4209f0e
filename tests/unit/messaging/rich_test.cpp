// MMS and RCS through the core: routing by kind, falling back to SMS, receipts, and what comes in.
#include <nlohmann/json.hpp>

#include "world.h"

namespace warp::messaging::test {
namespace {

using domain::ConnectorProtocol;
using domain::MessageKind;
using domain::MessageState;
using domain::Reason;
using smpp::Status;

const auto kRcsConnector = make_id<ConnectorId>(13), kMm4Connector = make_id<ConnectorId>(14);

// An SMPP, an RCS and an MM4 connector, a route to each.
domain::MessagingCatalogue rich_catalogue() {
  auto c = sample_catalogue();
  for (const auto& [id, protocol] :
       {std::pair(kRcsConnector, ConnectorProtocol::Rcs), std::pair(kMm4Connector, ConnectorProtocol::Mm4)}) {
    domain::Connector connector;
    connector.id = id;
    connector.protocol = protocol;
    c.connectors.push_back(connector);
    auto route = c.routes.front();
    route.id = make_id<MessageRouteId>(id.value.bytes[15]);
    route.connector = id;
    c.routes.push_back(route);
  }
  return c;
}

class Rich : public World {
 protected:
  Rich() {
    upstream.window[kRcsConnector.value] = 10;
    upstream.window[kMm4Connector.value] = 10;
    boot(rich_catalogue());
  }
  static Submission rich(MessageKind kind, std::string body, domain::RichContent content = {}) {
    auto s = text(std::move(body));
    s.kind = kind;
    s.rich = std::make_shared<const domain::RichContent>(std::move(content));
    return s;
  }
  static domain::RichContent without_fallback() {
    domain::RichContent content;
    content.sms_fallback = false;
    return content;
  }
  ConnectorId peer(std::size_t index) { return ConnectorId{upstream.at(index).peer}; }
  Status told = Status::UnknownErr;
  void come(IncomingRich message) {
    service->upstream_rich(kMm4Connector, std::move(message), [this](Status status) { told = status; });
    settle();
  }
  static IncomingRich picture(std::string id) {
    IncomingRich message;
    message.source = kPhone;
    message.destination = kNumber;
    message.text = "Look";
    message.subject = "Holiday";
    domain::StoredMedia media;
    media.part.content_type = "image/jpeg";
    media.part.name = "a.jpg";
    media.octets = "octets";
    message.media.push_back(media);
    message.upstream_id = std::move(id);
    return message;
  }
};

TEST_F(Rich, EachKindGoesToTheConnectorThatCarriesIt) {
  send("plain");
  send(rich(MessageKind::Mms, "with pictures"));
  send(rich(MessageKind::Rcs, "rich"));
  ASSERT_EQ(upstream.size(), 3u);
  EXPECT_EQ(peer(0), kOne);
  EXPECT_EQ(peer(1), kMm4Connector);
  EXPECT_EQ(peer(2), kRcsConnector);
  EXPECT_EQ(upstream.at(1).kind, MessageKind::Mms);
  EXPECT_EQ(upstream.at(2).user_data, "");  // whole, not cut into parts
}

TEST_F(Rich, AnExplanationSaysThatAConnectorCarriesOtherKinds) {
  const auto lines = service->explain(rich(MessageKind::Mms, "x"));
  ASSERT_EQ(lines.size(), 3u);
  for (const auto& line : lines)
    EXPECT_EQ(line.standing, line.connector == kMm4Connector ? Standing::Candidate : Standing::OtherProtocol);
  EXPECT_EQ(domain::to_string(Standing::OtherProtocol), "other_protocol");
}

TEST_F(Rich, NoMmsRouteIsNoRoute) {
  auto catalogue = rich_catalogue();
  catalogue.routes.erase(catalogue.routes.begin() + 2);
  boot(catalogue);
  send(rich(MessageKind::Mms, "nowhere"));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.front(), Reason::NoMessageRoute);
}

TEST_F(Rich, AnRcsReceiptIsMatchedByTheNameThatTheProviderWasGiven) {
  const auto id = send(rich(MessageKind::Rcs, "hello"));
  answer(0, Status::Ok, id.to_string());
  EXPECT_EQ(state(id), MessageState::Sent);
  Status heard = Status::UnknownErr;
  service->upstream_receipt(kRcsConnector, id.to_string(), smpp::MessageState::Delivered, "",
                            [&](Status status) { heard = status; });
  settle();
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(heard, Status::Ok);
  // READ comes after DELIVERED: it changes nothing.
  service->upstream_receipt(kRcsConnector, id.to_string(), smpp::MessageState::Delivered, "", [](Status) {});
  settle();
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(Rich, WhoCannotBeHadByRcsGetsAnSms) {
  domain::RichContent content;
  content.fallback_text = "See https://example.com";
  const auto id = send(rich(MessageKind::Rcs, "A card", content));
  ASSERT_EQ(upstream.size(), 1u);
  answer(0, Status::InvDstAdr);
  ASSERT_EQ(upstream.size(), 2u);
  EXPECT_EQ(peer(1), kOne);
  EXPECT_EQ(upstream.at(1).user_data, "See https://example.com");
  const auto& row = store.rows.at(id);
  EXPECT_EQ(row.kind, MessageKind::Sms);
  ASSERT_EQ(row.attempts.size(), 1u);
  EXPECT_EQ(row.attempts[0].connector, kRcsConnector);
  EXPECT_EQ(row.attempts[0].reason, Reason::RcsUnreachable);
  answer(1, Status::Ok, "abc");
  receipt(kOne, "abc", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.rows.at(id).attempts.size(), 2u);
}

TEST_F(Rich, TheTextItselfIsTheFallbackWhenThereIsNoOther) {
  send(rich(MessageKind::Rcs, "Only this"));
  answer(0, Status::InvDstAdr);
  ASSERT_EQ(upstream.size(), 2u);
  EXPECT_EQ(upstream.at(1).user_data, "Only this");
}

TEST_F(Rich, WithoutFallbackItFails) {
  const auto id = send(rich(MessageKind::Rcs, "A card", without_fallback()));
  answer(0, Status::InvDstAdr);
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::RcsUnreachable);
}

TEST_F(Rich, WithNoRcsRouteItIsAnSmsFromTheBeginning) {
  auto catalogue = rich_catalogue();
  catalogue.routes.erase(catalogue.routes.begin() + 1);
  boot(catalogue);
  const auto id = send(rich(MessageKind::Rcs, "To all"));
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(peer(0), kOne);
  EXPECT_EQ(store.rows.at(id).kind, MessageKind::Sms);
  send(rich(MessageKind::Rcs, "To few", without_fallback()));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.front(), Reason::NoMessageRoute);
}

TEST_F(Rich, AFallbackCostsNoMoreThanWasReserved) {
  domain::RichContent content;
  content.fallback_text = std::string(200, 'x');  // two segments
  const auto id = send(rich(MessageKind::Rcs, "A card", content));
  ASSERT_EQ(accepted.back().segments, 2);
  const auto reserved = accepted.back().price->amount;
  EXPECT_EQ(reserved, Money::from_nanos(20'000'000));
  answer(0, Status::InvDstAdr);
  ASSERT_EQ(upstream.size(), 3u);
  answer(1, Status::Ok, "1");
  answer(2, Status::Ok, "2");
  const auto& row = *service->find(id);
  EXPECT_EQ(row.segments, 2);
  EXPECT_EQ(row.price->amount, reserved);
  EXPECT_EQ(row.cost->amount, Money::from_nanos(12'000'000));
  // Who wants no SMS pays for none.
  send(rich(MessageKind::Rcs, std::string(200, 'x'), without_fallback()));
  EXPECT_EQ(accepted.back().segments, 1);
}

TEST_F(Rich, WhatTimedOutAtAnRcsProviderIsGivenToTheSameOneAgain) {
  auto catalogue = rich_catalogue();
  auto other = catalogue.connectors[2];
  other.id = kTwo;
  catalogue.connectors[1] = other;
  add_second_route(catalogue, 200);  // a second RCS provider
  upstream.window[kTwo.value] = 10;
  boot(catalogue);
  const auto id = send(rich(MessageKind::Rcs, "Once"));
  ASSERT_EQ(peer(0), kRcsConnector);
  upstream.at(0).lose(WireResult::Ambiguous);
  settle();
  EXPECT_EQ(state(id), MessageState::Queued);
  advance(std::chrono::seconds(6));
  ASSERT_EQ(upstream.size(), 2u);
  EXPECT_EQ(peer(1), kRcsConnector);
  // An error after that does not say that the first did not arrive.
  answer(1, Status::SysErr);
  advance(std::chrono::seconds(12));
  ASSERT_EQ(upstream.size(), 3u);
  EXPECT_EQ(peer(2), kRcsConnector);
  answer(2, Status::Ok, id.to_string());
  EXPECT_EQ(state(id), MessageState::Sent);
}

TEST_F(Rich, AfterACrashAnRcsMessageIsGivenAgainAndAnMmsIsNot) {
  const auto rcs = send(rich(MessageKind::Rcs, "again"));
  const auto mms = send(rich(MessageKind::Mms, "not again"));
  ASSERT_EQ(upstream.size(), 2u);
  crash_and_boot(rich_catalogue());
  EXPECT_EQ(state(mms), MessageState::Failed);
  EXPECT_EQ(reason(mms), Reason::UpstreamSilent);
  ASSERT_EQ(upstream.size(), 3u);
  EXPECT_EQ(peer(2), kRcsConnector);
  answer(2, Status::Ok, rcs.to_string());
  EXPECT_EQ(state(rcs), MessageState::Sent);
}

TEST_F(Rich, AFallenBackMessageStaysAnSmsAfterACrash) {
  const auto id = send(rich(MessageKind::Rcs, "hello"));
  answer(0, Status::InvDstAdr);
  answer(1, Status::Throttled);
  crash_and_boot(rich_catalogue());
  EXPECT_EQ(store.rows.at(id).kind, MessageKind::Sms);
  ASSERT_EQ(upstream.size(), 3u);
  EXPECT_EQ(peer(2), kOne);
}

TEST_F(Rich, AttachmentsThatDoNotFitFailAsSuch) {
  const auto id = send(rich(MessageKind::Mms, "too much"));
  answer(0, Status::InvMsgLen);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::MediaRefused);
}

TEST_F(Rich, WhatCannotBeIsRefusedAtOnce) {
  send(rich(MessageKind::Mms, ""));  // nothing in it
  send(rich(MessageKind::Rcs, std::string(3073, 'x'), without_fallback()));
  send(rich(MessageKind::Mms, "broken \xFF"));
  auto octets = rich(MessageKind::Mms, "x");
  octets.binary_coding = std::uint8_t{4};
  send(octets);
  EXPECT_EQ(refused, (std::vector{Reason::MessageMalformed, Reason::MessageTooLong, Reason::MessageMalformed,
                                  Reason::MessageMalformed}));
  EXPECT_EQ(upstream.size(), 0u);
}

TEST_F(Rich, AnInboundMessageReachesTheWebhookWithItsAttachments) {
  come(picture("mm-1"));
  EXPECT_EQ(told, Status::Ok);
  ASSERT_EQ(media.rows.size(), 1u);
  EXPECT_EQ(media.rows.begin()->second.first, kCustomer);
  ASSERT_EQ(webhooks.posted.size(), 1u);
  const auto body = nlohmann::json::parse(webhooks.posted[0].webhook.body);
  EXPECT_EQ(body["type"], "message.received");
  EXPECT_EQ(body["kind"], "mms");
  EXPECT_EQ(body["subject"], "Holiday");
  ASSERT_EQ(body["media"].size(), 1u);
  EXPECT_EQ(body["media"][0]["content_type"], "image/jpeg");
  EXPECT_EQ(body["media"][0]["octets"], 6);
  EXPECT_TRUE(body["media"][0]["url"].get<std::string>().starts_with("https://media.example/media/"));
  EXPECT_FALSE(body.contains("client_reference"));
}

TEST_F(Rich, ARepeatIsAnsweredAndNotToldAgain) {
  come(picture("mm-1"));
  told = Status::UnknownErr;
  come(picture("mm-1"));
  EXPECT_EQ(told, Status::Ok);
  EXPECT_EQ(webhooks.posted.size(), 1u);
  crash_and_boot(rich_catalogue());
  const auto before = webhooks.posted.size();
  come(picture("mm-1"));
  EXPECT_EQ(webhooks.posted.size(), before);
  come(picture("mm-2"));
  EXPECT_EQ(webhooks.posted.size(), before + 1);
}

TEST_F(Rich, WhatIsNotDurableIsToBeSaidAgain) {
  media.down = true;
  come(picture("mm-1"));
  EXPECT_EQ(told, Status::SysErr);
  media.down = false;
  store.down = true;
  come(picture("mm-1"));
  EXPECT_EQ(told, Status::SysErr);
  store.down = false;
  come(picture("mm-1"));
  EXPECT_EQ(told, Status::Ok);
  EXPECT_EQ(webhooks.posted.size(), 1u);
}

TEST_F(Rich, ANumberOfNobodyIsRefused) {
  auto message = picture("mm-1");
  message.destination = "12025559999";
  come(std::move(message));
  EXPECT_EQ(told, Status::InvDstAdr);
  EXPECT_TRUE(media.rows.empty());
}

TEST_F(Rich, StopByMmsOptsOut) {
  auto message = picture("mm-1");
  message.text = " Stop ";
  message.media.clear();
  come(std::move(message));
  ASSERT_EQ(opt_outs.entries.size(), 1u);
  EXPECT_TRUE(opt_outs.entries[0].second);
  send(rich(MessageKind::Rcs, "still?"));
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.front(), Reason::RecipientOptedOut);
}

TEST_F(Rich, ACustomerThatIsBoundGetsTextAndLinks) {
  auto catalogue = rich_catalogue();
  catalogue.numbers.front().esme = kEsme;
  boot(catalogue);
  bind(kEsme, 10);
  come(picture("mm-1"));
  ASSERT_GE(downstream.size(), 1u);
  std::string whole;
  for (const auto& part : downstream.sent)
    whole += part->user_data.substr(part->esm_class & smpp::kEsmUdhi ? 6 : 0);
  EXPECT_TRUE(whole.starts_with("Look\nhttps://media.example/media/")) << whole;
}

}  // namespace
}  // namespace warp::messaging::test
