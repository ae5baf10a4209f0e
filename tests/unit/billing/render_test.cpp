#include "warp/billing/render.h"

#include <gtest/gtest.h>

namespace warp::billing {
namespace {

constexpr const char* kEvil = "<script>alert('x')</script>\"&";

Document invoice() {
  Document out;
  out.number = "2026-000001";
  out.status = "ISSUED";
  out.ban = "BAN-000001";
  out.customer = "Acme";
  out.period = {WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)),
                WallTime(std::chrono::sys_days(std::chrono::year(2026) / 4 / 1))};
  Line line;
  line.description = "Outbound calls";
  line.items = 12;
  line.units = 720;
  line.unit = "second";
  line.amount = *Money::parse("10.5");
  out.lines.push_back(line);
  out.charges = out.total = line.amount;
  out.applied = *Money::parse("3");
  return out;
}

bool contains(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

TEST(Render, SaysWhatTheInvoiceSays) {
  const auto page = html(invoice(), Branding());
  for (const char* text :
       {"<!DOCTYPE html>", "Invoice 2026-000001", "Acme", "2026-03-01 to 2026-03-31", "Outbound calls",
        "720 second", "10.50", "<td>Balance due</td><td class=\"n\">7.50 USD</td>"})
    EXPECT_TRUE(contains(page, text)) << text << "\n" << page;
}

TEST(Render, TextsOfOthersAreOnlyText) {
  auto document = invoice();
  document.customer = document.address = document.ban = document.number = kEvil;
  document.lines[0].description = document.lines[0].unit = kEvil;
  document.payments.push_back({kEvil, {}, *Money::parse("1")});
  Branding branding;
  branding.name = branding.address = branding.footer = kEvil;
  branding.colour = "red}</style><script>alert(1)</script>";
  const auto page = html(document, branding);
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_FALSE(contains(page, "alert('x')"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
  EXPECT_FALSE(contains(page, "red}"));
  EXPECT_TRUE(contains(page, "#1f3a5f"));
}

TEST(Render, AVoidInvoiceSaysSoAndAsksForNothing) {
  auto document = invoice();
  document.status = "VOID";
  document.applied = {};
  const auto page = html(document, Branding());
  EXPECT_TRUE(contains(page, "This invoice is void."));
  EXPECT_TRUE(contains(page, "<td>Balance due</td><td class=\"n\">0.00 USD</td>"));
}

TEST(Render, LinesOfAnAddress) {
  auto document = invoice();
  document.address = "1 Street\nTown\n";
  EXPECT_TRUE(contains(html(document, Branding()), "<p>1 Street<br>Town"));
}

}  // namespace
}  // namespace warp::billing
