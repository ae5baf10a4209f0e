// What the tests of the message store share: a loop for the answers, and messages.
#pragma once

#include <future>

#include "warp/base/random.h"
#include "warp/store/message_store.h"

#include "integration/store_fixture.h"

namespace warp::test {

// The messaging thread of a test.
class Home final : public Executor {
 public:
  void post(std::function<void()> work) override { boost::asio::post(thread_.executor(), std::move(work)); }

 private:
  ControlThread thread_;
};

class MessageTest : public StoreTest {
 protected:
  using Message = domain::Message;
  using Live = domain::LiveMessages;

  static store::MessageStoreSettings settings(std::string node) {
    store::MessageStoreSettings out;
    out.node = std::move(node);
    return out;
  }
  void need_void(store::Task<void> task) {
    const auto outcome = t.run(std::move(task));
    if (!outcome) ADD_FAILURE() << to_string(outcome.error().kind) << ": " << outcome.error().message;
  }
  // A store of its own node, so that tests do not find each other's messages.
  std::unique_ptr<store::PgMessageStore> open(store::MessageStoreSettings wanted) {
    return std::make_unique<store::PgMessageStore>(t.pool, t.control.executor(), home, std::move(wanted),
                                                   t.metrics, t.log);
  }
  Message message() {
    Message out;
    out.accepted_at = clock.wall();
    out.id = MessageId{ids.uuid7(out.accepted_at)};
    out.customer = owner;
    out.from.digits = "12025550001";
    out.to.digits = "442079460000";
    out.text = "Grüße, {\"\\} 🛰";
    out.encoding = "ucs2";
    out.not_before = out.accepted_at;
    out.valid_until = out.accepted_at + std::chrono::hours(24);
    return out;
  }
  domain::MessageChange change_of(const Message& message, domain::MessageState state) {
    domain::MessageChange out;
    out.id = message.id;
    out.accepted_at = message.accepted_at;
    out.state = state;
    return out;
  }
  domain::Delivery delivery_of(const Message& message, std::string payload = "{}") {
    domain::Delivery out;
    out.message = message.id;
    out.customer = message.customer;
    out.url = "https://example.net/receipts";
    out.payload = std::move(payload);
    out.created_at = out.next_try = message.accepted_at;
    return out;
  }

  // Calls and waits: the answer of one call.
  template <class Call>
  bool durable(Call call) {
    std::promise<bool> promise;
    auto future = promise.get_future();
    call([&](bool value) { promise.set_value(value); });
    return future.get();
  }
  bool insert(domain::MessageStore& store, const Message& message) {
    return durable([&](domain::Done done) { store.insert(message, std::move(done)); });
  }
  bool change(domain::MessageStore& store, const domain::MessageChange& change) {
    return durable([&](domain::Done done) { store.change(change, std::move(done)); });
  }
  std::pair<bool, std::vector<domain::Delivery>> finish(domain::MessageStore& store, const Message& message,
                                                        const std::vector<domain::Delivery>& owed) {
    std::promise<std::pair<bool, std::vector<domain::Delivery>>> promise;
    store.finish(message, owed, [&](bool value, std::vector<domain::Delivery> deliveries) {
      promise.set_value({value, std::move(deliveries)});
    });
    return promise.get_future().get();
  }
  Live load(domain::MessageStore& store) {
    std::promise<std::pair<bool, Live>> promise;
    store.load([&](bool value, Live live) { promise.set_value({value, std::move(live)}); });
    auto [loaded, live] = promise.get_future().get();
    EXPECT_TRUE(loaded);
    return std::move(live);
  }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }

  SeededIdSource ids{static_cast<std::uint64_t>(
      std::hash<std::string>{}(::testing::UnitTest::GetInstance()->current_test_info()->name()))};
  Home home;
  const CustomerId owner = customer().id;
};

}  // namespace warp::test
