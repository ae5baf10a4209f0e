// TincomplyChecks: companies and tax numbers asked of a provider of such data, over a TniqClient of its own.
#pragma once

#include "warp/integrations/tniq_client.h"

namespace warp::integrations {

class TincomplyChecks final : public domain::EntityChecks {
 public:
  explicit TincomplyChecks(TniqClient& client) : client_(client) {}  // outlives it

  std::string_view name() const override { return "tincomply"; }
  void company(domain::CompanyQuestion question, domain::PortDone<domain::PortDocument> done) override;
  void ein(std::string digits, domain::PortDone<domain::PortDocument> done) override;
  void match(std::string tin, std::string company_name, domain::PortDone<bool> done) override;

 private:
  TniqClient& client_;
};

}  // namespace warp::integrations
