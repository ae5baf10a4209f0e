#include "warp/integrations/stir_service.h"

#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "warp/integrations/certificate_fetcher.h"
#include "warp/stir/base64url.h"
#include "warp/stir/passport.h"

#include "support/manual_clock.h"
#include "support/manual_executor.h"
#include "support/stir_authority.h"

namespace warp::integrations {
namespace {

using domain::Attestation;
using domain::Reason;
using domain::Verification;
using domain::Verstat;
using test::StirAuthority;
using testing::HasSubstr;

constexpr const char* kCertificateUrl = "https://certificates.example.org/1234.pem";

// Keeps what is asked for until the test answers.
class HeldFetcher final : public CertificateFetcher {
 public:
  void fetch(std::string url, Done done) override { held.push_back({std::move(url), std::move(done)}); }
  void answer(FetchedCertificate fetched) {
    auto first = std::move(held.front());
    held.pop_front();
    first.second(std::move(fetched));
  }
  std::deque<std::pair<std::string, Done>> held;
};

std::shared_ptr<const stir::PrivateKey> key_of(const test::StirCertificate& given) {
  return std::make_shared<const stir::PrivateKey>(*stir::PrivateKey::parse(given.key_pem));
}

struct StirServiceTest : testing::Test {
  StirServiceTest() {
    clock.advance(WallTime(std::chrono::seconds(StirAuthority::kNow)) - clock.wall());
    service.use(material(signer));
  }

  StirMaterial material(const test::StirCertificate& with) const {
    StirMaterial out;
    out.key = key_of(with);
    out.x5u = kCertificateUrl;
    out.trust = std::make_shared<const stir::TrustList>(*stir::TrustList::parse(root.trust_pem()));
    return out;
  }
  std::vector<std::string> sign(const domain::SignRequest& request) {
    std::vector<std::string> out;
    service.sign(request, executor,
                 [&](std::vector<std::string> identities) { out = std::move(identities); });
    return out;
  }
  std::vector<std::string> sign() {
    return sign({"12155550121", "12155550131", "", Attestation::B, "0193-origid"});
  }
  domain::VerifyRequest request(std::vector<std::string> identities) const {
    domain::VerifyRequest request;
    request.identities = std::move(identities);
    request.orig = "12155550121";
    request.dest = "12155550131";
    request.received_at = clock.wall();
    request.call_id = "call-1";
    return request;
  }
  void ask(const domain::VerifyRequest& request) {
    answered.reset();
    service.verify(request, executor, [this](Verification v) { answered = std::move(v); });
  }
  Verification verify(const domain::VerifyRequest& request) {
    ask(request);
    while (!fetcher.held.empty())
      fetcher.answer({true, signer.chain_pem, {}});
    executor.run();
    EXPECT_TRUE(answered);
    return answered.value_or(Verification{});
  }
  Reason reason(const domain::VerifyRequest& request) {
    const auto result = verify(request);
    EXPECT_EQ(result.verstat, result.reason == Reason::NormalClearing ? Verstat::Passed : Verstat::Failed);
    return result.reason;
  }

