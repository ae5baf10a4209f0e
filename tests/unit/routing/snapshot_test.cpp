#include "warp/routing/snapshot.h"

#include <gtest/gtest.h>

#include "warp/base/random.h"

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using domain::Cidr;
using domain::IpAddress;
using test::CatalogueBuilder;
using test::id_of;
using test::rate;

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

TEST(Snapshot, SourceIsTheLongestMatchOfAll) {
  CatalogueBuilder builder;
  builder.customer(1, 1, 1);
  for (const std::uint8_t trunk : {1, 2, 3})
    builder.trunk(trunk, 1);
  builder.acl("10.0.0.0/8", 1);
  builder.acl("10.1.0.0/16", 2);
  builder.acl("10.1.2.3", 3);
  builder.acl("2001:db8::/32", 1);
  builder.acl("2001:db8:0:1::/64", 2);
  builder.provider(9, 1, "10.1.9.9:5060").source_addresses.push_back(*Cidr::parse("10.1.64.0/18"));
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  const auto trunk_at = [&](std::string_view text) {
    const auto* trunk = snapshot->trunk_by_source(ip(text));
    return trunk ? trunk->id.value.bytes[15] : 0;
  };
  EXPECT_EQ(trunk_at("10.0.0.0"), 1);
  EXPECT_EQ(trunk_at("10.255.255.255"), 1);
  EXPECT_EQ(trunk_at("10.1.2.2"), 2);
  EXPECT_EQ(trunk_at("10.1.2.3"), 3);
  EXPECT_EQ(trunk_at("10.1.2.4"), 2);
  EXPECT_EQ(trunk_at("10.1.64.0"), 0);
  EXPECT_EQ(trunk_at("10.1.9.9"), 0);
  EXPECT_EQ(trunk_at("10.2.0.0"), 1);
  EXPECT_EQ(trunk_at("9.255.255.255"), 0);
  EXPECT_EQ(trunk_at("11.0.0.0"), 0);
  EXPECT_EQ(trunk_at("2001:db8:0:1::5"), 2);
  EXPECT_EQ(trunk_at("2001:db8:0:2::5"), 1);
  EXPECT_EQ(trunk_at("2001:db9::"), 0);
  EXPECT_EQ(trunk_at("::ffff:10.1.2.3"), 3);
  EXPECT_EQ(snapshot->provider_by_source(ip("10.1.9.9"))->name, "provider 9");
  EXPECT_EQ(snapshot->provider_by_source(ip("10.1.127.255"))->name, "provider 9");
  EXPECT_EQ(snapshot->provider_by_source(ip("10.1.128.0")), nullptr);
}

TEST(Snapshot, TrunkWinsOverProviderOfTheSameNetwork) {
  CatalogueBuilder builder;
  builder.trunk(1, 1);
  builder.acl("192.0.2.1", 1);
  builder.provider(1, 1, "192.0.2.1:5060");
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  EXPECT_NE(snapshot->trunk_by_source(ip("192.0.2.1")), nullptr);
  EXPECT_EQ(snapshot->provider_by_source(ip("192.0.2.1")), nullptr);
}

TEST(Snapshot, ProviderThatMayNotCallHidesItsAddressOnly) {
  CatalogueBuilder builder;
  builder.trunk(1, 1);
  builder.acl("0.0.0.0/0", 1);
  builder.provider(1, 1, "192.0.2.1:5060").inbound = false;
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  EXPECT_EQ(snapshot->source(ip("192.0.2.1")).trunk, nullptr);
  EXPECT_EQ(snapshot->source(ip("192.0.2.1")).provider, nullptr);
  EXPECT_NE(snapshot->source(ip("192.0.2.2")).trunk, nullptr);
  EXPECT_NE(snapshot->source(ip("255.255.255.255")).trunk, nullptr);
}

