#include "warp/routing/numbers.h"

#include <gtest/gtest.h>

#include "warp/routing/decision.h"

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using domain::NumberFormat;
using domain::NumberStage;
using domain::NumberSubject;
using test::CatalogueBuilder;
using test::id_of;

constexpr auto kCalled = NumberSubject::Called;
constexpr auto kCalling = NumberSubject::Calling;

struct World : CatalogueBuilder {
  World() {
    customer(1, 1, 1);
    trunk(1, 1);
    provider(1, 2, "203.0.113.1:5060");
  }
  domain::NumberRule& rule(const Uuid& owner, NumberStage stage, NumberSubject subject,
                           std::uint32_t position, std::string pattern, std::string replacement) {
    auto& rule = catalogue.number_rules.emplace_back();
    rule.id.bytes[15] = static_cast<std::uint8_t>(catalogue.number_rules.size());
    rule.owner = owner;
    rule.stage = stage;
    rule.subject = subject;
    rule.position = position;
    rule.pattern = std::move(pattern);
    rule.replacement = std::move(replacement);
    return rule;
  }
  domain::IdentityPolicy& policy() { return catalogue.trunks[0].sip.identity; }
  const domain::Trunk& compile() {
    snapshot = Snapshot::compile(catalogue, snapshot.get());
    return *snapshot->trunk(id_of<TrunkId>(1));
  }
  std::optional<std::string> in(std::string_view number, NumberSubject subject = kCalled) {
    const auto& from = compile();
    return enter(peer_of(*snapshot, from), subject, number);
  }
  std::string out(std::string_view e164, std::string_view received = {}, NumberSubject subject = kCalled) {
    compile();
    return leave(peer_of(*snapshot, *snapshot->provider(id_of<ProviderId>(1))), subject, e164, received);
  }

  std::shared_ptr<const Snapshot> snapshot;
};

TEST(Numbers, TheUsualSideDialsAsEver) {
  World world;
  EXPECT_EQ(world.in("2125550100"), "12125550100");
  EXPECT_EQ(world.in("+442079460000"), "442079460000");
  EXPECT_EQ(world.in("011442079460000"), "442079460000");
  EXPECT_EQ(world.in("alice"), std::nullopt);
}

TEST(Numbers, ATechPrefixMustBeThereAndComesOff) {
  World world;
  world.policy().tech_prefix = "9999#";
  EXPECT_EQ(world.in("9999#12125550100"), "12125550100");
  EXPECT_EQ(world.in("12125550100"), std::nullopt);
  EXPECT_EQ(world.in("12125550100", kCalling), "12125550100") << "of called numbers alone";
}

TEST(Numbers, PrefixesOfAnotherCountry) {
  World world;
  world.policy().country_code = "44";
  world.policy().national_prefix = "0";
  world.policy().international_prefix = "00";
  EXPECT_EQ(world.in("02079460000"), "442079460000");
  EXPECT_EQ(world.in("0012125550100"), "12125550100");
  EXPECT_EQ(world.in("+12125550100"), "12125550100");
  EXPECT_EQ(world.in("442079460000"), "442079460000");
  EXPECT_EQ(world.in("00"), std::nullopt);
}

TEST(Numbers, EntryRulesRunInOrderBeforeThePrefixes) {
  World world;
  const auto owner = world.catalogue.trunks[0].id.value;
  world.rule(owner, NumberStage::Entry, kCalled, 20, "^7([0-9]{4})$", "1212555\\1");
  world.rule(owner, NumberStage::Entry, kCalled, 10, "^\\*7", "7");
  world.rule(owner, NumberStage::Entry, kCalling, 10, "^", "99");
  world.rule(owner, NumberStage::Exit, kCalled, 10, ".*", "0");
  EXPECT_EQ(world.in("*70100"), "12125550100");
  EXPECT_EQ(world.in("12125550111"), "12125550111") << "no rule matches";
  Trace trace;
  const auto& trunk = world.compile();
  EXPECT_EQ(enter(peer_of(*world.snapshot, trunk), kCalled, "*70100", &trace), "12125550100");
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[0].before, "*70100");
  EXPECT_EQ(trace[1].after, "12125550100");
}

TEST(Numbers, ARuleThatMakesNoNumberDoesNothing) {
  World world;
  const auto owner = world.catalogue.trunks[0].id.value;
  world.rule(owner, NumberStage::Entry, kCalled, 10, "1", "alice");
  world.rule(owner, NumberStage::Entry, kCalled, 11, ".*", "");
  world.rule(owner, NumberStage::Entry, kCalled, 12, "[0-9]", std::string(64, '1') + "\\0");
  EXPECT_EQ(world.in("12125550100"), "12125550100");
}

