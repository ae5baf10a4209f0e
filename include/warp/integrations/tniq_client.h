// TNIQ: a provider of numbers and of number portability outside, over HTTPS and JSON with a bearer token.
//
// TniqClient asks one question; TniqPorting and TniqStock are the ports that the API uses. What is refused
// for its content (400, 422) is Refused, 404 NotFound, 409 Conflict, all else Unavailable. The token appears
// in no log line. One thread: that of the executor.
//
// Metrics: warp_tniq_requests_total{product,outcome}.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/entity_checks.h"
#include "warp/domain/number_stock.h"
#include "warp/domain/porting_port.h"
#include "warp/http/pooled_client.h"
#include "warp/net/task_group.h"

namespace warp::integrations {

class TniqClient {
 public:
  // `product` names it in log lines and metrics: "tniq", "tincomply".
  TniqClient(std::unique_ptr<http::PooledClient> http, std::string product, std::string token,
             boost::asio::any_io_executor executor, log::Logger& log, metrics::Registry& metrics);

  // The member `data` of the answer, or the answer when it has none.
  boost::asio::awaitable<domain::PortResult<domain::PortDocument>> ask(http::Method method, std::string path,
                                                                       domain::PortDocument body);
  net::TaskGroup& tasks() { return tasks_; }
  boost::asio::awaitable<void> close();

 private:
  const std::unique_ptr<http::PooledClient> http_;
  const std::string product_, authorization_;
  log::Logger& log_;
  std::array<metrics::Counter*, 5> outcomes_{};
  net::TaskGroup tasks_;
};

class TniqPorting final : public domain::PortingPort {
 public:
  // `client` outlives it. Numbers that are not final are asked about again after `poll`.
  TniqPorting(TniqClient& client, std::chrono::seconds poll, const Clock& clock)
      : client_(client), poll_(poll), clock_(clock) {}

  std::string_view name() const override { return "tniq"; }
  void preview(std::vector<std::string> tns, domain::PortDone<std::vector<domain::PortNumber>> done) override;
  void create(domain::PortProject project, domain::PortDone<std::string> done) override;
  void remove(domain::PortProject project, domain::PortDone<bool> done) override;
  void add(domain::PortProject project, std::vector<std::string> tns,
           domain::PortDone<std::vector<domain::PortNumber>> done) override;
  void act(domain::PortProject project, domain::PortAction action, domain::PortWish wish,
           domain::PortDone<std::vector<domain::PortNumber>> done) override;

 private:
  TniqClient& client_;
  const std::chrono::seconds poll_;
  const Clock& clock_;
};

class TniqStock final : public domain::NumberStock {
 public:
  explicit TniqStock(TniqClient& client) : client_(client) {}

  std::string_view name() const override { return "tniq"; }
  void search(domain::StockWish wish, domain::PortDone<domain::StockPage> done) override;
  void reserve(std::string e164, std::string order, domain::PortDone<domain::StockNumber> done) override;
  void release(std::string e164, domain::PortDone<bool> done) override;
  void validate_address(domain::StreetAddress address, domain::PortDone<domain::StreetAddress> done) override;
  void publish_cnam(std::string e164, std::string name, domain::PortDone<bool> done) override;

 private:
  TniqClient& client_;
};

}  // namespace warp::integrations
