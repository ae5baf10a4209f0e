#include "app/smtp_mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime kPosted{std::chrono::seconds(1'750'000'000)};

std::string octets_of(std::string subject, std::string text, std::string to = "jane@example.com") {
  api::Mail mail;
  mail.to = std::move(to);
  mail.subject = std::move(subject);
  mail.text = std::move(text);
  return mail_octets(mail, "warp@example.net", "WARP", kPosted, "unique");
}

TEST(MailOctets, IsAMailByRfc5322) {
  EXPECT_EQ(octets_of("Hello", "One\nTwo\r\n"),
            "Date: Sun, 15 Jun 2025 15:06:40 +0000\r\n"
            "From: WARP <warp@example.net>\r\n"
            "To: <jane@example.com>\r\n"
            "Subject: Hello\r\n"
            "Message-ID: <unique@example.net>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n"
            "\r\n"
            "One\r\nTwo\r\n");
}

TEST(MailOctets, NobodyAddsAHeader) {
  const auto octets =
      octets_of("Hello\r\nBcc: all@example.com", "x", "jane@example.com\r\nBcc: x@example.com");
  EXPECT_THAT(octets, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(octets, HasSubstr("Subject: Hello  Bcc: all@example.com\r\n"));
}

TEST(MailOctets, WhatIsNotAsciiIsCoded) {
  const auto octets = octets_of(
      "Gr\xc3\xbc\xc3\x9f"
      "e",
      "Gr\xc3\xbc\xc3\x9f"
      "e\n");
  EXPECT_THAT(octets, HasSubstr("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
  EXPECT_THAT(octets, HasSubstr("Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ0K\r\n"));
}

}  // namespace
}  // namespace warp::app
