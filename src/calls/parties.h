// Parties: who sits at the two ends of a call, remembered by id: a call that lasts must not hold on to the
// snapshot that it was made with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "warp/base/uuid.h"
#include "warp/domain/sip_policy.h"
#include "warp/routing/snapshot.h"

namespace warp::calls {

struct Call;

struct Party {
  enum class Kind : std::uint8_t { Unknown, Trunk, Provider };
  Kind kind = Kind::Unknown;
  Uuid id{};

  static Party of(const domain::Trunk* trunk, const domain::Provider* provider);
  std::string to_text() const;  // "t<uuid>", "p<uuid>" or nothing
  static Party from_text(std::string_view text);
};

// Of both legs, while the set-up still knows them.
void note_parties(Call& call);

// How the party is spoken to now; the defaults when it is not there any more. The snapshot is held as long as
// this lives.
class PolicyView {
 public:
  PolicyView(const routing::SnapshotHolder& snapshots, const Party& party);
  const domain::SipPolicy& operator*() const { return *policy_; }
  const domain::SipPolicy* operator->() const { return policy_; }
  bool known() const { return snapshot_ != nullptr; }

 private:
  std::shared_ptr<const routing::Snapshot> snapshot_;
  const domain::SipPolicy* policy_;
};

}  // namespace warp::calls
