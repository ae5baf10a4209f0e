// Quiet hours on the recipient's clock.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::Reason;
using namespace std::chrono_literals;

constexpr const char* kNewYork = "12125550111";
constexpr const char* kPhoenix = "16025550111";

class Quiet : public World {
 protected:
  Quiet() {
    catalogue.customers[0].needs_campaign = false;
    catalogue.rates.push_back({kPlan, "", Money::from_nanos(1)});
    catalogue.zones = {{"1212", "America/New_York"}, {"1602", "America/Phoenix"},   {"1", "America/New_York"},
                       {"1", "America/Los_Angeles"}, {"44", "Europe/London"},       {"91", "Asia/Kolkata"},
                       {"47", "Europe/Oslo"},        {"61", "Australia/Lord_Howe"}, {"99", "Nowhere/At_All"}};
    catalogue.quiet_hours = {{std::nullopt, "", 21 * 60, 8 * 60, true}};
  }
  void start(std::chrono::sys_seconds at) {
    clock.advance(at - clock.wall());
    boot(catalogue);
  }
  static std::chrono::sys_seconds utc(int year, unsigned month, unsigned day, int hour, int minute = 0) {
    return std::chrono::sys_days(std::chrono::year(year) / month / day) + std::chrono::hours(hour) +
           std::chrono::minutes(minute);
  }
  Submission to(const char* number) {
    auto s = text("hello");
    s.to.digits = number;
    return s;
  }
  // When it goes; the epoch when it was refused.
  std::chrono::sys_seconds goes(Submission s) {
    const auto id = send(std::move(s));
    return id.is_nil() ? std::chrono::sys_seconds{}
                       : std::chrono::floor<std::chrono::seconds>(store.rows.at(id).not_before);
  }
  domain::MessagingCatalogue catalogue = sample_catalogue();
};

TEST_F(Quiet, Complaint_WhatComesAtNightWaitsForTheMorning) {
  start(utc(2025, 7, 2, 3));  // 23:00 in New York, 20:00 in Phoenix
  EXPECT_EQ(goes(to(kNewYork)), utc(2025, 7, 2, 12));
  EXPECT_EQ(upstream.size(), 0u);
  EXPECT_EQ(goes(to(kPhoenix)), utc(2025, 7, 2, 3));
  EXPECT_EQ(upstream.size(), 1u);
  advance(8h + 55min);
  EXPECT_EQ(upstream.size(), 1u);
  advance(6min);
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Quiet, RefusedWhenItIsWorthNothingInTheMorning) {
  start(utc(2025, 7, 2, 3));
  auto s = to(kNewYork);
  s.valid_until = clock.wall() + 2h;
  offer(s);
  EXPECT_EQ(refused, std::vector{Reason::QuietHours});
  EXPECT_EQ(refusal(Reason::QuietHours).smpp, smpp::Status::InvExpiry);
}

TEST_F(Quiet, AScheduleIntoTheNightMovesToTheMorning) {
  start(utc(2025, 7, 1, 18));
  auto s = to(kNewYork);
  s.not_before = clock.wall() + 9h;
  EXPECT_EQ(goes(s), utc(2025, 7, 2, 12));
}

TEST_F(Quiet, WhereSeveralClocksMayBeAnyOfThemIsQuiet) {
  start(utc(2025, 7, 2, 13));  // 9:00 in New York, 6:00 in Los Angeles
  EXPECT_EQ(goes(to("15005550111")), utc(2025, 7, 2, 15));
  EXPECT_EQ(goes(to(kNewYork)), utc(2025, 7, 2, 13));
}

TEST_F(Quiet, HalfHoursAndUnknownPlaces) {
  start(utc(2025, 7, 1, 16));  // 21:30 in India
  EXPECT_EQ(goes(to("919812345678")), utc(2025, 7, 2, 2, 30));
  clock.advance(5h);
  EXPECT_EQ(goes(to("35312345678")), utc(2025, 7, 2, 8)) << "of no known prefix: UTC";
  EXPECT_EQ(goes(to("991234567890")), utc(2025, 7, 2, 8)) << "a zone that the machine does not know: UTC";
}

// New York: clocks go from 1:59 to 3:00 on 8 March 2026, and from 1:59 back to 1:00 on 1 November 2026.
TEST_F(Quiet, TheNightWhenTheClockJumps) {
  start(utc(2026, 3, 8, 4));  // 23:00 EST
  EXPECT_EQ(goes(to(kNewYork)), utc(2026, 3, 8, 12)) << "8:00 EDT";
  clock.advance(utc(2026, 11, 1, 3) - clock.wall());  // 23:00 EDT
  EXPECT_EQ(goes(to(kNewYork)), utc(2026, 11, 1, 13)) << "8:00 EST";
}

