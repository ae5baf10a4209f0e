#include "warp/store/endpoints.h"
#include "warp/store/numbers.h"
#include "warp/store/providers.h"
#include "warp/store/routing.h"
#include "warp/store/trunks.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

class StoreTrunks : public test::StoreTest {
 protected:
  Trunk trunk(CustomerId owner) {
    NewTrunk wanted;
    wanted.customer = owner;
    wanted.name = fresh("trunk");
    return need(trunks.create(op, wanted));
  }
  static domain::Cidr cidr(const std::string& text) { return *domain::Cidr::parse(text); }
  // An address of 198.18.0.0/15 that no other test has.
  static std::string address() {
    static int count = 0;
    ++count;
    return "198.18." + std::to_string(count / 250) + "." + std::to_string(count % 250 + 1);
  }
  static std::string digits() {
    static int count = 0;
    return "1202555" + std::to_string(1000 + ++count);
  }

  TrunkRepository trunks{t.pool};
  TrunkEndpointRepository endpoints{t.pool};
  NumberRepository numbers{t.pool};
  ProviderRepository providers{t.pool};
  ProviderEndpointRepository provider_endpoints{t.pool};
  PartitionRepository partitions{t.pool};
  RouteRepository routes{t.pool};
};

TEST_F(StoreTrunks, PatchesChangeWhatTheyNameAndNoMore) {
  const auto owner = customer();
  NewTrunk wanted;
  wanted.customer = owner.id;
  wanted.name = "edge";
  wanted.auth_type = domain::AuthType::Either;
  wanted.cps_outbound = 10;
  wanted.sip_config = R"({"codecs": ["PCMU"]})";
  wanted.allowed_number_classes = {"local"};
  const auto made = need(trunks.create(as(owner.id), wanted));
  EXPECT_EQ(made.cps_outbound, 10u);
  EXPECT_EQ(made.cps_inbound, std::nullopt);

  TrunkPatch patch;
  patch.cps_outbound.emplace(std::nullopt);
  patch.channels_inbound.emplace(0u);
  patch.enabled = false;
  const auto changed = need(trunks.update(as(owner.id), made.id, patch));
  EXPECT_EQ(changed.cps_outbound, std::nullopt);
  EXPECT_EQ(changed.channels_inbound, 0u);
  EXPECT_FALSE(changed.enabled);
  EXPECT_EQ(changed.auth_type, domain::AuthType::Either);
  EXPECT_EQ(changed.sip_config, made.sip_config);
  EXPECT_EQ(changed.allowed_number_classes, made.allowed_number_classes);
  EXPECT_EQ(failure(trunks.create(op, wanted)), ErrorKind::Duplicate) << "the name is taken";
}

TEST_F(StoreTrunks, TrunksShareAnAddressByPortAndTransport) {
  const auto owner = customer();
  const auto first = trunk(owner.id), second = trunk(owner.id);
  const auto ip = cidr(address());
  const domain::SourceAddress by_port(ip, {5070, std::nullopt}),
      by_transport(ip, {0, domain::SipTransport::Tcp}), by_both(ip, {5070, domain::SipTransport::Tcp});
  EXPECT_TRUE(need(trunks.add_ip(as(owner.id), first.id, ip, "", true)).ip.match.any());
  const auto made = need(trunks.add_ip(as(owner.id), second.id, by_port, "", true));
  EXPECT_EQ(made.ip.match, by_port.match);
  EXPECT_EQ(need(trunks.add_ip(as(owner.id), second.id, by_both, "", true)).ip.match, by_both.match);
  EXPECT_EQ(need(trunks.add_ip(as(owner.id), first.id, by_transport, "", true)).ip.match, by_transport.match);
  EXPECT_TRUE(need(trunks.add_ip(as(owner.id), second.id, by_port, "", true)).existed);
  for (const auto& taken : {by_port, by_both})
    EXPECT_EQ(failure(trunks.add_ip(as(owner.id), first.id, taken, "", true)), ErrorKind::Duplicate);
  EXPECT_EQ(failure(trunks.add_ip(as(owner.id), second.id, by_transport, "", true)), ErrorKind::Duplicate);
  EXPECT_EQ(need(trunks.ips(as(owner.id), second.id)).size(), 2u);
}

