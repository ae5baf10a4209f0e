#include "warp/registrar/binding_store.h"

#include <algorithm>
#include <mutex>
#include <queue>
#include <set>
#include <unordered_map>

#include "warp/base/text.h"

namespace warp::registrar {

namespace {

using List = BindingStore::List;

// Best q first, the newest of equals first.
void order(List& list) {
  if (list.size() < 2) return;  // mostly; the sort would take memory even so
  std::stable_sort(list.begin(), list.end(), [](const domain::Binding& a, const domain::Binding& b) {
    return a.q != b.q ? a.q > b.q : a.registered_at > b.registered_at;
  });
}

void count(metrics::Gauge& bindings, std::ptrdiff_t grown) {
  if (grown != 0) bindings.add(static_cast<double>(grown));
}

std::vector<std::string> missing(const List& before, const List& after) {
  std::vector<std::string> ids;
  for (const auto& old : before)
    if (std::none_of(after.begin(), after.end(), [&](const auto& binding) { return binding.id == old.id; }))
      ids.push_back(old.id);
  return ids;
}

}  // namespace

struct BindingStore::Part {
  struct Due {
    WallTime at;
    AddressOfRecord address;
    bool operator>(const Due& other) const { return at > other.at; }
  };
  struct Kept {
    List list{};
    WallTime due{};  // when it comes up in the queue next; zero: it is not there
  };
  using ByUser = std::unordered_map<std::string, Kept, StringHash, std::equal_to<>>;

  mutable std::mutex mutex;
  std::unordered_map<TrunkId, ByUser> trunks;
  std::priority_queue<Due, std::vector<Due>, std::greater<>>
      due;  // an address once, however often it is refreshed
  std::unordered_map<std::uint64_t, std::set<AddressOfRecord>> connections;  // those that bindings are of

