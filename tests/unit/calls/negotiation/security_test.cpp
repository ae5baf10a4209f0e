#include "negotiation/security.h"

#include <gtest/gtest.h>

#include "negotiation/keys.h"
#include "support/audio_lines.h"

namespace warp::calls {
namespace {

using domain::KeyAgreement;
using domain::MediaPolicy;
using domain::MediaSecurity;
using domain::MediaTerms;
using domain::Reason;
using test::audio_line;
using test::session_of;

MediaPolicy secured(MediaSecurity security, KeyAgreement keys = KeyAgreement::Sdes, bool ice = false) {
  MediaPolicy policy;
  policy.security = security;
  policy.keys = keys;
  policy.ice = ice;
  return policy;
}

domain::MediaFingerprint certificate() {
  return {"sha-256", std::vector<std::byte>(32, std::byte{0x5a})};
}

const char* kCrypto = "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";

struct Spoken {
  const char* proto;
  bool crypto = false, fingerprint = false, ice = false;
  const char* setup = "actpass";
};

sdp::Session spoken(const Spoken& what) {
  sdp::Media media = audio_line("0", "", what.proto);
  if (what.crypto) media.attributes.push_back({"crypto", kCrypto});
  if (what.fingerprint) {
    media.set("fingerprint", fingerprint_value("sha-256", std::vector<std::byte>(32, std::byte{1})));
    media.set("setup", what.setup);
  }
  if (what.ice) {
    media.set("ice-ufrag", "peer");
    media.set("ice-pwd", "0123456789012345678901");
  }
  return session_of(std::move(media));
}

struct ScreenCase {
  Spoken said;
  MediaSecurity security;
  Reason reason;
};

class Screened : public testing::TestWithParam<ScreenCase> {};

TEST_P(Screened, ByWhatThePolicyAllows) {
  const auto& c = GetParam();
  sdp::Session session = spoken(c.said);
  EXPECT_EQ(screen_security(session, secured(c.security), certificate()), c.reason) << c.said.proto;
  EXPECT_EQ(session.media[0].port == 0, c.reason != Reason::NormalClearing);
}

constexpr auto kOff = MediaSecurity::Off, kOptional = MediaSecurity::Optional,
               kRequired = MediaSecurity::Required;
constexpr auto kFine = Reason::NormalClearing;
const ScreenCase kScreenCases[] = {
    {{"RTP/AVP"}, kOff, kFine},
    {{"RTP/AVP", true}, kOff, kFine},
    {{"RTP/SAVP", true}, kOff, Reason::MediaUnsupported},
    {{"RTP/SAVPF", true}, kOff, Reason::MediaUnsupported},
    {{"UDP/TLS/RTP/SAVPF", false, true}, kOff, Reason::MediaUnsupported},
    {{"RTP/AVP"}, kOptional, kFine},
    {{"RTP/AVP", true}, kOptional, kFine},
    {{"RTP/SAVP", true}, kOptional, kFine},
    {{"RTP/SAVP"}, kOptional, Reason::MediaUnsupported},
    {{"RTP/SAVP", false, true}, kOptional, Reason::MediaUnsupported},
    {{"UDP/TLS/RTP/SAVP", false, true}, kOptional, kFine},
    {{"UDP/TLS/RTP/SAVP", true}, kOptional, Reason::MediaUnsupported},
    {{"RTP/AVP"}, kRequired, Reason::MediaNotEncrypted},
    {{"RTP/AVP", true}, kRequired, kFine},
    {{"RTP/AVP", false, true}, kRequired, kFine},
    {{"RTP/SAVP", true}, kRequired, kFine},
    {{"RTP/SAVP"}, kRequired, Reason::MediaNotEncrypted},
    {{"UDP/TLS/RTP/SAVPF", false, true}, kRequired, kFine},
};

INSTANTIATE_TEST_SUITE_P(Security, Screened, testing::ValuesIn(kScreenCases));

TEST(Security, WithoutACertificateThereIsNoDtls) {
  sdp::Session session = spoken({"UDP/TLS/RTP/SAVP", false, true});
  EXPECT_EQ(screen_security(session, secured(kOptional), {}), Reason::MediaUnsupported);
}

TEST(Security, FaxInTheClearIsNoFaxForWhoWantsItEncrypted) {
  sdp::Session session = spoken({"RTP/SAVP", true});
  sdp::Media fax = session.media[0];
  fax.kind = "image";
  fax.proto = "udptl";
  fax.attributes.clear();
  session.media.push_back(fax);
  EXPECT_EQ(screen_security(session, secured(kRequired), {}), kFine);
  EXPECT_EQ(session.media[1].port, 0);
}

class Dressed : public testing::Test {
 protected:
  // What we say in an offer, or in the answer to `offered`.
  const sdp::Media& offer(const MediaPolicy& policy, const MediaTerms* current = nullptr) {
    ours = session_of(audio_line("0"));
    dress_offer(ours, ours.media[0], {policy, cert, current, local, ids});
    return ours.media[0];
  }
  bool answer(const sdp::Session& offered, const MediaPolicy& policy, const MediaTerms* current = nullptr) {
    ours = session_of(audio_line("0"));
    return dress_answer(ours, ours.media[0], offered, offered.media[0], {policy, cert, current, local, ids});
  }
  MediaTerms agreed(const sdp::Session& theirs) {
    MediaTerms terms;
    agree_security(terms, ours, ours.media[0], theirs, theirs.media[0]);
    return terms;
  }