TEST(Numbers, FormatsTowardsASide) {
  World world;
  auto& provider = world.catalogue.providers[0];
  EXPECT_EQ(world.out("12125550100"), "12125550100");
  provider.sip.identity.called_format = NumberFormat::E164Plus;
  EXPECT_EQ(world.out("12125550100"), "+12125550100");
  provider.sip.identity.called_format = NumberFormat::TechPrefix;
  provider.sip.identity.tech_prefix = "777#";
  EXPECT_EQ(world.out("12125550100"), "777#12125550100");
  provider.sip.identity.called_format = NumberFormat::National;
  provider.sip.identity.national_prefix = "";
  EXPECT_EQ(world.out("12125550100"), "2125550100");
  EXPECT_EQ(world.out("442079460000"), "011442079460000");
  provider.sip.identity.called_format = NumberFormat::AsReceived;
  EXPECT_EQ(world.out("12125550100", "+12125550100"), "+12125550100");
  provider.sip.identity.called_format = NumberFormat::E164;
  provider.strip_digits = "1";
  provider.add_digits = "00";
  EXPECT_EQ(world.out("12125550100"), "002125550100");
  world.rule(provider.id.value, NumberStage::Exit, kCalled, 1, "^00", "+");
  EXPECT_EQ(world.out("12125550100"), "+2125550100") << "rules come last";
  EXPECT_EQ(world.out("", "alice", kCalling), "alice");
}

TEST(Numbers, PatternsOutliveTheSnapshotThatCompiledThem) {
  World world;
  const auto owner = world.catalogue.trunks[0].id.value;
  world.rule(owner, NumberStage::Entry, kCalled, 10, "^7", "1");
  world.rule(owner, NumberStage::Entry, kCalled, 20, "(", "1");
  world.rule(owner, NumberStage::Entry, kCalled, 30, "^8", "\\3");
  world.compile();
  const auto first = world.snapshot;
  ASSERT_EQ(first->number_rules(owner)->rules.size(), 1u) << "what does not compile is left out";
  world.compile();
  EXPECT_NE(first, world.snapshot);
  EXPECT_EQ(first->number_rules(owner)->rules[0].pattern,
            world.snapshot->number_rules(owner)->rules[0].pattern);
  EXPECT_EQ(world.snapshot->number_rules(id_of<TrunkId>(9).value), nullptr);
}

TEST(Numbers, ClassesOfNumbers) {
  const auto classes = [](std::string_view dni, std::string_view country = "1") {
    return classes_of(country, "12125550111", dni);
  };
  const auto bit = [](domain::NumberClass one) { return static_cast<unsigned>(one); };
  EXPECT_EQ(classes("12125550100"), bit(domain::NumberClass::Local) | bit(domain::NumberClass::Domestic));
  EXPECT_EQ(classes("14155550100"), bit(domain::NumberClass::Domestic));
  EXPECT_EQ(classes("18885550100"), bit(domain::NumberClass::TollFree));
  EXPECT_EQ(classes("442079460000"), bit(domain::NumberClass::International));
  EXPECT_EQ(classes("18765550100"), bit(domain::NumberClass::International)) << "Jamaica";
  EXPECT_EQ(classes("12125550100", "44"), bit(domain::NumberClass::International));
  EXPECT_NE(classes("442079460000", "44") & bit(domain::NumberClass::Domestic), 0u);
  domain::Trunk trunk;
  EXPECT_TRUE(may_call(trunk, "", "442079460000")) << "no classes: all";
  trunk.number_classes = static_cast<domain::NumberClasses>(domain::NumberClass::Local);
  EXPECT_TRUE(may_call(trunk, "12125550111", "12125550100"));
  EXPECT_FALSE(may_call(trunk, "12125550111", "14155550100"));
  EXPECT_FALSE(may_call(trunk, "", "12125550100"));
}

TEST(Numbers, EmergencyCallsTakeEveryProviderOfThePartitionByPriority) {
  World world;
  world.partition(7).name = "emergency";
  world.provider(2, 2, "203.0.113.2:5060");
  world.provider(3, 2, "203.0.113.3:5060").enabled = false;
  world.provider(4, 2, "");
  world.route(7, 1, "44").priority = 20;
  world.route(7, 2, "").priority = 10;
  world.route(7, 2, "1").priority = 30;
  world.route(7, 3, "").priority = 1;
  world.route(7, 4, "").priority = 2;
  world.compile();
  const auto* partition = world.snapshot->partition_named("emergency");
  ASSERT_NE(partition, nullptr);
  EXPECT_EQ(world.snapshot->partition_named(partition->id.to_string()), partition);
  EXPECT_EQ(world.snapshot->partition_named("nobody"), nullptr);
  const auto decision = decide_emergency(*world.snapshot, partition, 1);
  EXPECT_EQ(decision.reason, domain::Reason::NormalClearing);
  ASSERT_EQ(decision.candidates.size(), 2u);
  EXPECT_EQ(decision.candidates[0].provider->name, "provider 2");
  EXPECT_EQ(decision.candidates[1].provider->name, "provider 1");
  EXPECT_FALSE(decision.price);
  EXPECT_EQ(decide_emergency(*world.snapshot, nullptr, 1).reason, domain::Reason::EmergencyNotConfigured);
}

TEST(Numbers, LocationsAreFoundByNumber) {
  World world;
  world.catalogue.emergency_locations.push_back(
      {"12025550199", id_of<CustomerId>(1), {{"country", "US"}}, "Desk"});
  world.compile();
  ASSERT_NE(world.snapshot->emergency_location("12025550199"), nullptr);
  EXPECT_EQ(world.snapshot->emergency_location("12025550199")->callback_name, "Desk");
  EXPECT_EQ(world.snapshot->emergency_location("12025550198"), nullptr);
}

}  // namespace
}  // namespace warp::routing
