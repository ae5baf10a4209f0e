#include "warp/pg/listener.h"
#include "warp/store/messages.h"
#include "warp/store/messaging.h"
#include "warp/store/messaging_catalogue.h"
#include "warp/store/numbers.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::MessageState;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

class StoreMessaging : public test::MessageTest {
 protected:
  domain::Connector wanted_connector() {
    domain::Connector c;
    c.name = fresh("smsc");
    c.host = "smsc.example.net";
    c.port = 3601;
    c.tls = true;
    c.system_id = "warp";
    c.password = "a longer secret than 8";
    c.bind_type = "tx+rx";
    c.mps = 10;
    c.source_ton = 5;
    c.gsm7_data_coding = 0xF1;
    c.split = "sar";
    c.submit_id_form = "hexadecimal";
    c.receipt_zone_quarters = -20;
    c.response_timeout = 7500ms;
    c.ambiguity = domain::AmbiguityPolicy::Resend;
    return c;
  }
  domain::Connector wanted_mm4() {
    domain::Connector c;
    c.name = fresh("mmsc");
    c.protocol = domain::ConnectorProtocol::Mm4;
    c.host = "mmsc.example.net";
    c.port = 25;
    c.tls = true;
    c.system_id = "a login longer than what SMPP has room for";
    c.local_domain = "mms.warp.example";
    c.remote_domain = "mms.carrier.example";
    c.allowed = {*domain::Cidr::parse("203.0.113.0/24"), *domain::Cidr::parse("2001:db8::1")};
    c.max_media_octets = 600'000;
    return c;
  }
  domain::Esme wanted_esme(CustomerId of) {
    domain::Esme e;
    e.customer = of;
    e.system_id = "e" + std::to_string(++count);
    e.password_hash = "hash of " + e.system_id;
    e.allowed = {*domain::Cidr::parse("203.0.113.0/24"), *domain::Cidr::parse("2001:db8::1")};
    e.mps = 30;
    return e;
  }
  std::string number_of(CustomerId of) {
    NewNumber wanted;
    wanted.e164 = "4930123" + std::to_string(1000 + ++count);
    wanted.customer = of;
    return need(numbers.create(op, wanted)).e164;
  }
  static inline int count = 0;
  ConnectorRepository connectors{t.pool};
  MessageRouteRepository routes{t.pool};
  EsmeRepository esmes{t.pool};
  OptOutRepository opt_outs{t.pool};
  MessagingSettingsRepository messaging{t.pool};
  MessagingCatalogueRepository catalogue{t.pool};
  MessageRepository messages{t.pool};
  NumberRepository numbers{t.pool};
};

