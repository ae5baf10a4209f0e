#include "warp/store/catalogue_repository.h"
#include "warp/store/endpoints.h"
#include "warp/store/numbers.h"
#include "warp/store/providers.h"
#include "warp/store/routing.h"
#include "warp/store/trunks.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using ::testing::UnorderedElementsAre;

class StoreCatalogue : public test::StoreTest {
 protected:
  CatalogueRepository catalogue{t.pool, clock};
  TrunkRepository trunks{t.pool};
  TrunkEndpointRepository endpoints{t.pool};
  ProviderRepository providers{t.pool};
  ProviderEndpointRepository provider_endpoints{t.pool};
  PartitionRepository partitions{t.pool};
  RouteRepository routes{t.pool};
  NumberRepository numbers{t.pool};
  ContractRepository contracts{t.pool};
};

TEST_F(StoreCatalogue, HoldsWhatWasProvisioned) {
  const auto partition = need(partitions.create(op, {fresh("partition"), "", 2}));
  NewCustomer account;
  account.name = fresh("catalogue");
  account.partition = partition.id;
  const auto owner = need(customers.create(op, account));
  const auto sell = plan(), buy = plan();
  need(contracts.assign(op, owner.id, sell.id, std::nullopt));
  const auto deck = std::make_shared<std::vector<domain::Rate>>(1);
  deck->front().prefix = "1";
  deck->front().per_minute = *Money::parse("0.0095");
  deck->front().initial_increment = 6;
  need(plans.publish(op, sell.id, std::shared_ptr<const std::vector<domain::Rate>>(deck), "test"));

  NewTrunk line;
  line.customer = owner.id;
  line.name = "main";
  line.auth_type = domain::AuthType::Both;
  line.channels_outbound = 12;
  line.media_mode = domain::MediaMode::Bypass;
  line.ring_timeout_seconds = 45;
  const auto trunk = need(trunks.create(op, line));
  need(trunks.add_ip(op, trunk.id, *domain::Cidr::parse("203.0.113.64/29"), "", true));
  need(trunks.add_ip(op, trunk.id, *domain::Cidr::parse("203.0.113.72"), "", false));
  const domain::SourceAddress narrow(*domain::Cidr::parse("203.0.113.73"), {5070, domain::SipTransport::Wss});
  need(trunks.add_ip(op, trunk.id, narrow, "", true));
  NewEndpoint place;
  place.address = *domain::SocketAddress::parse("203.0.113.65:5062");
  place.transport = domain::SipTransport::Tls;
  place.weight = 4;
  const auto endpoint = need(endpoints.create(op, trunk.id, place));
  place.enabled = false;
  need(endpoints.create(op, trunk.id, place));

  NewProvider carrier;
  carrier.name = fresh("carrier");
  carrier.rate_plan = buy.id;
  carrier.attempt_timeout_ms = 1500;
  carrier.add_digits = "99";
  const auto provider = need(providers.create(op, carrier));
  place = {};
  place.address = *domain::SocketAddress::parse("[2001:db8::9]:5060");
  need(provider_endpoints.create(op, provider.id, place));
  need(providers.add_address(
      op, provider.id, domain::SourceAddress(*domain::Cidr::parse("2001:db8:9::/48"), {5090, {}}), "", true));
  NewRoute way;
  way.partition = partition.id;
  way.provider = provider.id;
  way.prefix = "1202";
  way.priority = 7;
  const auto route = need(routes.create(op, way));
  NewNumber number;
  number.e164 = "12025550100";
  number.customer = owner.id;
  number.trunk = trunk.id;
  need(numbers.create(op, number));

  const auto loaded = need(catalogue.load(nullptr));
  ASSERT_TRUE(loaded);
  const auto* c = by_id(loaded->customers, owner.id);
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->active);
  EXPECT_EQ(c->partition, partition.id);
  EXPECT_EQ(c->rate_plan, sell.id);
  const auto* tr = by_id(loaded->trunks, trunk.id);
  ASSERT_TRUE(tr);
  EXPECT_EQ(tr->customer, owner.id);
  EXPECT_EQ(tr->auth_type, domain::AuthType::Both);
  EXPECT_EQ(tr->channels_outbound, 12u);
  EXPECT_EQ(tr->cps_outbound, std::nullopt);
  EXPECT_EQ(tr->media_mode, domain::MediaMode::Bypass);
  EXPECT_EQ(tr->ring_timeout, std::chrono::seconds(45));
  EXPECT_EQ(tr->media_timeout, std::chrono::seconds(60));
  ASSERT_EQ(tr->endpoints.size(), 1u) << "only the enabled one";
  EXPECT_EQ(tr->endpoints[0].id, endpoint.id);
  EXPECT_EQ(tr->endpoints[0].address.to_string(), "203.0.113.65:5062");
  EXPECT_EQ(tr->endpoints[0].transport, domain::SipTransport::Tls);
  EXPECT_EQ(tr->endpoints[0].weight, 4);
  std::vector<std::string> acl;
  for (const auto& entry : loaded->ip_acl)
    if (entry.trunk == trunk.id) acl.push_back(entry.cidr.to_string());
  EXPECT_THAT(acl, UnorderedElementsAre("203.0.113.64/29", "203.0.113.73/32"));
  const auto kept = std::find_if(loaded->ip_acl.begin(), loaded->ip_acl.end(), [&](const auto& entry) {
    return entry.trunk == trunk.id && !entry.match.any();
  });
  ASSERT_NE(kept, loaded->ip_acl.end());
  EXPECT_EQ(kept->match, narrow.match);
  const auto* p = by_id(loaded->providers, provider.id);
  ASSERT_TRUE(p);
  EXPECT_EQ(p->rate_plan, buy.id);
  EXPECT_EQ(p->attempt_timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(p->add_digits, "99");
  ASSERT_EQ(p->endpoints.size(), 1u);
  EXPECT_EQ(p->endpoints[0].address.to_string(), "[2001:db8::9]:5060");
  ASSERT_EQ(p->source_addresses.size(), 1u);
  EXPECT_EQ(p->source_addresses[0].cidr.to_string(), "2001:db8:9::/48");
  EXPECT_EQ(p->source_addresses[0].match, (domain::SourceMatch{5090, {}}));
  const auto* part = by_id(loaded->partitions, partition.id);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->max_attempts, 2);
  const auto* r = by_id(loaded->routes, route.id);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->prefix, "1202");
  EXPECT_EQ(r->priority, 7);
  const auto n = std::ranges::find_if(loaded->numbers, [](const auto& x) { return x.e164 == "12025550100"; });
  ASSERT_NE(n, loaded->numbers.end());
  EXPECT_EQ(n->trunk, trunk.id);
  EXPECT_EQ(n->customer, owner.id);
  const auto* rp = by_id(loaded->rate_plans, sell.id);
  ASSERT_TRUE(rp);
  EXPECT_EQ(rp->version, 1u);
  ASSERT_EQ(rp->rates->size(), 1u);
  EXPECT_EQ(rp->rates->front().per_minute, *Money::parse("0.0095"));
  EXPECT_EQ(rp->rates->front().initial_increment, 6u);
  EXPECT_EQ(rp->rates->front().effective_from, WallTime{});
  EXPECT_EQ(rp->rates->front().effective_to, std::nullopt);
  EXPECT_TRUE(by_id(loaded->rate_plans, buy.id)->rates->empty());
}

