#include "warp/sip/transport/locator.h"

#include <map>

#include <gtest/gtest.h>

#include "support/dns_server.h"
#include "support/manual_clock.h"
#include "support/manual_executor.h"
#include "support/wait.h"

namespace warp::sip {
namespace {

using domain::SipTransport;
using net::dns::Answer;
using net::dns::Outcome;
using net::dns::RecordType;
using namespace test;

// A DNS that is a table; what is not in it does not exist.
class Table final : public DnsView {
 public:
  net::dns::Lookup find(std::string_view name, RecordType type) override {
    asked.push_back(std::string(name) + " " + std::string(to_string(type)));
    const auto found = answers.find({std::string(name), type});
    if (found != answers.end()) return {found->second, false};
    auto none = std::make_shared<Answer>();
    none->outcome = Outcome::NoName;
    return {none, false};
  }
  Answer& at(std::string name, RecordType type) {
    auto& entry = answers[{std::move(name), type}];
    if (!entry) entry = std::make_shared<Answer>();
    entry->outcome = Outcome::Found;
    return *entry;
  }
  void a(std::string name, std::string_view ip) {
    const auto address = *domain::IpAddress::parse(ip);
    at(std::move(name), address.v6 ? RecordType::Aaaa : RecordType::A).addresses.push_back(address);
  }
  void srv(std::string name, std::uint16_t priority, std::uint16_t weight, std::uint16_t port,
           std::string target) {
    at(std::move(name), RecordType::Srv).services.push_back({priority, weight, port, std::move(target)});
  }
  void naptr(std::string name, std::uint16_t order, std::string service, std::string replacement) {
    at(std::move(name), RecordType::Naptr)
        .pointers.push_back({order, 0, "S", std::move(service), "", std::move(replacement)});
  }