TEST_F(StoreMessaging, TheCatalogueHoldsWhatWasProvisioned) {
  const auto paid = plan();
  need_void(messaging.set_rates(
      op, paid.id, {{paid.id, "", Money::from_nanos(9)}, {paid.id, "44", Money::from_nanos(7)}}));
  auto upstream = wanted_connector();
  upstream.rate_plan = paid.id;
  const auto connector = need(connectors.create(op, upstream, "main")).item;
  domain::MessageRoute way;
  way.customer = owner;
  way.prefix = "44";
  way.sender = "ACME*";
  way.keyword = "JOIN";
  way.from_minute = 480;
  way.to_minute = 1200;
  way.connector = connector.id;
  const auto route = need(routes.create(op, way, "")).item;
  const auto account = need(esmes.create(op, wanted_esme(owner), "")).item;
  const auto number = number_of(owner), bare = number_of(owner);
  const auto campaign = ask("INSERT INTO sms.campaigns (customer_id, name, status) VALUES ('" +
                            owner.to_string() + "', 'c', 'approved') RETURNING id");
  need_void(messaging.set_number(
      op, {number, owner, account.id, "https://a", "https://b", "key", *CampaignId::parse(campaign)}));
  need_void(messaging.set_customer(
      op, {owner, true, {}, paid.id, 50, 75, "https://r", "key", domain::ChargePolicy::Sent, false}));
  need(opt_outs.add(op, {owner, number, "447700900001"}, "keyword"));

  const auto c = need(catalogue.load());
  const auto* seen = by_id(c->connectors, connector.id);
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->password, "a longer secret than 8");
  EXPECT_EQ(seen->host, "smsc.example.net");
  EXPECT_EQ(seen->bind_type, "tx+rx");
  EXPECT_EQ(seen->source_ton, 5);
  EXPECT_FALSE(seen->source_npi);
  EXPECT_EQ(seen->gsm7_data_coding, 0xF1);
  EXPECT_EQ(seen->receipt_zone_quarters, -20);
  EXPECT_EQ(seen->response_timeout, 7500ms);
  EXPECT_EQ(seen->ambiguity, domain::AmbiguityPolicy::Resend);
  EXPECT_EQ(seen->rate_plan, paid.id);
  const auto* bound = by_id(c->esmes, account.id);
  ASSERT_NE(bound, nullptr);
  EXPECT_EQ(bound->password_hash, "hash of " + bound->system_id);
  EXPECT_EQ(bound->allowed.size(), 2u);
  EXPECT_EQ(bound->mps, 30u);
  const auto* led = by_id(c->routes, route.id);
  ASSERT_NE(led, nullptr);
  EXPECT_EQ(led->customer, owner);
  EXPECT_EQ(led->to_minute, 1200);
  EXPECT_EQ(led->connector, connector.id);
  const auto held = std::ranges::find(c->numbers, number, &domain::MessagingNumber::e164);
  ASSERT_NE(held, c->numbers.end());
  EXPECT_EQ(held->esme, account.id);
  EXPECT_EQ(held->webhook_secret, "key");
  EXPECT_EQ(held->campaign->to_string(), campaign);
  const auto other = std::ranges::find(c->numbers, bare, &domain::MessagingNumber::e164);
  ASSERT_NE(other, c->numbers.end()) << "a number without settings is somebody's all the same";
  EXPECT_EQ(other->customer, owner);
  const auto* paying = by_id(c->customers, owner);
  ASSERT_NE(paying, nullptr);
  EXPECT_EQ(paying->rate_plan, paid.id);
  EXPECT_EQ(paying->mps, 50u);
  EXPECT_EQ(paying->burst, 75u);
  EXPECT_FALSE(paying->needs_campaign);
  const auto* priced = by_id(c->plans, paid.id);
  ASSERT_NE(priced, nullptr);
  EXPECT_EQ(priced->version, 1u);
  EXPECT_EQ(std::ranges::count(c->rates, paid.id, &domain::MessageRate::plan), 2);
  EXPECT_EQ(std::ranges::count(c->opt_outs, owner, &domain::OptOut::customer), 1);

  // Suspended, a campaign carries no number; a number that goes to another customer takes nothing along.
  ask("UPDATE sms.campaigns SET status = 'suspended' WHERE id = '" + campaign + "'");
  ask("UPDATE numbers.inventory SET customer_id = '" + customer().id.to_string() + "' WHERE e164 = '" +
      number + "'");
  const auto later = need(catalogue.load());
  const auto moved = std::ranges::find(later->numbers, number, &domain::MessagingNumber::e164);
  ASSERT_NE(moved, later->numbers.end());
  EXPECT_NE(moved->customer, owner);
  EXPECT_FALSE(moved->esme || moved->campaign);
  EXPECT_EQ(moved->webhook_secret, "");
  EXPECT_GT(later->version, c->version);
}

