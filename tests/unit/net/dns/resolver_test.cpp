#include <fstream>

#include <gtest/gtest.h>

#include "warp/net/dns.h"

#include "support/dns_server.h"
#include "support/manual_clock.h"
#include "support/manual_executor.h"
#include "support/wait.h"

namespace warp::net::dns {
namespace {

using namespace test;
using namespace std::chrono_literals;

class DnsResolver : public ::testing::Test {
 protected:
  explicit DnsResolver(CacheSettings cache = {})
      : settings_{.servers = {server_.address()}, .timeout = 60ms, .tries = 1} {
    settings_.hosts_file.clear();
    settings_.cache = cache;
    resolver_.emplace(loop_, settings_, metrics_, log_);
  }

  Lookup ask(const std::string& name, RecordType type = RecordType::A) {
    std::optional<Lookup> got;
    resolver_->resolve(name, type, executor_, [&](Lookup lookup) { got = std::move(lookup); });
    EXPECT_TRUE(poll_until({&loop_}, [&] {
      executor_.run();
      return got.has_value();
    }));
    return got.value_or(Lookup{});
  }
  void settle() {
    for (int i = 0; i < 20; ++i)
      loop_.poll();
  }
  std::uint64_t queries(const std::string& outcome) {
    return metrics_
        .counter("warp_dns_queries_total", "DNS queries by record type and how they ended.",
                 {{"type", "a"}, {"outcome", outcome}})
        .value();
  }