class SourceMatching : public testing::Test {
 protected:
  SourceMatching() {
    builder.customer(1, 1, 1);
    for (std::uint8_t trunk = 1; trunk <= 9; ++trunk)
      builder.trunk(trunk, 1);
  }
  // The trunk, or ten times the provider, that sends from there.
  int at(std::string_view from, domain::SipTransport by = domain::SipTransport::Udp) {
    if (!snapshot) snapshot = Snapshot::compile(builder.catalogue, nullptr);
    const auto source = snapshot->source(*domain::SocketAddress::parse(from), by);
    if (source.trunk != nullptr) return source.trunk->id.value.bytes[15];
    return source.provider != nullptr ? 10 * source.provider->id.value.bytes[15] : 0;
  }
  CatalogueBuilder builder;
  std::shared_ptr<const Snapshot> snapshot;
};

TEST_F(SourceMatching, OfOneNetworkTheRowThatAsksForMostComesFirst) {
  using enum domain::SipTransport;
  builder.acl("192.0.2.1", 1);
  builder.acl("192.0.2.1", 2, {0, Tcp});
  builder.acl("192.0.2.1", 3, {5070, {}});
  builder.acl("192.0.2.1", 4, {5070, Tcp});
  EXPECT_EQ(at("192.0.2.1:5060"), 1);
  EXPECT_EQ(at("192.0.2.1:5060", Tls), 1);
  EXPECT_EQ(at("192.0.2.1:5060", Tcp), 2);
  EXPECT_EQ(at("192.0.2.1:5070"), 3);
  EXPECT_EQ(at("192.0.2.1:5070", Wss), 3);
  EXPECT_EQ(at("192.0.2.1:5070", Tcp), 4);
  EXPECT_EQ(at("192.0.2.2:5070"), 0);
}

TEST_F(SourceMatching, ARowThatAsksForSomethingElseIsPassedOverForTheNetworkAround) {
  using enum domain::SipTransport;
  builder.acl("0.0.0.0/0", 1, {0, Tls});
  builder.acl("10.0.0.0/8", 2);
  builder.acl("10.1.0.0/16", 3, {5070, {}});
  builder.acl("10.1.2.3", 4, {5080, {}});
  builder.acl("10.1.2.3", 5, {5090, {}});
  EXPECT_EQ(at("10.1.2.3:5080"), 4);
  EXPECT_EQ(at("10.1.2.3:5090"), 5);
  EXPECT_EQ(at("10.1.2.3:5070"), 3) << "the network around";
  EXPECT_EQ(at("10.1.2.3:5060"), 2) << "the one around that";
  EXPECT_EQ(at("10.1.2.4:5080"), 2);
  EXPECT_EQ(at("10.2.0.0:5070"), 2);
  EXPECT_EQ(at("11.0.0.1:5060", Tls), 1);
  EXPECT_EQ(at("11.0.0.1:5060"), 0);
  EXPECT_TRUE(snapshot->knows(ip("10.1.2.3")));
}

TEST_F(SourceMatching, WithoutAFittingRowItIsNobody) {
  builder.acl("2001:db8::/32", 1, {5070, domain::SipTransport::Tls});
  EXPECT_EQ(at("[2001:db8::1]:5070", domain::SipTransport::Tls), 1);
  EXPECT_EQ(at("[2001:db8::1]:5070"), 0);
  EXPECT_EQ(at("[2001:db8::1]:5071", domain::SipTransport::Tls), 0);
  EXPECT_EQ(snapshot->trunk_by_source(ip("2001:db8::1")), nullptr);
  EXPECT_TRUE(snapshot->knows(ip("2001:db8::1"))) << "its address is listed";
}

TEST_F(SourceMatching, ProvidersShareAnAddressInTheSameWay) {
  builder.acl("192.0.2.1", 1, {5060, {}});
  builder.provider(2, 1, "192.0.2.1:5060");
  builder.provider(3, 1, {}).source_addresses.push_back({*Cidr::parse("192.0.2.1"), {5070, {}}});
  EXPECT_EQ(at("192.0.2.1:5060"), 1);
  EXPECT_EQ(at("192.0.2.1:5070"), 30);
  EXPECT_EQ(at("192.0.2.1:5080"), 20);
}