TEST_F(StoreMessaging, SecretsAreWrittenAndNotReadBack) {
  const auto made = need(connectors.create(op, wanted_connector(), ""));
  EXPECT_EQ(made.item.password, "");
  const auto changed = need(connectors.update(op, made.item.id, [](ConnectorRepository::Item& row) {
    row.item.paused = true;
    row.item.mps.reset();
    row.description = "rested";
  }));
  EXPECT_TRUE(changed.item.paused);
  EXPECT_FALSE(changed.item.mps);
  EXPECT_EQ(changed.description, "rested");
  EXPECT_EQ(changed.item.split, "sar");
  EXPECT_EQ(need(connectors.get(op, made.item.id)).item.password, "");
  EXPECT_EQ(by_id(need(catalogue.load())->connectors, made.item.id)->password, "a longer secret than 8");
  EXPECT_EQ(ask("SELECT count(*) FROM audit.events WHERE concat(before, after) LIKE '%longer secret%'"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM audit.events WHERE object_type = 'connector' AND object_id = '" +
                made.item.id.to_string() + "'"),
            "2");
  EXPECT_EQ(failure(connectors.create(op, {}, "")), ErrorKind::Invalid);
  domain::MessageRoute way;
  way.connector = made.item.id;
  const auto route = need(routes.create(op, way, "")).item.id;
  EXPECT_EQ(failure(connectors.remove(op, made.item.id)), ErrorKind::InUse);
  EXPECT_EQ(need(routes.update(op, route, [](MessageRouteRepository::Item& row) { row.item.prefix = "1"; }))
                .item.prefix,
            "1");
  need(routes.remove(op, route));
  need(connectors.remove(op, made.item.id));
  EXPECT_EQ(failure(connectors.get(op, made.item.id)), ErrorKind::NotFound);
}

TEST_F(StoreMessaging, ConnectorsOfWholeMessagesKeepWhatTheirProtocolNeeds) {
  const auto made = need(connectors.create(op, wanted_mm4(), "")).item;
  const auto loaded = need(catalogue.load());
  const auto* seen = by_id(loaded->connectors, made.id);
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->protocol, domain::ConnectorProtocol::Mm4);
  EXPECT_EQ(seen->local_domain, "mms.warp.example");
  EXPECT_EQ(seen->remote_domain, "mms.carrier.example");
  EXPECT_EQ(seen->allowed, wanted_mm4().allowed);
  EXPECT_EQ(seen->max_media_octets, 600'000u);
  const auto changed = need(connectors.update(op, made.id, [](ConnectorRepository::Item& row) {
    row.item.allowed.pop_back();
    row.item.max_media_octets = 0;
  }));
  EXPECT_EQ(changed.item.allowed.size(), 1u);
  EXPECT_EQ(changed.item.max_media_octets, 0u);
  need(connectors.remove(op, made.id));

  auto in_the_clear = wanted_mm4();
  in_the_clear.tls = false;
  EXPECT_EQ(failure(connectors.create(op, in_the_clear, "")), ErrorKind::Invalid);
  auto nowhere = wanted_mm4();
  nowhere.remote_domain.clear();
  EXPECT_EQ(failure(connectors.create(op, nowhere, "")), ErrorKind::Invalid);
  domain::Connector rcs;
  rcs.name = fresh("rcs");
  rcs.protocol = domain::ConnectorProtocol::Rcs;
  rcs.base_url = "https://rcs.example/v1";
  EXPECT_EQ(failure(connectors.create(op, rcs, "")), ErrorKind::Invalid) << "nobody speaks";
  rcs.agent = "shop";
  const auto provider = need(connectors.create(op, rcs, "")).item;
  EXPECT_EQ(provider.base_url, "https://rcs.example/v1");
  EXPECT_EQ(provider.agent, "shop");
  need(connectors.remove(op, provider.id));
}

