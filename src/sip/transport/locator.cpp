#include "warp/sip/transport/locator.h"

#include <algorithm>
#include <map>

#include "warp/base/draw.h"
#include "warp/base/text.h"

namespace warp::sip {
namespace {

using domain::SipTransport;
using net::dns::Outcome;
using net::dns::RecordType;

constexpr std::size_t kMostRounds = 5;     // NAPTR, SRV, addresses, and what a renewal may turn round
constexpr std::size_t kMostServices = 16;  // SRV records whose targets are looked up
// Without NAPTR: what carriers speak first.
constexpr std::array kPreference{SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls};

std::string_view service_prefix(SipTransport transport) {
  switch (transport) {
    case SipTransport::Udp:
      return "_sip._udp.";
    case SipTransport::Tcp:
      return "_sip._tcp.";
    case SipTransport::Tls:
      return "_sips._tcp.";
    case SipTransport::Ws:
      return "_sip._ws.";
    case SipTransport::Wss:
      return "_sips._ws.";
  }
  return "";
}

// NAPTR's service field (RFC 3263 §4.1, RFC 7118 §8.2).
std::optional<SipTransport> transport_of_service(std::string_view service) {
  constexpr std::array<std::pair<std::string_view, SipTransport>, 5> kServices{{
      {"SIP+D2U", SipTransport::Udp},
      {"SIP+D2T", SipTransport::Tcp},
      {"SIPS+D2T", SipTransport::Tls},
      {"SIP+D2W", SipTransport::Ws},
      {"SIPS+D2W", SipTransport::Wss},
  }};
  for (const auto& [name, transport] : kServices)
    if (iequals(service, name)) return transport;
  return std::nullopt;
}

// RFC 2782: by priority; within one, each next is drawn with its share of the weights. Those of weight 0 come
// first in the sum, so that they have their small chance.
void order_services(std::vector<net::dns::Service>& services, Draw& draw) {
  std::stable_sort(services.begin(), services.end(), [](const auto& a, const auto& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    return a.weight == 0 && b.weight != 0;
  });
  for (auto first = services.begin(); first != services.end(); ++first) {
    auto last = first;
    std::uint64_t total = 0;
    for (; last != services.end() && last->priority == first->priority; ++last)
      total += last->weight;
    const std::uint64_t ticket = draw.below(total + 1);
    std::uint64_t sum = 0;
    auto chosen = first;
    for (auto at = first; at != last; ++at) {
      sum += at->weight;
      if (sum >= ticket) {
        chosen = at;
        break;
      }
    }
    std::rotate(first, chosen, chosen + 1);
  }
}

// One run of the procedure. What is not known is noted, and its part of the answer left out.
class Run {
 public:
  Run(const Destination& destination, const Reach& reach, std::uint64_t random, DnsView& dns,
      std::vector<DnsQuestion>& questions)
      : destination_(destination), reach_(reach), draw_(random), dns_(dns), questions_(questions) {}

  Located run() {
    if (const auto ip = domain::IpAddress::parse(destination_.host)) {
      const auto transport = given_transport();
      add(*ip, port_or_usual(transport), transport);
    } else if (destination_.port != 0) {
      // RFC 3263 §4.1: with a port and no transport it is UDP, or TLS for sips.
      const auto transport = given_transport();
      add_host(destination_.host, destination_.port, transport);
    } else if (destination_.transport) {
      const auto transport = given_transport();
      if (!add_services(std::string(service_prefix(transport)) + destination_.host, transport) &&
          questions_.empty())
        add_host(destination_.host, default_port(transport), transport);
    } else {
      by_pointers();
    }
    if (out_.targets.size() > kMostTargets) out_.targets.resize(kMostTargets);
    return std::move(out_);
  }

 private:
  bool secure_only() const { return destination_.sips; }

  SipTransport given_transport() const {
    const auto transport = destination_.transport.value_or(SipTransport::Udp);
    if (!secure_only() || domain::is_secure(transport)) return transport;
    return transport == SipTransport::Ws ? SipTransport::Wss : SipTransport::Tls;
  }
  std::uint16_t port_or_usual(SipTransport transport) const {
    return destination_.port != 0 ? destination_.port : default_port(transport);
  }
  bool usable(SipTransport transport) const {
    return reach_.has(transport) && (!secure_only() || domain::is_secure(transport));
  }

  const net::dns::Answer* ask(std::string_view name, RecordType type) {
    auto found = dns_.find(name, type);
    if (!found) {
      DnsQuestion question{std::string(name), type};
      if (std::find(questions_.begin(), questions_.end(), question) == questions_.end())
        questions_.push_back(std::move(question));
      return nullptr;
    }
    out_.stale = out_.stale || found.stale;
    out_.unavailable = out_.unavailable || found.answer->outcome == Outcome::Failed;
    held_.push_back(std::move(found.answer));
    return held_.back().get();
  }

  void by_pointers() {
    const auto* answer = ask(destination_.host, RecordType::Naptr);
    if (answer == nullptr) return;
    auto pointers = answer->pointers;
    std::erase_if(pointers, [&](const net::dns::Pointer& one) {
      const auto transport = transport_of_service(one.services);
      return !iequals(one.flags, "s") || !transport || !usable(*transport) || one.replacement.empty();
    });
    std::stable_sort(pointers.begin(), pointers.end(), [](const auto& a, const auto& b) {
      return a.order != b.order ? a.order < b.order : a.preference < b.preference;
    });
    bool any = false;
    for (const auto& pointer : pointers)
      any = add_services(pointer.replacement, *transport_of_service(pointer.services)) || any;
    if (!pointers.empty()) return;
    for (const auto transport : kPreference)
      if (usable(transport))
        any = add_services(std::string(service_prefix(transport)) + destination_.host, transport) || any;
    if (any || !questions_.empty()) return;
    const auto transport = given_transport();
    add_host(destination_.host, default_port(transport), transport);
  }