TEST_F(Quiet, AnEndThatTheClockSkipsOrShowsTwice) {
  catalogue.quiet_hours[0].to_minute = 2 * 60 + 30;
  start(utc(2026, 3, 8, 6));  // 1:00 EST
  EXPECT_EQ(goes(to(kNewYork)), utc(2026, 3, 8, 7)) << "2:30 never comes: 3:00 EDT does";
  catalogue.quiet_hours[0].to_minute = 90;
  service->update(std::make_shared<const Directory>(catalogue));
  clock.advance(utc(2026, 11, 1, 5) - clock.wall());  // 1:00 EDT
  EXPECT_EQ(goes(to(kNewYork)), utc(2026, 11, 1, 6, 30)) << "the second 1:30";
}

// Lord Howe changes by half an hour: 2:00 back to 1:30 on 5 April 2026.
TEST_F(Quiet, AJumpOfHalfAnHour) {
  start(utc(2026, 4, 4, 13));  // 24:00, +11
  EXPECT_EQ(goes(to("61291234567")), utc(2026, 4, 4, 21, 30)) << "8:00, +10:30";
}

TEST_F(Quiet, TheLongestPrefixAndTheCustomersOwnDecide) {
  catalogue.quiet_hours.push_back({std::nullopt, "1602", 0, 0, true});
  start(utc(2025, 7, 2, 6));  // 2:00 in New York, 23:00 in Phoenix, 7:00 in London
  EXPECT_EQ(goes(to(kPhoenix)), utc(2025, 7, 2, 6)) << "from equals to: never quiet";
  EXPECT_EQ(goes(to(kPhone)), utc(2025, 7, 2, 7));
  catalogue.quiet_hours.push_back({kCustomer, "44", 0, 10 * 60, true});
  catalogue.quiet_hours.push_back({make_id<CustomerId>(77), "1", 0, 1440, true});
  service->update(std::make_shared<const Directory>(catalogue));
  EXPECT_EQ(goes(to(kPhone)), utc(2025, 7, 2, 9));
  EXPECT_EQ(goes(to(kNewYork)), utc(2025, 7, 2, 6)) << "own hours hide everybody's, those of 1 too";
  catalogue.quiet_hours[2].enabled = false;
  service->update(std::make_shared<const Directory>(catalogue));
  EXPECT_EQ(goes(to(kNewYork)), utc(2025, 7, 2, 12));
}

TEST_F(Quiet, QuietAllDayIsRefused) {
  catalogue.quiet_hours[0] = {std::nullopt, "", 0, 1440, true};
  start(utc(2025, 7, 2, 12));
  offer(to(kNewYork));
  EXPECT_EQ(refused, std::vector{Reason::QuietHours});
}

TEST_F(Quiet, ARetryInTheNightWaitsToo) {
  start(utc(2025, 7, 2, 0, 59));  // 20:59 in New York
  clock.advance(58s);
  const auto id = send(to(kNewYork));
  ASSERT_EQ(upstream.size(), 1u);
  answer(0, smpp::Status::SysErr);
  advance(2min);
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(store.rows.at(id).not_before, WallTime(utc(2025, 7, 2, 12)));
  advance(11h);
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Quiet, WhatWaitedForAConnectorWaitsForTheMorning) {
  start(utc(2025, 7, 2, 0));
  bind(kOne, 0);
  const auto id = send(to(kNewYork));
  auto brief = to(kNewYork);
  brief.valid_until = clock.wall() + 6h;
  const auto worthless = send(brief);
  advance(2h);
  bind(kOne, 10);
  EXPECT_EQ(upstream.size(), 0u);
  EXPECT_EQ(store.rows.at(id).not_before, WallTime(utc(2025, 7, 2, 12)));
  EXPECT_EQ(state(worthless), domain::MessageState::Failed);
  EXPECT_EQ(reason(worthless), Reason::QuietHours);
}

TEST_F(Quiet, HoldsAfterARestart) {
  start(utc(2025, 7, 2, 0));
  bind(kOne, 0);
  send(to(kNewYork));
  upstream.window[kOne.value] = 10;
  clock.advance(3h);
  crash_and_boot(catalogue);
  EXPECT_EQ(upstream.size(), 0u);
  advance(9h + 1min);
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Quiet, AnswersToKeywordsGoAtOnce) {
  Settings settings;
  settings.stop_reply = "You are unsubscribed.";
  clock.advance(utc(2025, 7, 2, 3) - clock.wall());
  boot(catalogue, settings);
  IncomingPart part;
  part.source = kNewYork;
  part.destination = kNumber;
  part.short_message = "STOP";
  deliver(kOne, part);
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream.at(0).user_data, "You are unsubscribed.");
}

}  // namespace
}  // namespace warp::messaging::test
