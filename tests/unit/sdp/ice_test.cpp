#include "warp/sdp/ice.h"

#include <gtest/gtest.h>

namespace warp::sdp {
namespace {

constexpr auto kHost = "1 1 UDP 2130706431 192.0.2.1 40000 typ host";

TEST(Candidate, ReadsAndWrites) {
  const auto host = parse_candidate(kHost);
  ASSERT_TRUE(host);
  EXPECT_EQ(host->component, 1);
  EXPECT_EQ(host->priority, 2130706431u);
  EXPECT_EQ(host->address, "192.0.2.1");
  EXPECT_EQ(host->port, 40000);
  EXPECT_EQ(host->type, CandidateType::Host);
  EXPECT_EQ(write_candidate(*host), kHost);

  constexpr auto kReflexive =
      "842163049 2 udp 1677729535 2001:db8::1 46154 typ srflx raddr 10.0.0.17 rport 46155";
  const auto reflexive =
      parse_candidate(std::string(kReflexive) + " generation 0 ufrag EEtu network-cost 999");
  ASSERT_TRUE(reflexive);
  EXPECT_EQ(reflexive->type, CandidateType::ServerReflexive);
  EXPECT_EQ(reflexive->related_address, "10.0.0.17");
  EXPECT_EQ(reflexive->related_port, 46155);
  EXPECT_EQ(write_candidate(*reflexive), kReflexive);

  const auto name = parse_candidate("1 1 tcp 1 9b36eaac-bb2e.local 9 typ relay tcptype active");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->type, CandidateType::Relayed);
  EXPECT_EQ(name->address, "9b36eaac-bb2e.local");
}

TEST(Candidate, RefusesHostileText) {
  for (const auto& text :
       {std::string(), std::string("1"), std::string("1 1 UDP 2130706431 192.0.2.1 40000 typ"),
        std::string("1 1 UDP 2130706431 192.0.2.1 40000 host"), std::string("1 0 UDP 1 192.0.2.1 4 typ host"),
        std::string("1 257 UDP 1 192.0.2.1 4 typ host"), std::string("1 1 UDP 0 192.0.2.1 4 typ host"),
        std::string("1 1 UDP 2147483648 192.0.2.1 4 typ host"),
        std::string("1 1 UDP 1 192.0.2.1 65536 typ host"), std::string("1 1 UDP 1 192.0.2.1 4 typ guest"),
        std::string("1 1 UDP 1 192.0.2.1 4 type host"), std::string("! 1 UDP 1 192.0.2.1 4 typ host"),
        std::string("1 1 U=P 1 192.0.2.1 4 typ host"), std::string("1 1 UDP 1 192.0.2.1/4 4 typ host"),
        std::string("1 1 UDP 1 192.0.2.1 4 typ host raddr"),
        std::string("1 1 UDP 1 192.0.2.1 4 typ host raddr ; rport 4"),
        std::string("1 1 UDP 1 192.0.2.1 4 typ host raddr 10.0.0.1 rport -4"),
        std::string(33, '1') + " 1 UDP 1 192.0.2.1 4 typ host",
        "1 1 UDP 1 " + std::string(256, 'a') + " 4 typ host"})
    EXPECT_FALSE(parse_candidate(text)) << text;
}

TEST(Candidate, WritesNothingThatWouldNotParse) {
  auto candidate = *parse_candidate(kHost);
  candidate.address = "h\r\na=evil";
  EXPECT_EQ(write_candidate(candidate), "");
  candidate = *parse_candidate(kHost);
  candidate.foundation = "1 2";
  EXPECT_EQ(write_candidate(candidate), "");
}

TEST(Candidate, PriorityIsThatOfTheRfc) {
  EXPECT_EQ(candidate_priority(CandidateType::Host, 65535, 1), 2130706431u);
  EXPECT_EQ(candidate_priority(CandidateType::Host, 65535, 2), 2130706430u);
  EXPECT_EQ(candidate_priority(CandidateType::ServerReflexive, 65535, 1), 1694498815u);
  EXPECT_EQ(candidate_priority(CandidateType::Relayed, 0, 256), 0u);
}

TEST(IceCredentials, AreTheMediasOwnOrTheSessions) {
  const auto read = [](std::string_view session_lines, std::string_view media_lines) {
    const auto session =
        parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n" + std::string(session_lines) +
              "m=audio 9 RTP/AVP 0\r\n" + std::string(media_lines));
    EXPECT_TRUE(session.has_value());
    return session ? ice_credentials_of(*session, session->media.at(0)) : std::nullopt;
  };
  const std::string password(22, 'p');
  const auto lines = "a=ice-ufrag:F7gI\r\na=ice-pwd:" + password + "\r\n";
  EXPECT_EQ(read(lines, ""), (IceCredentials{"F7gI", password}));
  EXPECT_EQ(read(lines, "a=ice-ufrag:mine\r\n"), (IceCredentials{"mine", password}));
  EXPECT_EQ(read("", lines), (IceCredentials{"F7gI", password}));
  EXPECT_FALSE(read("", ""));
  EXPECT_FALSE(read("", "a=ice-ufrag:F7gI\r\n"));
  EXPECT_FALSE(read("", "a=ice-ufrag:F7g\r\na=ice-pwd:" + password + "\r\n"));
  EXPECT_FALSE(read("", "a=ice-ufrag:F7gI\r\na=ice-pwd:short\r\n"));
  EXPECT_FALSE(read("", "a=ice-ufrag:F7gI\r\na=ice-pwd:" + std::string(257, 'p') + "\r\n"));
  EXPECT_FALSE(read("", "a=ice-ufrag:F7 I\r\na=ice-pwd:" + password + "\r\n"));
}

TEST(IceLite, IsOfTheSession) {
  Session session;
  EXPECT_FALSE(is_ice_lite(session));
  session.attributes.push_back({"ice-lite", ""});
  EXPECT_TRUE(is_ice_lite(session));
}

}  // namespace
}  // namespace warp::sdp