TEST(Snapshot, RandomRowsWithPortsAndTransportsEqualTheNaiveSearch) {
  SeededIdSource random(5);
  CatalogueBuilder builder;
  for (std::uint8_t trunk = 1; trunk <= 200; ++trunk)
    builder.trunk(trunk, 1);
  const auto pick = [&](std::uint64_t of) { return static_cast<std::uint32_t>(random.next64() % of); };
  const auto transport = [&] { return static_cast<domain::SipTransport>(pick(3)); };
  for (int i = 0; i < 400; ++i) {
    domain::SourceMatch match;
    if (pick(2) == 0) match.port = static_cast<std::uint16_t>(5060 + pick(3));
    if (pick(2) == 0) match.transport = transport();
    const auto network = IpAddress::v4(0x0A000000 + pick(256));
    builder.acl(network.to_string() + '/' + std::to_string(24 + pick(9)),
                static_cast<std::uint8_t>(1 + i % 200), match);
  }
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  const auto worth = [](const domain::IpAclEntry& entry) {
    return entry.cidr.length * 4 + (entry.match.port != 0 ? 2 : 0) + (entry.match.transport ? 1 : 0);
  };
  for (int i = 0; i < 4000; ++i) {
    const domain::SocketAddress from{IpAddress::v4(0x0A000000 + pick(256)),
                                     static_cast<std::uint16_t>(5060 + pick(4))};
    const auto by = transport();
    int best = -1;
    std::vector<TrunkId> owners;
    for (const auto& entry : builder.catalogue.ip_acl) {
      if (!entry.cidr.contains(from.ip) || !entry.match.fits(from.port, by) || worth(entry) < best) continue;
      if (worth(entry) > best) owners.clear();
      best = worth(entry);
      owners.push_back(entry.trunk);
    }
    const auto* found = snapshot->source(from, by).trunk;
    ASSERT_EQ(found != nullptr, !owners.empty()) << from.to_string();
    if (found == nullptr) continue;
    EXPECT_NE(std::find(owners.begin(), owners.end(), found->id), owners.end()) << from.to_string();
  }
}