  SeededIdSource ids{3};
  domain::MediaFingerprint cert = certificate();
  domain::SocketAddress local = *domain::SocketAddress::parse("198.51.100.1:30000");
  sdp::Session ours;
};

TEST_F(Dressed, AnOfferIsPlainSdesOrDtls) {
  EXPECT_EQ(offer({}), audio_line("0"));
  EXPECT_EQ(offer(secured(kOptional)).proto, "RTP/AVP");
  EXPECT_EQ(crypto_lines(ours.media[0]).size(), 6u);
  EXPECT_EQ(offer(secured(kRequired)).proto, "RTP/SAVP");
  EXPECT_EQ(offer(secured(kOptional, KeyAgreement::Dtls)).proto, "RTP/AVP");
  EXPECT_TRUE(ours.media[0].has("fingerprint"));
  EXPECT_EQ(ours.media[0].attribute("setup")->value, "actpass");
  EXPECT_TRUE(ours.media[0].rtcp_mux());
  EXPECT_FALSE(ours.media[0].has("crypto"));
  EXPECT_EQ(offer(secured(kRequired, KeyAgreement::Dtls)).proto, "UDP/TLS/RTP/SAVP");
  EXPECT_EQ(ours.attribute("group"), nullptr);
  EXPECT_EQ(offer(secured(kRequired, KeyAgreement::Dtls, true)).proto, "UDP/TLS/RTP/SAVPF");
  EXPECT_NE(ours.attribute("ice-lite"), nullptr);
  EXPECT_EQ(ours.media[0].attribute("mid")->value, "0");
  EXPECT_EQ(ours.attribute("group")->value, "BUNDLE 0");
  cert.digest.clear();
  EXPECT_EQ(offer(secured(kRequired, KeyAgreement::Dtls)).proto, "RTP/SAVP");
}

TEST_F(Dressed, ThePolicyNamesTheSuites) {
  MediaPolicy policy = secured(kRequired);
  policy.suites = {"AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM"};
  offer(policy);
  const auto lines = crypto_lines(ours.media[0]);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].keys.suite, domain::SrtpSuite::AesCm128Sha1_32);
  EXPECT_EQ(lines[1].tag, 2u);
  EXPECT_FALSE(answer(spoken({"RTP/SAVP", true}), policy));
}

TEST_F(Dressed, CandidatesAreOursForEachComponent) {
  MediaPolicy policy;
  policy.ice = true;
  offer(policy);
  EXPECT_EQ(ours.media[0].attribute("candidate")->value, "1 1 UDP 2130706431 198.51.100.1 30000 typ host");
  ASSERT_TRUE(answer(spoken({"RTP/AVP", false, false, true}), policy));
  const auto& attributes = ours.media[0].attributes;
  const auto last = std::find_if(attributes.rbegin(), attributes.rend(),
                                 [](const sdp::Attribute& a) { return a.name == "candidate"; });
  ASSERT_NE(last, attributes.rend());
  EXPECT_EQ(last->value, "1 2 UDP 2130706430 198.51.100.1 30001 typ host");
  EXPECT_TRUE(agreed(spoken({"RTP/AVP", false, false, true})).ice);
  ASSERT_TRUE(answer(spoken({"RTP/AVP"}), policy));
  EXPECT_FALSE(ours.media[0].has("candidate"));
}

TEST_F(Dressed, AnAnswerSpeaksTheProfileAndTheTagOfTheOffer) {
  const auto theirs = spoken({"RTP/SAVP", true});
  ASSERT_TRUE(answer(theirs, secured(kOptional)));
  EXPECT_EQ(ours.media[0].proto, "RTP/SAVP");
  ASSERT_EQ(crypto_lines(ours.media[0]).size(), 1u);
  EXPECT_EQ(crypto_lines(ours.media[0])[0].tag, 1u);
  const MediaTerms terms = agreed(theirs);
  EXPECT_TRUE(is_secured(terms));
  EXPECT_EQ(terms.receive, crypto_lines(theirs.media[0])[0].keys);
  EXPECT_EQ(terms.send.suite, terms.receive.suite);
  EXPECT_NE(terms.send, terms.receive);
}