  // True when there are SRV records, even if none leads anywhere.
  bool add_services(const std::string& name, SipTransport transport) {
    const auto* answer = ask(name, RecordType::Srv);
    if (answer == nullptr || answer->services.empty()) return false;
    auto services = answer->services;
    order_services(services, draw_);
    if (services.size() > kMostServices) services.resize(kMostServices);
    for (const auto& service : services)
      if (!service.target.empty() && service.port != 0) add_host(service.target, service.port, transport);
    return true;
  }

  void add_host(std::string_view name, std::uint16_t port, SipTransport transport) {
    // IPv6 first, as RFC 6724 has it, where both are to be had.
    const bool v6 = reach_.has(transport, true), v4 = reach_.has(transport, false);
    const auto* long_ones = v6 ? ask(name, RecordType::Aaaa) : nullptr;
    const auto* short_ones = v4 ? ask(name, RecordType::A) : nullptr;
    for (const auto* answer : {long_ones, short_ones})
      if (answer != nullptr)
        for (const auto& ip : answer->addresses)
          add(ip, port, transport);
  }

  void add(const domain::IpAddress& ip, std::uint16_t port, SipTransport transport) {
    const LocatedTarget target{{ip, port}, transport};
    if (!reach_.has(transport, ip.v6) || ip.is_unspecified()) return;
    if (std::find(out_.targets.begin(), out_.targets.end(), target) == out_.targets.end())
      out_.targets.push_back(target);
  }

  const Destination& destination_;
  const Reach& reach_;
  Draw draw_;
  DnsView& dns_;
  std::vector<DnsQuestion>& questions_;
  std::vector<std::shared_ptr<const net::dns::Answer>> held_;
  Located out_;
};

class Remembered final : public DnsView {
 public:
  explicit Remembered(net::dns::Resolver& resolver) : resolver_(resolver) {}
  net::dns::Lookup find(std::string_view name, RecordType type) override {
    return resolver_.cached(name, type);
  }

 private:
  net::dns::Resolver& resolver_;
};

// A destination on its way: rounds of questions, all of one round at once. On the asker's executor.
class Search final : public std::enable_shared_from_this<Search>, private DnsView {
 public:
  Search(net::dns::Resolver& resolver, Destination destination, const Reach& reach, std::uint64_t random,
         Executor& where, std::function<void(Located)> done)
      : resolver_(resolver),
        destination_(std::move(destination)),
        reach_(reach),
        random_(random),
        where_(where),
        done_(std::move(done)) {}

  void step() {
    std::vector<DnsQuestion> questions;
    auto located = locate(destination_, reach_, random_, *this, questions);
    if (questions.empty() || ++rounds_ > kMostRounds) return done_(std::move(located));
    pending_ = questions.size();
    for (const auto& question : questions)
      resolver_.resolve(question.name, question.type, where_,
                        [self = shared_from_this(), question](const net::dns::Lookup& lookup) {
                          self->take(question, lookup);
                        });
  }

 private:
  net::dns::Lookup find(std::string_view name, RecordType type) override {
    const auto found = known_.find({std::string(name), type});
    return found != known_.end() ? found->second : resolver_.cached(name, type);
  }
  void take(const DnsQuestion& question, const net::dns::Lookup& lookup) {
    known_[{question.name, question.type}] = lookup;
    if (--pending_ == 0) step();
  }

  net::dns::Resolver& resolver_;
  const Destination destination_;
  const Reach reach_;
  const std::uint64_t random_;
  Executor& where_;
  std::function<void(Located)> done_;
  std::map<std::pair<std::string, RecordType>, net::dns::Lookup> known_;
  std::size_t pending_ = 0, rounds_ = 0;
};

}  // namespace

bool Reach::family(bool v6) const {
  for (std::size_t at = v6 ? 1 : 0; at < set_.size(); at += 2)
    if (set_[at]) return true;
  return false;
}

Reach Reach::of(MessageSender& sender) {
  Reach reach;
  const auto v4 = *domain::SocketAddress::parse("192.0.2.1:5060");
  const auto v6 = *domain::SocketAddress::parse("[2001:db8::1]:5060");
  for (const auto transport :
       {SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls, SipTransport::Ws, SipTransport::Wss})
    for (const auto& address : {v4, v6})
      if (const auto flow = sender.flow_towards({address, transport}))
        if (flow->transport == transport) reach.add(transport, address.ip.v6);
  return reach;
}

Located locate(const Destination& destination, const Reach& reach, std::uint64_t random, DnsView& dns,
               std::vector<DnsQuestion>& questions) {
  return Run(destination, reach, random, dns, questions).run();
}

std::optional<Located> Locator::at_once(const Destination& destination, const Reach& reach,
                                        std::uint64_t random) {
  Remembered remembered(resolver_);
  std::vector<DnsQuestion> questions;
  auto located = sip::locate(destination, reach, random, remembered, questions);
  if (!questions.empty()) return std::nullopt;
  return located;
}

void Locator::locate(Destination destination, const Reach& reach, std::uint64_t random, Executor& where,
                     std::function<void(Located)> done) {
  // The first step on the asker's thread as well: `done` is never called from within.
  where.post([search = std::make_shared<Search>(resolver_, std::move(destination), reach, random, where,
                                                std::move(done))] { search->step(); });
}

}  // namespace warp::sip
