#include "warp/mm4/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::mm4 {
namespace {

using testing::HasSubstr;

const Stamp kStamp{WallTime(std::chrono::seconds(1'750'000'000)), "abc123"};

Message forward() {
  Message m;
  m.transaction_id = "t-1";
  m.message_id = "m-1@mms.warp.example";
  m.from = "+15551234567/TYPE=PLMN@mms.warp.example";
  m.to = "+15557654321/TYPE=PLMN@mms.carrier.example";
  m.sender = m.originator_system = "system-user@mms.warp.example";
  m.ack_request = m.delivery_report = true;
  m.message_class = "Personal";
  m.forward_counter = 1;
  m.expiry = WallTime(std::chrono::seconds(1'750'100'000));
  m.date = kStamp.date;
  m.subject = "Grüße 🎉";
  m.text = "Привет,\nнарод 🎉";
  m.parts = {{"image/png", "bild.png", std::string("\x89PNG\r\n\0.\r\n", 10)}, {"audio/amr", "", "#!AMR"}};
  return m;
}

// A mail as a peer wrote it.
Result<Message, ParseFault> read(const std::string& head, const std::string& body = "") {
  std::string mail;
  for (const char c : head + "\n" + body)
    mail += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return parse(mail);
}
std::string fault(const std::string& head) {
  const auto parsed = read(head);
  return parsed ? "none" : std::string(to_string(parsed.error().code));
}
const std::string kForward =
    "From: +1555/TYPE=PLMN@c.example\nTo: +1666/TYPE=PLMN@w.example\nX-Mms-Message-Type: MM4_forward.REQ\n"
    "X-Mms-Transaction-ID: 7\nX-Mms-Message-ID: 8\n";

TEST(Mm4Message, ComesBackAsItWasWritten) {
  const auto mail = write(forward(), kStamp);
  ASSERT_TRUE(mail);
  const auto back = parse(*mail);
  ASSERT_TRUE(back) << to_string(back.error().code);
  EXPECT_EQ(*back, forward());
}

TEST(Mm4Message, IsWrittenStrictly) {
  const auto mail = *write(forward(), kStamp);
  EXPECT_THAT(mail, HasSubstr("X-Mms-3GPP-MMS-Version: 6.10.0\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Message-Type: MM4_forward.REQ\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Transaction-ID: \"t-1\"\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Message-ID: \"m-1@mms.warp.example\"\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Ack-Request: Yes\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Expiry: Mon, 16 Jun 2025 18:53:20 +0000\r\n"));
  EXPECT_THAT(mail, HasSubstr("From: +15551234567/TYPE=PLMN@mms.warp.example\r\n"));
  EXPECT_THAT(mail, HasSubstr("application/smil"));
  std::size_t line = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    EXPECT_LT(static_cast<unsigned char>(mail[i]), 0x80);
    if (mail[i] == '\n') {
      EXPECT_EQ(mail[i - 1], '\r');
    } else if (mail[i] == '\r') {
      EXPECT_EQ(mail[i + 1], '\n');
    }
    line = mail[i] == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 120u);
  }
}

TEST(Mm4Message, TakesNoControlCharactersIntoItsHeaders) {
  for (auto field :
       {&Message::transaction_id, &Message::message_id, &Message::from, &Message::to, &Message::sender,
        &Message::originator_system, &Message::status_text, &Message::subject}) {
    auto message = forward();
    message.*field += "x\r\nBcc: everybody@example";
    EXPECT_FALSE(write(message, kStamp));
  }
  auto message = forward();
  message.parts[0].name = "a\nb";
  EXPECT_FALSE(write(message, kStamp));
  message = forward();
  message.parts[0].content_type = "image";
  EXPECT_FALSE(write(message, kStamp));
  EXPECT_FALSE(write(forward(), {kStamp.date, "no spaces"}));
}

TEST(Mm4Message, AnswersAndReportsComeBack) {
  auto response = forward();
  response.type = Type::ForwardRes;
  response.request_status = RequestStatus::ErrorContentNotAccepted;
  response.status_text = "no such taste";
  response.quoted = false;
  auto mail = *write(response, kStamp);
  EXPECT_THAT(mail, HasSubstr("X-Mms-Request-Status-Code: Error-content-not-accepted\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Mms-Transaction-ID: t-1\r\n")) << "as the peer writes it";
  auto back = parse(mail);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->request_status, RequestStatus::ErrorContentNotAccepted);
  EXPECT_EQ(back->transaction_id, "t-1");
  EXPECT_EQ(back->status_text, "no such taste");

  auto report = forward();
  report.type = Type::DeliveryReportReq;
  EXPECT_FALSE(write(report, kStamp)) << "without a status";
  report.mm_status = MmStatus::Retrieved;
  back = parse(*write(report, kStamp));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->mm_status, MmStatus::Retrieved);
  EXPECT_TRUE(back->ack_request);
  EXPECT_EQ(response_of(Type::DeliveryReportReq), Type::DeliveryReportRes);
  EXPECT_EQ(response_of(Type::ReadReplyReportReq), Type::ReadReplyReportRes);
}

TEST(Mm4Message, IsReadLeniently) {
  const auto one = read(
      "FROM: \"Somebody\" <+1555/TYPE=PLMN@c.example>\nto: +1666/type=plmn@w.example\n"
      "x-mms-message-TYPE: mm4_FORWARD.req\nX-MMS-Transaction-Id: \"<7>\"\nX-Mms-Message-ID: <\"8@x\">\n"
      "X-Mms-Ack-Request: yes\nX-Mms-Originator-System: <mmsc@c.example>\nX-Mms-Expiry: 3600\n"
      "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\nContent-Type: text/plain; charset=iso-8859-1\n",
      "sch\xf6n\n");
  ASSERT_TRUE(one) << to_string(one.error().code);
  EXPECT_EQ(one->from, "+1555/TYPE=PLMN@c.example");
  EXPECT_EQ(one->transaction_id, "7");
  EXPECT_EQ(one->message_id, "8@x");
  EXPECT_TRUE(one->ack_request);
  EXPECT_EQ(one->originator_system, "mmsc@c.example");
  EXPECT_EQ(one->subject, "Grüße");
  EXPECT_EQ(one->text, "schön");
  EXPECT_FALSE(one->delivery_report);
  EXPECT_FALSE(one->expiry) << "seconds from when?";
}

TEST(Mm4Message, FindsItsPartsWhereverTheyAre) {
  const auto one =
      read(kForward + "Content-Type: multipart/mixed; boundary=\"a\"\n",
           "--a\nContent-Type: multipart/related; boundary=b\n\n"
           "--b\nContent-Type: application/smil\n\n<smil/>\n"
           "--b\nContent-Type: text/plain\n\nfirst\n"
           "--b\nContent-Type: IMAGE/GIF; name=\"../../etc/x.gif\"\n"
           "Content-Transfer-Encoding: base64\n\nR0lG\n--b--\n"
           "--a\nContent-Type: text/plain; charset=utf-8\n\nsecond\n"
           "--a\nContent-Type: text/plain\nContent-Disposition: attachment; filename=n.txt\n\nnote\n"
           "--a--\n");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->text, "first\nsecond");
  ASSERT_EQ(one->parts.size(), 2u);
  EXPECT_EQ(one->parts[0], (Part{"image/gif", "x.gif", "GIF"}));
  EXPECT_EQ(one->parts[1].name, "n.txt");
}

TEST(Mm4Message, HasNoContentThatCallsItselfAContainer) {
  // A content that is called multipart would be taken apart by whoever reads the mail that we write.
  for (const auto* type : {"multipart/related", "Multipart/Mixed", "message/partial"}) {
    const auto one = read(kForward + "Content-Type: multipart/mixed; boundary=a\n",
                          "--a\nContent-Type: image/gif\n\nGIF\n--a\nContent-Type: " + std::string(type) +
                              "\n\nno boundary\n--a--\n");
    ASSERT_TRUE(one) << type;
    const auto again = parse(*write(*one, kStamp));
    ASSERT_TRUE(again) << type;
    EXPECT_EQ(again->parts, one->parts) << type;

    auto message = forward();
    message.parts[0].content_type = type;
    EXPECT_FALSE(write(message, kStamp)) << type;
  }
}

TEST(Mm4Message, NeedsWhatDecides) {
  EXPECT_EQ(fault(kForward), "none");
  EXPECT_EQ(fault("Subject: a mail\n"), "type_missing");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM1_send\nX-Mms-Transaction-ID: 1\n"), "type_unknown");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_forward.REQ\nFrom: a@b\n"), "transaction_missing");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_forward.REQ\nX-Mms-Transaction-ID: 1\n"), "address_missing");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_forward.RES\nX-Mms-Transaction-ID: 1\n"), "status_missing");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_forward.RES\nX-Mms-Transaction-ID: 1\n"
                  "X-Mms-Request-Status-Code: Perhaps\n"),
            "status_unknown");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_forward.RES\nX-Mms-Transaction-ID: 1\n"
                  "X-Mms-Request-Status-Code: Error-of-our-own\n"),
            "none");
  EXPECT_EQ(fault("X-Mms-Message-Type: MM4_delivery_report.REQ\nX-Mms-Transaction-ID: 1\n"),
            "status_missing");
  EXPECT_EQ(fault(kForward + "X-Mms-Transaction-ID: 9\n"), "header_twice");
  EXPECT_EQ(fault(kForward + "X-Mms-Transaction-ID: 7\n"), "none") << "the same again";
  EXPECT_EQ(fault(kForward + "X-Mms-Status-Text: " + std::string(2000, 'x') + "\n"), "header_too_long");
}