TEST_F(StoreTrunks, AnAddressBelongsToOneTrunk) {
  const auto owner = customer();
  const auto first = trunk(owner.id), second = trunk(owner.id);
  const auto ip = cidr(address());
  const auto made = need(trunks.add_ip(as(owner.id), first.id, ip, "office", true));
  EXPECT_FALSE(made.existed);
  const auto again = need(trunks.add_ip(as(owner.id), first.id, ip, "other words", true));
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(again.ip.id, made.ip.id);
  EXPECT_EQ(again.ip.description, "office");
  EXPECT_EQ(failure(trunks.add_ip(as(owner.id), second.id, ip, "", true)), ErrorKind::Duplicate);
  const auto stranger = customer();
  EXPECT_EQ(failure(trunks.add_ip(as(stranger.id), trunk(stranger.id).id, ip, "", true)),
            ErrorKind::Duplicate);
  EXPECT_EQ(failure(trunks.add_ip(as(stranger.id), first.id, cidr(address()), "", true)),
            ErrorKind::NotFound);

  EXPECT_FALSE(need(trunks.update_ip(as(owner.id), first.id, made.ip.id, std::nullopt, false)).enabled);
  EXPECT_EQ(failure(trunks.remove_ip(as(stranger.id), first.id, made.ip.id)), ErrorKind::NotFound);
  const auto listed = need(trunks.list(as(owner.id), std::nullopt));
  ASSERT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0].ips.size() + listed[1].ips.size(), 1u);
  need(trunks.remove_ip(as(owner.id), first.id, made.ip.id));
  EXPECT_TRUE(need(trunks.get(as(owner.id), first.id)).ips.empty());
}

