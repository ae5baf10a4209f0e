// Look-ups against a local HTTP server that answers as it was told to.
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/http/server.h"
#include "warp/integrations/telique.h"

#include "support/manual_clock.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using domain::kLookupAniLrn;
using domain::kLookupCnam;
using domain::kLookupDniLrn;
using domain::kLookupDno;
using domain::kLookupTollFree;
using domain::LookupAnswer;
using domain::Lookups;
using domain::LookupState;
using testing::ElementsAre;
using testing::HasSubstr;

// The thread of a shard: what is posted runs at once, and wakes who waits.
class Home final : public Executor {
 public:
  void post(std::function<void()> work) override { work(); }
};

class TeliqueLookupTest : public ::testing::Test {
 protected:
  struct Answer {
    unsigned status = 200;
    std::string body = "{}";
    std::string retry_after = {};
    bool hold = false;  // until release()
  };

  TeliqueLookupTest() {
    for (const char* pattern : {"/v1/telique/{a}/{b}", "/v1/telique/{a}/{b}/{c}/{d}"}) {
      http::Route route;
      route.pattern = pattern;
      route.handler = [this](http::Request request) { return answer(std::move(request)); };
      router_.add(std::move(route));
    }
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             http::Hooks{}, system_clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    settings_.token = "tlq_test";
    settings_.timeout = 5s;
    settings_.calls_per_second = 1'000;
    settings_.cache_entries = 1'024;
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TeliqueLookupTest() override {
    release();
    if (lookup_) asio::co_spawn(io_, lookup_->close(), asio::use_future).get();
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    work_.reset();
    io_.stop();
    thread_.join();
    lookup_.reset();
    client_.reset();
  }

  void begin() {
    http::PooledClientSettings wire;
    wire.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/telique/";
    wire.timeout = settings_.timeout;
    client_ = std::make_unique<TeliqueClient>(std::move(*http::PooledClient::make(wire)), settings_, clock_,
                                              log_, metrics_);
    lookup_ =
        std::make_unique<TeliqueLookup>(*client_, settings_, io_.get_executor(), clock_, log_, metrics_);
  }
  // At once or later.
  LookupAnswer ask(Lookups wanted, const std::string& ani = "12125550100",
                   const std::string& dni = "17165550100") {
    return ask_later(wanted, ani, dni).get();
  }
  std::future<LookupAnswer> ask_later(Lookups wanted, const std::string& ani = "12125550100",
                                      const std::string& dni = "17165550100") {
    if (!lookup_) begin();
    domain::LookupRequest request;
    request.ani = ani;
    request.dni = dni;
    request.wanted = wanted;
    request.lata = 32;
    const auto promise = std::make_shared<std::promise<LookupAnswer>>();
    auto future = promise->get_future();
    auto now = lookup_->lookup(request, home_,
                               [promise](LookupAnswer late) { promise->set_value(std::move(late)); });
    if (now) promise->set_value(std::move(*now));
    return future;
  }
  void say(const std::string& path, std::deque<Answer> answers) {
    const std::lock_guard guard(mutex_);
    script_[path] = std::move(answers);
  }
  std::vector<std::string> asked() {
    const std::lock_guard guard(mutex_);
    return asked_;
  }
  void release() {
    asio::post(io_, [this] { gate_.cancel(); });
  }
  std::uint64_t requests(const char* kind, const char* outcome) {
    return metrics_
        .counter("warp_lookup_requests_total",
                 "Questions to the look-up service, also those that were not asked.",
                 {{"kind", kind}, {"outcome", outcome}})
        .value();
  }

  asio::awaitable<http::Response> answer(http::Request request) {
    Answer found{404, R"({"error": {"code": "NOT_FOUND", "message": "no"}})", {}, false};
    {
      const std::lock_guard guard(mutex_);
      asked_.push_back(request.target);
      token_ = request.headers.get_or("x-api-token", "");
      const auto path = request.path.substr(std::string("/v1/telique").size());
      if (auto& script = script_[path]; !script.empty()) {
        found = script.front();
        if (script.size() > 1) script.pop_front();
      }
    }
    if (found.hold) {
      const auto [error] = co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
      static_cast<void>(error);
    }
    auto response = http::Response::text(found.status, found.body, "application/json");
    if (!found.retry_after.empty()) response.headers.set("Retry-After", found.retry_after);
    co_return response;
  }

  TeliqueSettings settings_;
  test::ManualClock clock_;
  SystemClock system_clock_;
  log::Logger log_{{.level = log::Level::Error, .file = "/dev/null"}};
  metrics::Registry metrics_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  asio::steady_timer gate_{io_, asio::steady_timer::time_point::max()};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  Home home_;
  std::unique_ptr<TeliqueClient> client_;
  std::unique_ptr<TeliqueLookup> lookup_;
  std::mutex mutex_;  // guards the three below
  std::map<std::string, std::deque<Answer>> script_;
  std::vector<std::string> asked_;
  std::string token_;
};

constexpr const char* kPorted = R"({"lrn": "4155550000", "metadata": {"spid": "7421"}})";

TEST_F(TeliqueLookupTest, AsksOnceAndRemembers) {
  say("/lrn/7165550100", {{200, kPorted}});
  const auto first = ask(kLookupDniLrn);
  EXPECT_EQ(first.state, LookupState::Fresh);
  EXPECT_EQ(first.dni_lrn, "14155550000");
  EXPECT_EQ(first.dni_spid, "7421");
  EXPECT_FALSE(first.ani_lrn);
  EXPECT_EQ(token_, "tlq_test");
  EXPECT_THAT(asked(), ElementsAre("/v1/telique/lrn/7165550100?format=json"));
  const auto again = ask(kLookupDniLrn);
  EXPECT_EQ(again.state, LookupState::Cached);
  EXPECT_EQ(again.note, "cached");
  EXPECT_EQ(again.dni_lrn, "14155550000");
  EXPECT_EQ(asked().size(), 1u);
  clock_.advance(16min);
  EXPECT_EQ(ask(kLookupDniLrn).state, LookupState::Fresh);
  EXPECT_EQ(asked().size(), 2u);
}

TEST_F(TeliqueLookupTest, ANumberThatIsNotPortedIsItsOwnLrnAndThatIsRemembered) {
  EXPECT_EQ(ask(kLookupDniLrn).dni_lrn, "17165550100");
  EXPECT_EQ(ask(kLookupDniLrn).dni_lrn, "17165550100");
  EXPECT_EQ(asked().size(), 1u);
  EXPECT_EQ(requests("lrn", "not_found"), 1u);
}

TEST_F(TeliqueLookupTest, AllOfThemTogether) {
  say("/lrn/2125550100", {{200, R"({"lrn": "2125559999", "spid": "1111"})"}});
  say("/lrn/7165550100", {{200, kPorted}});
  say("/cnam/2125550100", {{200, R"({"calling_name": "ALICE", "calling_name_status": "available"})"}});
  say("/dno/2125550100", {{200, R"({"is_dno": true})"}});
  const auto got = ask(kLookupAniLrn | kLookupDniLrn | kLookupCnam | kLookupDno);
  EXPECT_EQ(got.state, LookupState::Fresh);
  EXPECT_EQ(got.ani_lrn, "12125559999");
  EXPECT_EQ(got.ani_spid, "1111");
  EXPECT_EQ(got.cnam, "ALICE");
  EXPECT_TRUE(got.do_not_originate);
  EXPECT_EQ(asked().size(), 4u);
}

TEST_F(TeliqueLookupTest, TheCarrierOfATollFreeNumberDependsOnTheCaller) {
  say("/cic/8005550100/2125550100/032", {{200, R"({"cic": "0288"})"}});
  say("/cic/8005550100/2125550101/032", {{200, R"({"cic": "0333"})"}});
  EXPECT_EQ(ask(kLookupTollFree, "12125550100", "18005550100").cic, "0288");
  EXPECT_EQ(ask(kLookupTollFree, "12125550101", "18005550100").cic, "0333");
  EXPECT_EQ(ask(kLookupTollFree, "12125550100", "18005550100").state, LookupState::Cached);
}

TEST_F(TeliqueLookupTest, WhatMakesNoSenseIsNotAsked) {
  EXPECT_EQ(ask(kLookupDniLrn | kLookupDno, "442079460123", "442079460124").state, LookupState::Cached);
  EXPECT_EQ(ask(kLookupDniLrn, "12125550100", "18005550100").state, LookupState::Cached);
  EXPECT_TRUE(asked().empty());
}

TEST_F(TeliqueLookupTest, OneQuestionForAllWhoWait) {
  say("/lrn/7165550100", {{200, kPorted, {}, true}});
  std::vector<std::future<LookupAnswer>> waiting;
  for (int i = 0; i < 20; ++i)
    waiting.push_back(ask_later(kLookupDniLrn));
  while (asked().empty())
    std::this_thread::yield();
  release();
  for (auto& one : waiting)
    EXPECT_EQ(one.get().dni_lrn, "14155550000");
  EXPECT_EQ(asked().size(), 1u);
}

TEST_F(TeliqueLookupTest, ThereIsAnAnswerWithinTheLimit) {
  settings_.timeout = 100ms;
  say("/lrn/7165550100", {{200, kPorted, {}, true}});
  say("/lrn/2125550100", {{200, R"({"lrn": "2125559999"})"}});
  const auto began = std::chrono::steady_clock::now();
  const auto got = ask(kLookupAniLrn | kLookupDniLrn);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(got.state, LookupState::Partial);
  EXPECT_EQ(got.ani_lrn, "12125559999");
  EXPECT_FALSE(got.dni_lrn);
  EXPECT_THAT(got.note, HasSubstr("LRN timed out"));
}

TEST_F(TeliqueLookupTest, ANameThatIsNotToBeHadLeavesTheRestWhole) {
  say("/lrn/7165550100", {{200, kPorted}});
  say("/cnam/2125550100", {{503, "no"}});
  const auto got = ask(kLookupDniLrn | kLookupCnam);
  EXPECT_EQ(got.state, LookupState::Fresh);
  EXPECT_EQ(got.note, "CNAM failed");
  EXPECT_EQ(ask(kLookupCnam, "12125550101").state, LookupState::Fresh) << "404: no name is an answer";
}

TEST_F(TeliqueLookupTest, WhatCannotBeReadIsAFailureAndIsNotRemembered) {
  for (const char* body : {"", "7165550000;7421", "{", R"({"lrn": 7})", "[]"}) {
    say("/lrn/7165550100", {{200, body}});
    const auto got = ask(kLookupDniLrn);
    EXPECT_EQ(got.state, LookupState::Absent) << body;
    EXPECT_EQ(got.note, "LRN failed") << body;
    say("/dno/2125550100", {{200, R"({"is_dno": false})"}});
    ask(kLookupDno, "12125550100");
    clock_.advance(16min);  // past what is remembered: the next success closes the row of failures
    ask(kLookupDno, "12125550100");
  }
}

TEST_F(TeliqueLookupTest, FailuresOpenACircuitAndOneQuestionClosesIt) {
  settings_.breaker_failures = 3;
  settings_.breaker_rest = 15s;
  say("/lrn/7165550100", {{502, "no"}});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(kLookupDniLrn).note, "LRN failed");
  EXPECT_EQ(asked().size(), 3u);
  const auto resting = ask(kLookupDniLrn);
  EXPECT_EQ(resting.state, LookupState::Absent);
  EXPECT_EQ(resting.note, "LRN not asked: circuit open");
  EXPECT_EQ(asked().size(), 3u);
  clock_.advance(16s);
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN failed") << "one looks";
  EXPECT_EQ(asked().size(), 4u);
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN not asked: circuit open");
  clock_.advance(16s);
  say("/lrn/7165550100", {{200, kPorted}});
  EXPECT_EQ(ask(kLookupDniLrn).state, LookupState::Fresh);
  EXPECT_EQ(ask(kLookupAniLrn).state, LookupState::Fresh) << "it is closed";
}

