#include "warp/numbering/data_csv.h"

#include <gtest/gtest.h>

namespace warp::numbering {
namespace {

using domain::LineKind;

Table::Source good(DataSet set, std::string_view text) {
  auto parsed = parse_data_csv(set, text);
  if (parsed) return std::move(*parsed);
  for (const auto& issue : parsed.error().issues)
    ADD_FAILURE() << "line " << issue.line << ", " << issue.column << ": " << issue.problem << "; "
                  << issue.cure;
  return {};
}

TEST(DataCsv, ShortForm) {
  const auto rows = good(DataSet::Blocks,
                         "npa,nxx,block,state,lata,ocn,rc\n"
                         "212,555,A,NY,132,9102,NWYRCYZN01\r\n"
                         "212,555,4,nj,224,652c,JerseyCity\n\n");
  ASSERT_EQ(rows.blocks.size(), 2u);
  EXPECT_EQ(rows.blocks[0].npanxx, 212555u);
  EXPECT_EQ(rows.blocks[0].block, 10);
  EXPECT_EQ(rows.blocks[0].rate_centre, "NWYRCYZN01");
  EXPECT_EQ(rows.blocks[1].block, 4);
  EXPECT_EQ(rows.blocks[1].state, "NJ");
  EXPECT_EQ(rows.blocks[1].lata, 224);
  EXPECT_EQ(rows.blocks[1].ocn, "652C");
  EXPECT_EQ(rows.blocks[1].rate_centre, "JERSEYCITY");
}

TEST(DataCsv, LergFormWithColumnsThatAreNotAsked) {
  const auto rows =
      good(DataSet::Blocks,
           "\xEF\xBB\xBFNPA;NXX;BLOCK_ID;LATA;LATA_NAME;LOC_STATE;OCN;RC_ABBRE;COC_TYPE;STATUS\n"
           "212;555;A;13200;\"NEW YORK; NY\";NY;9102;NWYRCYZN01;EOC;\n"
           "646;200;0;132;NEW YORK;NY;6529;NWYRCYZN02;PMC;\n"
           "646;200;1;132;NEW YORK;NY;6529;NWYRCYZN02;VOI;\n");
  ASSERT_EQ(rows.blocks.size(), 3u);
  EXPECT_EQ(rows.blocks[0].lata, 132);
  EXPECT_EQ(rows.blocks[0].kind, LineKind::Fixed);
  EXPECT_EQ(rows.blocks[1].kind, LineKind::Mobile);
  EXPECT_EQ(rows.blocks[2].kind, LineKind::Voip);
}

TEST(DataCsv, CountriesAndLocalAreas) {
  const auto countries = good(DataSet::Countries, "prefix,country,kind\n44,gb,\n447,GB,mobile\n");
  ASSERT_EQ(countries.countries.size(), 2u);
  EXPECT_EQ(countries.countries[0].country, "GB");
  EXPECT_EQ(countries.countries[1].kind, LineKind::Mobile);
  const auto areas = good(DataSet::LocalAreas, "rate_centre,also\nDC/WASHINGTON,VA/ARLINGTON\n");
  ASSERT_EQ(areas.local_pairs.size(), 1u);
  EXPECT_EQ(areas.local_pairs[0].second, "VA/ARLINGTON");
}

TEST(DataCsv, ArrivesInPiecesOfAnySize) {
  const std::string text = "npa,nxx,state\n212,555,NY\n\"213\",\"556\",\"CA\"\n214,557,TX";
  for (std::size_t size = 1; size < text.size(); ++size) {
    DataCsvReader reader(DataSet::Blocks);
    for (std::size_t at = 0; at < text.size(); at += size)
      reader.feed(std::string_view(text).substr(at, size));
    const auto rows = reader.finish();
    ASSERT_TRUE(rows) << size;
    ASSERT_EQ(rows->blocks.size(), 3u) << size;
    EXPECT_EQ(rows->blocks[1].state, "CA");
  }
}

struct BadFile {
  const char* name;
  DataSet set;
  const char* text;
  std::size_t line;
  const char* column;
};

const BadFile kBadFiles[] = {
    {"empty", DataSet::Blocks, "", 0, ""},
    {"blank", DataSet::Blocks, "\n\n", 0, ""},
    {"header alone", DataSet::Blocks, "npa,nxx,state\n", 0, ""},
    {"no header", DataSet::Blocks, "212,555,NY\n", 1, "npa"},
    {"state missing", DataSet::Blocks, "npa,nxx\n212,555\n", 1, "state"},
    {"column twice", DataSet::Blocks, "npa,nxx,state,loc_state\n212,555,NY,NY\n", 1, "'loc_state'"},
    {"workbook", DataSet::Blocks, "PK\x03\x04rest", 1, ""},
    {"area code", DataSet::Blocks, "npa,nxx,state\n112,555,NY\n", 2, "npa"},
    {"area code in letters", DataSet::Blocks, "npa,nxx,state\nabc,555,NY\n", 2, "npa"},
    {"area code with a blank inside", DataSet::Blocks, "npa,nxx,state\n2 2,555,NY\n", 2, "npa"},
    {"exchange", DataSet::Blocks, "npa,nxx,state\n212,155,NY\n", 2, "nxx"},
    {"exchange empty", DataSet::Blocks, "npa,nxx,state\n212,,NY\n", 2, "nxx"},
    {"block", DataSet::Blocks, "npa,nxx,block,state\n212,555,B,NY\n", 2, "block"},
    {"block number", DataSet::Blocks, "npa,nxx,block,state\n212,555,11,NY\n", 2, "block"},
    {"state", DataSet::Blocks, "npa,nxx,state\n212,555,N1\n", 2, "state"},
    {"state's name", DataSet::Blocks, "npa,nxx,state\n212,555,NEW YORK\n", 2, "state"},
    {"LATA", DataSet::Blocks, "npa,nxx,state,lata\n212,555,NY,x\n", 2, "lata"},
    {"LATA of four", DataSet::Blocks, "npa,nxx,state,lata\n212,555,NY,1320\n", 2, "lata"},
    {"operator", DataSet::Blocks, "npa,nxx,state,ocn\n212,555,NY,91-2\n", 2, "ocn"},
    {"operator's name", DataSet::Blocks, "npa,nxx,state,ocn\n212,555,NY,VERIZON\n", 2, "ocn"},
    {"rate centre", DataSet::Blocks, "npa,nxx,state,rc\n212,555,NY,AVERYLONGRATECENTRENAMEINDEED\n", 2, "rc"},
    {"rate centre with control characters", DataSet::Blocks, "npa,nxx,state,rc\n212,555,NY,NEW\001YORK\n", 2,
     "rc"},
    {"rate centre beyond ASCII", DataSet::Blocks,
     "npa,nxx,state,rc\n514,555,QC,MONTR\xC3\x89"
     "AL\n",
     2, "rc"},
    {"kind", DataSet::Blocks, "npa,nxx,state,kind\n212,555,NY,pager\n", 2, "kind"},
    {"too few fields", DataSet::Blocks, "npa,nxx,state\n212,555\n", 2, ""},
    {"too many fields", DataSet::Blocks, "npa,nxx,state\n212,555,NY,1\n", 2, ""},
    {"quote open", DataSet::Blocks, "npa,nxx,state\n\"212,555,NY\n", 2, ""},
    {"text behind a quote", DataSet::Blocks, "npa,nxx,state\n\"212\"x,555,NY\n", 2, ""},
    {"quote inside", DataSet::Blocks, "npa,nxx,state\n2\"12,555,NY\n", 2, ""},
    {"twice", DataSet::Blocks, "npa,nxx,state\n212,555,NY\n212,555,NJ\n", 3, ""},
    {"country", DataSet::Countries, "prefix,country\n44,England\n", 2, "country"},
    {"prefix", DataSet::Countries, "prefix,country\n+44,GB\n", 2, "prefix"},
    {"prefix too long", DataSet::Countries, "prefix,country\n4412345678901234,GB\n", 2, "prefix"},
    {"prefix twice", DataSet::Countries, "prefix,country\n44,GB\n44,JE\n", 3, ""},
    {"area without state", DataSet::LocalAreas, "rate_centre,also\nWASHINGTON,VA/ARLINGTON\n", 2,
     "rate_centre"},
    {"area with itself", DataSet::LocalAreas, "rate_centre,also\nDC/W,DC/W\n", 2, "also"},
    {"area both ways", DataSet::LocalAreas, "rate_centre,also\nDC/W,VA/A\nVA/A,DC/W\n", 3, ""},
};

TEST(DataCsv, OneBadLineRefusesTheFile) {
  for (const auto& bad : kBadFiles) {
    const auto parsed = parse_data_csv(bad.set, bad.text);
    ASSERT_TRUE(parsed.has_error()) << bad.name;
    const DataCsvError error = parsed.error();
    ASSERT_FALSE(error.issues.empty()) << bad.name;
    const auto& issue = error.issues.front();
    EXPECT_EQ(issue.line, bad.line) << bad.name << ": " << issue.problem;
    EXPECT_EQ(issue.column, bad.column) << bad.name << ": " << issue.problem;
    EXPECT_FALSE(issue.problem.empty()) << bad.name;
    EXPECT_FALSE(issue.cure.empty()) << bad.name;
  }
}

TEST(DataCsv, CountsAllFaultsAndShowsTheFirst) {
  std::string text = "npa,nxx,state\n";
  for (int i = 0; i < 500; ++i)
    text += "212,5x5,NY\n";
  DataCsvSettings settings;
  settings.max_issues = 10;
  const auto parsed = parse_data_csv(DataSet::Blocks, text, settings);
  ASSERT_TRUE(parsed.has_error());
  EXPECT_EQ(parsed.error().total, 500u);
  EXPECT_EQ(parsed.error().issues.size(), 10u);
}

TEST(DataCsv, HoldsNoMoreThanItMay) {
  DataCsvSettings settings;
  settings.max_lines = 2;
  const auto parsed =
      parse_data_csv(DataSet::Blocks, "npa,nxx,state\n212,200,NY\n212,201,NY\n212,202,NY\n", settings);
  ASSERT_TRUE(parsed.has_error());
  EXPECT_EQ(parsed.error().issues.front().line, 4u);
}

}  // namespace
}  // namespace warp::numbering
