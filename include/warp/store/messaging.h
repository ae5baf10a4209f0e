// What operators provision for messaging: upstream connectors, routes, SMPP accounts, opt-outs, and the
// messaging side of customers, numbers and rate plans. Customers see their own accounts, settings, numbers
// and opt-outs, and may write the last two.
//
// update() locks the row, lets `change` write into it and stores all of it. Secrets (a connector's password,
// an account's hash, webhook secrets) are written and not read back: empty in every answer; empty in an
// update, they stay as they are.
#pragma once

#include <functional>

#include "warp/base/clock.h"
#include "warp/domain/messaging_catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

template <class T>
struct Provisioned {
  T item;
  std::string description;
  WallTime created_at{}, updated_at{};
};
template <class T>
using Change = std::function<void(Provisioned<T>&)>;

// Operators only.
class ConnectorRepository {
 public:
  using Item = Provisioned<domain::Connector>;
  explicit ConnectorRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, Page page);  // by name
  Task<Item> get(Actor actor, ConnectorId id);
  Task<Item> create(Actor actor, domain::Connector connector, std::string description);  // its id is not used
  Task<Item> update(Actor actor, ConnectorId id, Change<domain::Connector> change);
  Task<Item> remove(Actor actor, ConnectorId id);  // InUse while routes name it

 private:
  pg::Pool& pool_;
};

// Operators only.
class MessageRouteRepository {
 public:
  using Item = Provisioned<domain::MessageRoute>;
  explicit MessageRouteRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, Page page);  // by priority
  Task<Item> get(Actor actor, MessageRouteId id);
  Task<Item> create(Actor actor, domain::MessageRoute route, std::string description);
  Task<Item> update(Actor actor, MessageRouteId id, Change<domain::MessageRoute> change);
  Task<Item> remove(Actor actor, MessageRouteId id);

 private:
  pg::Pool& pool_;
};

class EsmeRepository {
 public:
  using Item = Provisioned<domain::Esme>;
  explicit EsmeRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, std::optional<CustomerId> customer, Page page);  // by system id
  Task<Item> get(Actor actor, EsmeId id);
  Task<Item> create(Actor actor, domain::Esme esme, std::string description);
  Task<Item> update(Actor actor, EsmeId id, Change<domain::Esme> change);  // but not its customer
  Task<Item> remove(Actor actor, EsmeId id);

 private:
  pg::Pool& pool_;
};

class OptOutRepository {
 public:
  struct Item {
    domain::OptOut opt_out;
    std::string source;  // "keyword", "api", …
    WallTime created_at{};
  };
  explicit OptOutRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Item>> list(Actor actor, std::optional<CustomerId> customer, Page page);  // newest first
  Task<Item> add(Actor actor, domain::OptOut opt_out, std::string source);             // again: as it stands
  Task<Item> remove(Actor actor, domain::OptOut opt_out);

 private:
  pg::Pool& pool_;
};

class MessagingSettingsRepository {
 public:
  explicit MessagingSettingsRepository(pg::Pool& pool) : pool_(pool) {}
  // `active` and `currency` are the account's and not written.
  Task<domain::MessagingCustomer> customer(Actor actor, CustomerId id);
  Task<void> set_customer(Actor actor, domain::MessagingCustomer settings);
  // NotFound unless the customer holds the number.
  Task<void> set_number(Actor actor, domain::MessagingNumber settings);
  // By prefix.
  Task<std::vector<domain::MessageRate>> rates(Actor actor, RatePlanId plan);
  // All per-segment prices of a plan, at once.
  Task<void> set_rates(Actor actor, RatePlanId plan, std::vector<domain::MessageRate> rates);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
