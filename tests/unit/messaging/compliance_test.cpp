// Campaigns, their limits and keywords, and opt-outs on every path.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;
using namespace std::chrono_literals;

const auto kCampaign = make_id<CampaignId>(5);
constexpr const char* kAtt = "12125550111";
constexpr const char* kTmobile = "13105550111";
constexpr const char* kOther = "14155550111";

class Compliance : public World {
 protected:
  Compliance() {
    domain::Campaign campaign;
    campaign.id = kCampaign;
    campaign.customer = kCustomer;
    campaign.approved = true;
    catalogue.campaigns.push_back(campaign);
    catalogue.numbers[0].campaign = kCampaign;
    catalogue.carrier_prefixes = {{"1212", "ATT"}, {"1310", "TMOBILE"}, {"131055502", "ATT"}};
    settings.stop_reply = "You are unsubscribed.";
    settings.start_reply = "Welcome back.";
    settings.help_reply = "Call us.";
  }
  domain::Campaign& campaign() { return catalogue.campaigns[0]; }
  void start() { boot(catalogue, settings); }
  void publish() { service->update(std::make_shared<const Directory>(catalogue)); }
  Submission to(const char* number, std::string body = "m") {
    auto s = text(std::move(body));
    s.to.digits = number;
    return s;
  }
  int accepted_of(int count, const char* number) {
    int taken = 0;
    for (int i = 0; i < count; ++i)
      taken += !send(to(number)).is_nil();
    return taken;
  }
  void inbound(std::string_view body, std::string_view from = kPhone, std::string_view number = kNumber) {
    IncomingPart part;
    part.source = from;
    part.destination = number;
    part.short_message = body;
    deliver(kOne, part);
  }
  // An inbound text of any script.
  void inbound_ucs2(std::string_view body) {
    smpp::EncodeSettings wanted;
    wanted.force = smpp::Alphabet::Ucs2;
    const auto encoded = smpp::encode_text(body, wanted);
    IncomingPart part;
    part.source = kPhone;
    part.destination = kNumber;
    part.short_message = encoded.units;
    part.data_coding = encoded.data_coding;
    deliver(kOne, part);
  }
  std::string last_sent() { return upstream.size() > 0 ? upstream.at(upstream.size() - 1).user_data : ""; }
  domain::MessagingCatalogue catalogue = sample_catalogue();
  Settings settings;
};

TEST_F(Compliance, Complaint_ASenderOfACampaignThatIsNotApproved) {
  campaign().approved = false;
  start();
  offer(to(kAtt));
  EXPECT_EQ(refused, std::vector{Reason::CampaignNotApproved});
  campaign().approved = true;
  publish();
  EXPECT_FALSE(send(to(kAtt)).is_nil());
}

TEST_F(Compliance, SuspendedWhileItWaitsItIsNotSent) {
  start();
  bind(kOne, 0);
  const auto id = send(to(kAtt));
  campaign().approved = false;
  publish();
  bind(kOne, 10);
  EXPECT_EQ(upstream.size(), 0u);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::CampaignNotApproved);
}

TEST_F(Compliance, Complaint_ACarrierTakesSoManyAMinuteOfACampaign) {
  campaign().limits = {{"ATT", 6, {}}};
  start();
  EXPECT_EQ(accepted_of(10, kAtt), 6);
  EXPECT_EQ(refused.back(), Reason::MessageThrottled);
  EXPECT_EQ(accepted_of(10, kTmobile), 10) << "the other carrier has no limit";
  EXPECT_EQ(accepted_of(1, "13105550211"), 0) << "the longest prefix says whose number it is";
  advance(10s);
  EXPECT_EQ(accepted_of(5, kAtt), 1);
  advance(60s);
  EXPECT_EQ(accepted_of(10, kAtt), 6);
}

TEST_F(Compliance, LimitsCountSegments) {
  campaign().limits = {{"ATT", 6, {}}};
  start();
  EXPECT_FALSE(send(to(kAtt, std::string(153 * 4, 'x'))).is_nil());
  EXPECT_TRUE(send(to(kAtt, std::string(153 * 4, 'x'))).is_nil());
  EXPECT_EQ(accepted_of(5, kAtt), 2);
  advance(2min);
  EXPECT_FALSE(send(to(kAtt, std::string(153 * 20, 'x'))).is_nil()) << "larger than a minute's worth, alone";
  advance(1min);
  EXPECT_TRUE(send(to(kAtt)).is_nil()) << "and paid for";
}

TEST_F(Compliance, TheLimitOfAllCarriersTogether) {
  campaign().limits = {{"", {}, 5}, {"ATT", {}, 2}};
  start();
  EXPECT_EQ(accepted_of(4, kAtt), 2);
  EXPECT_EQ(accepted_of(2, kTmobile), 2);
  EXPECT_EQ(accepted_of(3, kOther), 1);
}

