#include "warp/calls/prober.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "warp/sip/message/writer.h"

namespace warp::calls {

using domain::SocketAddress;

namespace {

constexpr std::chrono::milliseconds kFollowSnapshot{500};
constexpr std::size_t kMostProbedAddresses = 8;  // of one name

// What a probe needs to know of an endpoint, apart from any snapshot.
struct Plan {
  domain::Endpoint endpoint;
  domain::HealthPolicy policy;
  std::string tls_name, tls_profile;
};

void add_plans(std::map<std::int64_t, Plan>& plans, const std::vector<domain::Endpoint>& endpoints,
               const domain::SipPolicy& policy) {
  if (!policy.health.probe) return;
  for (const auto& endpoint : endpoints)
    plans.emplace(endpoint.id,
                  Plan{endpoint, policy.health, policy.access.tls_name, policy.access.tls_profile});
}

}  // namespace

struct Prober::Impl final : public sip::TransactionUser, public std::enable_shared_from_this<Prober::Impl> {
  struct Watched {
    Plan plan;
    std::uint64_t generation = 0;       // of its timer: an older one does nothing
    std::set<SocketAddress> addresses;  // probed so far
  };
  struct Flight {
    std::int64_t endpoint;
    SocketAddress address;
    Monotonic sent;
    net::TimerWheel::Handle deadline;
  };

  Impl(const Dependencies& dependencies, unsigned shard_index, std::string server_name)
      : d(dependencies), shard(shard_index), server(std::move(server_name)) {}

  void follow();
  void follow_later();
  void adopt(const routing::Snapshot& snapshot);
  void schedule(std::int64_t endpoint, std::chrono::milliseconds delay);
  void probe(std::int64_t endpoint, std::uint64_t generation);
  void probe_located(std::int64_t endpoint, const sip::Located& located);
  void send(Watched& watched, const SocketAddress& address, domain::SipTransport transport);
  std::string request(const Watched& watched, const sip::Flow& flow, const SocketAddress& address,
                      const std::string& branch);
  void finish(sip::TransactionId id, std::uint16_t status);
  void tell(std::int64_t endpoint, const SocketAddress& address, const HealthBoard::Probe& probe);
  void drop(const Watched& watched);
  void stop();

  void on_request(sip::TransactionId, const sip::Message&, const sip::Flow&) override {}
  void on_cancel(sip::TransactionId, const sip::Message&) override {}
  void on_ack(const sip::Message&, const sip::Flow&) override {}
  void on_stray_response(const sip::Message&, const sip::Flow&) override {}
  void on_response(sip::TransactionId id, const sip::Message& response, const sip::Flow&) override {
    if (response.status() >= 200) finish(id, response.status());
  }
  void on_timeout(sip::TransactionId id) override { finish(id, 0); }
  void on_transport_error(sip::TransactionId id) override { finish(id, 0); }

  const Dependencies d;
  const unsigned shard;
  const std::string server;
  bool running = false;
  std::shared_ptr<const routing::Snapshot> seen;
  net::TimerWheel::Handle following;
  std::optional<sip::Reach> reach;
  std::map<std::int64_t, Watched> watched;
  std::map<sip::TransactionId, Flight> flights;
  std::uint64_t last_generation = 0;
};

void Prober::Impl::follow() {
  auto current = d.snapshots.current();
  if (current != nullptr && current != seen) adopt(*current);
  seen = std::move(current);
  follow_later();
}

void Prober::Impl::follow_later() {
  following = d.wheel.arm(kFollowSnapshot, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && self->running) self->follow();
  });
}

