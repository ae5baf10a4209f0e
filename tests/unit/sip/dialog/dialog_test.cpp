#include "warp/sip/dialog/dialog.h"

#include <gtest/gtest.h>

#include "support/sip_text.h"

namespace warp::sip {
namespace {

const Flow kFlow{*domain::SocketAddress::parse("203.0.113.5:5080"),
                 *domain::SocketAddress::parse("192.0.2.1:5060"), 2};

Message parse(const std::string& text) {
  auto message = Message::parse(text);
  EXPECT_TRUE(message) << text;
  return std::move(*message);
}

test::RequestText invite(const std::string& extra) {
  test::RequestText request;
  request.from = "\"Alice\" <sip:alice@192.0.2.9>;tag=a";
  request.extra = "Contact: <sip:alice@198.51.100.9:5070>\r\n" + extra;
  return request;
}

Dialog uas(const std::string& extra = {}) {
  return Dialog::as_uas(parse(invite(extra).text()), "local", "sip:warp@192.0.2.1:5060", kFlow);
}

Dialog uac(const std::string& extra = {}, const std::string& contact = "<sip:bob@198.51.100.2>") {
  const auto request = parse(test::RequestText{}.text());
  const auto response = parse(test::response_text(request, 200, "b", "Contact: " + contact + "\r\n" + extra));
  return Dialog::as_uac(response, "sip:alice@192.0.2.9", "sip:15550100@192.0.2.1", "sip:warp@192.0.2.1:5060",
                        1, kFlow);
}

Message begin(Dialog& dialog, Method method, std::optional<std::uint32_t> cseq = {}) {
  std::string out;
  Writer writer(out);
  dialog.begin_request(writer, method, "z9hG4bKx", "192.0.2.1:5060", cseq);
  writer.finish();
  EXPECT_TRUE(writer.ok());
  return parse(out);
}

std::vector<std::string> routes(const Message& message) {
  std::vector<std::string> all;
  for (const auto& header : message.headers())
    if (header.id == HeaderId::Route) all.emplace_back(header.value);
  return all;
}

TEST(Dialog, TheAnsweringSideSwapsTheAddresses) {
  auto dialog = uas();
  const auto bye = begin(dialog, Method::Bye);
  EXPECT_EQ(bye.method(), Method::Bye);
  EXPECT_EQ(bye.request_uri(), "sip:alice@198.51.100.9:5070");
  EXPECT_EQ(bye.from().uri, "sip:15550100@192.0.2.1");
  EXPECT_EQ(bye.from().tag, "local");
  EXPECT_EQ(bye.to().uri, "sip:alice@192.0.2.9");
  EXPECT_EQ(bye.to().tag, "a");
  EXPECT_EQ(bye.call_id(), "call-1@192.0.2.9");
  EXPECT_EQ(bye.cseq().number, 1u);
  EXPECT_EQ(bye.via().branch, "z9hG4bKx");
  EXPECT_EQ(bye.via().host, "192.0.2.1");
  EXPECT_TRUE(bye.via().rport_asked);
  EXPECT_EQ(bye.max_forwards(), 70);
  EXPECT_FALSE(bye.has(HeaderId::Contact));
}

TEST(Dialog, TheCallingSideGoesOnCounting) {
  auto dialog = uac();
  const auto ack = begin(dialog, Method::Ack, 1);
  EXPECT_EQ(ack.cseq().number, 1u);
  EXPECT_EQ(ack.cseq().method, Method::Ack);
  EXPECT_EQ(ack.from().tag, "a");
  EXPECT_EQ(ack.to().tag, "b");
  const auto reinvite = begin(dialog, Method::Invite);
  EXPECT_EQ(reinvite.cseq().number, 2u);
  ASSERT_TRUE(reinvite.contact());
  EXPECT_EQ(reinvite.contact()->uri, "sip:warp@192.0.2.1:5060");
  EXPECT_EQ(begin(dialog, Method::Bye).cseq().number, 3u);
  EXPECT_EQ(dialog.local_cseq(), 3u);
}

TEST(Dialog, LooseRoutesKeepTheTarget) {
  const std::string records =
      "Record-Route: <sip:198.51.100.1;lr>, <sip:198.51.100.2:5062;lr;x=y>\r\n"
      "Record-Route: <sip:198.51.100.3;lr>\r\n";
  auto answering = uas(records);
  auto message = begin(answering, Method::Bye);
  EXPECT_EQ(message.request_uri(), "sip:alice@198.51.100.9:5070");
  EXPECT_EQ(routes(message),
            (std::vector<std::string>{"<sip:198.51.100.1;lr>", "<sip:198.51.100.2:5062;lr;x=y>",
                                      "<sip:198.51.100.3;lr>"}));
  EXPECT_EQ(answering.next_hop().to_string(), "198.51.100.1:5060");

  auto calling = uac(records);
  message = begin(calling, Method::Bye);
  EXPECT_EQ(message.request_uri(), "sip:bob@198.51.100.2");
  EXPECT_EQ(routes(message),
            (std::vector<std::string>{"<sip:198.51.100.3;lr>", "<sip:198.51.100.2:5062;lr;x=y>",
                                      "<sip:198.51.100.1;lr>"}));
  EXPECT_EQ(calling.next_hop().to_string(), "198.51.100.3:5060");
}

TEST(Dialog, AStrictFirstHopBecomesTheRequestUri) {
  auto dialog = uas("Record-Route: <sip:198.51.100.1:5061>, <sip:198.51.100.2;lr>\r\n");
  const auto message = begin(dialog, Method::Bye);
  EXPECT_EQ(message.request_uri(), "sip:198.51.100.1:5061");
  EXPECT_EQ(routes(message),
            (std::vector<std::string>{"<sip:198.51.100.2;lr>", "<sip:alice@198.51.100.9:5070>"}));
  EXPECT_EQ(dialog.next_hop().to_string(), "198.51.100.1:5061");
}

TEST(Dialog, NextHopIsTheTargetWhenUdpReachesItAndElseTheFlow) {
  const auto hop = [](const std::string& contact) { return uac({}, contact).next_hop().to_string(); };
  EXPECT_EQ(hop("<sip:bob@198.51.100.2:5070>"), "198.51.100.2:5070");
  EXPECT_EQ(hop("<sip:bob@198.51.100.2;transport=UDP>"), "198.51.100.2:5060");
  EXPECT_EQ(hop("<sip:bob@[2001:db8::2]>"), "[2001:db8::2]:5060");
  EXPECT_EQ(hop("<sip:bob@host.example;maddr=198.51.100.7>"), "198.51.100.7:5060");
  EXPECT_EQ(hop("<sip:bob@host.example>"), "203.0.113.5:5080");
  EXPECT_EQ(hop("<sip:bob@198.51.100.2;transport=tcp>"), "203.0.113.5:5080");
  EXPECT_EQ(hop("<sips:bob@198.51.100.2>"), "203.0.113.5:5080");
}

TEST(Dialog, TheTargetNamesItsTransport) {
  const auto target = [](const std::string& contact) {
    const auto dialog = uac({}, contact);
    const auto next = dialog.next_target();
    return std::string(to_string(next.transport)) + " " + next.address.to_string();
  };
  EXPECT_EQ(target("<sip:bob@198.51.100.2>"), "UDP 198.51.100.2:5060");
  EXPECT_EQ(target("<sip:bob@198.51.100.2;transport=tcp>"), "TCP 198.51.100.2:5060");
  EXPECT_EQ(target("<sip:bob@198.51.100.2;transport=TLS>"), "TLS 198.51.100.2:5061");
  EXPECT_EQ(target("<sips:bob@198.51.100.2:5071>"), "TLS 198.51.100.2:5071");
  EXPECT_EQ(target("<sips:bob@198.51.100.2;transport=tcp>"), "TLS 198.51.100.2:5061");
  EXPECT_EQ(target("<sip:bob@198.51.100.2;transport=ws>"), "WS 198.51.100.2:80");
  EXPECT_EQ(target("<sips:bob@198.51.100.2;transport=ws>"), "WSS 198.51.100.2:443");
  EXPECT_EQ(target("<sip:bob@198.51.100.2;transport=sctp>"), "UDP 203.0.113.5:5080");
}

TEST(Dialog, ViaNamesTheTransport) {
  auto flow = kFlow;
  flow.transport = SipTransport::Tls;
  auto dialog = Dialog::as_uas(parse(test::RequestText{}.text()), "local", "<sip:warp@192.0.2.1>", flow);
  EXPECT_EQ(dialog.remote_target(), "sip:203.0.113.5:5080;transport=tls");
  EXPECT_EQ(begin(dialog, Method::Bye).via().transport, "TLS");
  std::string out;
  Writer writer(out);
  dialog.begin_request(writer, Method::Bye, "z9hG4bKx", "192.0.2.1:5060", {}, SipTransport::Tcp);
  writer.finish();
  EXPECT_EQ(parse(out).via().transport, "TCP");
}

TEST(Dialog, TheJournalKeepsTransportAndPeer) {
  auto flow = kFlow;
  flow.transport = SipTransport::Tls;
  flow.peer = 4'000'000'000;
  flow.connection = 9;
  const auto text = Dialog::as_uas(parse(test::RequestText{}.text()), "local", "", flow).serialize();
  const auto restored = Dialog::restore(text);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->flow().transport, SipTransport::Tls);
  EXPECT_EQ(restored->flow().peer, flow.peer);
  EXPECT_EQ(restored->flow().connection, 0u) << "it ended with its process";
  EXPECT_EQ(restored->serialize(), text);
  EXPECT_EQ(uas().serialize().substr(0, 4), "WD1;") << "as it ever was over UDP";
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_FALSE(Dialog::restore(text.substr(0, cut)));
}

TEST(Dialog, MatchesByCallIdAndBothTags) {
  const auto dialog = uas();
  test::RequestText request{.method = "BYE"};
  request.to += ";tag=local";
  EXPECT_TRUE(dialog.matches(parse(request.text())));
  EXPECT_TRUE(uac().matches(parse(test::response_text(parse(test::RequestText{}.text()), 200, "b"))));
  EXPECT_FALSE(uac().matches(parse(test::response_text(parse(test::RequestText{}.text()), 200, "c"))));
  auto other = request;
  other.to = "<sip:15550100@192.0.2.1>;tag=other";
  EXPECT_FALSE(dialog.matches(parse(other.text())));
  other = request;
  other.from = "<sip:alice@192.0.2.9>;tag=other";
  EXPECT_FALSE(dialog.matches(parse(other.text())));
  other = request;
  other.call_id = "other";
  EXPECT_FALSE(dialog.matches(parse(other.text())));
}

TEST(Dialog, CSeqOnlyGrows) {
  auto dialog = uas();  // its INVITE had 1
  EXPECT_FALSE(dialog.accept_cseq(1));
  EXPECT_TRUE(dialog.accept_cseq(5));
  EXPECT_FALSE(dialog.accept_cseq(5));
  EXPECT_FALSE(dialog.accept_cseq(4));
  EXPECT_TRUE(dialog.accept_cseq(6));
  EXPECT_TRUE(uac().accept_cseq(0));
}

TEST(Dialog, TheTargetIsRefreshedByAUsableContactOnly) {
  auto dialog = uas();
  auto request = invite("");
  request.extra = "Contact: <sip:alice@198.51.100.77>\r\n";
  dialog.refresh_target(parse(request.text()));
  EXPECT_EQ(dialog.remote_target(), "sip:alice@198.51.100.77");
  request.extra = "";
  dialog.refresh_target(parse(request.text()));
  request.extra = "Contact: <tel:+15550100>\r\n";
  dialog.refresh_target(parse(request.text()));
  EXPECT_EQ(dialog.remote_target(), "sip:alice@198.51.100.77");
}

TEST(Dialog, WithoutContactTheFlowIsTheTarget) {
  const auto dialog =
      Dialog::as_uas(parse(test::RequestText{}.text()), "local", "sip:warp@192.0.2.1:5060", kFlow);
  EXPECT_EQ(dialog.remote_target(), "sip:203.0.113.5:5080");
  EXPECT_EQ(dialog.next_hop(), kFlow.remote);
}

TEST(Dialog, ContinuesTheNumbersOfItsEarlyDialog) {
  auto early = uac();
  begin(early, Method::Prack);
  begin(early, Method::Update);
  early.accept_cseq(9);
  auto confirmed = uac();
  confirmed.continue_from(early);
  EXPECT_EQ(confirmed.local_cseq(), early.local_cseq());
  EXPECT_FALSE(confirmed.accept_cseq(9));
}

TEST(Dialog, SurvivesTheJournal) {
  auto dialog = uas("Record-Route: <sip:198.51.100.1;lr>, <sip:198.51.100.2;lr>\r\n");
  dialog.accept_cseq(7);
  begin(dialog, Method::Invite);
  const auto text = dialog.serialize();
  auto restored = Dialog::restore(text);
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->serialize(), text);
  EXPECT_EQ(restored->flow().remote, kFlow.remote);
  EXPECT_EQ(restored->flow().local, kFlow.local);
  EXPECT_EQ(restored->flow().listener, kFlow.listener);
  EXPECT_FALSE(restored->accept_cseq(7));
  EXPECT_EQ(begin(*restored, Method::Bye).text(), begin(dialog, Method::Bye).text());

  const auto fresh = uac().serialize();
  ASSERT_TRUE(Dialog::restore(fresh));
  EXPECT_EQ(Dialog::restore(fresh)->serialize(), fresh);
}

TEST(Dialog, DamagedTextIsRefused) {
  const auto text = uas("Record-Route: <sip:198.51.100.1;lr>\r\n").serialize();
  for (std::size_t n = 0; n < text.size(); ++n)
    EXPECT_FALSE(Dialog::restore(text.substr(0, n))) << n;
  EXPECT_FALSE(Dialog::restore(text + "1:x,"));
  EXPECT_FALSE(Dialog::restore("WD2;" + text.substr(4)));
  EXPECT_FALSE(Dialog::restore("WD1;18446744073709551615:x,"));
}

}  // namespace
}  // namespace warp::sip