  StirAuthority root;
  test::StirCertificate signer = root.give();
  test::ManualClock clock;
  test::ManualExecutor executor;
  metrics::Registry metrics;
  HeldFetcher fetcher;
  StirService service{{}, {}, {fetcher, clock, metrics}};
  std::optional<Verification> answered;
};

TEST_F(StirServiceTest, WhatItSignsItVerifies) {
  const auto identities = sign();
  ASSERT_EQ(identities.size(), 1u);
  EXPECT_THAT(identities[0],
              HasSubstr(";info=<https://certificates.example.org/1234.pem>;alg=ES256;ppt=shaken"));
  const auto result = verify(request(identities));
  EXPECT_EQ(result.verstat, Verstat::Passed);
  EXPECT_EQ(result.attestation, Attestation::B);
  EXPECT_EQ(result.origid, "0193-origid");
  EXPECT_EQ(result.certificate_subject, "CN=SHAKEN 1234");
}

TEST_F(StirServiceTest, AKnownCertificateIsNotFetchedAndTheAnswerComesAtOnce) {
  verify(request(sign()));
  clock.advance(std::chrono::seconds(1));
  ask(request(sign()));
  EXPECT_TRUE(fetcher.held.empty());
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->verstat, Verstat::Passed);
}

TEST_F(StirServiceTest, OneFetchForManyCallsAndTheAnswerIsPosted) {
  ask(request(sign()));
  int others = 0;
  for (int i = 0; i < 3; ++i)
    service.verify(request(sign()), executor, [&](Verification) { ++others; });
  ASSERT_EQ(fetcher.held.size(), 1u);
  fetcher.answer({true, signer.chain_pem, {}});
  EXPECT_FALSE(answered);
  executor.run();
  EXPECT_TRUE(answered);
  EXPECT_EQ(others, 3);
}

TEST_F(StirServiceTest, ADiversionLeadsBackToTheOrigin) {
  const auto identities = sign({"12155550121", "12155550141", "12155550131", Attestation::A, "o"});
  ASSERT_EQ(identities.size(), 2u);
  auto asked = request(identities);
  asked.dest = "12155550141";
  const auto result = verify(asked);
  EXPECT_EQ(result.verstat, Verstat::Passed);
  EXPECT_EQ(result.attestation, Attestation::A);
  asked.identities.pop_back();
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
  EXPECT_EQ(sign({"12155550121", "12155550141", "12155550131", Attestation::A, "o", true}).size(), 1u);
}

TEST_F(StirServiceTest, WrongNumbers) {
  auto asked = request(sign());
  asked.orig = "12155550122";
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
  asked = request(sign());
  asked.dest = "12155550132";
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
}

TEST_F(StirServiceTest, StaleAndFromTheFuture) {
  const auto identities = sign();
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(reason(request(identities)), Reason::NormalClearing);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(reason(request(identities)), Reason::IdentityStale);
  auto asked = request(identities);
  asked.received_at = WallTime(std::chrono::seconds(StirAuthority::kNow - 61));
  EXPECT_EQ(reason(asked), Reason::IdentityStale);
}

TEST_F(StirServiceTest, AReplayIsOneUnlessItIsARetryOfTheSameCall) {
  auto asked = request(sign());
  EXPECT_EQ(reason(asked), Reason::NormalClearing);
  EXPECT_EQ(reason(asked), Reason::NormalClearing);
  asked.call_id = "call-2";
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
}

TEST_F(StirServiceTest, ABentTokenOrSignature) {
  auto identities = sign();
  auto& text = identities[0];
  const auto dot = text.find('.', text.find('.') + 1);
  text[dot + 3] = text[dot + 3] == 'A' ? 'B' : 'A';
  EXPECT_EQ(reason(request(identities)), Reason::IdentityInvalid);
  EXPECT_EQ(reason(request({"rubbish"})), Reason::IdentityInvalid);
  EXPECT_EQ(reason(request({"a.b.c;alg=ES256"})), Reason::IdentityInfoBad);
}

TEST_F(StirServiceTest, InfoMustBeWhatIsSigned) {
  auto identities = sign();
  const auto at = identities[0].find("1234.pem");
  identities[0].replace(at, 4, "9999");
  EXPECT_EQ(reason(request(identities)), Reason::IdentityInfoBad);
  EXPECT_TRUE(fetcher.held.empty());
}

TEST_F(StirServiceTest, CertificatesThatAreNotGood) {
  const StirAuthority stranger;
  const auto with = [&](const test::StirCertificate& given) {
    metrics::Registry own_metrics;
    StirService other(material(given), {}, {fetcher, clock, own_metrics});
    std::vector<std::string> identities;
    other.sign({"12155550121", "12155550131", "", Attestation::A, "o"}, executor,
               [&](std::vector<std::string> made) { identities = std::move(made); });
    Reason found = Reason::NormalClearing;
    other.verify(request(identities), executor, [&](Verification v) { found = v.reason; });
    fetcher.answer({true, given.chain_pem, {}});
    executor.run();
    return found;
  };
  EXPECT_EQ(with(root.give()), Reason::NormalClearing);
  EXPECT_EQ(with(stranger.give()), Reason::IdentityCertificateBad);
  EXPECT_EQ(with(root.give({.to = std::chrono::seconds(-1)})), Reason::IdentityCertificateBad);
  // A number that is not the signer's.
  EXPECT_EQ(with(root.give({.tn_list = std::string("\x30\x07\xa2\x05\x16\x03"
                                                   "555",
                                                   9)})),
            Reason::IdentityCertificateBad);
}

TEST_F(StirServiceTest, WhatCannotBeFetchedIsNotAskedForAgainForAWhile) {
  ask(request(sign()));
  fetcher.answer({});
  executor.run();
  EXPECT_EQ(answered->reason, Reason::IdentityInfoBad);
  ask(request(sign()));
  EXPECT_TRUE(fetcher.held.empty());
  EXPECT_EQ(answered->reason, Reason::IdentityInfoBad);
  clock.advance(std::chrono::seconds(61));
  EXPECT_EQ(reason(request(sign())), Reason::NormalClearing);
}

TEST_F(StirServiceTest, AKnownCertificateStandsWhileItsServerIsAway) {
  signer = root.give({.to = std::chrono::hours(12)});
  service.use(material(signer));
  EXPECT_EQ(reason(request(sign())), Reason::NormalClearing);
  clock.advance(std::chrono::minutes(61));
  auto later = request(sign());
  ask(later);
  ASSERT_EQ(fetcher.held.size(), 1u);
  fetcher.answer({});
  executor.run();
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->reason, Reason::IdentityCertificateBad);  // the authority's own has run out
}

