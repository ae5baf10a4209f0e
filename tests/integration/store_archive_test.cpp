#include <filesystem>
#include <unistd.h>

#include "warp/store/message_archive.h"

#include "integration/archived_lines.h"
#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using domain::MessageState;
namespace fs = std::filesystem;

class StoreArchive : public test::MessageTest {
 protected:
  StoreArchive() {
    char pattern[] = "/tmp/warp-archive-XXXXXX";
    folder_ = ::mkdtemp(pattern);
  }
  ~StoreArchive() override { fs::remove_all(folder_); }

  // A day of its own, long ago, and its noon.
  WallTime day(int year) {
    const std::chrono::sys_days date{std::chrono::year(year) / 2 / 28};
    const auto start = std::chrono::time_point_cast<WallTime::duration>(date);
    ask("SELECT sms.ensure_partitions('" + std::to_string(year) + "-02-28', '" + std::to_string(year) +
        "-02-28')");
    return start + 12h;
  }
  Message message_at(WallTime when, std::string text) {
    auto out = message();
    out.accepted_at = out.not_before = when;
    out.id = MessageId{ids.uuid7(when)};
    out.valid_until = when + 1h;
    out.text = std::move(text);
    return out;
  }
  void end(PgMessageStore& store, Message message) {
    message.state = MessageState::Delivered;
    message.final_at = message.accepted_at + 1s;
    ASSERT_TRUE(finish(store, message, {}).first);
  }
  MessageArchive archive_with(MessageArchiveSettings settings) {
    return MessageArchive(t.pool, std::move(settings), t.metrics, t.log);
  }
  MessageArchiveSettings to_folder() const {
    MessageArchiveSettings settings;
    settings.folder = folder_;
    return settings;
  }
  MessageArchive::Round round(MessageArchive& archive, WallTime now) {
    MessageArchive::Round done;
    EXPECT_TRUE(t.run(archive.round(now, done)));
    return done;
  }
  auto lines(const std::string& name) const { return test::archived_lines(folder_ / name); }
  static bool has_partition(int year) {
    return ask("SELECT to_regclass('sms.messages_" + std::to_string(year) + "0228') IS NOT NULL") == "t";
  }

  fs::path folder_;
};

TEST_F(StoreArchive, ADayThatIsOverBecomesAFileWithoutTextsAndLeaves) {
  const auto noon = day(2001);
  const auto store = open(settings("archive"));
  const auto first = message_at(noon, "private \"words\", {x} \\ 🛰");
  const auto second = message_at(noon + 1s, "more");
  for (const auto& one : {first, second}) {
    ASSERT_TRUE(insert(*store, one));
    end(*store, one);
  }
  auto archive = archive_with(to_folder());
  EXPECT_EQ(round(archive, noon + 29 * 24h).days, 0u) << "not yet";
  EXPECT_TRUE(has_partition(2001));
  const auto done = round(archive, noon + 31 * 24h);
  EXPECT_EQ(done.archived, 2u);
  EXPECT_EQ(done.days, 1u);
  EXPECT_FALSE(has_partition(2001));
  const auto kept = lines("messages-20010228.jsonl.zst");
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].at("id"), first.id.to_string());
  EXPECT_EQ(kept[0].at("recipient"), first.to.digits);
  EXPECT_EQ(kept[0].at("state"), "delivered");
  EXPECT_FALSE(kept[0].contains("body"));
  EXPECT_EQ(kept[1].at("id"), second.id.to_string());
  EXPECT_EQ(ask("SELECT messages FROM sms.past_days WHERE day = '2001-02-28' AND file <> ''"), "2");
  EXPECT_EQ(ask("SELECT count(*) FROM records.mdrs WHERE id = '" + first.id.to_string() + "'"), "1");
  EXPECT_EQ(round(archive, noon + 32 * 24h).archived, 0u) << "done is done";
}

TEST_F(StoreArchive, TextsMayStay) {
  const auto noon = day(2002);
  const auto store = open(settings("archive-text"));
  const auto one = message_at(noon, "kept \"as\" it is \\n");
  ASSERT_TRUE(insert(*store, one));
  end(*store, one);
  auto wanted = to_folder();
  wanted.with_text = true;
  auto archive = archive_with(wanted);
  round(archive, noon + 31 * 24h);
  const auto kept = lines("messages-20020228.jsonl.zst");
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].at("body"), one.text);
}

