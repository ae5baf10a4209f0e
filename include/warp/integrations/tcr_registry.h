// TcrRegistry: domain::CampaignRegistry at The Campaign Registry.
//
// Calls are made, and `done` is called, on the executor given, by tasks of its own group. A call after
// close() is answered as Unavailable.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "warp/integrations/tcr_client.h"
#include "warp/net/task_group.h"

namespace warp::integrations {

class TcrRegistry final : public domain::CampaignRegistry {
 public:
  TcrRegistry(TcrClient& client, boost::asio::any_io_executor executor, log::Logger& log);

  std::string_view name() const override { return "tcr"; }
  void create_brand(domain::Document fields, bool mock,
                    domain::RegistryDone<domain::RegisteredBrand> done) override;
  void brand(std::string id, domain::RegistryDone<domain::RegisteredBrand> done) override;
  void update_brand(std::string id, domain::Document fields, bool reverify,
                    domain::RegistryDone<domain::RegisteredBrand> done) override;
  void remove_brand(std::string id, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void create_campaign(std::string brand_id, domain::Document fields,
                       domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void campaign(std::string id, domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void update_campaign(std::string id, domain::Document fields,
                       domain::RegistryDone<domain::RegisteredCampaign> done) override;
  void remove_campaign(std::string id, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void resubmit(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void elect(std::string campaign, domain::Document choice,
             domain::RegistryDone<domain::RegistryAnswer> done) override;
  void nudge(std::string campaign, domain::Document words,
             domain::RegistryDone<domain::RegistryAnswer> done) override;
  void carriers(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;
  void sharing(std::string campaign, domain::RegistryDone<domain::RegistryAnswer> done) override;

  // Has TCR post its events on brands and campaigns to this address.
  void subscribe(std::string webhook_url, domain::RegistryDone<domain::RegistryAnswer> done);

  // Breaks off what is under way and waits for its end; a look-up that hangs keeps it for as long as the
  // system's resolver does. On the executor; before the destruction.
  boost::asio::awaitable<void> close();

 private:
  template <class T>
  using Task = boost::asio::awaitable<domain::RegistryResult<T>>;
  template <class T>
  void start(const char* name, Task<T> task, domain::RegistryDone<T> done);

  TcrClient& client_;
  net::TaskGroup tasks_;
};

}  // namespace warp::integrations