  ManualClock clock_;
  metrics::Registry metrics_;
  log::Logger log_{{.level = log::Level::Error, .file = "/dev/null"}};
  Loop loop_{"dns", clock_, metrics_};
  DnsServer server_{loop_};
  ManualExecutor executor_;
  Settings settings_;
  std::optional<Resolver> resolver_;
};

TEST_F(DnsResolver, AsksOnceAndRemembersForTheTtl) {
  server_.records = {dns_a("sip.example.net", "192.0.2.1", 30)};
  EXPECT_FALSE(resolver_->cached("sip.example.net", RecordType::A));
  const auto first = ask("SIP.example.net.");
  ASSERT_EQ(first.answer->addresses.size(), 1u);
  EXPECT_FALSE(first.stale);
  ASSERT_TRUE(resolver_->cached("sip.Example.net", RecordType::A));
  EXPECT_EQ(server_.asked("sip.example.net", RecordType::A), 1);
  clock_.advance(31s);
  EXPECT_FALSE(resolver_->cached("sip.example.net", RecordType::A));
  ask("sip.example.net");
  EXPECT_EQ(server_.asked("sip.example.net", RecordType::A), 2);
  EXPECT_EQ(queries("found"), 2u);
}

TEST_F(DnsResolver, ManyAskersOfOneNameMakeOneQuery) {
  server_.records = {dns_a("a.example", "192.0.2.1")};
  int answers = 0;
  for (int i = 0; i < 50; ++i)
    resolver_->resolve("a.example", RecordType::A, executor_, [&](const Lookup& got) {
      EXPECT_EQ(got.answer->outcome, Outcome::Found);
      ++answers;
    });
  EXPECT_TRUE(poll_until({&loop_}, [&] {
    executor_.run();
    return answers == 50;
  }));
  EXPECT_EQ(server_.asked("a.example", RecordType::A), 1);
}

TEST_F(DnsResolver, AbsenceIsRememberedButNotForLong) {
  server_.authority = {dns_soa("example", 600, 600)};
  EXPECT_EQ(ask("none.example").answer->outcome, Outcome::NoName);
  EXPECT_EQ(ask("none.example").answer->outcome, Outcome::NoName);
  EXPECT_EQ(server_.asked("none.example", RecordType::A), 1);
  clock_.advance(61s);  // most_negative_ttl
  ask("none.example");
  EXPECT_EQ(server_.asked("none.example", RecordType::A), 2);
}

TEST_F(DnsResolver, ANameInUseIsRenewedBeforeItsTimeIsOver) {
  server_.records = {dns_a("a.example", "192.0.2.1", 100)};
  ask("a.example");
  clock_.advance(95s);
  server_.records = {dns_a("a.example", "192.0.2.9", 100)};
  EXPECT_EQ(resolver_->cached("a.example", RecordType::A).answer->addresses[0].to_string(), "192.0.2.1");
  EXPECT_TRUE(resolver_->cached("a.example", RecordType::A));
  EXPECT_TRUE(poll_until({&loop_}, [&] {
    return resolver_->cached("a.example", RecordType::A).answer->addresses[0].to_string() == "192.0.2.9";
  }));
  EXPECT_EQ(server_.asked("a.example", RecordType::A), 2);
}

TEST_F(DnsResolver, WithoutAServerOldAnswersServeForAWhile) {
  server_.records = {dns_a("a.example", "192.0.2.1", 10)};
  ask("a.example");
  server_.silent = true;
  clock_.advance(11s);
  const auto old = ask("a.example");
  EXPECT_TRUE(old.stale);
  ASSERT_EQ(old.answer->addresses.size(), 1u);
  // It is known now: no further call waits, and no query is made until the retry.
  const int asked = server_.asked("a.example", RecordType::A);
  const auto at_once = resolver_->cached("a.example", RecordType::A);
  ASSERT_TRUE(at_once);
  EXPECT_TRUE(at_once.stale);
  EXPECT_TRUE(ask("a.example").stale);
  EXPECT_EQ(server_.asked("a.example", RecordType::A), asked);
  server_.silent = false;
  clock_.advance(6s);
  EXPECT_FALSE(ask("a.example").stale);
  server_.silent = true;
  clock_.advance(10s + 24h + 1s);
  EXPECT_EQ(ask("a.example").answer->outcome, Outcome::Failed);
}

TEST_F(DnsResolver, AnOldAnswerIsGivenWhenAFreshOneIsSlow) {
  server_.records = {dns_a("a.example", "192.0.2.1", 10)};
  ask("a.example");
  server_.silent = true;
  clock_.advance(11s);
  std::optional<Lookup> got;
  resolver_->resolve("a.example", RecordType::A, executor_, [&](Lookup lookup) { got = std::move(lookup); });
  settle();
  clock_.advance(600ms);  // of the wheel; the query itself runs by real time
  settle();
  executor_.run();
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->stale);
}

TEST_F(DnsResolver, AServerThatFailsIsNoAnswer) {
  server_.failure = 2;
  EXPECT_EQ(ask("a.example").answer->outcome, Outcome::Failed);
  EXPECT_EQ(queries("failed"), 1u);
  const int asked = server_.asked("a.example", RecordType::A);
  EXPECT_EQ(ask("a.example").answer->outcome, Outcome::Failed);
  EXPECT_EQ(server_.asked("a.example", RecordType::A), asked);
}

TEST_F(DnsResolver, ANameThatIsNoneIsNotAskedFor) {
  EXPECT_EQ(ask("not a name").answer->outcome, Outcome::NoName);
  EXPECT_EQ(queries("no_name"), 0u);
}

class SmallDnsCache : public DnsResolver {
 protected:
  SmallDnsCache() : DnsResolver({.entries = 64}) {}
};

TEST_F(SmallDnsCache, KeepsToItsSize) {
  for (int i = 0; i < 200; ++i)
    ask("n" + std::to_string(i) + ".example");
  EXPECT_LE(resolver_->entries(), 64u);
  EXPECT_GT(resolver_->entries(), 16u);
}

TEST_F(DnsResolver, TheHostsFileWins) {
  const std::string path = testing::TempDir() + "warp-hosts-" + std::to_string(getpid());
  std::ofstream(path) << "# here\n192.0.2.77 Box box.example # a machine\n2001:db8::77 box.example\n";
  settings_.hosts_file = path;
  resolver_.emplace(loop_, settings_, metrics_, log_);
  server_.records = {dns_a("box.example", "192.0.2.1")};
  const auto found = ask("box.example");
  ASSERT_EQ(found.answer->addresses.size(), 1u);
  EXPECT_EQ(found.answer->addresses[0].to_string(), "192.0.2.77");
  EXPECT_EQ(ask("box.example", RecordType::Aaaa).answer->addresses.at(0).to_string(), "2001:db8::77");
  EXPECT_EQ(ask("box", RecordType::Aaaa).answer->outcome, Outcome::NoData);
  EXPECT_EQ(server_.asked("box.example", RecordType::A), 0);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace warp::net::dns
