#include "ctl/commands.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "ctl/board.h"
#include "ctl/invoke.h"
#include "ctl/ladder.h"
#include "ctl/profiles.h"
#include "ctl/watch.h"

namespace warp::ctl {
namespace {

const Operation& operation(const std::string& id) {
  const auto* found = find_operation(id);
  if (!found) throw std::runtime_error("there is no operation " + id);
  return *found;
}

TEST(Operations, EveryOneHasACommandOfItsOwn) {
  const auto& all = all_operations();
  ASSERT_GT(all.size(), 300u);
  std::set<std::vector<std::string>> words;
  std::set<const Operation*> named;
  for (const auto& command : commands_of(all)) {
    EXPECT_TRUE(words.insert(command.words).second) << command.operation->id;
    named.insert(command.operation);
  }
  for (const auto& one : all)
    EXPECT_TRUE(named.contains(&one)) << one.id;
  // A command that others go on from could not be called.
  for (const auto& one : words)
    for (auto shorter = one; shorter.size() > 1;) {
      shorter.pop_back();
      EXPECT_FALSE(words.contains(shorter)) << one.front() << " … " << one.back();
    }
}

TEST(Operations, ResourcesHaveTheUsualWords) {
  std::map<std::string, std::vector<std::string>> words;
  for (auto& command : commands_of(all_operations()))
    words[command.operation->id] = command.words;
  using Words = std::vector<std::string>;
  EXPECT_EQ(words["get_trunks"], (Words{"trunks", "list"}));
  EXPECT_EQ(words["post_trunks"], (Words{"trunks", "create"}));
  EXPECT_EQ(words["patch_trunks_trunk_id"], (Words{"trunks", "update"}));
  EXPECT_EQ(words["delete_trunks_trunk_id_ips_ip_id"], (Words{"trunks", "ips", "delete"}));
  EXPECT_EQ(words["post_trunks_trunk_id_credentials_cred_id_rotate"],
            (Words{"trunks", "credentials", "rotate"}));
}

TEST(Operations, TheTreeOfCommandsStandsWithAllOfThem) {
  CLI::App cli{"warpctl"};
  cli.require_subcommand(1);
  cli.fallthrough();
  Session session;
  session.dry_run = true;
  add_numbers(cli, session);
  add_operations(cli, session);
  testing::internal::CaptureStdout();
  EXPECT_THROW(cli.parse("trunks create --field name=office --field auth_type=IP_ACL"), Printed);
  const auto said = testing::internal::GetCapturedStdout();
  EXPECT_NE(said.find("POST http://127.0.0.1:8443/api/v1/trunks\n"), std::string::npos) << said;
  EXPECT_NE(said.find(R"({"auth_type":"IP_ACL","name":"office"})"), std::string::npos) << said;
  EXPECT_NE(completions_of(cli, {"trunks"}).find("throttle-state\n"), std::string::npos);
  EXPECT_NE(man_page(cli).find("trunks list"), std::string::npos);
}

TEST(Body, FieldsHaveTheTypesOfTheirSchema) {
  const auto body = body_of(operation("post_trunks"),
                            {"name=5", "capacity_channels_inbound=5", "allowed_number_classes=local,tollfree",
                             "sip_config.codecs:=[\"PCMU\"]", "enabled=true"});
  EXPECT_EQ(body["name"], "5");
  EXPECT_EQ(body["capacity_channels_inbound"], 5);
  EXPECT_EQ(body["allowed_number_classes"], Json::array({"local", "tollfree"}));
  EXPECT_EQ(body["sip_config"]["codecs"], Json::array({"PCMU"}));
}

TEST(Body, WhatIsNoneIsRefused) {
  const auto& create = operation("post_trunks");
  EXPECT_THROW(body_of(create, {"name"}), WrongUse);
  EXPECT_THROW(body_of(create, {"=x"}), WrongUse);
  EXPECT_THROW(body_of(create, {"capacity_channels_inbound=many"}), WrongUse);
  EXPECT_THROW(body_of(create, {"sip_config:={"}), WrongUse);
}

TEST(Path, IsFilledAndEscaped) {
  EXPECT_EQ(path_of(operation("get_trunks_trunk_id"), {"a/b"}, {{"customer_id", "x y"}}),
            "/trunks/a%2Fb?customer_id=x%20y");
  EXPECT_THROW(path_of(operation("get_trunks_trunk_id"), {}, {}), WrongUse);
}

TEST(Request, ShownHidesTheKey) {
  Session session;
  session.key = "rk_secret";
  session.idempotency_key = "one";
  const auto text = shown(session, {"POST", "/trunks", "{}"});
  EXPECT_EQ(text.find("rk_secret"), std::string::npos);
  EXPECT_NE(text.find("Idempotency-Key: one\n"), std::string::npos);
}

TEST(Table, CellsDoNotSteerTheTerminal) {
  const auto rows = Json::array({{{"name", "a\x1b[2Jb\nc"}}});
  EXPECT_EQ(table_of(rows, {"name"}), "name\na?[2Jb c\n");
}

TEST(Ladder, HasALineAMessageBetweenItsLanes) {
  const auto trace = Json::parse(R"([
    {"at": "12:00:00.000", "sent": false, "remote": "192.0.2.1:5060", "text": "INVITE sip:1@x SIP/2.0\r\nVia: y"},
    {"at": "12:00:00.010", "sent": true, "remote": "192.0.2.1:5060", "text": "SIP/2.0 100 Trying\r\n"}])");
  const auto text = ladder_of(trace);
  EXPECT_NE(text.find("|-INVITE sip:1@x SIP/2.0-----"), std::string::npos) << text;
  EXPECT_NE(text.find("|<100 Trying"), std::string::npos) << text;
  EXPECT_NE(text.find(">|"), std::string::npos) << text;
  EXPECT_EQ(ladder_of(Json::array()), "no messages\n");
}

TEST(Board, TakesSnapshotsAndChanges) {
  Board board;
  board.take({{"op", "snapshot"},
              {"topic", "calls"},
              {"data", Json::array({{{"id", "c1"}, {"state", "ringing"}}})}});
  board.take({{"op", "event"},
              {"topic", "calls"},
              {"type", "call.answered"},
              {"data", {{"id", "c1"}, {"state", "up"}}}});
  EXPECT_NE(board.text(40).find("calls (1)"), std::string::npos);
  EXPECT_NE(board.text(40).find("up"), std::string::npos);
  board.take({{"op", "event"}, {"topic", "calls"}, {"type", "call.ended"}, {"data", {{"id", "c1"}}}});
  EXPECT_NE(board.text(40).find("calls (0)"), std::string::npos);
  board.take({{"op", "error"}, {"topic", nullptr}, {"code", "VALIDATION_ERROR"}});
  board.take({{"op", "error"}, {"topic", "nodes"}, {"code", "FORBIDDEN"}});
  EXPECT_NE(board.text(40).find("nodes (FORBIDDEN)"), std::string::npos);
}

TEST(Signature, IsThatOfStandardWebhooks) {
  // The specification's own example.
  EXPECT_EQ(webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                              "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

class ProfilesTest : public ::testing::Test {
 protected:
  ProfilesTest() {
    char name[] = "/tmp/warpctl-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ProfilesTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(ProfilesTest, AreReadAsTheyWereWritten) {
  const auto file = folder_ + "/deep/profiles.yaml";
  Profiles profiles;
  profiles.current = "prod";
  profiles.all["prod"] = {"https://warp.example.net", "", "rk_1: \"x\"", false, "", ""};
  profiles.all["lab"] = {"http://127.0.0.1:8080", "/etc/key", "", true, "wa_1", "wr_1"};
  write_profiles(file, profiles);
  struct stat seen {};
  ASSERT_EQ(stat(file.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600u);
  const auto read = read_profiles(file);
  EXPECT_EQ(read.current, "prod");
  EXPECT_EQ(read.all.at("prod").key, "rk_1: \"x\"");
  EXPECT_EQ(read.all.at("lab").refresh_token, "wr_1");
  EXPECT_TRUE(read.all.at("lab").keyring);
}

TEST_F(ProfilesTest, AFileThatOthersCanReadIsRefused) {
  const auto file = folder_ + "/profiles.yaml";
  write_profiles(file, {});
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  EXPECT_THROW(read_profiles(file), WrongUse);
  EXPECT_TRUE(read_profiles(folder_ + "/none.yaml").all.empty());
}

}  // namespace
}  // namespace warp::ctl