TEST_F(Dressed, OpportunisticKeysAreAnsweredBesidePlainRtp) {
  ASSERT_TRUE(answer(spoken({"RTP/AVP", true}), secured(kOptional)));
  EXPECT_EQ(ours.media[0].proto, "RTP/AVP");
  EXPECT_TRUE(is_secured(agreed(spoken({"RTP/AVP", true}))));
  ASSERT_TRUE(answer(spoken({"RTP/AVP"}), secured(kOptional)));
  EXPECT_FALSE(ours.media[0].has("crypto"));
  EXPECT_FALSE(answer(spoken({"RTP/AVP"}), secured(kRequired)));
}

TEST_F(Dressed, OfTwoWaysThePolicyChooses) {
  const auto both = spoken({"RTP/AVP", true, true});
  ASSERT_TRUE(answer(both, secured(kOptional)));
  EXPECT_FALSE(ours.media[0].has("fingerprint"));
  ASSERT_TRUE(answer(both, secured(kOptional, KeyAgreement::Dtls)));
  EXPECT_FALSE(ours.media[0].has("crypto"));
  EXPECT_TRUE(agreed(both).dtls);
}

TEST_F(Dressed, WhoSendsTheClientHelloFollowsFromSetup) {
  for (const auto& [setup, active] :
       {std::pair{"actpass", false}, std::pair{"active", false}, std::pair{"passive", true}}) {
    const auto theirs = spoken({"UDP/TLS/RTP/SAVP", false, true, false, setup});
    ASSERT_TRUE(answer(theirs, secured(kOptional)));
    EXPECT_EQ(ours.media[0].attribute("setup")->value, active ? "active" : "passive");
    EXPECT_EQ(agreed(theirs).dtls->active, active) << setup;
    offer(secured(kRequired, KeyAgreement::Dtls));
    EXPECT_EQ(agreed(theirs).dtls->active, active) << setup;
  }
}

TEST_F(Dressed, KeysStayWhileThePeersDo) {
  const auto theirs = spoken({"RTP/SAVP", true, false, true});
  const MediaPolicy policy = secured(kOptional, KeyAgreement::Sdes, true);
  ASSERT_TRUE(answer(theirs, policy));
  const MediaTerms first = agreed(theirs);
  ASSERT_TRUE(answer(theirs, policy, &first));
  EXPECT_EQ(agreed(theirs), first);
  auto other = theirs;
  other.media[0].set("crypto", crypto_value({1, fresh_keys(first.receive.suite, ids)}));
  other.media[0].set("ice-ufrag", "other");
  ASSERT_TRUE(answer(other, policy, &first));
  EXPECT_NE(agreed(other).send, first.send);
  EXPECT_NE(agreed(other).ice->local_ufrag, first.ice->local_ufrag);
  offer(policy, &first);
  ASSERT_EQ(crypto_lines(ours.media[0]).size(), 1u);
  EXPECT_EQ(crypto_lines(ours.media[0])[0].keys, first.send);
  EXPECT_EQ(ice_line(ours, ours.media[0])->ufrag, first.ice->local_ufrag);
}

TEST_F(Dressed, AWebBrowserGetsItsBundleOfOneLine) {
  auto theirs = spoken({"UDP/TLS/RTP/SAVPF", false, true, true});
  theirs.attributes.push_back({"group", "BUNDLE 0 1"});
  theirs.media[0].set("mid", "0");
  theirs.media[0].attributes.push_back({"rtcp-mux", {}});
  ASSERT_TRUE(answer(theirs, secured(kRequired, KeyAgreement::Dtls, true)));
  EXPECT_EQ(ours.media[0].proto, "UDP/TLS/RTP/SAVPF");
  EXPECT_EQ(ours.attribute("group")->value, "BUNDLE 0");
  EXPECT_EQ(ours.media[0].attribute("mid")->value, "0");
  EXPECT_TRUE(ours.media[0].rtcp_mux());
  EXPECT_FALSE(ours.media[0].has("rtcp"));
}

TEST_F(Dressed, AnAnswerMultiplexesOnlyWhatWasOfferedSo) {
  const auto theirs = spoken({"UDP/TLS/RTP/SAVP", false, true});
  ASSERT_TRUE(answer(theirs, secured(kOptional)));
  EXPECT_FALSE(ours.media[0].rtcp_mux());
}

TEST_F(Dressed, AKeyUnderAnotherTagIsNoAgreement) {
  offer(secured(kRequired));
  auto theirs = spoken({"RTP/SAVP"});
  theirs.media[0].attributes.push_back(
      {"crypto", crypto_value({9, fresh_keys(domain::SrtpSuite::AesCm128Sha1_80, ids)})});
  EXPECT_FALSE(is_secured(agreed(theirs)));
  theirs.media[0].set("crypto", crypto_value({4, fresh_keys(domain::SrtpSuite::AesCm128Sha1_80, ids)}));
  EXPECT_TRUE(is_secured(agreed(theirs)));
  theirs.media[0].set("crypto", crypto_value({4, fresh_keys(domain::SrtpSuite::AeadAes128Gcm, ids)}));
  EXPECT_FALSE(is_secured(agreed(theirs)));
}

}  // namespace
}  // namespace warp::calls
