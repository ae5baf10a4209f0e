#include "app/recording_desk.h"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "app/commands.h"
#include "app/recording_upload.h"
#include "support/manual_clock.h"

namespace warp::app {
namespace {

using domain::RecordingStop;

class RecordingDeskTest : public ::testing::Test {
 protected:
  RecordingDeskTest() {
    std::string name = (std::filesystem::temp_directory_path() / "warp-desk-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder";
    folder = name;
  }
  ~RecordingDeskTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder, error);
  }
  std::unique_ptr<RecordingDesk> open() {
    recording::Settings settings;
    settings.folder = folder / "recordings";
    settings.least_free_octets = 0;
    if (!key_file.empty()) settings.key_file = key_file;
    return std::make_unique<RecordingDesk>(RecordingDesk::Needs{settings, "n1", std::chrono::days(10), clock,
                                                                log, metrics,
                                                                [this] {
                                                                  std::lock_guard guard(mutex);
                                                                  ++entries;
                                                                  changed.notify_all();
                                                                },
                                                                [this] { ++cleared; }});
  }
  void wait_for_entries(int count) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return entries >= count; }));
  }
  domain::RecordingRequest request() {
    domain::RecordingRequest out;
    out.id.value.bytes.fill(1);
    out.call.value.bytes.fill(2);
    out.record.value.bytes.fill(3);
    out.customer.value.bytes.fill(4);
    out.form = domain::RecordingForm::Pcap;
    out.at = clock.wall();
    return out;
  }

  std::filesystem::path folder, key_file;
  test::ManualClock clock;
  log::Logger log{log::Settings{.level = log::Level::Error, .file = "/dev/null"}};
  metrics::Registry metrics;
  std::mutex mutex;
  std::condition_variable changed;
  int entries = 0, cleared = 0;
};

TEST_F(RecordingDeskTest, TheBookSaysThatItBeginsAndHowItEnded) {
  const auto desk = open();
  ASSERT_TRUE(desk->start(request()).has_value());
  EXPECT_EQ(desk->running(), 1u);
  const auto begun = desk->next();
  ASSERT_TRUE(begun);
  EXPECT_FALSE(begun->finished);
  EXPECT_EQ(begun->row.node, "n1");
  EXPECT_EQ(begun->row.customer, request().customer);
  EXPECT_FALSE(begun->row.trunk);
  EXPECT_EQ(begun->row.expires_at, request().at + std::chrono::days(10));
  desk->written(*begun);
  EXPECT_FALSE(desk->next());
  desk->stop(request().id, RecordingStop::CallEnded);
  wait_for_entries(2);
  EXPECT_EQ(desk->running(), 0u);
  const auto ended = desk->next();
  ASSERT_TRUE(ended && ended->finished);
  EXPECT_EQ(ended->row.cause, RecordingStop::CallEnded);
  EXPECT_EQ(ended->row.record, request().record);
  EXPECT_EQ(ended->row.customer, request().customer);
  EXPECT_TRUE(std::filesystem::exists(desk->path_of(ended->row.file)));
  EXPECT_TRUE(desk->open(ended->row.file));
  EXPECT_FALSE(desk->open("nothing.wav"));
  EXPECT_TRUE(desk->remove(ended->row.file));
  EXPECT_FALSE(desk->open(ended->row.file));
}

TEST_F(RecordingDeskTest, WhatWasNotWrittenIsToldToTheNextProcess) {
  {
    const auto desk = open();
    ASSERT_TRUE(desk->start(request()).has_value());
    desk->stop(request().id, RecordingStop::Asked);
    wait_for_entries(2);
  }
  for (int process = 1; process <= 2; ++process) {
    const auto desk = open();
    desk->adopt();
    wait_for_entries(2 + process);
    const auto entry = desk->next();
    ASSERT_TRUE(entry && entry->finished);
    EXPECT_EQ(entry->row.cause, RecordingStop::Asked);
    EXPECT_EQ(entry->row.customer, request().customer);
    if (process == 2) desk->written(*entry);
  }
  const auto desk = open();
  desk->adopt();
  EXPECT_FALSE(desk->next());
}

TEST_F(RecordingDeskTest, ABadKeyIsSaidInASentence) {
  key_file = folder / "key";
  std::ofstream(key_file) << "short";
  try {
    open();
    FAIL() << "it was to refuse";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("recordings.key_file"), std::string::npos);
  }
}

TEST_F(RecordingDeskTest, AFileIsDecryptedByHand) {
  key_file = folder / "key";
  std::ofstream(key_file) << std::string(32, 'k');
  std::string file;
  {
    const auto desk = open();
    ASSERT_TRUE(desk->start(request()).has_value());
    desk->stop(request().id, RecordingStop::CallEnded);
    wait_for_entries(2);
    desk->written(*desk->next());
    file = desk->path_of(desk->next()->row.file).string();
  }
  const auto out = (folder / "out.pcap").string();
  ASSERT_EQ(decrypt_recording(file, key_file.string(), out), 0);
  EXPECT_EQ(std::filesystem::file_size(out), 24u) << "the head of a PCAP without packets";
  EXPECT_EQ(decrypt_recording(file, key_file.string(), out), 1) << "it is there already";
  std::filesystem::remove(out);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_EQ(decrypt_recording(file, key_file.string(), out), 1);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(RecordingUploads, AddressesNameTheFile) {
  EXPECT_EQ(upload_address("https://h/{id}/{name}?again={id}", "1", "1.wav.enc"),
            "https://h/1/1.wav.enc?again=1");
  EXPECT_EQ(upload_address("https://h/{name}", "1", "{name}"), "https://h/{name}");
}

}  // namespace
}  // namespace warp::app