TEST_F(Compliance, ADaysLimitEndsWithTheDay) {
  campaign().limits = {{"ATT", {}, 3}};
  start();
  EXPECT_EQ(accepted_of(5, kAtt), 3);
  advance(9h);  // 00:06 of the next day, UTC
  EXPECT_EQ(accepted_of(5, kAtt), 3);
}

TEST_F(Compliance, ADaysLimitOutlivesTheProcess) {
  campaign().limits = {{"ATT", {}, 10}, {"", {}, 14}};
  start();
  store.usage = {{kCampaign, "1212555", 8}, {kCampaign, "1415", 3}};
  crash_and_boot(catalogue);
  EXPECT_EQ(store.usage_asked, WallTime(std::chrono::floor<std::chrono::days>(clock.wall())));
  EXPECT_EQ(accepted_of(5, kAtt), 2);
  EXPECT_EQ(accepted_of(5, kOther), 1);
}

TEST_F(Compliance, ALimitOfNoonKnowsTheMorning) {
  start();
  EXPECT_EQ(accepted_of(5, kAtt), 5);
  campaign().limits = {{"ATT", {}, 7}};
  publish();
  EXPECT_EQ(accepted_of(5, kAtt), 2);
}

TEST_F(Compliance, WhatWasNotMadeDurableIsNotCounted) {
  campaign().limits = {{"ATT", {}, 2}};
  start();
  store.down = true;
  EXPECT_EQ(accepted_of(5, kAtt), 0);
  EXPECT_EQ(refused.back(), Reason::StoreUnavailable);
  store.down = false;
  EXPECT_EQ(accepted_of(5, kAtt), 2);
}

TEST_F(Compliance, NotReadyUntilTheDayIsCounted) {
  store.usage_known = false;
  start();
  EXPECT_FALSE(ready);
  offer(to(kAtt));
  EXPECT_EQ(refused, std::vector{Reason::NotReady});
  store.usage_known = true;
  advance(2s);
  EXPECT_TRUE(ready);
}

TEST_F(Compliance, Complaint_StopHelpAndStartAreAnsweredInTheCampaignsWords) {
  campaign().opt_out_reply = "ACME: no more.";
  campaign().help_reply = "ACME: see acme.example";
  start();
  inbound("HELP");
  EXPECT_EQ(last_sent(), "ACME: see acme.example");
  inbound("stop");
  EXPECT_EQ(last_sent(), "ACME: no more.");
  offer(text("hello"));
  EXPECT_EQ(refused, std::vector{Reason::RecipientOptedOut});
  inbound("UNSTOP");
  EXPECT_EQ(last_sent(), "Welcome back.") << "no words of its own: the platform's";
  EXPECT_FALSE(send("hello").is_nil());
}

TEST_F(Compliance, ACampaignHasWordsOfItsOwn) {
  campaign().opt_out_keywords = {"GENUG", "VÄCK"};
  campaign().opt_in_keywords = {"JOIN"};
  campaign().help_keywords = {"WHO"};
  start();
  inbound("who?");
  EXPECT_EQ(last_sent(), "Call us.");
  inbound("Genug!");
  ASSERT_EQ(opt_outs.entries.size(), 1u);
  inbound("join");
  EXPECT_FALSE(opt_outs.entries.back().second);
  inbound_ucs2("väck");
  EXPECT_TRUE(opt_outs.entries.back().second);
  campaign().opt_out_keywords = {};
  inbound("START");
  publish();
  inbound("GENUG");
  EXPECT_FALSE(opt_outs.entries.back().second);
  inbound("STOP");
  EXPECT_TRUE(opt_outs.entries.back().second) << "the platform's words always count";
}

TEST_F(Compliance, StopAsPeopleWriteIt) {
  start();
  for (const char* word :
       {"STOP",     "StopAll", "Unsubscribe", "CANCEL",    "end",       "Quit",      "\"stop\"",
        " stop!! ", "Arrêt",   "ARRET",       "Alto",      "стоп",      "СТОП.",     "ΣΤΟΠ",
        "ｓｔｏｐ", "停止",    "«Stop»",      "\u200fהסר", "opt   out", "stop\u200b"}) {
    opt_outs.entries.clear();
    inbound_ucs2(word);
    ASSERT_EQ(opt_outs.entries.size(), 1u) << word;
    EXPECT_TRUE(opt_outs.entries[0].second) << word;
    inbound("START");
  }
  opt_outs.entries.clear();
  for (const char* text : {"stop it", "don't stop", "", "...", "stopover", "s t o p", "nonstop"})
    inbound_ucs2(text);
  EXPECT_TRUE(opt_outs.entries.empty());
}

