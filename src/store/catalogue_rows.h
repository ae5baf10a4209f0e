// Queries and rows of the catalogue's smaller tables.
#pragma once

#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"

namespace warp::store {

// Of a trunk or of a provider, before it is put where it belongs.
struct OwnedEndpoint {
  Uuid owner;
  domain::Endpoint endpoint;
};
struct OwnedSource {
  ProviderId provider;
  domain::SourceAddress source;
};

extern const pg::Query kCatalogueCustomers, kCatalogueTrunks, kCatalogueAcl, kCatalogueNumbers,
    kCatalogueProviders, kCataloguePartitions, kCatalogueRoutes, kCatalogueEndpoints, kCatalogueSources,
    kCatalogueCredentials, kCatalogueProviderCredentials, kCatalogueNumberRules, kCatalogueEmergencyLocations;

void read_catalogue_customer(pg::RowReader& row, domain::Customer& out);
void read_catalogue_trunk(pg::RowReader& row, domain::Trunk& out);
void read_catalogue_acl(pg::RowReader& row, domain::IpAclEntry& out);
void read_catalogue_number(pg::RowReader& row, domain::Number& out);
void read_catalogue_provider(pg::RowReader& row, domain::Provider& out);
void read_catalogue_partition(pg::RowReader& row, domain::Partition& out);
void read_catalogue_route(pg::RowReader& row, domain::Route& out);
void read_catalogue_endpoint(pg::RowReader& row, OwnedEndpoint& out);
void read_catalogue_source(pg::RowReader& row, OwnedSource& out);
void read_catalogue_credential(pg::RowReader& row, domain::Credential& out);
void read_catalogue_provider_credential(pg::RowReader& row, domain::ProviderCredential& out);

void read_catalogue_number_rule(pg::RowReader& row, domain::NumberRule& out);
void read_catalogue_emergency_location(pg::RowReader& row, domain::EmergencyLocation& out);

// Puts endpoints and addresses with their trunks and providers.
void attach(domain::Catalogue& catalogue, std::vector<OwnedEndpoint> endpoints,
            std::vector<OwnedSource> sources);

// The same for what we authenticate ourselves to providers with.
void attach(domain::Catalogue& catalogue, std::vector<domain::ProviderCredential> credentials);

}  // namespace warp::store