TEST(Mm4Message, TellsWhomToAnswerEvenWhenItIsBad) {
  const auto bad =
      read("X-Mms-Message-Type: MM4_forward.REQ\nX-Mms-Transaction-ID: 1\nX-Mms-Originator-System: a@b\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().head.transaction_id, "1");
  EXPECT_EQ(bad.error().head.originator_system, "a@b");
}

TEST(Mm4Message, HasLimits) {
  std::string nested = kForward + "Content-Type: multipart/mixed; boundary=b0\n\n";
  for (int i = 0; i < 5000; ++i)
    nested += "--b" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=b" +
              std::to_string(i + 1) + "\n\n";
  const auto deep = parse(nested);
  ASSERT_FALSE(deep);
  EXPECT_EQ(to_string(deep.error().code), "too_deep");
  std::string many = kForward + "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 60; ++i)
    many += "--b\nContent-Type: image/gif\n\nx\n";
  const auto wide = parse(many + "--b--\n");
  ASSERT_FALSE(wide);
  EXPECT_EQ(to_string(wide.error().code), "too_many_parts");
  const auto big = parse(std::string(2000, 'x'), {.octets = 1000});
  ASSERT_FALSE(big);
  EXPECT_EQ(to_string(big.error().code), "too_big");
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse(std::string(100, '\0')));
  EXPECT_TRUE(parse(kForward + "Content-Type: multipart/mixed\n\n--x\n")) << "no boundary, no parts";
}

TEST(Mm4Subscriber, IsANumberWithATypeAndADomain) {
  EXPECT_EQ(parse_subscriber("+15551234567/TYPE=PLMN@MMS.Carrier.example"),
            (Subscriber{"15551234567", true, "mms.carrier.example"}));
  EXPECT_EQ(parse_subscriber("Me <+1555/type=plmn>"), (Subscriber{"1555", true, ""}));
  EXPECT_EQ(parse_subscriber("12345@c.example"), (Subscriber{"12345", false, "c.example"}));
  EXPECT_EQ(parse_subscriber("\"+1555/TYPE=PLMN\"@c.example"), (Subscriber{"1555", true, "c.example"}));
  EXPECT_EQ(to_string(Subscriber{"1555", true, "c.example"}), "+1555/TYPE=PLMN@c.example");
  EXPECT_EQ(to_string(Subscriber{"12345", false, ""}), "12345/TYPE=PLMN");
  for (const auto* none : {"", "a@b", "+/TYPE=PLMN@b", "+1555/TYPE=IPv4@b", "1.2.3.4/TYPE=PLMN", "++1@b",
                           "123456789012345678901"})
    EXPECT_FALSE(parse_subscriber(none)) << none;
}

}  // namespace
}  // namespace warp::mm4