TEST_F(StoreCatalogue, LinesOfAnUnchangedVersionAreNotReadAgain) {
  const auto held = plan(), changed = plan();
  const auto deck = std::make_shared<const std::vector<domain::Rate>>(1);
  need(plans.publish(op, held.id, deck, "a"));
  need(plans.publish(op, changed.id, deck, "b"));
  const auto first = need(catalogue.load(nullptr));
  need(plans.publish(op, changed.id, deck, "c"));
  const auto second = need(catalogue.load(first));
  EXPECT_EQ(second->version, first->version + 1);
  EXPECT_EQ(by_id(second->rate_plans, held.id)->rates, by_id(first->rate_plans, held.id)->rates);
  EXPECT_NE(by_id(second->rate_plans, changed.id)->rates, by_id(first->rate_plans, changed.id)->rates);
}

// The mark is 3 s to load a million lines in a release build: WARP_DECK_LINES=1000000 measures it.
TEST_F(StoreCatalogue, ALargeDeckComesBackAsItWent) {
  const auto big = plan();
  const char* wanted = std::getenv("WARP_DECK_LINES");
  const int count = wanted ? std::atoi(wanted) : 100'000;
  std::function<bool(domain::Rate&)> next = [i = 0, count](domain::Rate& out) mutable {
    if (i == count) return false;
    out.prefix = std::to_string(1'000'000 + i);
    out.per_minute = Money::from_nanos(i);
    ++i;
    return true;
  };
  const auto began = std::chrono::steady_clock::now();
  need(plans.publish(op, big.id, std::move(next), "big"));
  const auto published = std::chrono::steady_clock::now();
  const auto loaded = need(catalogue.load(nullptr));
  const auto read = std::chrono::steady_clock::now();
  const auto seconds = [](auto duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  };
  RecordProperty("publish_ms", seconds(published - began));
  RecordProperty("load_ms", seconds(read - published));
  const auto& lines = *by_id(loaded->rate_plans, big.id)->rates;
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(count));
  std::int64_t sum = 0;
  for (const auto& line : lines) {
    EXPECT_EQ(line.prefix, std::to_string(1'000'000 + line.per_minute.nanos()));
    sum += line.per_minute.nanos();
  }
  EXPECT_EQ(sum, std::int64_t{count} * (count - 1) / 2);
}

}  // namespace
}  // namespace warp::store
