// EmbeddedPorting: port requests as the platform's own desk works them: numbers of other customers here come
// by their PIN, all others wait for what an operator hears from the other carrier, or, when `automatic`, for
// the clock.
//
// It keeps nothing: what it answers follows from what it is asked. Who has a number: the inventory; the SPID
// that a look-up finds; else the holder of the number's block. On the executor's thread.
#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/domain/entity_checks.h"
#include "warp/domain/number_lookup.h"
#include "warp/domain/number_stock.h"
#include "warp/domain/porting_port.h"
#include "warp/net/task_group.h"
#include "warp/pg/pool.h"

namespace warp::integrations {

struct EmbeddedPortingSettings {
  std::string own_spid = "WARP";  // of numbers that are customers' here
  bool automatic = false;         // nobody answers for the other carriers: the clock does
  std::chrono::seconds step{30};  // that the clock takes for an answer
  unsigned business_days = 3;     // from the order to the date, when none is wished
};

class EmbeddedPorting final : public domain::PortingPort {
 public:
  // `lookup` may be null; it and the pool outlive this.
  EmbeddedPorting(pg::Pool& pool, domain::NumberLookup* lookup, boost::asio::any_io_executor executor,
                  EmbeddedPortingSettings settings, const Clock& clock, log::Logger& log);
  ~EmbeddedPorting() override;

  std::string_view name() const override { return "embedded"; }
  void preview(std::vector<std::string> tns, domain::PortDone<std::vector<domain::PortNumber>> done) override;
  void create(domain::PortProject project, domain::PortDone<std::string> done) override;
  void remove(domain::PortProject project, domain::PortDone<bool> done) override;
  void add(domain::PortProject project, std::vector<std::string> tns,
           domain::PortDone<std::vector<domain::PortNumber>> done) override;
  void act(domain::PortProject project, domain::PortAction action, domain::PortWish wish,
           domain::PortDone<std::vector<domain::PortNumber>> done) override;

  boost::asio::awaitable<void> close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with questions under way
};

// The stock of the platform itself.
class EmbeddedStock final : public domain::NumberStock {
 public:
  EmbeddedStock(pg::Pool& pool, boost::asio::any_io_executor executor, log::Logger& log);
  ~EmbeddedStock() override;

  std::string_view name() const override { return "embedded"; }
  void search(domain::StockWish wish, domain::PortDone<domain::StockPage> done) override;
  void reserve(std::string e164, std::string order, domain::PortDone<domain::StockNumber> done) override;
  void release(std::string e164, domain::PortDone<bool> done) override;
  void validate_address(domain::StreetAddress address, domain::PortDone<domain::StreetAddress> done) override;
  void publish_cnam(std::string e164, std::string name, domain::PortDone<bool> done) override;

  boost::asio::awaitable<void> close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with questions under way
};

// What this platform's own brands say of companies.
class EmbeddedChecks final : public domain::EntityChecks {
 public:
  EmbeddedChecks(pg::Pool& pool, boost::asio::any_io_executor executor, log::Logger& log);
  ~EmbeddedChecks() override;

  std::string_view name() const override { return "embedded"; }
  void company(domain::CompanyQuestion question, domain::PortDone<domain::PortDocument> done) override;
  void ein(std::string digits, domain::PortDone<domain::PortDocument> done) override;
  void match(std::string tin, std::string company_name, domain::PortDone<bool> done) override;

  boost::asio::awaitable<void> close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with questions under way
};

}  // namespace warp::integrations
