// RcsCallbacks: the API's ProviderCallbacks over an RcsGateway that lives on another thread.
#pragma once

#include "warp/base/executor.h"
#include "warp/domain/provider_callbacks.h"

namespace warp::messaging {

class RcsGateway;

class RcsCallbacks final : public domain::ProviderCallbacks {
 public:
  // `home`: of the gateway's thread; both outlive the requests of the API.
  RcsCallbacks(Executor& home, RcsGateway& gateway) : home_(home), gateway_(gateway) {}
  void rcs(ConnectorId connector, std::string signature, std::string body, Done done) override;

 private:
  Executor& home_;
  RcsGateway& gateway_;
};

}  // namespace warp::messaging