void Prober::Impl::adopt(const routing::Snapshot& snapshot) {
  std::map<std::int64_t, Plan> wanted;
  std::vector<std::int64_t> all;
  const auto take = [&](const auto& owner) {
    if (!owner.enabled) return;
    for (const auto& endpoint : owner.endpoints)
      all.push_back(endpoint.id);
    add_plans(wanted, owner.endpoints, owner.sip);
  };
  for (const auto& provider : snapshot.providers())
    take(provider);
  for (const auto& trunk : snapshot.trunks())
    take(trunk);
  for (auto at = watched.begin(); at != watched.end();) {
    const auto still = wanted.find(at->first);
    const bool same = still != wanted.end() &&
                      still->second.endpoint.where() == at->second.plan.endpoint.where() &&
                      still->second.endpoint.transport_text() == at->second.plan.endpoint.transport_text();
    if (same) {
      ++at;
      continue;
    }
    drop(at->second);
    at = watched.erase(at);
  }
  for (auto& [id, plan] : wanted) {
    const auto [entry, fresh] = watched.try_emplace(id);
    const bool sooner = !fresh && plan.policy.probe_interval < entry->second.plan.policy.probe_interval;
    entry->second.plan = std::move(plan);
    if (!fresh && !sooner) continue;
    const auto interval = std::chrono::milliseconds(entry->second.plan.policy.probe_interval);
    schedule(id, std::chrono::milliseconds(static_cast<std::int64_t>(
                     d.ids.next64() % static_cast<std::uint64_t>(interval.count()))));
  }
  std::sort(all.begin(), all.end());
  d.board.keep_only(all);
}

void Prober::Impl::drop(const Watched& gone) {
  for (const auto& address : gone.addresses)
    d.board.unwatch(gone.plan.endpoint.id, address);
}

void Prober::Impl::schedule(std::int64_t endpoint, std::chrono::milliseconds delay) {
  const auto entry = watched.find(endpoint);
  if (entry == watched.end()) return;
  const auto generation = entry->second.generation = ++last_generation;
  d.wheel.arm(delay, [weak = weak_from_this(), endpoint, generation] {
    if (const auto self = weak.lock(); self && self->running) self->probe(endpoint, generation);
  });
}

void Prober::Impl::probe(std::int64_t endpoint, std::uint64_t generation) {
  const auto entry = watched.find(endpoint);
  if (entry == watched.end() || entry->second.generation != generation) return;
  Watched& one = entry->second;
  const domain::Endpoint& target = one.plan.endpoint;
  schedule(endpoint, one.plan.policy.probe_interval);
  if (!target.named()) return send(one, target.address, target.transport);
  if (d.locator == nullptr) return;
  if (!reach) reach = sip::Reach::of(d.sender);
  sip::Destination destination{target.host, target.address.port, target.transport};
  if (target.any_transport) destination.transport.reset();
  d.locator->locate(std::move(destination), *reach, d.ids.next64(), d.executor,
                    [weak = weak_from_this(), endpoint](const sip::Located& located) {
                      if (const auto self = weak.lock(); self && self->running)
                        self->probe_located(endpoint, located);
                    });
}

void Prober::Impl::probe_located(std::int64_t endpoint, const sip::Located& located) {
  const auto entry = watched.find(endpoint);
  if (entry == watched.end()) return;
  Watched& one = entry->second;
  std::set<SocketAddress> now;
  for (const auto& target : located.targets) {
    if (now.size() >= kMostProbedAddresses) break;
    if (now.insert(target.address).second) send(one, target.address, target.transport);
  }
  // No answer of the DNS is no word against the addresses that it gave before.
  if (now.empty()) return;
  for (const auto& address : one.addresses)
    if (!now.contains(address)) d.board.unwatch(endpoint, address);
  one.addresses = std::move(now);
}