  // What is kept of an address, with the lock held; the difference in number is returned. `known`: kept() of
  // it.
  std::ptrdiff_t put(const AddressOfRecord& address, List list, Kept* known) {
    Kept& kept = known != nullptr ? *known : trunks[address.trunk][address.user];
    const auto grown =
        static_cast<std::ptrdiff_t>(list.size()) - static_cast<std::ptrdiff_t>(kept.list.size());
    for (const auto& binding : kept.list)
      if (binding.connection != 0) leave(binding.connection, address);
    for (const auto& binding : list)
      if (binding.connection != 0) connections[binding.connection].insert(address);
    order(list);
    kept.list = std::move(list);
    schedule(kept, address);
    if (kept.list.empty()) forget(address);
    return grown;
  }
  void forget(const AddressOfRecord& address) {
    const auto users = trunks.find(address.trunk);
    if (users == trunks.end()) return;
    users->second.erase(address.user);
    if (users->second.empty()) trunks.erase(users);
  }
  // It comes up when the first of its bindings may be over, or before.
  void schedule(Kept& kept, const AddressOfRecord& address) {
    if (kept.list.empty()) return;
    WallTime first = kept.list.front().expires_at;
    for (const auto& binding : kept.list)
      first = std::min(first, binding.expires_at);
    if (kept.due != WallTime{} && kept.due <= first) return;
    due.push({first, address});
    kept.due = first;
  }
  void leave(std::uint64_t connection, const AddressOfRecord& address) {
    const auto found = connections.find(connection);
    if (found == connections.end()) return;
    found->second.erase(address);
    if (found->second.empty()) connections.erase(found);
  }
  Kept* kept(const AddressOfRecord& address) {
    const auto users = trunks.find(address.trunk);
    if (users == trunks.end()) return nullptr;
    const auto found = users->second.find(address.user);
    return found == users->second.end() ? nullptr : &found->second;
  }
  const List* find(const AddressOfRecord& address) {
    const Kept* found = kept(address);
    return found != nullptr ? &found->list : nullptr;
  }
  List get(const AddressOfRecord& address) {
    const List* list = find(address);
    return list != nullptr ? *list : List{};
  }
};

BindingStore::BindingStore(std::string node, const Clock& clock, metrics::Registry& metrics)
    : node_(std::move(node)),
      clock_(clock),
      gauge_(metrics.gauge("warp_registrar_bindings",
                           "Bindings that this node knows of, its own and others'.")) {
  for (auto& part : parts_)
    part = std::make_unique<Part>();
}

BindingStore::~BindingStore() = default;

void BindingStore::on_change(std::function<void(Change)> changed) {
  changed_ = std::move(changed);
}

BindingStore::Part& BindingStore::part(TrunkId trunk) const {
  return *parts_[std::hash<TrunkId>{}(trunk) % kParts];
}

void BindingStore::tell(Change change) const {
  if (changed_) changed_(std::move(change));
}

List BindingStore::of(TrunkId trunk) const {
  const WallTime now = clock_.wall();
  List all;
  Part& at = part(trunk);
  {
    const std::lock_guard lock(at.mutex);
    const auto users = at.trunks.find(trunk);
    if (users == at.trunks.end()) return all;
    for (const auto& [user, kept] : users->second)
      for (const auto& binding : kept.list)
        if (binding.expires_at > now) all.push_back(binding);
  }
  order(all);
  return all;
}

List BindingStore::of(const AddressOfRecord& address) const {
  const WallTime now = clock_.wall();
  Part& at = part(address.trunk);
  const std::lock_guard lock(at.mutex);
  List list = at.get(address);
  std::erase_if(list, [now](const auto& binding) { return binding.expires_at <= now; });
  return list;
}

std::vector<AddressOfRecord> BindingStore::own() const {
  std::vector<AddressOfRecord> all;
  for (const auto& at : parts_) {
    const std::lock_guard lock(at->mutex);
    for (const auto& [trunk, users] : at->trunks)
      for (const auto& [user, kept] : users)
        if (std::any_of(kept.list.begin(), kept.list.end(),
                        [this](const auto& one) { return one.node == node_; }))
          all.push_back({trunk, user});
  }
  return all;
}

std::size_t BindingStore::size() const {
  std::size_t count = 0;
  for (const auto& at : parts_) {
    const std::lock_guard lock(at->mutex);
    for (const auto& [trunk, users] : at->trunks)
      for (const auto& [user, kept] : users)
        count += kept.list.size();
  }
  return count;
}

bool BindingStore::edit(const AddressOfRecord& address, const std::function<bool(List&)>& edit) {
  const WallTime now = clock_.wall();
  Part& at = part(address.trunk);
  Change change{address, {}};
  {
    const std::lock_guard lock(at.mutex);
    Part::Kept* const kept = at.kept(address);
    List after = kept != nullptr ? kept->list : List{};
    std::erase_if(after, [now](const auto& binding) { return binding.expires_at <= now; });
    if (!edit(after)) return false;
    if (kept != nullptr) change.removed = missing(kept->list, after);
    count(gauge_, at.put(address, std::move(after), kept));
  }
  tell(std::move(change));
  return true;
}

bool BindingStore::evict(const AddressOfRecord& address, std::string_view id) {
  return edit(address, [id](List& list) {
    return std::erase_if(list, [id](const auto& binding) { return binding.id == id; }) > 0;
  });
}

void BindingStore::drop_connection(std::uint64_t connection) {
  if (connection == 0) return;
  for (const auto& at : parts_) {
    std::vector<AddressOfRecord> touched;
    {
      const std::lock_guard lock(at->mutex);
      const auto found = at->connections.find(connection);
      if (found == at->connections.end()) continue;
      touched.assign(found->second.begin(), found->second.end());
    }
    for (const auto& address : touched)
      edit(address, [connection](List& list) {
        return std::erase_if(list, [connection](const auto& one) { return one.connection == connection; }) >
               0;
      });
  }
}

void BindingStore::sweep(const std::function<bool(TrunkId, const domain::Binding&)>& stays) {
  std::vector<AddressOfRecord> touched;
  for (const auto& at : parts_) {
    const std::lock_guard lock(at->mutex);
    for (const auto& [trunk, users] : at->trunks)
      for (const auto& [user, kept] : users)
        for (const auto& binding : kept.list)
          if (!stays(trunk, binding)) {
            touched.push_back({trunk, user});
            break;
          }
  }
  for (const auto& address : touched)
    edit(address, [&](List& list) {
      return std::erase_if(list, [&](const auto& binding) { return !stays(address.trunk, binding); }) > 0;
    });
}

void BindingStore::expire() {
  const WallTime now = clock_.wall();
  for (const auto& at : parts_) {
    std::vector<Part::Due> over;
    {
      const std::lock_guard lock(at->mutex);
      while (!at->due.empty() && at->due.top().at <= now) {
        over.push_back(at->due.top());
        at->due.pop();
      }
    }
    for (const auto& [due, address] : over) {
      std::vector<std::string> gone;
      {
        const std::lock_guard lock(at->mutex);
        Part::Kept* const kept = at->kept(address);
        if (kept == nullptr) continue;
        if (kept->due == due) kept->due = {};
        List list = kept->list;
        if (std::erase_if(list, [now](const auto& binding) { return binding.expires_at <= now; }) == 0) {
          at->schedule(*kept, address);
          continue;
        }
        for (const auto& binding : kept->list)
          if (binding.expires_at <= now && binding.node == node_) gone.push_back(binding.id);
        count(gauge_, at->put(address, std::move(list), kept));
      }
      if (!gone.empty()) tell({address, std::move(gone)});
    }
  }
}

void BindingStore::merge(const AddressOfRecord& address, List shared, bool adopt) {
  const WallTime now = clock_.wall();
  Part& at = part(address.trunk);
  const std::lock_guard lock(at.mutex);
  List kept = at.get(address);
  std::erase_if(kept, [&](const domain::Binding& binding) {
    if (binding.node == node_) return false;
    return std::none_of(shared.begin(), shared.end(), [&](const auto& one) { return one.id == binding.id; });
  });
  for (auto& told : shared) {
    if (told.expires_at <= now) continue;
    const auto same =
        std::find_if(kept.begin(), kept.end(), [&](const auto& binding) { return binding.id == told.id; });
    told.connection = 0;  // not of this process
    told.listener = domain::Binding::kAnyListener;
    if (same != kept.end()) {
      if (same->registered_at < told.registered_at) *same = std::move(told);
    } else if (told.node != node_ || adopt) {
      kept.push_back(std::move(told));
    }
  }
  count(gauge_, at.put(address, std::move(kept), at.kept(address)));
}

}  // namespace warp::registrar