TEST(Snapshot, ThousandsOfRandomNetworksEqualTheNaiveSearch) {
  SeededIdSource random(4);
  CatalogueBuilder builder;
  for (std::uint8_t trunk = 1; trunk <= 200; ++trunk)
    builder.trunk(trunk, 1);
  const auto random_address = [&] {
    auto address = IpAddress::v4(static_cast<std::uint32_t>(0x0A000000 | (random.next64() & 0x000fffff)));
    if (random.next64() % 2 == 0) {
      address.v6 = true;
      for (std::size_t i = 12; i < 16; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(random.next64());
    }
    return address;
  };
  for (int i = 0; i < 3000; ++i) {
    const auto address = random_address();
    const unsigned full = address.v6 ? 128 : 32;
    const auto length = full - static_cast<unsigned>(random.next64() % 20);
    builder.acl(address.to_string() + '/' + std::to_string(length),
                static_cast<std::uint8_t>(1 + random.next64() % 200));
  }
  const auto acl = builder.catalogue.ip_acl;
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  for (int i = 0; i < 4000; ++i) {
    const auto address = i % 2 == 0 ? random_address() : acl[random.next64() % acl.size()].cidr.network;
    int longest = -1;
    std::vector<TrunkId> owners;
    for (const auto& entry : acl) {
      if (!entry.cidr.contains(address) || entry.cidr.length < longest) continue;
      if (entry.cidr.length > longest) owners.clear();
      longest = entry.cidr.length;
      owners.push_back(entry.trunk);
    }
    const auto* found = snapshot->trunk_by_source(address);
    ASSERT_EQ(found != nullptr, !owners.empty()) << address.to_string();
    if (!found) continue;
    EXPECT_NE(std::find(owners.begin(), owners.end(), found->id), owners.end()) << address.to_string();
  }
}

TEST(Snapshot, FindsNumbersAndNothingElse) {
  CatalogueBuilder builder;
  for (int i = 0; i < 5000; ++i)
    builder.number(std::to_string(12'125'550'000 + i), 1, 1);
  builder.number("bad number", 1, 1);
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  for (int i = 0; i < 5000; ++i)
    ASSERT_EQ(snapshot->number(std::to_string(12'125'550'000 + i))->e164, std::to_string(12'125'550'000 + i));
  for (const auto* text : {"", "12125560000", "1212555000", "121255500000", "bad number", "+12125550000"})
    EXPECT_EQ(snapshot->number(text), nullptr) << text;
  EXPECT_EQ(Snapshot::compile({}, nullptr)->number("12125550000"), nullptr);
}

TEST(Snapshot, RoutesAreThoseOfTheLongestPrefixThatIsEnabled) {
  CatalogueBuilder builder;
  builder.partition(1);
  builder.partition(2);
  builder.provider(1, 1, "192.0.2.1:5060");
  builder.provider(2, 1, "192.0.2.2:5060").enabled = false;
  builder.route(1, 1, "");
  builder.route(1, 1, "1");
  builder.route(1, 1, "1");
  builder.route(1, 1, "1212").enabled = false;
  builder.route(1, 2, "1213");
  builder.route(2, 1, "44");
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  const auto one = id_of<PartitionId>(1);
  EXPECT_EQ(snapshot->routes(one, "12125551212").size(), 2u);
  EXPECT_EQ(snapshot->routes(one, "12135551212").size(), 2u);
  EXPECT_EQ(snapshot->routes(one, "442079460000").size(), 1u);
  EXPECT_EQ(snapshot->routes(one, "442079460000")[0].route->prefix, "");
  EXPECT_EQ(snapshot->routes(id_of<PartitionId>(2), "12125551212").size(), 0u);
  EXPECT_EQ(snapshot->routes(id_of<PartitionId>(3), "12125551212").size(), 0u);
}

TEST(Snapshot, LendsDecksOfUnchangedPlansOnly) {
  CatalogueBuilder builder;
  builder.plan(1, {rate("1", "0.01")});
  builder.plan(2, {rate("1", "0.02")});
  const auto first = Snapshot::compile(builder.catalogue, nullptr);
  builder.catalogue.rate_plans[1].version = 2;
  const auto second = Snapshot::compile(builder.catalogue, first.get());
  EXPECT_EQ(first->deck(id_of<RatePlanId>(1)), second->deck(id_of<RatePlanId>(1)));
  EXPECT_NE(first->deck(id_of<RatePlanId>(2)), second->deck(id_of<RatePlanId>(2)));
  builder.catalogue.rate_plans[0].decimals = 4;
  const auto third = Snapshot::compile(builder.catalogue, second.get());
  EXPECT_EQ(third->deck(id_of<RatePlanId>(1))->plan().decimals, 4);
  EXPECT_EQ(third->deck(id_of<RatePlanId>(1))->size(), 1u);
}

TEST(Snapshot, CountsAndFindsById) {
  CatalogueBuilder builder;
  builder.catalogue.version = 5;
  builder.plan(1, {rate("1", "0.01"), rate("44", "0.02")});
  builder.customer(1, 1, 1);
  builder.trunk(1, 1);
  builder.partition(1);
  builder.provider(1, 1, "192.0.2.1:5060");
  builder.route(1, 1, "1");
  builder.number("12125551212", 1, 1);
  const auto snapshot = Snapshot::compile(builder.catalogue, nullptr);
  EXPECT_EQ(snapshot->version(), 5u);
  EXPECT_EQ(snapshot->counts().rates, 2u);
  EXPECT_EQ(snapshot->counts().routes, 1u);
  EXPECT_GT(snapshot->decks_octets(), 128u);
  EXPECT_NE(snapshot->trunk(id_of<TrunkId>(1)), nullptr);
  EXPECT_EQ(snapshot->trunk(id_of<TrunkId>(2)), nullptr);
  EXPECT_NE(snapshot->customer(id_of<CustomerId>(1)), nullptr);
  EXPECT_NE(snapshot->provider(id_of<ProviderId>(1)), nullptr);
  EXPECT_NE(snapshot->partition(id_of<PartitionId>(1)), nullptr);
  EXPECT_EQ(snapshot->deck(id_of<RatePlanId>(2)), nullptr);
}

TEST(SnapshotHolder, PublishesBySwap) {
  SnapshotHolder holder;
  EXPECT_EQ(holder.current(), nullptr);
  const auto snapshot = Snapshot::compile({}, nullptr);
  holder.publish(snapshot);
  EXPECT_EQ(holder.current(), snapshot);
}

}  // namespace
}  // namespace warp::routing