std::string Prober::Impl::request(const Watched& one, const sip::Flow& flow, const SocketAddress& address,
                                  const std::string& branch) {
  const std::string_view own = d.sender.sent_by(flow.listener);
  const std::string uri =
      "sip:" + (one.plan.endpoint.named() ? one.plan.endpoint.where() : address.to_string());
  const auto high = d.ids.next64();
  const auto low = d.ids.next64();
  std::string bytes;
  bytes.reserve(512);
  sip::Writer writer(bytes);
  writer.request(sip::Method::Options, uri);
  writer.header(sip::HeaderId::Via,
                {"SIP/2.0/", domain::to_string(flow.transport), " ", own, ";branch=", branch, ";rport"});
  writer.header(sip::HeaderId::MaxForwards, "70");
  writer.header(sip::HeaderId::From, {"<sip:", own, ">;tag=", d.ids.hex(16)});
  writer.header(sip::HeaderId::To, {"<", uri, ">"});
  writer.header(sip::HeaderId::CallId, sip::make_call_id(shard, high, low, own.substr(0, own.rfind(':'))));
  writer.header(sip::HeaderId::CSeq, "1 OPTIONS");
  writer.header(sip::HeaderId::Contact, {"<sip:", own, ">"});
  writer.header(sip::HeaderId::Accept, "application/sdp");
  if (!server.empty()) writer.header(sip::HeaderId::UserAgent, server);
  writer.finish();
  return writer.ok() ? bytes : std::string();
}

void Prober::Impl::send(Watched& one, const SocketAddress& address, domain::SipTransport transport) {
  const auto endpoint = one.plan.endpoint.id;
  one.addresses.insert(address);
  const auto busy = std::any_of(flights.begin(), flights.end(), [&](const auto& flight) {
    return flight.second.endpoint == endpoint && flight.second.address == address;
  });
  if (busy) return;  // a time-out longer than the interval
  std::string_view tls_name;
  if (domain::is_secure(transport))
    tls_name = one.plan.tls_name.empty() ? one.plan.endpoint.host : one.plan.tls_name;
  const auto flow = d.sender.flow_towards({address, transport, tls_name, one.plan.tls_profile});
  if (!flow) return tell(endpoint, address, {});
  const auto branch = d.transactions.new_branch();
  auto bytes = request(one, *flow, address, branch);
  if (bytes.empty()) return;
  const auto id = d.transactions.send_request(sip::Method::Options, branch, std::move(bytes), *flow, this);
  if (id == 0) return tell(endpoint, address, {});
  auto& flight = flights[id] = {endpoint, address, d.clock.now(), {}};
  flight.deadline = d.wheel.arm(one.plan.policy.probe_timeout, [weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (!self || !self->running) return;
    self->d.transactions.abandon(id);
    self->finish(id, 0);
  });
}

void Prober::Impl::finish(sip::TransactionId id, std::uint16_t status) {
  const auto found = flights.find(id);
  if (found == flights.end()) return;
  Flight flight = found->second;
  flights.erase(found);
  d.wheel.cancel(flight.deadline);
  const auto rtt = std::chrono::duration_cast<std::chrono::microseconds>(d.clock.now() - flight.sent);
  tell(flight.endpoint, flight.address, {status, rtt});
}

void Prober::Impl::tell(std::int64_t endpoint, const SocketAddress& address,
                        const HealthBoard::Probe& probe) {
  const auto entry = watched.find(endpoint);
  // Nobody asks any more.
  if (entry == watched.end() || !entry->second.addresses.contains(address)) return;
  d.board.probed(endpoint, address, entry->second.plan.policy, probe);
}

void Prober::Impl::stop() {
  running = false;
  d.wheel.cancel(following);
  for (auto& [id, flight] : flights) {
    d.wheel.cancel(flight.deadline);
    d.transactions.abandon(id);
  }
  flights.clear();
}

Prober::Prober(const Dependencies& dependencies, unsigned shard, std::string server)
    : impl_(std::make_shared<Impl>(dependencies, shard, std::move(server))) {}

Prober::~Prober() {
  stop();
}

void Prober::start() {
  impl_->running = true;
  impl_->follow();
}

void Prober::stop() {
  if (impl_->running) impl_->stop();
}

std::size_t Prober::watched() const {
  return impl_->watched.size();
}

}  // namespace warp::calls