TEST_F(TeliqueLookupTest, NonsenseOpensACircuitToo) {
  settings_.breaker_failures = 3;
  say("/lrn/7165550100", {{200, "<html>"}});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(kLookupDniLrn).note, "LRN failed");
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN not asked: circuit open");
  EXPECT_EQ(requests("lrn", "failed"), 3u);
  EXPECT_EQ(requests("lrn", "ok"), 0u);
}

TEST_F(TeliqueLookupTest, WhileOneLooksTheOthersDoNot) {
  settings_.breaker_failures = 1;
  say("/lrn/7165550100", {{502, "no"}, {200, kPorted, {}, true}});
  ask(kLookupDniLrn);
  clock_.advance(16s);
  auto probe = ask_later(kLookupDniLrn);
  while (asked().size() < 2)
    std::this_thread::yield();
  EXPECT_EQ(ask(kLookupAniLrn).note, "LRN not asked: circuit open");
  release();
  EXPECT_EQ(probe.get().state, LookupState::Fresh);
  EXPECT_EQ(ask(kLookupAniLrn).state, LookupState::Fresh);
}

TEST_F(TeliqueLookupTest, ALimitIsKeptToForAsLongAsItSays) {
  say("/lrn/7165550100", {{429, "no", "7"}, {200, kPorted}});
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN rate limited");
  clock_.advance(6s);
  EXPECT_EQ(ask(kLookupDniLrn).state, LookupState::Absent);
  EXPECT_EQ(asked().size(), 1u);
  clock_.advance(2s);
  EXPECT_EQ(ask(kLookupDniLrn).state, LookupState::Fresh);
}

