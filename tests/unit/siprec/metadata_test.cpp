// The XML of RFC 7865: order and names of its schema, ids, times, and values that try to get out.
#include "warp/siprec/metadata.h"

#include <gtest/gtest.h>

namespace warp::siprec {
namespace {

using namespace std::chrono_literals;

Uuid id_of(std::uint8_t last) {
  Uuid id;
  id.bytes[15] = last;
  return id;
}

WallTime at(std::chrono::microseconds since) {
  return WallTime(since);
}

// The names of all elements, in the order of their start tags.
std::vector<std::string> elements(const std::string& xml) {
  std::vector<std::string> names;
  for (std::size_t open = xml.find('<'); open != std::string::npos; open = xml.find('<', open + 1)) {
    if (xml[open + 1] == '/' || xml[open + 1] == '?') continue;
    names.push_back(xml.substr(open + 1, xml.find_first_of(" >", open) - open - 1));
  }
  return names;
}

Metadata of_a_call() {
  Metadata all;
  all.groups = {id_of(9)};
  all.sessions = {{id_of(1), id_of(9), at(1'700'000'000'123'456us), at(1'700'000'060'000'000us), "BYE"}};
  all.participants = {{id_of(2), "sip:+14155550100@a.example", "Anna"}, {id_of(3), "tel:+14155550199", ""}};
  all.streams = {{id_of(4), id_of(1), "1"}, {id_of(5), id_of(1), "2"}};
  all.recorded = {{id_of(1), {at(0us), {}}}};
  all.present = {{id_of(2), id_of(1), {at(0us), at(1'500'000us)}}, {id_of(3), id_of(1), {}}};
  all.heard = {{id_of(2), {id_of(4)}, {id_of(5)}, {}}, {id_of(3), {}, {id_of(4)}, {}}};
  return all;
}

TEST(Metadata, TheOrderOfTheSchema) {
  const std::vector<std::string> expected{"recording",
                                          "datamode",
                                          "group",
                                          "session",
                                          "reason",
                                          "group-ref",
                                          "start-time",
                                          "stop-time",
                                          "participant",
                                          "nameID",
                                          "name",
                                          "participant",
                                          "nameID",
                                          "stream",
                                          "label",
                                          "stream",
                                          "label",
                                          "sessionrecordingassoc",
                                          "associate-time",
                                          "participantsessionassoc",
                                          "associate-time",
                                          "disassociate-time",
                                          "participantsessionassoc",
                                          "participantstreamassoc",
                                          "send",
                                          "recv",
                                          "participantstreamassoc",
                                          "recv"};
  EXPECT_EQ(elements(write(of_a_call())), expected);
}

TEST(Metadata, NamespaceModeIdsAndTimes) {
  Metadata all = of_a_call();
  std::string xml = write(all);
  EXPECT_TRUE(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
  EXPECT_NE(xml.find("<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\">"), std::string::npos);
  EXPECT_NE(xml.find("<datamode>complete</datamode>"), std::string::npos);
  EXPECT_NE(xml.find("<session session_id=\"AAAAAAAAAAAAAAAAAAAAAQ==\">"), std::string::npos);
  EXPECT_NE(xml.find("<group-ref>AAAAAAAAAAAAAAAAAAAACQ==</group-ref>"), std::string::npos);
  EXPECT_NE(xml.find("<start-time>2023-11-14T22:13:20.123Z</start-time>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<disassociate-time>1970-01-01T00:00:01.500Z</disassociate-time>"), std::string::npos);
  EXPECT_NE(
      xml.find("<stream stream_id=\"AAAAAAAAAAAAAAAAAAAABA==\" session_id=\"AAAAAAAAAAAAAAAAAAAAAQ==\">"),
      std::string::npos);
  EXPECT_NE(xml.find("<nameID aor=\"sip:+14155550100@a.example\">"), std::string::npos);
  all.mode = DataMode::Partial;
  xml = write(all);
  EXPECT_NE(xml.find("<datamode>partial</datamode>"), std::string::npos);
}

TEST(Metadata, APartialOneNamesWhatChangedAlone) {
  Metadata change;
  change.mode = DataMode::Partial;
  change.heard = {{id_of(3), {}, {id_of(4)}, {}}};
  EXPECT_EQ(elements(write(change)),
            (std::vector<std::string>{"recording", "datamode", "participantstreamassoc", "recv"}));
}

TEST(Metadata, NoValueLeavesItsPlace) {
  Metadata all;
  all.participants = {{id_of(2), "sip:a\"><evil/>@x", "</name><evil>&amp;\x01\xff\xc0\xaf Zo\xc3\xab"}};
  const std::string xml = write(all);
  EXPECT_EQ(elements(xml),
            (std::vector<std::string>{"recording", "datamode", "participant", "nameID", "name"}));
  EXPECT_NE(xml.find("aor=\"sip:a&quot;&gt;&lt;evil/&gt;@x\""), std::string::npos);
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_NE(
      xml.find("<name>&lt;/name&gt;&lt;evil&gt;&amp;amp;" + bad + bad + bad + bad + " Zo\xc3\xab</name>"),
      std::string::npos)
      << xml;
}

TEST(Metadata, LinesAndTabsOfAValueAreKept) {
  Metadata all;
  all.participants = {{id_of(2), "sip:a@x", "a\r\n\tb"}};
  EXPECT_NE(write(all).find("<name>a&#13;&#10;&#9;b</name>"), std::string::npos);
}

TEST(Metadata, WhatIsNoCharacterIsReplaced) {
  for (const std::string_view wrong :
       {"\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80", "\xc3", "\xef\xbf\xbf"}) {
    Metadata all;
    all.participants = {{id_of(2), "sip:a@x", std::string(wrong)}};
    const std::string xml = write(all);
    EXPECT_EQ(xml.find(wrong), std::string::npos);
    EXPECT_NE(xml.find("<name>\xEF\xBF\xBD"), std::string::npos);
  }
}

TEST(Metadata, ASnapshotIsAskedForByItsName) {
  EXPECT_TRUE(asks_for_snapshot("application/rs-metadata-request", "<requestsnapshot xmlns='x'/>"));
  EXPECT_TRUE(asks_for_snapshot("Application/RS-metadata+xml; charset=utf-8", "<?xml?><requestsnapshot/>"));
  EXPECT_FALSE(asks_for_snapshot("application/rs-metadata+xml", "<recording/>"));
  EXPECT_FALSE(asks_for_snapshot("application/sdp", "requestsnapshot"));
}

}  // namespace
}  // namespace warp::siprec
