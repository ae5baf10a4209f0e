// BindingStore: where the devices of all trunks are, as this node knows it: what registered here, and what
// other nodes told. In memory; any thread; no wait.
//
// Whoever shares bindings with other nodes listens to changes of what is this node's (`node`), and gives what
// it learns to merge().
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/metrics.h"
#include "warp/domain/bindings.h"

namespace warp::registrar {

struct AddressOfRecord {
  TrunkId trunk;
  std::string user;  // of the credential
  friend auto operator<=>(const AddressOfRecord&, const AddressOfRecord&) = default;
};

// What became different of one address of record.
struct Change {
  AddressOfRecord address;
  std::vector<std::string> removed;  // ids of bindings that are no more
};

class BindingStore final : public domain::Bindings {
 public:
  using List = std::vector<domain::Binding>;
  // `changed` is told of this node's changes, outside any lock, on whichever thread made them.
  BindingStore(std::string node, const Clock& clock, metrics::Registry& metrics);
  ~BindingStore() override;
  void on_change(std::function<void(Change)> changed);  // before anything registers

  const std::string& node() const { return node_; }

  List of(TrunkId trunk) const override;
  List of(const AddressOfRecord& address) const;  // live ones, in the same order
  std::vector<AddressOfRecord> own() const;       // addresses with a binding of this node
  std::size_t size() const;

  // Gives the live bindings to `edit`, which changes them and says whether that counts; others wait.
  bool edit(const AddressOfRecord& address, const std::function<bool(List&)>& edit);
  bool evict(const AddressOfRecord& address, std::string_view id);
  // Of a connection that is gone (RFC 5626 §4.4); one that nothing registered by costs next to nothing.
  void drop_connection(std::uint64_t connection);
  // Those that `stays` does not want.
  void sweep(const std::function<bool(TrunkId, const domain::Binding&)>& stays);
  void expire();  // once a second or so

  // What all nodes share of an address. The later registration of one id wins; other nodes' bindings that it
  // does not hold are dropped; this node's own are taken up only with `adopt` (after a restart).
  void merge(const AddressOfRecord& address, List shared, bool adopt);

 private:
  struct Part;
  static constexpr std::size_t kParts = 16;
  Part& part(TrunkId trunk) const;
  void tell(Change change) const;

  const std::string node_;
  const Clock& clock_;
  metrics::Gauge& gauge_;
  std::function<void(Change)> changed_;
  std::array<std::unique_ptr<Part>, kParts> parts_;
};

// As other nodes read it: a JSON object. nullopt: not written by any release that this one knows.
std::string to_text(const domain::Binding& binding);
std::optional<domain::Binding> binding_from_text(std::string_view text);

}  // namespace warp::registrar
