#include "warp/messaging/smpp_gateway.h"

#include "warp/smpp/pdu/receipt.h"

#include "unit/messaging/gateway.h"

namespace warp::messaging::test {
namespace {

TEST(Passwords, AreComparedByHash) {
  EXPECT_TRUE(password_matches("secret", kHash));
  EXPECT_FALSE(password_matches("Secret", kHash));
  EXPECT_FALSE(password_matches("secret", ""));
  EXPECT_FALSE(password_matches("", ""));
}

TEST_F(Gateway, MessageGoesThroughAndItsReceiptComesBack) {
  Customer customer;
  const auto client = connect(customer, "secret");
  ASSERT_TRUE(until([&] { return customer.bound; }));
  std::string id;
  auto status = smpp::Status::UnknownErr;
  ASSERT_TRUE(client->submit(submit_sm("hello"), [&](const smpp::Reply& reply) {
    id = reply.message_id;
    status = reply.status;
  }));
  ASSERT_TRUE(until([&] { return !id.empty() && smsc.texts.size() == 1; }));
  EXPECT_EQ(status, smpp::Status::Ok);
  EXPECT_EQ(smsc.texts[0], "hello");
  ASSERT_TRUE(store.rows.count(*MessageId::parse(id)));

  smpp::Pdu receipt;
  receipt.header.command = smpp::CommandId::DeliverSm;
  smpp::ShortMessage sm;
  sm.source = {1, 1, kPhone};
  sm.destination = {1, 1, kNumber};
  sm.message.esm_class = 4;
  sm.message.short_message = "id:X1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:hello";
  receipt.body = sm;
  bool told = false;
  ASSERT_TRUE(smsc_server.deliver(smsc.session, receipt,
                                  [&](const smpp::Reply& r) { told = r.status == smpp::Status::Ok; }));
  ASSERT_TRUE(until([&] { return told && customer.delivered.size() == 1 && store.deliveries.empty(); }));
  EXPECT_NE(customer.delivered[0].find("id:" + id), std::string::npos);
  EXPECT_NE(customer.delivered[0].find("stat:DELIVRD"), std::string::npos);
}

TEST_F(Gateway, WrongPasswordIsRefused) {
  Customer customer;
  const auto client = connect(customer, "wrong");
  ASSERT_TRUE(until([&] { return customer.refused.has_value(); }));
  EXPECT_EQ(*customer.refused, smpp::Status::InvPaswd);
  EXPECT_EQ(gateway.sessions(kEsme), 0u);
}

TEST_F(Gateway, BindsBeyondTheLimitAreRefused) {
  Customer first, second;
  const auto one = connect(first, "secret");
  ASSERT_TRUE(until([&] { return first.bound; }));
  const auto two = connect(second, "secret");
  ASSERT_TRUE(until([&] { return second.refused.has_value(); }));
  EXPECT_EQ(*second.refused, smpp::Status::BindFail);
  EXPECT_EQ(gateway.sessions(kEsme), 1u);
}

TEST_F(Gateway, RefusalsHaveTheirStatus) {
  Customer customer;
  const auto client = connect(customer, "secret");
  ASSERT_TRUE(until([&] { return customer.bound; }));
  auto pdu = submit_sm("hello");
  std::get<smpp::ShortMessage>(pdu.body).source.digits = "12025550999";
  auto status = smpp::Status::Ok;
  bool answered = false;
  ASSERT_TRUE(client->submit(pdu, [&](const smpp::Reply& reply) {
    status = reply.status;
    answered = true;
  }));
  ASSERT_TRUE(until([&] { return answered; }));
  EXPECT_EQ(status, smpp::Status::InvSrcAdr);
}

}  // namespace
}  // namespace warp::messaging::test