TEST_F(StoreMessaging, ATenantSeesItsOwnAndNoSecret) {
  const auto stranger = customer().id;
  const auto mine = need(esmes.create(op, wanted_esme(owner), "")).item;
  need(esmes.create(op, wanted_esme(stranger), ""));
  const auto seen = need(esmes.list(as(owner), std::nullopt, {}));
  ASSERT_EQ(seen.items.size(), 1u);
  EXPECT_EQ(seen.items[0].item.id, mine.id);
  EXPECT_EQ(need(esmes.list(as(owner), stranger, {})).items.size(), 0u);
  EXPECT_EQ(failure(esmes.get(as(stranger), mine.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(esmes.create(as(owner), wanted_esme(owner), "")), ErrorKind::Forbidden);
  EXPECT_EQ(failure(connectors.list(as(owner), {})), ErrorKind::Forbidden);
  EXPECT_EQ(failure(routes.list(as(owner), {})), ErrorKind::Forbidden);
  need_void(messaging.set_customer(
      op, {owner, true, {}, std::nullopt, 5, 0, "https://r", "key", domain::ChargePolicy::Sent, true}));
  const auto settings = need(messaging.customer(as(owner), owner));
  EXPECT_EQ(settings.mps, 5u);
  EXPECT_EQ(settings.webhook_secret, "");
  EXPECT_EQ(failure(messaging.customer(as(stranger), owner)), ErrorKind::NotFound);
  const auto number = number_of(owner);
  EXPECT_EQ(failure(messaging.set_number(as(stranger), {number, stranger, {}, "https://x", "", "", {}})),
            ErrorKind::NotFound);
  need_void(messaging.set_number(as(owner), {number, owner, mine.id, "https://x", "", "", {}}));
  EXPECT_EQ(failure(opt_outs.add(as(stranger), {owner, "1202", "1203"}, "")), ErrorKind::Forbidden);
  need(opt_outs.add(as(owner), {owner, "1202", "1203"}, "api"));
  need(opt_outs.add(as(owner), {owner, "1202", "1203"}, "again"));
  EXPECT_EQ(need(opt_outs.list(as(owner), std::nullopt, {})).items.at(0).source, "api");
  EXPECT_EQ(failure(opt_outs.remove(as(stranger), {owner, "1202", "1203"})), ErrorKind::NotFound);
  need(opt_outs.remove(as(owner), {owner, "1202", "1203"}));
}

TEST_F(StoreMessaging, TheApiReadsMessagesOfOneTenant) {
  const auto store = open(settings("reads"));
  const auto stranger = customer().id;
  std::vector<domain::Message> made;
  for (int i = 0; i < 5; ++i) {
    auto m = message();
    m.accepted_at += std::chrono::milliseconds(i);
    if (i == 1) m.direction = domain::Direction::Inbound;
    if (i >= 3) m.campaign = CampaignId{Uuid{{5}}};
    if (i == 4) m.client_reference = "order-9";
    ASSERT_TRUE(insert(*store, m));
    made.push_back(m);
  }
  auto alien = message();
  alien.customer = stranger;
  ASSERT_TRUE(insert(*store, alien));
  const auto end = [&](domain::Message m, MessageState state) {
    m.state = state;
    m.final_at = m.accepted_at + 1s;
    return finish(*store, m, {}).first;
  };
  ASSERT_TRUE(end(made[3], MessageState::Delivered));
  ASSERT_TRUE(end(made[4], MessageState::Undelivered));
  ASSERT_TRUE(end(made[0], MessageState::Cancelled));

  const auto all = need(messages.list(as(owner), {}, {1, 2}));
  EXPECT_EQ(all.total, 5u);
  ASSERT_EQ(all.items.size(), 2u);
  EXPECT_EQ(all.items[0].id, made[4].id);
  EXPECT_EQ(all.items[1].id, made[3].id);
  MessageFilter filter;
  filter.direction = domain::Direction::Inbound;
  EXPECT_EQ(need(messages.list(as(owner), filter, {})).items.at(0).id, made[1].id);
  filter = {};
  filter.state = MessageState::Undelivered;
  EXPECT_EQ(need(messages.list(as(owner), filter, {})).items.at(0).id, made[4].id);
  filter = {};
  filter.customer = stranger;
  EXPECT_EQ(need(messages.list(as(owner), filter, {})).total, 0u);
  EXPECT_EQ(need(messages.list(op, filter, {})).total, 1u);
  EXPECT_EQ(need(messages.get(as(owner), made[2].id)).text, made[2].text);
  EXPECT_EQ(failure(messages.get(as(owner), alien.id)), ErrorKind::NotFound);
  EXPECT_EQ(need(messages.find_by_reference(as(owner), owner, "order-9")).id, made[4].id);
  EXPECT_EQ(failure(messages.find_by_reference(as(stranger), owner, "order-9")), ErrorKind::NotFound);

  const auto sums = need(messages.statistics(as(owner), {}));
  EXPECT_EQ(sums.all.total, 5u);
  EXPECT_EQ(sums.all.inbound, 1u);
  EXPECT_EQ(sums.all.outbound, 4u);
  EXPECT_EQ(sums.all.delivered, 1u);
  EXPECT_EQ(sums.all.failed, 1u);
  ASSERT_EQ(sums.by_campaign.size(), 1u);
  EXPECT_EQ(sums.by_campaign.at(CampaignId{Uuid{{5}}}).total, 2u);
}

TEST_F(StoreMessaging, TenantsReachMessagesOnlyToReadTheirOwn) {
  constexpr pg::Query kInsert{"test.sms_insert", "INSERT INTO sms.opt_outs VALUES ($1, '1', '2')"};
  constexpr pg::Query kForge{"test.sms_forge", "UPDATE sms.messages SET state = 'delivered'"};
  constexpr pg::Query kRecords{"test.sms_records", "SELECT count(*) FROM records.mdrs"};
  constexpr pg::Query kPart{"test.sms_part", "SELECT count(*) FROM sms.messages_20310311"};
  constexpr pg::Query kOwed{"test.sms_owed", "SELECT count(*) FROM sms.deliveries"};
  constexpr pg::Query kHash{"test.sms_hash", "SELECT password_hash FROM sms.esmes"};
  const auto store = open(settings("tenants"));
  t.run(store->prepare_days(std::chrono::sys_days(std::chrono::year(2031) / 3 / 11), 0));
  auto m = message();
  ASSERT_TRUE(insert(*store, m));
  m.state = MessageState::Delivered;
  m.final_at = m.accepted_at;
  ASSERT_TRUE(finish(*store, m, {delivery_of(m)}).first);
  const auto outcome = [&](pg::Scope scope, const pg::Query& query, pg::Params params = {}) {
    const auto rows = t.run(t.pool.query(std::move(scope), query, std::move(params)));
    if (!rows) return std::string(to_string(rows.error().kind));
    return rows->empty() ? std::string("done") : pg::RowReader((*rows)[0]).next<std::string>();
  };
  const auto mine = pg::Scope::tenant(owner), other = pg::Scope::tenant(customer().id);
  EXPECT_EQ(outcome(mine, kRecords), "1");
  EXPECT_EQ(outcome(other, kRecords), "0");
  EXPECT_EQ(outcome(mine, kForge), "permission_denied");
  EXPECT_EQ(outcome(mine, kPart), "permission_denied");
  EXPECT_EQ(outcome(pg::Scope::operators(), kPart), "permission_denied") << "through the parent alone";
  EXPECT_EQ(outcome(mine, kOwed), "1");
  EXPECT_EQ(outcome(other, kOwed), "0");
  EXPECT_EQ(outcome(mine, kHash), "permission_denied");
  EXPECT_EQ(outcome(other, kInsert, pg::Params::of(owner)), "permission_denied");
}

TEST_F(StoreMessaging, AChangeIsAnnouncedToMessagingAlone) {
  std::promise<void> up, heard;
  std::vector<std::string> channels;
  pg::ListenerSettings wanted;
  wanted.conninfo = postgres().conninfo(postgres().migrated_database());
  wanted.channels = {"warp_messaging", "warp_catalogue"};
  pg::Listener listener(t.control.executor(), wanted,
                        {[&](std::string_view channel, std::string_view payload) {
                           channels.push_back(std::string(channel) + ":" + std::string(payload));
                           if (payload == "connectors") heard.set_value();
                         },
                         [&] { up.set_value(); }},
                        t.metrics, t.log);
  listener.start();
  up.get_future().get();
  need(opt_outs.add(op, {owner, "1202", "1203"}, ""));
  need(connectors.create(op, wanted_connector(), ""));
  heard.get_future().get();
  std::promise<void> stopped;
  boost::asio::post(t.control.executor(), [&] {
    listener.stop();
    stopped.set_value();
  });
  stopped.get_future().get();
  EXPECT_THAT(channels, ElementsAre("warp_messaging:opt_outs", "warp_messaging:connectors"));
}

}  // namespace
}  // namespace warp::store
