#include "facts.h"

#include "recording_kit.h"

namespace warp::recording {
namespace {

Facts whole() {
  Facts facts;
  const auto request = request_of(Form::WavStereo);
  facts.what = {request.id,
                request.call,
                Form::Pcap,
                StopCause::Quota,
                request.at,
                "a note of words",
                "2025/06/15/x.pcap",
                12,
                std::chrono::milliseconds(34),
                5,
                true,
                "abc"};
  facts.ended = true;
  return facts;
}

TEST(RecordingFacts, ComeBackAsTheyWere) {
  Folder folder;
  const auto file = folder.path / "one.facts";
  ASSERT_TRUE(write_facts(file, whole()));
  const auto read = read_facts(file);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->ended);
  EXPECT_EQ(to_text(*read), to_text(whole()));
  EXPECT_EQ(read->what.note, "a note of words");
  EXPECT_EQ(read->what.length, std::chrono::milliseconds(34));
  auto running = whole();
  running.ended = false;
  running.what.note = "two\nid lines";
  ASSERT_TRUE(write_facts(file, running));
  EXPECT_FALSE(read_facts(file)->ended);
  EXPECT_EQ(read_facts(file)->what.note, "two id lines") << "a note cannot say what is no note";
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST(RecordingFacts, GarbageIsNone) {
  EXPECT_FALSE(parse_facts(""));
  EXPECT_FALSE(parse_facts("id\n"));
  EXPECT_FALSE(parse_facts("id not-an-id\n"));
  EXPECT_FALSE(parse_facts(to_text(whole()) + "octets -1\n"));
  EXPECT_FALSE(parse_facts(to_text(whole()) + "cause unheard\n"));
  EXPECT_TRUE(parse_facts(to_text(whole()) + "of_a_later_version 1\n"));
  EXPECT_FALSE(read_facts("/nonexistent/facts"));
}

}  // namespace
}  // namespace warp::recording