TEST_F(StoreArchive, ADayStaysWhileAMessageOfItLives) {
  const auto noon = day(2003);
  const auto store = open(settings("archive-live"));
  const auto one = message_at(noon, "still on its way");
  ASSERT_TRUE(insert(*store, one));
  auto archive = archive_with(to_folder());
  EXPECT_EQ(round(archive, noon + 31 * 24h).days, 0u);
  EXPECT_TRUE(has_partition(2003));
  EXPECT_FALSE(fs::exists(folder_ / "messages-20030228.jsonl.zst"));
  end(*store, one);
  EXPECT_EQ(round(archive, noon + 31 * 24h).days, 1u);
  EXPECT_FALSE(has_partition(2003));
}

TEST_F(StoreArchive, TextsLeaveBeforeTheMessages) {
  const auto noon = day(2004);
  const auto store = open(settings("archive-redact"));
  const auto over = message_at(noon, "over");
  auto binary = message_at(noon + 1s, std::string("\x01\x00\xFF", 3));
  binary.binary_coding = 4;
  const auto alive = message_at(noon + 2s, "alive");
  for (const auto& one : {over, binary, alive})
    ASSERT_TRUE(insert(*store, one));
  end(*store, over);
  end(*store, binary);
  MessageArchiveSettings wanted;
  wanted.keep_text = 7 * 24h;
  auto archive = archive_with(wanted);
  EXPECT_EQ(round(archive, noon + 8 * 24h).redacted, 2u);
  const auto text_of = [](const Message& one) {
    return ask("SELECT body || coalesce(octets::text, '') FROM sms.messages WHERE id = '" +
               one.id.to_string() + "'");
  };
  EXPECT_EQ(text_of(over), "");
  EXPECT_EQ(text_of(binary), "");
  EXPECT_EQ(text_of(alive), "alive");
  end(*store, alive);
  EXPECT_EQ(round(archive, noon + 8 * 24h).redacted, 1u) << "the day is looked at until nothing of it lives";
  EXPECT_EQ(round(archive, noon + 8 * 24h).redacted, 0u);
  EXPECT_TRUE(has_partition(2004)) << "no folder: nothing is dropped";
}

TEST_F(StoreArchive, AFolderThatIsNotThereDropsNothing) {
  const auto noon = day(2005);
  auto wanted = to_folder();
  wanted.folder = folder_ / "nowhere";
  auto archive = archive_with(wanted);
  MessageArchive::Round done;
  EXPECT_FALSE(t.run(archive.round(noon + 31 * 24h, done)));
  EXPECT_TRUE(has_partition(2005));
  round(*std::make_unique<MessageArchive>(archive_with(to_folder())), noon + 31 * 24h);
}

TEST_F(StoreArchive, ADayThatIsNotInTheArchiveIsNotDropped) {
  constexpr pg::Query kDrop{"test.archive_drop", "SELECT sms.drop_day('2006-02-28')"};
  day(2006);
  EXPECT_FALSE(t.run(t.pool.query(pg::Scope::operators(), kDrop, pg::Params())).has_value());
  EXPECT_TRUE(has_partition(2006));
}

TEST_F(StoreArchive, ClientReferencesAreForgottenInTime) {
  const auto noon = day(2007);
  const auto store = open(settings("archive-references"));
  auto one = message_at(noon, "once");
  one.client_reference = "key-of-2007";
  ASSERT_TRUE(insert(*store, one));
  MessageArchiveSettings wanted;
  auto archive = archive_with(wanted);
  const auto known = [] {
    return ask("SELECT count(*) FROM sms.client_references WHERE client_reference = 'key-of-2007'");
  };
  round(archive, noon + 71h);
  EXPECT_EQ(known(), "1");
  round(archive, noon + 73h);
  EXPECT_EQ(known(), "0");
  end(*store, one);
}

}  // namespace
}  // namespace warp::store
