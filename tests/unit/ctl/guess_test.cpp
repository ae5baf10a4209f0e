#include "ctl/guess.h"

#include <gtest/gtest.h>

namespace warp::ctl {
namespace {

class WrongCommand : public testing::Test {
 protected:
  WrongCommand() {
    cli.add_option("--url", url);
    cli.add_flag("--json", json);
    auto* trunks = cli.add_subcommand("trunks");
    trunks->add_subcommand("list");
    trunks->add_subcommand("create");
    cli.add_subcommand("top");
  }
  CLI::App cli{"", "warpctl"};
  std::string url;
  bool json = false;
};

TEST_F(WrongCommand, IsToldWhatIsNear) {
  EXPECT_EQ(wrong_command(cli, {"trunk"}), "warpctl has no command trunk; did you mean trunks?\n");
  EXPECT_EQ(wrong_command(cli, {"trunks", "lst"}), "warpctl trunks has no command lst; did you mean list?\n");
  EXPECT_EQ(wrong_command(cli, {"trunks", "cr"}), "warpctl trunks has no command cr; did you mean create?\n");
}

TEST_F(WrongCommand, OtherwiseWhatThereIs) {
  EXPECT_EQ(wrong_command(cli, {"trunks"}), "warpctl trunks wants a command: list create\n");
  EXPECT_EQ(wrong_command(cli, {"trunks", "weather"}),
            "warpctl trunks has no command weather: list create\n");
  EXPECT_EQ(wrong_command(cli, {}), "warpctl wants a command: trunks top\n");
}

TEST_F(WrongCommand, OptionsAndTheirValuesAreNone) {
  EXPECT_EQ(wrong_command(cli, {"--url", "http://x", "--json", "trunk"}),
            "warpctl has no command trunk; did you mean trunks?\n");
  EXPECT_EQ(wrong_command(cli, {"--url=http://x", "trunks", "--json"}),
            "warpctl trunks wants a command: list create\n");
}

TEST_F(WrongCommand, ACommandIsRight) {
  EXPECT_EQ(wrong_command(cli, {"top"}), "");
}

TEST(Distance, CountsChanges) {
  EXPECT_EQ(distance("", "abc"), 3u);
  EXPECT_EQ(distance("list", "lst"), 1u);
  EXPECT_EQ(distance("routes", "route"), 1u);
  EXPECT_EQ(distance("calls", "clals"), 2u);
}

}  // namespace
}  // namespace warp::ctl