TEST_F(TeliqueLookupTest, ALimitThatSaysNoTimeIsKeptToEverLonger) {
  settings_.backoff = 500ms;
  say("/lrn/7165550100", {{429, "no"}});
  ask(kLookupDniLrn);
  clock_.advance(600ms);
  ask(kLookupDniLrn);
  EXPECT_EQ(asked().size(), 2u);
  clock_.advance(600ms);
  ask(kLookupDniLrn);
  EXPECT_EQ(asked().size(), 2u) << "twice as long now";
  clock_.advance(600ms);
  ask(kLookupDniLrn);
  EXPECT_EQ(asked().size(), 3u);
}

TEST_F(TeliqueLookupTest, NoMoreQuestionsASecondThanTheCeiling) {
  settings_.calls_per_second = 3;
  int answered = 0;
  for (int i = 0; i < 5; ++i)
    answered += ask(kLookupDniLrn, "12125550100", "1716555010" + std::to_string(i)).dni_lrn.has_value();
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(requests("lrn", "ceiling"), 2u);
  clock_.advance(1s);
  EXPECT_TRUE(ask(kLookupDniLrn, "12125550100", "17165550109").dni_lrn);
}

TEST_F(TeliqueLookupTest, ARefusedTokenIsAFailureLikeOthers) {
  settings_.breaker_failures = 2;
  say("/lrn/7165550100", {{401, "no"}, {403, "no"}});
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN refused");
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN refused");
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN not asked: circuit open");
  EXPECT_EQ(requests("lrn", "denied"), 2u);
}

TEST_F(TeliqueLookupTest, OurOwnBadQuestionOpensNothing) {
  settings_.breaker_failures = 1;
  say("/lrn/7165550100", {{400, "no"}});
  EXPECT_EQ(ask(kLookupDniLrn).note, "LRN refused");
  EXPECT_EQ(ask(kLookupAniLrn).state, LookupState::Fresh);
}

TEST_F(TeliqueLookupTest, WhoWaitsAtTheEndIsAnswered) {
  say("/lrn/7165550100", {{200, kPorted, {}, true}});
  auto waiting = ask_later(kLookupDniLrn);
  while (asked().empty())
    std::this_thread::yield();
  asio::co_spawn(io_, lookup_->close(), asio::use_future).get();
  EXPECT_EQ(waiting.get().state, LookupState::Absent);
  EXPECT_EQ(ask(kLookupDniLrn).state, LookupState::Absent);
}

}  // namespace
}  // namespace warp::integrations
