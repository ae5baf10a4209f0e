// Who authenticates with what.
#include "snapshot_impl.h"

namespace warp::routing {

void Snapshot::Impl::compile_credentials() {
  for (const domain::Credential& credential : catalogue.credentials) {
    const auto trunk = trunks.find(credential.trunk);
    if (trunk == trunks.end() || trunk->second->auth_type == domain::AuthType::IpAcl) continue;
    credentials.emplace(credential.username, &credential);
    credentials_by_id.emplace(credential.id, &credential);
    realms.insert(credential.realm);
  }
}

const domain::Credential* Snapshot::credential(std::string_view username, std::string_view realm) const {
  const auto [first, last] = impl_->credentials.equal_range(username);
  for (auto at = first; at != last; ++at)
    if (at->second->realm == realm) return at->second;
  return nullptr;
}

const domain::Credential* Snapshot::credential(const Uuid& id) const {
  const auto found = impl_->credentials_by_id.find(id);
  return found == impl_->credentials_by_id.end() ? nullptr : found->second;
}

bool Snapshot::has_realm(std::string_view realm) const {
  return impl_->realms.contains(realm);
}

bool Snapshot::takes_credentials() const {
  return !impl_->credentials.empty();
}

}  // namespace warp::routing
