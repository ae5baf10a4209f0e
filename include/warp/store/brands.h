// Brands: who stands behind campaigns. Tenants read their own; writing needs an operator's actor, since what
// is written is the registry's word.
#pragma once

#include <chrono>

#include "warp/base/clock.h"
#include "warp/domain/campaign_registry.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Brand {
  BrandId id;
  CustomerId customer;
  std::string registry, registry_id;  // whose object it is, and its id there
  domain::Document fields = domain::Document::object();
  std::string identity_status;
  std::optional<std::uint32_t> trust_score;
  bool vetted = false;
  WallTime created_at{}, updated_at{};

  // What the registry says of it; its fields are laid over ours. True: that was news.
  bool take(domain::RegisteredBrand said);
};

// How long what the registry said is good: of what it has not decided, and of the rest.
struct SyncAges {
  std::chrono::seconds open{300}, settled{7200};
};

class BrandRepository {
 public:
  explicit BrandRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Brand>> list(Actor actor, std::optional<CustomerId> customer, Page page);  // newest first
  Task<Brand> get(Actor actor, BrandId id);
  Task<Brand> by_registry_id(Actor actor, std::string registry_id);
  Task<Brand> create(Actor actor, Brand brand);  // its id and times are not used; Duplicate: adopted already
  Task<Brand> write(Actor actor, Brand brand);   // what the registry says, and the fields
  // Its campaigns expire.
  Task<Brand> remove(Actor actor, BrandId id);

  // Of `registry`, those that were not asked about for longer than their age; the longest ago first.
  Task<std::vector<Brand>> due(Actor actor, std::string registry, SyncAges ages, std::uint32_t most);
  Task<void> synced(Actor actor, BrandId id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
