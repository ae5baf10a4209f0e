// Recordings in Postgres: written twice and in any order, seen by their customers alone, uploaded and
// removed.
#include "warp/base/random.h"
#include "warp/store/recordings.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::RecordingForm;
using domain::RecordingId;
using domain::RecordingStop;

class StoreRecordings : public test::StoreTest {
 protected:
  Recording running(CustomerId whose) {
    Recording row;
    row.started_at = clock.wall();
    row.id = {ids.uuid7(row.started_at)};
    row.customer = whose;
    row.call = {ids.uuid7(row.started_at)};
    row.record = RecordId{ids.uuid7(row.started_at)};
    row.trunk = TrunkId{ids.uuid7(row.started_at)};
    row.node = node;
    row.form = RecordingForm::WavStereo;
    return row;
  }
  static Recording over(Recording row) {
    row.ended_at = row.started_at + std::chrono::seconds(3);
    row.cause = RecordingStop::CallEnded;
    row.file = "2025/06/15/" + row.id.to_string() + ".wav.enc";
    row.octets = 100;
    row.length_ms = 3'000;
    row.packets_lost = 2;
    row.encrypted = true;
    row.sha256 = std::string(64, 'a');
    return row;
  }
  void done(Task<void> task) {
    const auto outcome = run(std::move(task));
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
  }

  SecureIdSource ids;
  const std::string node = fresh("node");
  RecordingRepository recordings{t.pool};
};

TEST_F(StoreRecordings, BeginAndEndTwiceAndInAnyOrder) {
  const auto row = running(customer().id);
  done(recordings.begun(row));
  done(recordings.begun(row));
  EXPECT_FALSE(need(recordings.get(op, row.id)).ended_at);
  auto ended = over(row);
  ended.form = RecordingForm::Pcap;
  done(recordings.ended(ended));
  auto again = ended;
  again.octets = 5;
  done(recordings.ended(again));
  done(recordings.begun(row));
  const auto found = need(recordings.get(op, row.id));
  EXPECT_EQ(found.cause, RecordingStop::CallEnded);
  EXPECT_EQ(found.form, RecordingForm::Pcap);
  EXPECT_EQ(found.octets, 100u);
  EXPECT_EQ(found.file, ended.file);
  EXPECT_EQ(found.record, row.record);
  // What never began in the database is whole all the same.
  const auto sudden = over(running(row.customer));
  done(recordings.ended(sudden));
  EXPECT_EQ(need(recordings.get(op, sudden.id)).length_ms, 3'000u);
}

TEST_F(StoreRecordings, AreTheirCustomersAlone) {
  const auto mine = customer().id, other = customer().id;
  const auto row = over(running(mine));
  done(recordings.ended(row));
  EXPECT_EQ(need(recordings.get(as(mine), row.id)).id, row.id);
  EXPECT_EQ(failure(recordings.get(as(other), row.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(recordings.remove(as(other), row.id)), ErrorKind::NotFound);
  RecordingFilter filter;
  filter.customer = mine;
  EXPECT_TRUE(need(recordings.list(as(other), filter, {})).items.empty()) << "whatever is asked for";
  EXPECT_EQ(need(recordings.remove(as(mine), row.id)).id, row.id);
  EXPECT_EQ(failure(recordings.get(as(mine), row.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(recordings.remove(as(mine), row.id)), ErrorKind::NotFound);
}

TEST_F(StoreRecordings, AreFoundByCallTrunkAndTimeTheLatestFirst) {
  const auto mine = customer().id;
  std::vector<Recording> rows;
  for (int i = 0; i < 3; ++i) {
    auto row = running(mine);
    row.started_at += std::chrono::hours(i);
    done(recordings.begun(row));
    rows.push_back(row);
  }
  const auto list = [&](RecordingFilter filter, Page page = {}) {
    filter.customer = mine;
    return need(recordings.list(op, filter, page));
  };
  const auto all = list({});
  ASSERT_EQ(all.items.size(), 3u);
  EXPECT_EQ(all.total, 3u);
  EXPECT_EQ(all.items.front().id, rows[2].id);
  EXPECT_EQ(list({.call = rows[1].call}).items.at(0).id, rows[1].id);
  EXPECT_EQ(list({.trunk = rows[0].trunk}).items.at(0).id, rows[0].id);
  EXPECT_EQ(list({.from = rows[1].started_at}).items.size(), 2u);
  EXPECT_EQ(list({.to = rows[1].started_at}).items.size(), 1u);
  Page walk;
  walk.per_page = 2;
  walk.keyset = true;
  walk.sort = "-started_at";
  const auto first = list({}, walk);
  ASSERT_TRUE(first.next);
  walk.after = first.next;
  const auto rest = list({}, walk);
  ASSERT_EQ(rest.items.size(), 1u);
  EXPECT_EQ(rest.items[0].id, rows[0].id);
}

TEST_F(StoreRecordings, AnUploadIsTriedUntilItIsDone) {
  const auto row = over(running(customer().id));
  done(recordings.begun(row));
  EXPECT_TRUE(need(recordings.to_upload(node, 10)).empty()) << "it runs";
  done(recordings.ended(row));
  ASSERT_EQ(need(recordings.to_upload(node, 10)).size(), 1u);
  EXPECT_TRUE(need(recordings.to_upload(fresh("elsewhere"), 10)).empty());
  done(recordings.not_uploaded(row.id, "status 500", std::chrono::hours(1)));
  EXPECT_TRUE(need(recordings.to_upload(node, 10)).empty());
  EXPECT_EQ(need(recordings.get(op, row.id)).upload_error, "status 500");
  done(recordings.not_uploaded(row.id, "status 500", std::chrono::seconds(0)));
  EXPECT_EQ(need(recordings.to_upload(node, 10)).at(0).upload_tries, 2u);
  done(recordings.uploaded(row.id));
  EXPECT_TRUE(need(recordings.to_upload(node, 10)).empty());
  EXPECT_TRUE(need(recordings.to_remove(node, false, 10)).empty()) << "it stays";
  EXPECT_EQ(need(recordings.to_remove(node, true, 10)).size(), 1u);
  done(recordings.removed(row.id));
  EXPECT_TRUE(need(recordings.to_remove(node, true, 10)).empty());
  EXPECT_EQ(need(recordings.get(op, row.id)).file, "") << "what is known of it stays";
}

TEST_F(StoreRecordings, WhatExpiresIsDeletedWhenItIsUploadedFirst) {
  auto late = over(running(customer().id)), early = over(running(late.customer));
  late.expires_at = clock.wall() + std::chrono::hours(1);
  early.expires_at = clock.wall() - std::chrono::hours(1);
  auto runs = running(late.customer);
  runs.expires_at = early.expires_at;
  done(recordings.ended(late));
  done(recordings.ended(early));
  done(recordings.begun(runs));
  done(recordings.expire(node, true));
  EXPECT_TRUE(need(recordings.to_remove(node, false, 10)).empty()) << "not uploaded yet";
  done(recordings.uploaded(early.id));
  done(recordings.expire(node, true));
  auto gone = need(recordings.to_remove(node, false, 10));
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].id, early.id);
  done(recordings.expire(node, false));
  EXPECT_EQ(need(recordings.to_remove(node, false, 10)).size(), 1u);
  EXPECT_EQ(failure(recordings.get(op, early.id)), ErrorKind::NotFound);
  EXPECT_EQ(need(recordings.get(op, runs.id)).id, runs.id);
}

}  // namespace
}  // namespace warp::store