  std::map<std::pair<std::string, RecordType>, std::shared_ptr<Answer>> answers;
  std::vector<std::string> asked;
};

Reach reach_of(std::initializer_list<SipTransport> transports, bool v6 = false) {
  Reach reach;
  for (const auto transport : transports) {
    reach.add(transport, false);
    if (v6) reach.add(transport, true);
  }
  return reach;
}
const Reach kAll = reach_of({SipTransport::Udp, SipTransport::Tcp, SipTransport::Tls});

std::vector<std::string> targets(const Destination& destination, Table& dns, const Reach& reach = kAll,
                                 std::uint64_t random = 1) {
  std::vector<DnsQuestion> questions;
  const auto located = locate(destination, reach, random, dns, questions);
  EXPECT_TRUE(questions.empty());
  std::vector<std::string> out;
  for (const auto& target : located.targets)
    out.push_back(target.address.to_string() + " " + std::string(to_string(target.transport)));
  return out;
}
using Expected = std::vector<std::string>;

TEST(Locator, ANumericHostIsItself) {
  Table dns;
  EXPECT_EQ(targets({"192.0.2.1"}, dns), Expected{"192.0.2.1:5060 UDP"});
  EXPECT_EQ(targets({"192.0.2.1", 5070, SipTransport::Tcp}, dns), Expected{"192.0.2.1:5070 TCP"});
  EXPECT_EQ(targets({"192.0.2.1", 0, {}, true}, dns), Expected{"192.0.2.1:5061 TLS"});
  EXPECT_TRUE(dns.asked.empty());
}

TEST(Locator, APortAsksForAddressesAlone) {
  Table dns;
  dns.a("sip.example", "192.0.2.1");
  dns.a("sip.example", "2001:db8::1");
  EXPECT_EQ(targets({"sip.example", 5080}, dns), Expected{"192.0.2.1:5080 UDP"});
  EXPECT_EQ(targets({"sip.example", 5080}, dns, reach_of({SipTransport::Udp}, true)),
            (Expected{"[2001:db8::1]:5080 UDP", "192.0.2.1:5080 UDP"}));
  for (const auto& question : dns.asked)
    EXPECT_EQ(question.find("srv"), std::string::npos) << question;
}

TEST(Locator, PointersSayWhichTransportsAndInWhichOrder) {
  Table dns;
  dns.naptr("example", 20, "SIP+D2U", "_sip._udp.example");
  dns.naptr("example", 10, "SIPS+D2T", "_sips._tcp.example");
  dns.naptr("example", 5, "E2U+email", "mail.example");
  dns.srv("_sips._tcp.example", 0, 1, 5061, "tls.example");
  dns.srv("_sip._udp.example", 0, 1, 5060, "udp.example");
  dns.a("tls.example", "192.0.2.1");
  dns.a("udp.example", "192.0.2.2");
  EXPECT_EQ(targets({"example"}, dns), (Expected{"192.0.2.1:5061 TLS", "192.0.2.2:5060 UDP"}));
  EXPECT_EQ(targets({"example", 0, {}, true}, dns), Expected{"192.0.2.1:5061 TLS"});
  EXPECT_EQ(targets({"example"}, dns, reach_of({SipTransport::Udp})), Expected{"192.0.2.2:5060 UDP"});
}

TEST(Locator, WithoutPointersTheServicesAreTriedAndThenTheHost) {
  Table dns;
  dns.srv("_sip._tcp.example", 0, 1, 5066, "gw.example");
  dns.a("gw.example", "192.0.2.3");
  EXPECT_EQ(targets({"example"}, dns), Expected{"192.0.2.3:5066 TCP"});
  dns.answers.clear();
  dns.a("example", "192.0.2.4");
  EXPECT_EQ(targets({"example"}, dns), Expected{"192.0.2.4:5060 UDP"});
  EXPECT_EQ(targets({"example", 0, SipTransport::Tls}, dns), Expected{"192.0.2.4:5061 TLS"});
}

TEST(Locator, AGivenTransportAsksForItsServiceAlone) {
  Table dns;
  dns.srv("_sip._udp.example", 2, 0, 5060, "second.example");
  dns.srv("_sip._udp.example", 1, 0, 5062, "first.example");
  dns.srv("_sip._tcp.example", 1, 0, 5060, "first.example");
  dns.a("first.example", "192.0.2.1");
  dns.a("second.example", "192.0.2.2");
  EXPECT_EQ(targets({"example", 0, SipTransport::Udp}, dns),
            (Expected{"192.0.2.1:5062 UDP", "192.0.2.2:5060 UDP"}));
}

TEST(Locator, ADotAsTargetMeansThatThereIsNoService) {
  Table dns;
  dns.srv("_sip._udp.example", 0, 0, 0, "");
  dns.a("example", "192.0.2.4");
  EXPECT_TRUE(targets({"example", 0, SipTransport::Udp}, dns).empty());
}

TEST(Locator, WeightsShareOutTheFirstPlaceWithinAPriority) {
  Table dns;
  dns.srv("_sip._udp.example", 1, 30, 5060, "a.example");
  dns.srv("_sip._udp.example", 1, 10, 5060, "b.example");
  dns.srv("_sip._udp.example", 1, 0, 5060, "c.example");
  dns.srv("_sip._udp.example", 9, 100, 5060, "d.example");
  for (const auto& [name, ip] : {std::pair("a.example", "192.0.2.1"),
                                 {"b.example", "192.0.2.2"},
                                 {"c.example", "192.0.2.3"},
                                 {"d.example", "192.0.2.4"}})
    dns.a(name, ip);
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto found = targets({"example", 0, SipTransport::Udp}, dns, kAll, seed * 7919);
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[3], "192.0.2.4:5060 UDP");
    ++first[found[0]];
  }
  EXPECT_NEAR(first["192.0.2.1:5060 UDP"], 2927, 200);  // 30 of 41
  EXPECT_NEAR(first["192.0.2.2:5060 UDP"], 976, 150);
  EXPECT_GT(first["192.0.2.3:5060 UDP"], 20);  // a small chance, not none
}

TEST(Locator, AsksThroughTheResolverAndIsAtOnceAfterwards) {
  ManualClock clock;
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  net::Loop loop("dns", clock, metrics);
  DnsServer server(loop);
  server.records = {dns_naptr("carrier.example", 1, 1, "SIP+D2U", "_sip._udp.carrier.example"),
                    dns_srv("_sip._udp.carrier.example", 1, 1, 5090, "gw1.carrier.example"),
                    dns_srv("_sip._udp.carrier.example", 2, 1, 5090, "gw2.carrier.example"),
                    dns_a("gw1.carrier.example", "192.0.2.11"), dns_a("gw2.carrier.example", "192.0.2.12")};
  net::dns::Settings settings;
  settings.servers = {server.address()};
  settings.hosts_file.clear();
  net::dns::Resolver resolver(loop, settings, metrics, log);
  Locator locator(resolver);
  ManualExecutor executor;
  EXPECT_FALSE(locator.at_once({"carrier.example"}, kAll, 1));
  std::optional<Located> located;
  locator.locate({"carrier.example"}, kAll, 1, executor, [&](Located got) { located = std::move(got); });
  ASSERT_TRUE(poll_until({&loop}, [&] {
    executor.run();
    return located.has_value();
  }));
  ASSERT_EQ(located->targets.size(), 2u);
  EXPECT_EQ(located->targets[0].address.to_string(), "192.0.2.11:5090");
  EXPECT_EQ(located->targets[1].address.to_string(), "192.0.2.12:5090");
  const auto again = locator.at_once({"carrier.example"}, kAll, 1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->targets, located->targets);
}

}  // namespace
}  // namespace warp::sip
