#include "../src/api/shared_reads.h"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace warp::api {
namespace {

namespace asio = boost::asio;

class SharedReadsTest : public ::testing::Test {
 protected:
  enum class Ends { Well, Badly, Thrown };

  static Answer look(SharedReadsTest* test) {
    const int number = ++test->looks_;
    const auto [error] = co_await test->gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    if (test->ends_ == Ends::Thrown) throw std::runtime_error("lost");
    if (test->ends_ == Ends::Badly) co_return Failure{ErrorCode::NotFound, "gone"};
    Reply reply;
    reply.data = Json(number);
    reply.headers.set("ETag", "\"" + std::to_string(number) + "\"");
    co_return reply;
  }

  void ask(const std::string& key) {
    const auto place = answers_.size();
    answers_.emplace_back("waits");
    asio::co_spawn(
        io_, reads_.answer(key, [this] { return look(this); }),
        [this, place](std::exception_ptr thrown, Outcome<Reply> outcome) {
          answers_[place] = thrown ? "thrown" : !outcome ? outcome.error().message : text_of(*outcome);
        });
    settle();
  }
  static std::string text_of(const Reply& reply) {
    const auto text = reply.text.empty() ? dump(reply.data) : reply.text;
    return text + std::string(reply.headers.get_or("ETag", ""));
  }
  // What looks ends; those that begin then wait at the gate again.
  void open() {
    gate_.cancel();
    settle();
  }
  void settle() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_{1};
  asio::steady_timer gate_{io_, asio::steady_timer::time_point::max()};
  SharedReads reads_;
  Ends ends_ = Ends::Well;
  int looks_ = 0;
  std::vector<std::string> answers_;
};

TEST_F(SharedReadsTest, WhoAsksWhileAnotherLooksIsAnsweredByTheNextLook) {
  for (int i = 0; i < 4; ++i)
    ask("trunks");
  EXPECT_EQ(looks_, 1);
  open();
  EXPECT_EQ(answers_, (std::vector<std::string>{"1\"1\"", "waits", "waits", "waits"}));
  EXPECT_EQ(looks_, 2) << "one of the others looks for all of them";
  ask("trunks");
  open();
  EXPECT_EQ(answers_, (std::vector<std::string>{"1\"1\"", "2\"2\"", "2\"2\"", "2\"2\"", "waits"}));
  open();
  EXPECT_EQ(answers_.back(), "3\"3\"") << "it asked when the second look had begun";
  ask("trunks");
  open();
  EXPECT_EQ(answers_.back(), "4\"4\"");
}

TEST_F(SharedReadsTest, OtherQuestionsDoNotWait) {
  ask("trunks");
  ask("numbers");
  EXPECT_EQ(looks_, 2);
  open();
  EXPECT_EQ(answers_, (std::vector<std::string>{"1\"1\"", "2\"2\""}));
}

TEST_F(SharedReadsTest, AFailureIsThatOfAll) {
  for (int i = 0; i < 3; ++i)
    ask("trunks");
  ends_ = Ends::Badly;
  open();
  open();
  EXPECT_EQ(answers_, (std::vector<std::string>{"gone", "gone", "gone"}));
  EXPECT_EQ(looks_, 2);
}

TEST_F(SharedReadsTest, NobodyWaitsForALookThatWasLost) {
  for (int i = 0; i < 3; ++i)
    ask("trunks");
  ends_ = Ends::Thrown;
  open();
  open();
  ends_ = Ends::Well;
  open();
  EXPECT_EQ(answers_, (std::vector<std::string>{"thrown", "thrown", "3\"3\""}));
  ask("trunks");
  open();
  EXPECT_EQ(answers_.back(), "4\"4\"");
}

}  // namespace
}  // namespace warp::api
