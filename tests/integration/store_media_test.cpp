// Attachments in Postgres, and messages that have some.
#include "warp/store/media.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::MessageKind;
using domain::MessageState;
using domain::StoredMedia;

class StoreMedia : public test::MessageTest {
 protected:
  StoredMedia picture(std::string octets = std::string("\0\xFFoctets\\x", 10)) {
    StoredMedia media;
    media.part = {MediaId{ids.uuid7(clock.wall())}, "image/jpeg", "Grüße.jpg",
                  static_cast<std::uint32_t>(octets.size())};
    media.octets = std::move(octets);
    return media;
  }
  Actor warpd() { return Actor{"warpd", {}, {}}; }
  WallTime later() { return clock.wall() + std::chrono::hours(1); }

  MediaRepository media{t.pool};
};

TEST_F(StoreMedia, ComeBackAsTheyWereInTheOrderAsked) {
  const auto one = picture(), two = picture(std::string(300'000, '\xAB'));
  need_void(media.save(warpd(), owner, {one, two}, later()));
  const auto found = need(media.load(warpd(), owner, {two.part.id, one.part.id, two.part.id}));
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].octets, two.octets);
  EXPECT_EQ(found[1].octets, one.octets);
  EXPECT_EQ(found[1].part, one.part);
  EXPECT_EQ(found[2].part, two.part);
  const auto rows = need(media.describe(warpd(), owner, {one.part.id}));
  EXPECT_EQ(rows.at(0).sha256.size(), 64u);
}

TEST_F(StoreMedia, AreTheirCustomersAlone) {
  const auto one = picture();
  need_void(media.save(warpd(), owner, {one}, later()));
  const auto other = customer().id;
  EXPECT_EQ(t.run(media.load(warpd(), other, {one.part.id})).error().kind, ErrorKind::NotFound);
  // Row-level security says so, too, whatever is asked for.
  Actor tenant{"api_key:x", {}, other};
  EXPECT_EQ(t.run(media.load(tenant, owner, {one.part.id})).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(t.run(media.save(tenant, owner, {picture()}, later())).error().kind, ErrorKind::Forbidden);
  Actor self{"api_key:y", {}, owner};
  EXPECT_EQ(need(media.load(self, owner, {one.part.id})).size(), 1u);
  need_void(media.keep(self, owner, {one.part.id}, later()));
}

TEST_F(StoreMedia, ARepeatedSaveChangesNothing) {
  auto one = picture();
  need_void(media.save(warpd(), owner, {one}, later()));
  auto again = one;
  again.octets = "something else";
  need_void(media.save(warpd(), owner, {again}, later()));
  EXPECT_EQ(need(media.load(warpd(), owner, {one.part.id})).at(0).octets, one.octets);
}

TEST_F(StoreMedia, AreForgottenWhenTheirTimeIsUpAndNotBefore) {
  const auto short_lived = picture(), kept = picture();
  const auto now = clock.wall();
  need_void(media.save(warpd(), owner, {short_lived, kept}, now - std::chrono::seconds(1)));
  EXPECT_EQ(t.run(media.load(warpd(), owner, {kept.part.id})).error().kind, ErrorKind::NotFound);
  need_void(media.keep(warpd(), owner, {kept.part.id}, later()));
  EXPECT_GE(need(media.purge(now)), 1u);
  EXPECT_EQ(need(media.load(warpd(), owner, {kept.part.id})).size(), 1u);
  EXPECT_EQ(t.run(media.describe(warpd(), owner, {short_lived.part.id})).error().kind, ErrorKind::NotFound);
}

TEST_F(StoreMedia, MessagesComeBackWithWhatTheyCarry) {
  need_void(open(settings("rich"))->prepare_days(clock.wall(), 1));
  auto store = open(settings("rich"));
  auto sent = message();
  sent.kind = MessageKind::Rcs;
  domain::RichContent content;
  content.subject = "Grüße \"alle\"";
  content.media.push_back(picture().part);
  content.sms_fallback = true;
  content.fallback_text = "plain";
  sent.rich = std::make_shared<const domain::RichContent>(content);
  ASSERT_TRUE(insert(*store, sent));
  ASSERT_TRUE(insert(*store, message()));  // an SMS beside it
  auto live = load(*store);
  ASSERT_EQ(live.messages.size(), 2u);
  const auto found = std::find_if(live.messages.begin(), live.messages.end(),
                                  [&](const auto& m) { return m.id == sent.id; });
  ASSERT_NE(found, live.messages.end());
  EXPECT_EQ(found->kind, MessageKind::Rcs);
  ASSERT_TRUE(found->rich);
  EXPECT_EQ(*found->rich, content);

  // It falls back, and its record tells both.
  auto recast = change_of(sent, MessageState::Queued);
  recast.recast = std::make_shared<domain::Recast>(domain::Recast{MessageKind::Sms, "plain", "gsm7", 3});
  ASSERT_TRUE(change(*store, recast));
  live = load(*store);
  const auto fallen = std::find_if(live.messages.begin(), live.messages.end(),
                                   [&](const auto& m) { return m.id == sent.id; });
  ASSERT_NE(fallen, live.messages.end());
  EXPECT_EQ(fallen->kind, MessageKind::Sms);
  EXPECT_EQ(fallen->text, "plain");
  EXPECT_EQ(fallen->segments, 3);
  EXPECT_TRUE(fallen->rich);
  auto ended = *fallen;
  ended.state = MessageState::Delivered;
  ended.final_at = clock.wall();
  ASSERT_TRUE(finish(*store, ended, {}).first);
  EXPECT_EQ(ask("SELECT kind || ' ' || (rich->>'subject') || ' ' || segments FROM records.mdrs WHERE id = '" +
                sent.id.to_string() + "'"),
            "sms Grüße \"alle\" 3");
}

TEST_F(StoreMedia, ThePortAnswersAtHome) {
  PgMediaStore port(t.pool, t.control.executor(), home, clock, std::chrono::hours(1), t.log);
  const auto one = picture();
  EXPECT_TRUE(durable([&](auto done) { port.save(owner, {one}, std::move(done)); }));
  std::promise<std::pair<bool, std::vector<StoredMedia>>> promise;
  port.load(owner, {one.part.id}, [&](bool there, std::vector<StoredMedia> list) {
    promise.set_value({there, std::move(list)});
  });
  const auto [there, list] = promise.get_future().get();
  EXPECT_TRUE(there);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].octets, one.octets);
  EXPECT_FALSE(durable([&](auto done) {
    port.load(customer().id, {one.part.id}, [done](bool found, const auto&) { done(found); });
  }));
}

}  // namespace
}  // namespace warp::store
