// CatalogueBuilder: small catalogues in few words, for tests of routing and of what stands on it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "warp/domain/catalogue.h"

namespace warp::test {

template <class Id>
Id id_of(std::uint8_t number) {
  Id id;
  id.value.bytes[15] = number;
  return id;
}

inline domain::Rate rate(std::string prefix, std::string_view per_minute) {
  return {.prefix = std::move(prefix), .per_minute = *Money::parse(per_minute)};
}

class CatalogueBuilder {
 public:
  domain::Catalogue catalogue;

  domain::RatePlan& plan(std::uint8_t number, std::vector<domain::Rate> rates) {
    auto& plan = catalogue.rate_plans.emplace_back();
    plan.id = id_of<RatePlanId>(number);
    plan.name = "plan " + std::to_string(number);
    plan.version = 1;
    plan.rates = std::make_shared<const std::vector<domain::Rate>>(std::move(rates));
    return plan;
  }
  domain::Customer& customer(std::uint8_t number, std::uint8_t partition, std::uint8_t plan) {
    auto& customer = catalogue.customers.emplace_back();
    customer.id = id_of<CustomerId>(number);
    customer.name = "customer " + std::to_string(number);
    customer.partition = id_of<PartitionId>(partition);
    customer.rate_plan = id_of<RatePlanId>(plan);
    return customer;
  }
  domain::Trunk& trunk(std::uint8_t number, std::uint8_t customer) {
    auto& trunk = catalogue.trunks.emplace_back();
    trunk.id = id_of<TrunkId>(number);
    trunk.customer = id_of<CustomerId>(customer);
    trunk.name = "trunk " + std::to_string(number);
    return trunk;
  }
  void acl(std::string_view cidr, std::uint8_t trunk, const domain::SourceMatch& match = {}) {
    catalogue.ip_acl.push_back({*domain::Cidr::parse(cidr), id_of<TrunkId>(trunk), match});
  }
  domain::Partition& partition(std::uint8_t number) {
    auto& partition = catalogue.partitions.emplace_back();
    partition.id = id_of<PartitionId>(number);
    partition.name = "partition " + std::to_string(number);
    return partition;
  }
  domain::Provider& provider(std::uint8_t number, std::uint8_t plan, std::string_view address) {
    auto& provider = catalogue.providers.emplace_back();
    provider.id = id_of<ProviderId>(number);
    provider.name = "provider " + std::to_string(number);
    provider.rate_plan = id_of<RatePlanId>(plan);
    if (!address.empty()) provider.endpoints.push_back(endpoint(number, address));
    return provider;
  }
  domain::Route& route(std::uint8_t partition, std::uint8_t provider, std::string prefix) {
    auto& route = catalogue.routes.emplace_back();
    route.id = id_of<RouteId>(static_cast<std::uint8_t>(catalogue.routes.size()));
    route.partition = id_of<PartitionId>(partition);
    route.provider = id_of<ProviderId>(provider);
    route.prefix = std::move(prefix);
    return route;
  }
  domain::Number& number(std::string e164, std::uint8_t customer, std::uint8_t trunk) {
    auto& number = catalogue.numbers.emplace_back();
    number.e164 = std::move(e164);
    number.customer = id_of<CustomerId>(customer);
    number.trunk = id_of<TrunkId>(trunk);
    return number;
  }
  static domain::Endpoint endpoint(std::int64_t id, std::string_view address) {
    domain::Endpoint endpoint;
    endpoint.id = id;
    endpoint.address = *domain::SocketAddress::parse(address);
    return endpoint;
  }
};

}  // namespace warp::test
