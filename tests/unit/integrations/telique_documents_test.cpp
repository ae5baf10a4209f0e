#include "warp/integrations/telique_documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::integrations {
namespace {

using testing::ElementsAre;

TEST(TeliqueDocuments, LrnInTheNewerForm) {
  const auto read = read_telique_lrn(
      R"({"phone_number": "2125550100", "lrn": "7165550000", "status": "success",
          "metadata": {"spid": "7421", "lnp_type": "lspp"}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->lrn, "7165550000");
  EXPECT_EQ(read->spid, "7421");
}

TEST(TeliqueDocuments, LrnInTheOlderForm) {
  const auto read = read_telique_lrn(R"({"lrn": "7165550000", "spid": "7421", "lnp_type": "1"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->spid, "7421");
  EXPECT_EQ(read_telique_lrn(R"({"lrn": "7165550000", "spid": "7421", "metadata": {}})")->spid, "7421");
}

TEST(TeliqueDocuments, AnOddProviderDoesNotMakeTheLrnWrong) {
  EXPECT_EQ(read_telique_lrn(R"({"lrn": "7165550000"})")->spid, "");
  EXPECT_EQ(read_telique_lrn(R"({"lrn": "7165550000", "spid": "too long"})")->spid, "");
  EXPECT_EQ(read_telique_lrn(R"({"lrn": "7165550000", "metadata": {"spid": 7421}})")->spid, "");
}

TEST(TeliqueDocuments, WhatIsNoLrn) {
  for (const char* body :
       {"", "7165550000;7421", "{", "null", "[]", "{}", R"({"lrn": 7165550000})", R"({"lrn": "716555"})",
        R"({"lrn": "716555000x"})", R"({"lrn": null})", R"("7165550000")"})
    EXPECT_FALSE(read_telique_lrn(body)) << body;
  EXPECT_FALSE(read_telique_lrn(std::string(100'000, '['))) << "deeper than any answer";
}

TEST(TeliqueDocuments, DoNotOriginate) {
  EXPECT_EQ(read_telique_dno(R"({"is_dno": true, "matched_pattern": "212555", "source": "FTC"})"), true);
  EXPECT_EQ(read_telique_dno(R"({"is_dno": false})"), false);
  for (const char* body : {"true", "{}", R"({"is_dno": "true"})", R"({"is_dno": 1})", ""})
    EXPECT_FALSE(read_telique_dno(body)) << body;
}

TEST(TeliqueDocuments, Names) {
  EXPECT_EQ(read_telique_cnam(R"({"calling_name": "ALICE", "calling_name_status": "available"})"), "ALICE");
  EXPECT_EQ(read_telique_cnam(R"({"calling_name": "WIRELESS CALLER", "calling_name_status": "unavailable"})"),
            "");
  EXPECT_EQ(read_telique_cnam(R"({"calling_name": "ALICE", "presentation_indicator": "restricted"})"), "");
  EXPECT_EQ(read_telique_cnam(R"({"calling_name": "A\"B\r\nC<sip:x>\u00e9 and more than that"})"),
            "ABCsip:x and mo");
  EXPECT_FALSE(read_telique_cnam(R"({"calling_name": 7})"));
  EXPECT_FALSE(read_telique_cnam("{}"));
}

TEST(TeliqueDocuments, Carriers) {
  EXPECT_EQ(read_telique_cic(R"({"crn": "8005550100", "cic": "0288"})"), "0288");
  EXPECT_FALSE(read_telique_cic(R"({"cic": "288"})"));
  EXPECT_FALSE(read_telique_cic(R"({"cic": 288})"));
}

TEST(TeliqueDocuments, RelationsInBothForms) {
  EXPECT_THAT(*read_telique_relation(R"({"phone_numbers": ["2125550100", "2125550101"], "count": 2})"),
              ElementsAre("2125550100", "2125550101"));
  EXPECT_THAT(*read_telique_relation(R"({"count": 1, "data": [{"spid": "7421"}]})"), ElementsAre("7421"));
  EXPECT_FALSE(read_telique_relation(R"({"count": 0})"));
  EXPECT_FALSE(read_telique_relation(R"({"data": [7]})"));
}

TEST(TeliqueDocuments, Blocks) {
  const auto page = read_telique_blocks(R"({"count": 7, "limit": 10, "offset": 0, "data": [
      {"npa": "212", "nxx": "555", "block_id": "A", "lata": "13200", "loc_state": "NY", "ocn": "9102",
       "rc_abbre": "NWYRCYZN01", "coc_type": "EOC"},
      {"npa": 212, "nxx": 555, "block_id": 4, "lata": "224", "loc_state": "NJ", "ocn": "6529", "coc_type": "PMC"},
      {"npa": "212", "nxx": "5x5", "block_id": "A"},
      {"npa": "212", "nxx": "556", "block_id": "Z"},
      "nonsense",
      {"npa": "212", "nxx": "557", "lata": null, "loc_state": "New York"}]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, 7u);
  EXPECT_EQ(page->received, 6u);
  ASSERT_EQ(page->rows.size(), 3u);
  EXPECT_EQ(page->rows[0].npanxx, 212555u);
  EXPECT_EQ(page->rows[0].block, 10);
  EXPECT_EQ(page->rows[0].lata, 132);
  EXPECT_EQ(page->rows[0].kind, domain::LineKind::Fixed);
  EXPECT_EQ(page->rows[1].block, 4);
  EXPECT_EQ(page->rows[1].kind, domain::LineKind::Mobile);
  EXPECT_EQ(page->rows[2].state, "");
  EXPECT_FALSE(read_telique_blocks(R"({"data": []})"));
  EXPECT_FALSE(read_telique_blocks(R"({"count": 1})"));
}

}  // namespace
}  // namespace warp::integrations