TEST_F(StoreTrunks, EndpointsOfATrunk) {
  const auto owner = customer(), stranger = customer();
  const auto mine = trunk(owner.id);
  NewEndpoint wanted;
  wanted.address = *domain::SocketAddress::parse("[2001:db8::5]:5080");
  wanted.transport = domain::SipTransport::Tcp;
  wanted.raw_uri = "sip:[2001:db8::5]:5080;transport=tcp";
  wanted.priority = 3;
  const auto made = need(endpoints.create(as(owner.id), mine.id, wanted));
  EXPECT_EQ(made.address, wanted.address);
  EXPECT_EQ(made.owner, mine.id.value);
  EXPECT_EQ(made.raw_uri, wanted.raw_uri);
  EndpointPatch patch;
  patch.weight = 7;
  patch.raw_uri.emplace(std::nullopt);
  const auto changed = need(endpoints.update(as(owner.id), mine.id, made.id, patch));
  EXPECT_EQ(changed.weight, 7u);
  EXPECT_EQ(changed.raw_uri, std::nullopt);
  EXPECT_EQ(changed.address, wanted.address);
  EXPECT_EQ(need(endpoints.list(as(owner.id), mine.id)).size(), 1u);
  EXPECT_EQ(failure(endpoints.list(as(stranger.id), mine.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(endpoints.create(as(stranger.id), mine.id, wanted)), ErrorKind::NotFound);
  EXPECT_EQ(failure(endpoints.remove(as(stranger.id), mine.id, made.id)), ErrorKind::NotFound);
  patch = {};
  patch.target = EndpointPatch::Target{{}, "sip.example.net", domain::SipTransport::Udp, true};
  const auto named = need(endpoints.update(as(owner.id), mine.id, made.id, patch));
  EXPECT_EQ(named.host, "sip.example.net");
  EXPECT_EQ(named.address, domain::SocketAddress());
  EXPECT_TRUE(named.any_transport);
  patch.target = EndpointPatch::Target{wanted.address, {}, domain::SipTransport::Tls, false};
  const auto numeric = need(endpoints.update(as(owner.id), mine.id, made.id, patch));
  EXPECT_EQ(numeric.host, "");
  EXPECT_EQ(numeric.address, wanted.address);
  EXPECT_EQ(numeric.transport, domain::SipTransport::Tls);
  EXPECT_FALSE(numeric.any_transport);
  need(endpoints.remove(as(owner.id), mine.id, made.id));
  EXPECT_EQ(failure(endpoints.get(as(owner.id), mine.id, made.id)), ErrorKind::NotFound);
}

TEST_F(StoreTrunks, NumbersGoFromStockToACustomerAndBack) {
  const auto owner = customer(), stranger = customer();
  const auto mine = trunk(owner.id);
  NewNumber stock;
  stock.e164 = digits();
  EXPECT_EQ(need(numbers.create(op, stock)).status, "available");
  EXPECT_EQ(failure(numbers.create(op, stock)), ErrorKind::Duplicate);
  EXPECT_EQ(failure(numbers.get(as(owner.id), stock.e164)), ErrorKind::NotFound);
  NumberWish wish, foreign_wish;
  wish.e164 = foreign_wish.e164 = stock.e164;
  wish.customer = owner.id;
  foreign_wish.customer = stranger.id;
  EXPECT_EQ(need(numbers.take(op, wish)), "");
  EXPECT_EQ(need(numbers.get(op, stock.e164)).status, "held");
  EXPECT_EQ(need(numbers.take(op, foreign_wish)), "TN_ALREADY_ASSIGNED");

  NumberPatch route;
  route.trunk.emplace(mine.id);
  EXPECT_EQ(need(numbers.update(as(owner.id), stock.e164, route)).status, "active");
  NumberPatch foreign;
  foreign.trunk.emplace(trunk(stranger.id).id);
  EXPECT_EQ(failure(numbers.update(as(owner.id), stock.e164, foreign)), ErrorKind::InUse);
  NumberPatch price;
  price.rate_plan.emplace(plan().id);
  EXPECT_EQ(failure(numbers.update(as(owner.id), stock.e164, price)), ErrorKind::Forbidden);
  EXPECT_TRUE(need(numbers.update(op, stock.e164, price)).rate_plan);

  NumberFilter filter;
  filter.routed = true;
  EXPECT_EQ(need(numbers.list(as(owner.id), filter, {})).total, 1u);
  EXPECT_EQ(need(numbers.release(op, stock.e164, stranger.id)), "TN_NOT_OWNED");
  EXPECT_EQ(need(numbers.release(op, stock.e164, owner.id)), "");
  EXPECT_EQ(need(numbers.get(as(owner.id), stock.e164)).status, "released");
  EXPECT_EQ(need(numbers.list(as(owner.id), {}, {})).total, 0u);
  filter = {};
  filter.status = "all";
  filter.search = stock.e164.substr(4);
  EXPECT_EQ(need(numbers.list(as(owner.id), filter, {})).total, 1u);
  EXPECT_EQ(need(numbers.take(op, foreign_wish)), "");
  EXPECT_EQ(need(numbers.get(op, stock.e164)).customer, stranger.id);
}

TEST_F(StoreTrunks, RemovingATrunkFreesItsNumbersAndTakesItsChildren) {
  const auto owner = customer();
  const auto mine = trunk(owner.id);
  need(trunks.add_ip(op, mine.id, cidr(address()), "", true));
  NewNumber number;
  number.e164 = digits();
  number.customer = owner.id;
  number.trunk = mine.id;
  need(numbers.create(op, number));
  const auto cascade = need(trunks.cascade(as(owner.id), mine.id));
  EXPECT_EQ(cascade.ips, 1u);
  EXPECT_EQ(cascade.numbers, 1u);
  EXPECT_EQ(failure(customers.remove(op, owner.id)), ErrorKind::InUse);
  need(trunks.remove(as(owner.id), mine.id));
  EXPECT_EQ(failure(trunks.cascade(as(owner.id), mine.id)), ErrorKind::NotFound);
  const auto left = need(numbers.get(as(owner.id), number.e164));
  EXPECT_EQ(left.trunk, std::nullopt);
  EXPECT_EQ(left.customer, owner.id);
}

TEST_F(StoreTrunks, ProvidersPartitionsAndRoutes) {
  NewProvider wanted;
  wanted.name = fresh("carrier");
  wanted.rate_plan = plan().id;
  wanted.cps = 30;
  wanted.strip_digits = "1";
  const auto provider = need(providers.create(op, wanted));
  EXPECT_EQ(provider.cps, 30u);
  ProviderPatch patch;
  patch.cps.emplace(std::nullopt);
  patch.media_mode = domain::MediaMode::Bypass;
  const auto changed = need(providers.update(op, provider.id, patch));
  EXPECT_EQ(changed.cps, std::nullopt);
  EXPECT_EQ(changed.media_mode, domain::MediaMode::Bypass);
  EXPECT_EQ(changed.strip_digits, "1");
  EXPECT_EQ(failure(plans.remove(op, *wanted.rate_plan)), ErrorKind::InUse);

  NewEndpoint endpoint;
  endpoint.address = *domain::SocketAddress::parse("192.0.2.7:5060");
  const auto placed = need(provider_endpoints.create(op, provider.id, endpoint));
  EXPECT_EQ(need(provider_endpoints.list(op, provider.id)).size(), 1u);
  EXPECT_EQ(need(provider_endpoints.get(op, provider.id, placed.id)).address, endpoint.address);
  endpoint = {};
  endpoint.host = "sip.example.net";
  endpoint.address.port = 5070;
  endpoint.transport = domain::SipTransport::Tcp;
  const auto by_name = need(provider_endpoints.create(op, provider.id, endpoint));
  EXPECT_EQ(by_name.host, "sip.example.net");
  EXPECT_EQ(by_name.address.port, 5070);
  EXPECT_EQ(failure(provider_endpoints.create(op, provider.id, endpoint)), ErrorKind::Duplicate);
  need(provider_endpoints.remove(op, provider.id, by_name.id));
  const auto source = need(providers.add_address(op, provider.id, cidr(address() + "/32"), "gw", true));
  EXPECT_EQ(need(providers.addresses(op, provider.id)).size(), 1u);
  const domain::SourceAddress narrow(source.cidr, {5080, domain::SipTransport::Tls});
  const auto beside = need(providers.add_address(op, provider.id, narrow, "gw by TLS", true));
  EXPECT_EQ(beside.match, narrow.match);
  EXPECT_EQ(failure(providers.add_address(op, provider.id, narrow, "", true)), ErrorKind::Duplicate);
  need(providers.remove_address(op, provider.id, beside.id));

  const auto partition = need(partitions.create(op, {fresh("partition"), "", 3}));
  NewRoute route;
  route.partition = partition.id;
  route.provider = provider.id;
  route.prefix = "1202";
  const auto made = need(routes.create(op, route));
  EXPECT_EQ(failure(routes.create(op, route)), ErrorKind::Duplicate);
  RoutePatch away;
  away.enabled = false;
  EXPECT_FALSE(need(routes.update(op, made.id, away)).enabled);
  EXPECT_EQ(need(routes.list(op, partition.id, {})).total, 1u);
  EXPECT_EQ(failure(providers.remove(op, provider.id)), ErrorKind::InUse);
  need(routes.remove(op, made.id));
  need(providers.remove_address(op, provider.id, source.id));
  need(providers.remove(op, provider.id));
  EXPECT_EQ(failure(routes.list(as(customer().id), std::nullopt, {})), ErrorKind::Forbidden);
}

}  // namespace
}  // namespace warp::store
