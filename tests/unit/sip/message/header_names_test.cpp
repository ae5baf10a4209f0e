#include <string>

#include <gtest/gtest.h>

#include "warp/base/text.h"
#include "warp/sip/message/message.h"

namespace warp::sip {
namespace {

constexpr unsigned kKnown = static_cast<unsigned>(HeaderId::Other);

TEST(HeaderNames, EveryIdHasANameThatLeadsBackInAnyCase) {
  for (unsigned i = 0; i < kKnown; ++i) {
    const auto id = static_cast<HeaderId>(i);
    std::string name(canonical_name(id));
    ASSERT_FALSE(name.empty());
    EXPECT_EQ(header_from(name), id) << name;
    for (char& c : name)
      c = ascii_lower(c);
    EXPECT_EQ(header_from(name), id) << name;
    name.back() = '~';
    EXPECT_EQ(header_from(name), HeaderId::Other) << name;
    EXPECT_EQ(header_from(name + "x"), HeaderId::Other);
  }
  EXPECT_EQ(canonical_name(HeaderId::Other), "");
}

TEST(HeaderNames, KnowsCompactForms) {
  const std::pair<std::string_view, HeaderId> table[] = {{"v", HeaderId::Via},
                                                         {"V", HeaderId::Via},
                                                         {"f", HeaderId::From},
                                                         {"t", HeaderId::To},
                                                         {"i", HeaderId::CallId},
                                                         {"m", HeaderId::Contact},
                                                         {"l", HeaderId::ContentLength},
                                                         {"c", HeaderId::ContentType},
                                                         {"e", HeaderId::ContentEncoding},
                                                         {"k", HeaderId::Supported},
                                                         {"o", HeaderId::Event},
                                                         {"r", HeaderId::ReferTo},
                                                         {"x", HeaderId::SessionExpires},
                                                         {"y", HeaderId::Identity},
                                                         {"s", HeaderId::Other},
                                                         {"z", HeaderId::Other},
                                                         {"", HeaderId::Other}};
  for (const auto& [name, id] : table)
    EXPECT_EQ(header_from(name), id) << name;
}

TEST(Methods, AreCaseSensitive) {
  EXPECT_EQ(method_from("INVITE"), Method::Invite);
  EXPECT_EQ(method_from("invite"), Method::Other);
  EXPECT_EQ(method_from("PUBLISH"), Method::Publish);
  EXPECT_EQ(method_from(""), Method::Other);
  for (unsigned i = 0; i < static_cast<unsigned>(Method::Other); ++i)
    EXPECT_EQ(method_from(to_string(static_cast<Method>(i))), static_cast<Method>(i));
}

}  // namespace
}  // namespace warp::sip
