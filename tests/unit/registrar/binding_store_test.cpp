#include "warp/registrar/binding_store.h"

#include <gtest/gtest.h>

#include "support/catalogue_builder.h"
#include "support/manual_clock.h"

namespace warp::registrar {
namespace {

using namespace std::chrono_literals;
using test::id_of;

class BindingStoreTest : public testing::Test {
 protected:
  BindingStoreTest() {
    store.on_change([this](Change change) { changes.push_back(std::move(change)); });
  }
  domain::Binding binding(std::string id, std::string node = "here") const {
    domain::Binding b;
    b.id = std::move(id);
    b.user = "alice";
    b.contact = "sip:alice@192.0.2.1";
    b.node = std::move(node);
    b.received = *domain::SocketAddress::parse("192.0.2.1:5060");
    b.local = *domain::SocketAddress::parse("198.51.100.1:5060");
    b.registered_at = clock.wall();
    b.expires_at = clock.wall() + 60s;
    return b;
  }
  void add(domain::Binding one) {
    store.edit(address, [&](BindingStore::List& list) {
      list.push_back(std::move(one));
      return true;
    });
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& one : store.of(address))
      all.push_back(one.id);
    return all;
  }

  test::ManualClock clock;
  metrics::Registry metrics;
  BindingStore store{"here", clock, metrics};
  const AddressOfRecord address{id_of<TrunkId>(1), "alice"};
  std::vector<Change> changes;
};

TEST_F(BindingStoreTest, TellsWhatChanged) {
  add(binding("a"));
  add(binding("b"));
  EXPECT_TRUE(store.evict(address, "a"));
  EXPECT_FALSE(store.evict(address, "a"));
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[2].removed, std::vector<std::string>{"a"});
  EXPECT_EQ(store.own(), std::vector<AddressOfRecord>{address});
  clock.advance(61s);
  store.expire();
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[3].removed, std::vector<std::string>{"b"});
  EXPECT_TRUE(store.own().empty());
}

TEST_F(BindingStoreTest, WhatIsRefreshedEndsWhenItsLastTimeIsOver) {
  const auto refresh = [this](const std::string& id) {
    auto fresh = binding(id);
    store.edit(address, [&](BindingStore::List& list) {
      std::erase_if(list, [&](const auto& one) { return one.id == id; });
      list.push_back(fresh);
      return true;
    });
  };
  refresh("a");
  for (int i = 0; i < 5; ++i) {
    clock.advance(40s);
    if (i < 3) refresh("b");
    refresh("a");
    store.expire();
  }
  // "b" ended 20 s ago, "a" lives for 60 s.
  EXPECT_EQ(store.size(), 1u);
  EXPECT_EQ(ids(), std::vector<std::string>{"a"});
  clock.advance(59s);
  store.expire();
  EXPECT_EQ(store.size(), 1u);
  clock.advance(1s);
  changes.clear();
  store.expire();
  EXPECT_EQ(store.size(), 0u);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].removed, std::vector<std::string>{"a"});
  // It comes and goes anew.
  refresh("a");
  clock.advance(60s);
  store.expire();
  EXPECT_EQ(store.size(), 0u);
}

TEST_F(BindingStoreTest, TakesOtherNodesWordForTheirOwn) {
  add(binding("mine"));
  auto theirs = binding("theirs", "there");
  theirs.connection = 9;
  store.merge(address, {theirs, binding("lost", "here")}, false);
  EXPECT_EQ(ids(), (std::vector<std::string>{"mine", "theirs"}));
  EXPECT_EQ(store.of(address)[1].connection, 0u);
  store.merge(address, {}, false);
  EXPECT_EQ(ids(), std::vector<std::string>{"mine"});
  EXPECT_EQ(changes.size(), 1u);
}

TEST_F(BindingStoreTest, ARestartTakesUpItsOwn) {
  store.merge(address, {binding("a")}, true);
  EXPECT_EQ(ids(), std::vector<std::string>{"a"});
}

