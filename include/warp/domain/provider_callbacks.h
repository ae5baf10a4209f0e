// ProviderCallbacks: webhooks of message providers, as the API hands them to messaging. Any thread; `done` is
// called exactly once, on a thread of the implementation's choice, also when messaging ends (503 then).
#pragma once

#include <functional>
#include <string>

#include "warp/base/uuid.h"

namespace warp::domain {

class ProviderCallbacks {
 public:
  using Done = std::function<void(unsigned status, std::string body)>;
  virtual ~ProviderCallbacks() = default;
  // Of an RCS connector's provider; who calls is known by the signature alone.
  virtual void rcs(ConnectorId connector, std::string signature, std::string body, Done done) = 0;
};

}  // namespace warp::domain