TEST_F(StirServiceTest, OthersPassportsAreNotLookedAt) {
  auto identities = sign();
  identities.insert(identities.begin(), "a.b.c;info=<https://x>;ppt=rph");
  EXPECT_EQ(reason(request(identities)), Reason::NormalClearing);
  EXPECT_EQ(verify(request({"a.b.c;info=<https://x>;ppt=rph"})).verstat, Verstat::NoTnValidation);
}

TEST_F(StirServiceTest, MoreThanEightAreTooMany) {
  const std::vector<std::string> many(20, "a.b.c;info=<https://x>;ppt=shaken");
  EXPECT_EQ(reason(request(many)), Reason::IdentityInvalid);
  EXPECT_TRUE(fetcher.held.empty());
}

TEST_F(StirServiceTest, TheCompactForm) {
  auto asked = request({});
  asked.date = "Thu, 01 Jan 2026 00:00:00 GMT";
  const auto passport = stir::compact_passport(asked.orig, asked.dest, kCertificateUrl, StirAuthority::kNow);
  const auto signature = stir::to_base64url(key_of(signer)->sign(passport.signing_input()));
  asked.identities = {".." + signature + ";info=<" + kCertificateUrl + ">"};
  EXPECT_EQ(reason(asked), Reason::NormalClearing);
  asked.dest = "12155550132";
  asked.call_id = "other";
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
  asked.identities[0] += ";ppt=shaken";
  EXPECT_EQ(reason(asked), Reason::IdentityInvalid);
}

TEST_F(StirServiceTest, WithoutAKeyOrANumberNothingIsSigned) {
  EXPECT_TRUE(sign({"anonymous", "12155550131", "", Attestation::A, "o"}).empty());
  EXPECT_TRUE(service.can_sign());
  service.use({});
  EXPECT_FALSE(service.can_sign());
  EXPECT_FALSE(service.can_verify());
  EXPECT_TRUE(sign().empty());
}

TEST(StirMaterial, FilesMustFitEachOther) {
  const StirAuthority root;
  const auto one = root.give(), two = root.give();
  char name[] = "/tmp/warp-stir-XXXXXX";
  const std::string folder = mkdtemp(name);
  const auto write = [&](const std::string& file, const std::string& text) {
    std::ofstream(folder + file) << text;
    return folder + file;
  };
  const auto key = write("/key.pem", one.key_pem), chain = write("/chain.pem", one.chain_pem),
             other = write("/other.pem", two.chain_pem), trust = write("/trust.pem", root.trust_pem()),
             p384 = write("/p384.pem", root.give({.curve = "P-384"}).key_pem);
  const auto fault = [](const StirFiles& files) {
    const auto loaded = StirMaterial::load(files);
    return loaded ? std::string() : loaded.error();
  };
  EXPECT_EQ(fault({key, chain, kCertificateUrl, trust}), "");
  EXPECT_EQ(fault({}), "");
  EXPECT_THAT(fault({key, other, kCertificateUrl, {}}), HasSubstr("is not the certificate of the key"));
  EXPECT_THAT(fault({p384, chain, kCertificateUrl, {}}), HasSubstr("P-256"));
  EXPECT_THAT(fault({key, chain, "http://x/y", {}}), HasSubstr("no https URL"));
  EXPECT_THAT(fault({key, {}, kCertificateUrl, {}}), HasSubstr("cannot read"));
  EXPECT_THAT(fault({{}, {}, {}, key}), HasSubstr("has no certificate"));
  std::filesystem::remove_all(folder);
}

TEST(CertificateLifetime, AsTheServerSays) {
  using std::chrono::seconds;
  EXPECT_EQ(lifetime_of("public, max-age=300"), seconds(300));
  EXPECT_EQ(lifetime_of("Max-Age=5"), seconds(5));
  EXPECT_EQ(lifetime_of("no-store"), seconds(0));
  EXPECT_EQ(lifetime_of("max-age=300, no-cache"), seconds(0));
  EXPECT_EQ(lifetime_of("max-age=x"), std::nullopt);
  EXPECT_EQ(lifetime_of(""), std::nullopt);
}

}  // namespace
}  // namespace warp::integrations
