// Ceilings of accounts and limits of endpoints on their way into the catalogue.
#include "warp/store/catalogue_repository.h"
#include "warp/store/endpoint_limits.h"
#include "warp/store/endpoints.h"
#include "warp/store/providers.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

class StoreLimits : public test::StoreTest {
 protected:
  domain::Customer loaded(std::vector<std::string> classes, std::string capacity) {
    NewCustomer account;
    account.name = fresh("limits");
    account.allowed_number_classes = std::move(classes);
    account.capacity = std::move(capacity);
    const auto owner = need(customers.create(op, account));
    const auto catalogue = need(catalogues.load(nullptr));
    const auto* found = by_id(catalogue->customers, owner.id);
    if (found == nullptr) throw std::runtime_error("the customer is not in the catalogue");
    return *found;
  }

  CatalogueRepository catalogues{t.pool, clock};
  ProviderRepository providers{t.pool};
  ProviderEndpointRepository endpoints{t.pool};
  EndpointLimitsRepository limits{t.pool};
};

TEST_F(StoreLimits, AnAccountsCeilingIsTheSumOverItsClasses) {
  const auto customer = loaded({"local", "domestic"},
                               R"({"local": {"outbound": {"cps": 6, "channels": 60}, "inbound": {"cps": 0}},
                                   "domestic": {"outbound": {"cps": 4}, "inbound": {"cps": 0}},
                                   "international": {"outbound": {"cps": 1000}}})");
  EXPECT_EQ(customer.cps_outbound, 10u);
  EXPECT_EQ(customer.channels_outbound, std::nullopt) << "one class has none";
  EXPECT_EQ(customer.cps_inbound, 0u);
  EXPECT_EQ(customer.channels_inbound, std::nullopt);
}

TEST_F(StoreLimits, WhatIsNoNumberIsNoCeiling) {
  const auto customer = loaded({"local"}, R"({"local": {"outbound": {"cps": "6", "channels": null}}})");
  EXPECT_EQ(customer.cps_outbound, std::nullopt);
  EXPECT_EQ(customer.channels_outbound, std::nullopt);
  EXPECT_EQ(loaded({}, R"({"local": {"outbound": {"cps": 6}}})").cps_outbound, std::nullopt);
}

TEST_F(StoreLimits, EndpointsOfProvidersHaveTheirOwn) {
  NewProvider carrier;
  carrier.name = fresh("carrier");
  const auto provider = need(providers.create(op, carrier));
  NewEndpoint place;
  place.address = *domain::SocketAddress::parse("203.0.113.200:5060");
  const auto endpoint = need(endpoints.create(op, provider.id, place));
  EXPECT_EQ(need(limits.get(op, provider.id, endpoint.id)).cps, std::nullopt);
  need(limits.set(op, provider.id, {endpoint.id, 7, std::nullopt}));
  const auto catalogue = need(catalogues.load(nullptr));
  const auto* found = by_id(catalogue->providers, provider.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->endpoints.at(0).cps, 7u);
  EXPECT_EQ(found->endpoints.at(0).channels, std::nullopt);
  const auto missing = t.run(limits.set(op, provider.id, {endpoint.id + 1, 7, std::nullopt}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace warp::store
