// The switch between gateways, and attachments made to fit on the way.
#include "warp/messaging/upstreams.h"

#include <condition_variable>
#include <gd.h>
#include <mutex>

#include "world.h"

namespace warp::messaging::test {
namespace {

using domain::ConnectorProtocol;
using smpp::Status;

const auto kMm4 = make_id<ConnectorId>(14);

// Runs what is posted when the test says so; waits for what a thread is to post.
class Home final : public Executor {
 public:
  void post(std::function<void()> work) override {
    std::lock_guard guard(mutex_);
    work_.push_back(std::move(work));
    there_.notify_all();
  }
  template <class Until>
  bool run(Until until) {
    while (!until()) {
      std::unique_lock lock(mutex_);
      if (!there_.wait_for(lock, std::chrono::seconds(10), [this] { return !work_.empty(); })) return false;
      auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::deque<std::function<void()>> work_;
};

class Mm4Stub final : public Upstream {
 public:
  std::size_t window = 5;
  std::vector<domain::Message> sent;
  std::vector<WireDone> done;
  std::size_t binds(ConnectorId) const override { return 1; }
  std::size_t room(ConnectorId) const override { return window - done.size(); }
  bool submit(ConnectorId, const WirePart& part, WireDone answer) override {
    sent.push_back(*part.message);
    done.push_back(std::move(answer));
    return true;
  }
};

class Upstreams : public ::testing::Test {
 protected:
  Upstreams() {
    domain::MessagingCatalogue catalogue = sample_catalogue();
    domain::Connector connector;
    connector.id = kMm4;
    connector.protocol = ConnectorProtocol::Mm4;
    connector.max_media_octets = 8'000;
    catalogue.connectors.push_back(connector);
    smpp.window[kOne.value] = 7;
    both.set(ConnectorProtocol::Mm4, mm4);
    both.update(Directory(std::move(catalogue)));
    message.id = make_id<MessageId>(1);
    message.customer = kCustomer;
  }
  domain::MediaPart store(std::uint8_t n, std::string type, std::string octets) {
    domain::StoredMedia item;
    item.part = {make_id<MediaId>(n), std::move(type), "holiday.png",
                 static_cast<std::uint32_t>(octets.size())};
    item.octets = std::move(octets);
    media.rows.emplace(item.part.id, std::pair(kCustomer, item));
    return item.part;
  }
  void give(std::vector<domain::MediaPart> parts) {
    domain::RichContent content;
    content.media = std::move(parts);
    message.rich = std::make_shared<const domain::RichContent>(std::move(content));
    WirePart part{message.from, message.to};
    part.message = &message;
    EXPECT_TRUE(
        both.submit(kMm4, part, [this](const WireOutcome& outcome) { outcomes.push_back(outcome.status); }));
  }
  static std::string large_picture() {
    auto* image = gdImageCreateTrueColor(400, 300);
    for (int x = 0; x < 400; ++x)
      for (int y = 0; y < 300; ++y)
        gdImageSetPixel(image, x, y, (x * 7919 + y * 104729) % 0xFFFFFF);
    int size = 0;
    void* data = gdImagePngPtr(image, &size);
    std::string out(static_cast<const char*>(data), static_cast<std::size_t>(size));
    gdFree(data);
    gdImageDestroy(image);
    return out;
  }

  FakeUpstream smpp;
  Mm4Stub mm4;
  FakeMedia media;
  Home home;
  metrics::Registry registry;
  MediaFitter fitter{media, home, registry};
  UpstreamSwitch both{smpp, &fitter};
  domain::Message message;
  std::vector<Status> outcomes;
};

TEST_F(Upstreams, EachConnectorHasItsOwn) {
  EXPECT_EQ(both.room(kOne), 7u);
  EXPECT_EQ(both.room(kMm4), 5u);
  EXPECT_EQ(both.binds(kMm4), 1u);
  give({});
  EXPECT_EQ(mm4.sent.size(), 1u);
  EXPECT_EQ(smpp.size(), 0u);
}

TEST_F(Upstreams, AProtocolThatNobodySpeaksCannotSend) {
  auto catalogue = sample_catalogue();
  catalogue.connectors.front().protocol = ConnectorProtocol::Rcs;
  both.update(Directory(std::move(catalogue)));
  EXPECT_EQ(both.binds(kOne), 0u);
  EXPECT_EQ(both.room(kOne), 0u);
}

TEST_F(Upstreams, APictureIsMadeToFit) {
  const auto original = store(1, "image/png", large_picture());
  ASSERT_GT(original.octets, 8'000u);
  give({original, store(2, "text/plain", "small")});
  EXPECT_TRUE(mm4.sent.empty());
  EXPECT_EQ(both.room(kMm4), 4u);  // it has a place already
  ASSERT_TRUE(home.run([&] { return !mm4.sent.empty(); }));
  const auto& sent = mm4.sent.front().rich->media;
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].content_type, "image/jpeg");
  EXPECT_EQ(sent[0].name, "holiday.jpg");
  EXPECT_LE(sent[0].octets, 8'000u);
  EXPECT_EQ(sent[0].id, fitted_id(original.id, 8'000));
  EXPECT_EQ(sent[1].content_type, "text/plain");
  EXPECT_TRUE(media.rows.contains(sent[0].id));
  EXPECT_EQ(message.rich->media[0].id, original.id);  // what the customer sent is still what it sent
  mm4.done.front()({WireResult::Answered, Status::Ok, "x"});
  EXPECT_EQ(outcomes, std::vector{Status::Ok});
}

TEST_F(Upstreams, TheWorkIsDoneOnce) {
  const auto original = store(1, "image/png", large_picture());
  give({original});
  ASSERT_TRUE(home.run([&] { return mm4.sent.size() == 1; }));
  give({original});
  ASSERT_TRUE(home.run([&] { return mm4.sent.size() == 2; }));
  EXPECT_EQ(media.saves, 1u);
}

TEST_F(Upstreams, WhatIsNoPictureIsRefused) {
  give({store(1, "application/pdf", std::string(10'000, 'x'))});
  EXPECT_TRUE(outcomes.empty());  // never inside the call
  ASSERT_TRUE(home.run([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes, std::vector{Status::InvMsgLen});
  EXPECT_TRUE(mm4.sent.empty());
  EXPECT_EQ(both.room(kMm4), 5u);
}

TEST_F(Upstreams, AStoreThatIsAwayIsTriedLater) {
  const auto original = store(1, "image/png", large_picture());
  media.down = true;
  give({original});
  ASSERT_TRUE(home.run([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes, std::vector{Status::SysErr});
}

}  // namespace
}  // namespace warp::messaging::test
