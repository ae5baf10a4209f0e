#include <gtest/gtest.h>

#include "support/dns_server.h"

namespace warp::net::dns {
namespace {

using namespace test;

Result<Answer, AnswerFault> parse(const std::string& message, RecordType type) {
  return parse_answer(std::as_bytes(std::span(message)), type);
}

TEST(DnsAnswer, AddressesWithTheLeastOfTheirTimes) {
  const auto answer = parse(
      dns_message("SIP.example.net", 1, 0,
                  {dns_a("sip.example.net", "192.0.2.1", 60), dns_a("sip.example.net", "192.0.2.2", 30)}),
      RecordType::A);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outcome, Outcome::Found);
  ASSERT_EQ(answer->addresses.size(), 2u);
  EXPECT_EQ(answer->addresses[1].to_string(), "192.0.2.2");
  EXPECT_EQ(answer->ttl, std::chrono::seconds(30));
}

TEST(DnsAnswer, AliasesAreFollowedAndStrangersLeftOut) {
  const auto answer =
      parse(dns_message("a.example", 28, 0,
                        {dns_cname("a.example", "b.example", 10), dns_a("b.example", "2001:db8::7", 300),
                         dns_a("evil.example", "2001:db8::666", 300)}),
            RecordType::Aaaa);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->addresses.size(), 1u);
  EXPECT_EQ(answer->addresses[0].to_string(), "2001:db8::7");
  EXPECT_EQ(answer->ttl, std::chrono::seconds(10));
}

TEST(DnsAnswer, ServicesAndPointers) {
  const auto srv = parse(dns_message("_sip._udp.example", 33, 0,
                                     {dns_srv("_sip._udp.example", 10, 20, 5070, "Gw1.Example"),
                                      dns_srv("_sip._udp.example", 10, 20, 5070, "bad name.example"),
                                      dns_srv("_sip._udp.example", 20, 0, 0, "")}),
                         RecordType::Srv);
  ASSERT_TRUE(srv);
  ASSERT_EQ(srv->services.size(), 2u);
  EXPECT_EQ(srv->services[0].target, "gw1.example");
  EXPECT_EQ(srv->services[0].port, 5070);
  EXPECT_EQ(srv->services[0].weight, 20);
  EXPECT_EQ(srv->services[1].target, "");
  const auto naptr =
      parse(dns_message("example", 35, 0, {dns_naptr("example", 1, 2, "SIP+D2U", "_sip._udp.example")}),
            RecordType::Naptr);
  ASSERT_TRUE(naptr);
  ASSERT_EQ(naptr->pointers.size(), 1u);
  EXPECT_EQ(naptr->pointers[0].services, "SIP+D2U");
  EXPECT_EQ(naptr->pointers[0].flags, "s");
  EXPECT_EQ(naptr->pointers[0].replacement, "_sip._udp.example");
}

TEST(DnsAnswer, NothingThereIsRememberedAsTheZoneSays) {
  const auto none = parse(dns_message("x.example", 1, 3, {}, {dns_soa("example", 900, 40)}), RecordType::A);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->outcome, Outcome::NoName);
  EXPECT_EQ(none->ttl, std::chrono::seconds(40));
  const auto empty = parse(dns_message("x.example", 1, 0, {}, {dns_soa("example", 20, 40)}), RecordType::A);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->outcome, Outcome::NoData);
  EXPECT_EQ(empty->ttl, std::chrono::seconds(20));
  EXPECT_EQ(parse(dns_message("x.example", 1, 2, {}), RecordType::A)->outcome, Outcome::Failed);
}

TEST(DnsAnswer, WhatIsCutOrNoAnswerIsRefused) {
  const auto whole = dns_message("sip.example", 33, 0, {dns_srv("sip.example", 1, 2, 3, "gw.example")});
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse(whole.substr(0, length), RecordType::Srv)) << length;
  EXPECT_EQ(parse(dns_message("a", 1, 0, {}, {}, 1, 0x0100), RecordType::A).error(), AnswerFault::NoResponse);
  EXPECT_EQ(parse(dns_message("a", 1, 0, {}, {}, 1, 0x8380), RecordType::A).error(), AnswerFault::Truncated);
  // Data of another length than its type has.
  EXPECT_FALSE(parse(dns_message("a.b", 1, 0, {{"a.b", 1, 5, "abc"}}), RecordType::A));
}

TEST(DnsAnswer, ARingOfAliasesEnds) {
  std::vector<DnsRecord> ring;
  for (int i = 0; i < 40; ++i)
    ring.push_back(dns_cname("a.example", "a.example"));
  EXPECT_FALSE(parse(dns_message("a.example", 1, 0, ring), RecordType::A));
}

TEST(DnsAnswer, Names) {
  for (const auto* good : {"a", "a.b", "_sip._udp.example.net", "a-b.c.", "1.2.3.4.in-addr.arpa"})
    EXPECT_TRUE(is_name(good)) << good;
  const std::string label(64, 'a'), many(254, 'a');
  for (const std::string& bad : {std::string(), std::string("."), std::string("a..b"), std::string(".a"),
                                 std::string("a b"), std::string("a\\b"), label, many})
    EXPECT_FALSE(is_name(bad)) << bad;
}

}  // namespace
}  // namespace warp::net::dns