TEST_F(Compliance, YesIsAnAnswerUnlessSomethingWasStopped) {
  start();
  inbound("Yes");
  EXPECT_TRUE(opt_outs.entries.empty());
  EXPECT_EQ(upstream.size(), 0u);
  inbound("STOP");
  inbound("yes");
  EXPECT_FALSE(opt_outs.entries.back().second);
  EXPECT_EQ(last_sent(), "Welcome back.");
}

TEST_F(Compliance, StoppedTwiceIsAnsweredOnce) {
  start();
  inbound("STOP");
  inbound("STOP");
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Compliance, StoppedIsStoppedForAllNumbersOfTheCampaign) {
  auto second = catalogue.numbers[0];
  second.e164 = "12025550177";
  catalogue.numbers.push_back(second);
  second.e164 = "12025550178";
  second.campaign.reset();
  catalogue.numbers.push_back(second);
  start();
  inbound("STOP");
  auto s = text("hello");
  s.from.digits = "12025550177";
  offer(s);
  EXPECT_EQ(refused, std::vector{Reason::RecipientOptedOut});
  s.from.digits = "12025550178";
  EXPECT_FALSE(send(s).is_nil()) << "of no campaign";
  inbound("START", kPhone, "12025550177");
  EXPECT_FALSE(send("hello").is_nil());
}

// What was accepted before the opt-out does not go after it, wherever it stands.
TEST_F(Compliance, Complaint_QueuedBeforeTheOptOutIsNotSentAfterIt) {
  start();
  bind(kOne, 0);
  const auto by_rest = send("queued");
  const auto by_smpp = send(from_esme("queued"));
  auto later = text("scheduled");
  later.not_before = clock.wall() + 1h;
  const auto scheduled = send(later);
  inbound("STOP");
  bind(kOne, 10);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(last_sent(), "You are unsubscribed.") << "the answer goes all the same";
  advance(2h);
  EXPECT_EQ(upstream.size(), 1u);
  for (const auto id : {by_rest, by_smpp, scheduled}) {
    EXPECT_EQ(state(id), MessageState::Failed);
    EXPECT_EQ(reason(id), Reason::RecipientOptedOut);
  }
}

TEST_F(Compliance, NeitherOnARetryNorByAnotherConnector) {
  add_second_route(catalogue, 200);
  start();
  const auto retried = send("retried");
  ASSERT_EQ(upstream.size(), 1u);
  inbound("STOP");
  answer(0, smpp::Status::SysErr);
  bind(kTwo, 10);
  advance(1h);
  EXPECT_EQ(reason(retried), Reason::RecipientOptedOut);
  for (std::size_t i = 1; i < upstream.size(); ++i)
    EXPECT_EQ(upstream.at(i).user_data, "You are unsubscribed.");
}

TEST_F(Compliance, NorWhenItIsDurableAsSendingAlready) {
  upstream.window[kOne.value] = 1;
  start();
  send(to(kAtt, "takes the window"));
  const auto ahead = send("ahead of the window");
  ASSERT_EQ(state(ahead), MessageState::Sending);
  ASSERT_EQ(upstream.size(), 1u);
  inbound("STOP");
  answer(0, smpp::Status::Ok, "1");
  EXPECT_EQ(reason(ahead), Reason::RecipientOptedOut);
  EXPECT_EQ(last_sent(), "You are unsubscribed.");
}

TEST_F(Compliance, NorAfterARestart) {
  start();
  bind(kOne, 0);
  const auto id = send("queued");
  inbound("STOP");
  const auto answers_before = store.rows.size();
  ASSERT_EQ(answers_before, 3u);
  upstream.window[kOne.value] = 10;
  catalogue.opt_outs.push_back({kCustomer, kNumber, kPhone});
  crash_and_boot(catalogue);
  EXPECT_EQ(reason(id), Reason::RecipientOptedOut);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(last_sent(), "You are unsubscribed.") << "an answer is known as one by what is stored of it";
}

TEST_F(Compliance, APartThatIsUnderWayIsFollowedByTheOthers) {
  upstream.window[kOne.value] = 1;
  start();
  const auto id = send(std::string(300, 'x'));
  ASSERT_EQ(upstream.size(), 1u);
  inbound("STOP");
  answer(0, smpp::Status::Ok, "1");
  ASSERT_GE(upstream.size(), 2u);
  EXPECT_EQ(upstream.at(1).destination.digits, kPhone);
  answer(1, smpp::Status::Ok, "2");
  EXPECT_EQ(state(id), MessageState::Sent);
}

}  // namespace
}  // namespace warp::messaging::test
