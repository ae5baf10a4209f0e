// Registrations: what the API asks of the registrar. Implemented in `app`. Any thread; no wait.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/bindings.h"

namespace warp::api {

// Ours at a provider.
struct OutboundRegistration {
  Uuid credential;
  std::string state;  // idle, registering, registered, rejected, unreachable, unregistered
  std::string registrar, contact;
  std::uint16_t last_status = 0;  // 0: no answer
  std::uint32_t failures = 0;     // in a row
  std::optional<WallTime> registered_at, expires_at;
};

// A call in progress that somebody authenticated.
struct CredentialCall {
  CallId id;
  WallTime started_at{};
};

class Registrations {
 public:
  virtual ~Registrations() = default;
  virtual const std::string& realm() const = 0;  // that new credentials are made for
  virtual std::vector<domain::Binding> of(TrunkId trunk, std::string_view user) const = 0;
  virtual bool evict(TrunkId trunk, std::string_view user, std::string_view id) = 0;
  virtual std::vector<CredentialCall> calls(const Uuid& credential) const = 0;  // oldest first
  virtual std::vector<OutboundRegistration> outbound(ProviderId provider) const = 0;
};

}  // namespace warp::api
