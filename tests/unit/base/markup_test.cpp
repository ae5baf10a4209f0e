#include "warp/base/markup.h"

#include <gtest/gtest.h>

namespace warp {
namespace {

TEST(Markup, WhatHasAMeaningIsAReference) {
  EXPECT_EQ(escape_markup("<a href=\"x\" class='y'>R&D</a>"),
            "&lt;a href=&quot;x&quot; class=&#39;y&#39;&gt;R&amp;D&lt;/a&gt;");
}

TEST(Markup, EverythingElseIsItself) {
  EXPECT_EQ(escape_markup(""), "");
  EXPECT_EQ(escape_markup("Zoë, 10/2\n\t"), "Zoë, 10/2\n\t");
}

TEST(Markup, WhatIsEscapedIsEscapedAgain) {
  EXPECT_EQ(escape_markup("&amp;"), "&amp;amp;");
}

TEST(Markup, ControlCharactersAreLeftOut) {
  using namespace std::string_view_literals;
  EXPECT_EQ(escape_markup("a\0b\x1b\nc"sv), "ab\nc");
}

TEST(Markup, IsPutAfterWhatIsThere) {
  std::string out = "<b>";
  append_escaped_markup(out, "a<b");
  EXPECT_EQ(out, "<b>a&lt;b");
}

}  // namespace
}  // namespace warp
