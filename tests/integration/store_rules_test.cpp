// Rules of messages: provisioned, read into the catalogue, counted.
#include "warp/store/message_store.h"
#include "warp/store/messaging.h"
#include "warp/store/messaging_catalogue.h"
#include "warp/store/messaging_rules.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

class StoreRules : public test::MessageTest {
 protected:
  CampaignId campaign(const std::string& status = "approved") {
    return *CampaignId::parse(
        ask("INSERT INTO sms.campaigns (customer_id, name, status, opt_out_keywords) VALUES ('" +
            owner.to_string() + "', 'c', '" + status + "', '{GENUG}') RETURNING id"));
  }
  MessageRuleRepository rules{t.pool};
  QuietHoursRepository hours{t.pool};
  CarrierPrefixRepository prefixes{t.pool};
  PrefixZoneRepository zones{t.pool};
  CampaignRuleRepository campaigns{t.pool};
  MessagingCatalogueRepository catalogue{t.pool};
};

TEST_F(StoreRules, TheCatalogueHoldsThem) {
  const auto id = campaign();
  const auto pending = campaign("pending");
  need(campaigns.set_replies(op, id, {"in", "out", "help"}));
  need(campaigns.set_limits(op, id, {{"ATT", 75, 2000}, {"", std::nullopt, 9000}}));
  domain::MessageRule wanted;
  wanted.customer = owner;
  wanted.order = 7;
  wanted.inbound = true;
  wanted.last = true;
  wanted.sender = "44*";
  wanted.pattern = "(a)b";
  wanted.replacement = "\\1";
  wanted.set_sender = "SHOP";
  wanted.set_priority = 2;
  const auto rule = need(rules.create(op, wanted, "why")).item;
  const auto quiet = need(hours.create(op, {owner, "49", 1260, 480, true}, "")).item;
  need_void(prefixes.set(op, {{"1212", "ATT"}, {"4477", "234-15"}}));

  const auto c = need(catalogue.load());
  const auto seen = std::ranges::find(c->campaigns, id, &domain::Campaign::id);
  ASSERT_NE(seen, c->campaigns.end());
  EXPECT_TRUE(seen->approved);
  EXPECT_EQ(seen->opt_out_keywords, std::vector<std::string>{"GENUG"});
  EXPECT_EQ(seen->opt_out_reply, "out");
  ASSERT_EQ(seen->limits.size(), 2u);
  EXPECT_EQ(seen->limits[0].carrier.size() + seen->limits[1].carrier.size(), 3u);
  const auto other = std::ranges::find(c->campaigns, pending, &domain::Campaign::id);
  ASSERT_NE(other, c->campaigns.end());
  EXPECT_FALSE(other->approved);
  const auto read = std::ranges::find(c->rules, rule.id, &domain::MessageRule::id);
  ASSERT_NE(read, c->rules.end());
  EXPECT_EQ(read->customer, owner);
  EXPECT_TRUE(read->inbound && read->last && read->enabled);
  EXPECT_EQ(read->replacement, "\\1");
  EXPECT_EQ(read->set_sender, "SHOP");
  EXPECT_EQ(read->set_recipient, std::nullopt);
  EXPECT_EQ(read->set_priority, 2);
  EXPECT_TRUE(std::ranges::is_sorted(c->rules, {}, &domain::MessageRule::order));
  EXPECT_EQ(c->carrier_prefixes.size(), 2u);
  const auto night = std::ranges::find_if(c->quiet_hours, [&](const auto& q) { return q.customer == owner; });
  ASSERT_NE(night, c->quiet_hours.end());
  EXPECT_EQ(night->from_minute, 1260);
  EXPECT_GT(c->zones.size(), 3000u) << "seeded";

  need(rules.remove(op, rule.id));
  need(hours.remove(op, quiet.id));
  EXPECT_EQ(failure(rules.get(op, rule.id)), ErrorKind::NotFound);
}

TEST_F(StoreRules, ZonesOfANumber) {
  const auto one = need(zones.of_number(op, "12125550111"));
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].zone, "America/New_York");
  EXPECT_EQ(need(zones.of_number(op, "15005550111")).size(), 2u) << "of an area code that nobody knows";
  EXPECT_EQ(need(zones.of_number(op, "4930123456"))[0].zone, "Europe/Berlin");
  EXPECT_TRUE(need(zones.of_number(op, "0")).empty());
  EXPECT_EQ(need(zones.list(op, "44", {1, 10})).items[0].prefix, "44");
}

TEST_F(StoreRules, OneSpanForACustomerAndPrefix) {
  need(hours.create(op, {owner, "33", 0, 1, true}, ""));
  EXPECT_EQ(failure(hours.create(op, {owner, "33", 0, 2, true}, "")), ErrorKind::Duplicate);
  const auto everybodys = need(hours.create(op, {std::nullopt, "998877", 0, 1, true}, "")).item;
  EXPECT_EQ(failure(hours.create(op, {std::nullopt, "998877", 0, 2, true}, "")), ErrorKind::Duplicate);
  need(hours.remove(op, everybodys.id));
}

TEST_F(StoreRules, ATenantSeesNoRule) {
  EXPECT_EQ(failure(rules.list(as(owner), {1, 10})), ErrorKind::Forbidden);
  EXPECT_EQ(failure(prefixes.list(as(owner), "", "", {1, 10})), ErrorKind::Forbidden);
}

TEST_F(StoreRules, WhatACampaignSentTodayIsCounted) {
  need_void(prefixes.set(op, {{"44", "UK"}, {"447700", "234-15"}}));
  const auto id = campaign();
  const auto store = open(settings("campaigns"));
  const auto sent = [&](const std::string& to, std::uint16_t segments, domain::Direction direction,
                        std::optional<CampaignId> of) {
    auto m = message();
    m.to.digits = to;
    m.segments = segments;
    m.direction = direction;
    m.campaign = of;
    EXPECT_TRUE(insert(*store, m));
  };
  const auto before = clock.wall();
  sent("447700900001", 2, domain::Direction::Outbound, id);
  sent("447700900002", 3, domain::Direction::Outbound, id);
  sent("441234567890", 1, domain::Direction::Outbound, id);
  sent("447700900001", 9, domain::Direction::Inbound, id);
  sent("447700900001", 9, domain::Direction::Outbound, std::nullopt);
  const auto used = [&](WallTime since) {
    std::promise<std::string> promise;
    store->campaign_usage(since, [&](bool known, std::vector<domain::CampaignUsage> rows) {
      std::erase_if(rows, [&](const auto& row) { return row.campaign != id; });
      std::ranges::sort(rows, {}, &domain::CampaignUsage::digits);
      std::string text = known ? "" : "unknown";
      for (const auto& row : rows)
        text += row.digits + "=" + std::to_string(row.segments) + " ";
      promise.set_value(text);
    });
    return promise.get_future().get();
  };
  EXPECT_EQ(used(before), "441234=1 447700=5 ") << "as many digits as tell carriers apart";
  EXPECT_EQ(used(clock.wall() + std::chrono::hours(1)), "");
}

}  // namespace
}  // namespace warp::store