TEST_F(BindingStoreTest, ADeviceThatMovedIsWhereItRegisteredLast) {
  add(binding("a"));
  clock.advance(5s);
  auto moved = binding("a", "there");
  moved.contact = "sip:alice@192.0.2.2";
  store.merge(address, {moved}, false);
  ASSERT_EQ(ids().size(), 1u);
  EXPECT_EQ(store.of(address)[0].node, "there");
  auto older = moved;
  older.registered_at -= 2s;
  older.contact = "sip:old@192.0.2.3";
  store.merge(address, {older}, false);
  EXPECT_EQ(store.of(address)[0].contact, "sip:alice@192.0.2.2");
}

TEST_F(BindingStoreTest, AConnectionTakesAlongWhatItsLastRegistrationsWere) {
  auto phone = binding("phone");
  phone.connection = 7;
  auto desk = binding("desk");
  desk.connection = 8;
  add(phone);
  add(desk);
  store.drop_connection(9);
  store.drop_connection(0);
  EXPECT_EQ(ids(), (std::vector<std::string>{"phone", "desk"}));
  // It registers again by another connection, then loses the one that it has left.
  store.edit(address, [](BindingStore::List& list) {
    list[0].connection = 10;
    return true;
  });
  store.drop_connection(7);
  EXPECT_EQ(ids(), (std::vector<std::string>{"phone", "desk"}));
  store.drop_connection(8);
  EXPECT_EQ(ids(), std::vector<std::string>{"phone"});
  EXPECT_EQ(changes.back().removed, std::vector<std::string>{"desk"});
  store.drop_connection(10);
  EXPECT_EQ(store.size(), 0u);
  const auto told = changes.size();
  store.drop_connection(10);
  EXPECT_EQ(changes.size(), told);
}

TEST_F(BindingStoreTest, NothingOfABindingIsLostOnTheWay) {
  auto one = binding("a");
  one.user =
      "a\"l\\i\x01"
      "ce";
  one.credential = id_of<TrunkId>(7).value;
  one.credential_version = -3;
  one.contact = "sip:z\xc3\xbcrich@192.0.2.1";
  one.path = {"<sip:edge;lr>", "<sip:\"core\";lr;ob>"};
  one.reg_id = 4'000'000'000;
  one.transport = domain::SipTransport::Wss;
  one.received = *domain::SocketAddress::parse("[2001:db8::1]:5061");
  one.listener = 3;
  one.call_id = "c@1";
  one.cseq = 2'147'483'647;
  const auto text = to_text(one);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto again = binding_from_text(text);
  ASSERT_TRUE(again) << text;
  EXPECT_EQ(again->user, one.user);
  EXPECT_EQ(again->credential, one.credential);
  EXPECT_EQ(again->credential_version, -3);
  EXPECT_EQ(again->contact, one.contact);
  EXPECT_EQ(again->path, one.path);
  EXPECT_EQ(again->instance, "");
  EXPECT_EQ(again->reg_id, one.reg_id);
  EXPECT_EQ(again->received, one.received);
  EXPECT_EQ(again->local, one.local);
  EXPECT_EQ(again->transport, one.transport);
  EXPECT_EQ(again->listener, 3);
  EXPECT_EQ(again->node, "here");
  EXPECT_EQ(again->q, 1000);
  EXPECT_FALSE(again->gin);
  EXPECT_EQ(again->call_id, one.call_id);
  EXPECT_EQ(again->cseq, one.cseq);
  EXPECT_EQ(again->registered_at, one.registered_at);
  EXPECT_EQ(again->expires_at, one.expires_at);
}

TEST_F(BindingStoreTest, ABindingTravelsAsText) {
  auto one = binding("a");
  one.path = {"<sip:edge;lr>"};
  one.instance = "<urn:uuid:1>";
  one.user_agent = "bad \xff octets";
  one.gin = true;
  one.q = 500;
  one.credential_version = 42;
  const auto again = binding_from_text(to_text(one));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, "a");
  EXPECT_EQ(again->path, one.path);
  EXPECT_EQ(again->expires_at, one.expires_at);
  EXPECT_EQ(again->credential_version, 42);
  EXPECT_TRUE(again->gin);
  EXPECT_FALSE(binding_from_text("{}"));
  EXPECT_FALSE(binding_from_text("nonsense"));
  EXPECT_FALSE(binding_from_text(R"({"id":1,"user":2,"contact":3,"node":4})"));
}

}  // namespace
}  // namespace warp::registrar
