// Digest credentials: of trunks, and ours towards providers. Passwords never come here, only their hashes,
// and no query gives those back.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Credential {
  Uuid id;
  TrunkId trunk;
  std::string username, realm;
  bool enabled = true;
  WallTime created_at{};
  std::optional<WallTime> last_rotated_at;
};

struct CredentialHashes {
  std::string md5, sha256;  // H(username:realm:password)
};

class CredentialRepository {
 public:
  explicit CredentialRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Credential>> list(Actor actor, TrunkId trunk);  // by user name; NotFound: no such trunk
  Task<Credential> get(Actor actor, TrunkId trunk, Uuid id);
  // Duplicate when the realm has the user name already.
  Task<Credential> create(Actor actor, TrunkId trunk, std::string username, std::string realm,
                          CredentialHashes hashes);
  Task<Credential> enable(Actor actor, TrunkId trunk, Uuid id, bool enabled);
  Task<Credential> rotate(Actor actor, TrunkId trunk, Uuid id, CredentialHashes hashes);
  Task<Credential> remove(Actor actor, TrunkId trunk, Uuid id);

 private:
  pg::Pool& pool_;
};

// Operators only.
struct ProviderCredential {
  Uuid id;
  ProviderId provider;
  std::string username, realm, from_user, from_domain, registrar;
  bool registers = false;
  std::uint32_t expires_seconds = 3600;
  WallTime created_at{}, updated_at{};
};

struct ProviderCredentialPatch {
  std::optional<std::string> from_user, from_domain, registrar;
  std::optional<bool> registers;
  std::optional<std::uint32_t> expires_seconds;
  std::optional<CredentialHashes> hashes;
};

class ProviderCredentialRepository {
 public:
  explicit ProviderCredentialRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<ProviderCredential>> list(Actor actor, ProviderId provider);  // by realm
  Task<ProviderCredential> get(Actor actor, ProviderId provider, Uuid id);
  // Duplicate when the provider has one for the realm.
  Task<ProviderCredential> create(Actor actor, ProviderCredential credential, CredentialHashes hashes);
  Task<ProviderCredential> update(Actor actor, ProviderId provider, Uuid id, ProviderCredentialPatch patch);
  Task<ProviderCredential> remove(Actor actor, ProviderId provider, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
