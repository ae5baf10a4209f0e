#include "warp/numbering/table.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace warp::numbering {
namespace {

using domain::Jurisdiction;
using domain::LineKind;
using enum domain::Jurisdiction;

BlockRow whole(std::uint32_t npanxx, const char* state, std::uint16_t lata, const char* centre,
               const char* ocn = "9102") {
  BlockRow row;
  row.npanxx = npanxx;
  row.state = state;
  row.lata = lata;
  row.rate_centre = centre;
  row.ocn = ocn;
  row.kind = LineKind::Fixed;
  return row;
}

BlockRow block(std::uint32_t npanxx, std::uint8_t id, const char* state, std::uint16_t lata,
               const char* centre) {
  auto row = whole(npanxx, state, lata, centre, "6529");
  row.block = id;
  row.kind = LineKind::Mobile;
  return row;
}

Table::Source world() {
  Table::Source source;
  source.version = 7;
  source.blocks = {whole(212555, "NY", 132, "NWYRCYZN01"), whole(646555, "NY", 132, "NWYRCYZN02"),
                   whole(914555, "NY", 132, "WHITEPLNS"),  whole(716555, "NY", 140, "BUFFALO"),
                   whole(201555, "NJ", 224, "JERSEYCITY"), whole(202555, "DC", 236, "WASHINGTON"),
                   whole(703555, "VA", 236, "ARLINGTON"),  whole(787555, "PR", 820, "SANJUAN"),
                   whole(416555, "ON", 888, "TORONTO"),    whole(613555, "ON", 888, "OTTAWA"),
                   whole(604555, "BC", 888, "VANCOUVER"),  block(212555, 4, "NJ", 224, "JERSEYCITY"),
                   block(305555, 7, "FL", 460, "MIAMI")};
  source.countries = {{"1", "US", LineKind::Unknown},    {"1416", "CA", LineKind::Unknown},
                      {"1876", "JM", LineKind::Unknown}, {"44", "GB", LineKind::Fixed},
                      {"447", "GB", LineKind::Mobile},   {"49", "DE", LineKind::Fixed}};
  source.local_pairs = {{"NY/NWYRCYZN01", "NY/NWYRCYZN02"}, {"DC/WASHINGTON", "VA/ARLINGTON"}};
  return source;
}

struct Pair {
  const char* caller;
  const char* called;
  Jurisdiction expected;
};

// Routing numbers: of ported ones the LRN.
const Pair kPairs[] = {
    // one rate centre, or two of one calling area, whatever boundary is between them
    {"12125550100", "12125550199", Local},
    {"12125550100", "16465550100", Local},
    {"16465550100", "12125550100", Local},
    {"12025550100", "17035550100", Local},
    {"17035550100", "12025550100", Local},
    {"17165550100", "17165559999", Local},
    {"14165550100", "14165550101", Local},
    {"12015550100", "12125554100", Local},  // a pooled block of the other side of the river
    {"12125554000", "12125554999", Local},
    {"13055557000", "13055557999", Local},
    // one state and LATA
    {"12125550100", "19145550100", IntraLata},
    {"19145550100", "12125550100", IntraLata},
    {"16465550100", "19145550100", IntraLata},
    {"19145550100", "16465550199", IntraLata},
    {"14165550100", "16135550100", IntraLata},
    {"16135550100", "14165550100", IntraLata},
    // one state
    {"12125550100", "17165550100", Intrastate},
    {"17165550100", "12125550100", Intrastate},
    {"19145550100", "17165550100", Intrastate},
    {"17165550100", "16465550100", Intrastate},
    // the United States
    {"12125550100", "12015550100", Interstate},
    {"12015550100", "12125550100", Interstate},
    {"12125554100", "12125550100", Interstate},  // two blocks of one exchange
    {"12125550100", "12125554100", Interstate},
    {"12125550100", "12025550100", Interstate},
    {"17035550100", "12125550100", Interstate},
    {"12125550100", "17875550100", Interstate},
    {"17875550100", "12125550100", Interstate},
    {"13055557100", "12125550100", Interstate},
    {"12125550100", "13055557100", Interstate},
    // two countries, of one numbering plan or not
    {"12125550100", "14165550100", International},
    {"14165550100", "12125550100", International},
    {"12125550100", "18765550100", International},
    {"18765550100", "12125550100", International},
    {"14165550100", "18765550100", International},
    {"12125550100", "442079460123", International},
    {"442079460123", "12125550100", International},
    {"447700900123", "12125550100", International},
    {"12125550100", "4930123456", International},
    {"442079460123", "4930123456", International},
    {"14167770100", "12125550100", International},  // its exchange is unknown, its country is not
    {"12127770100", "442079460123", International},
    {"14165550100", "442079460123", International},
    // no United States between them, and no common province
    {"14165550100", "16045550100", International},
    {"442079460123", "447700900123", International},
    {"18765550100", "18765550199", International},
    // toll-free, whoever calls
    {"12125550100", "18005550100", TollFree},
    {"12125550100", "18335550100", TollFree},
    {"12125550100", "18445550100", TollFree},
    {"12125550100", "18555550100", TollFree},
    {"12125550100", "18665550100", TollFree},
    {"12125550100", "18775550100", TollFree},
    {"12125550100", "18885550100", TollFree},
    {"12125550100", "18225550100", TollFree},
    {"14165550100", "18005550100", TollFree},
    {"442079460123", "18005550100", TollFree},
    {"", "18005550100", TollFree},
    // a caller without a usable place
    {"", "12125550100", Unknown},
    {"", "442079460123", Unknown},
    {"5550100", "12125550100", Unknown},
    {"2125550100", "12125550100", Unknown},
    {"12127770100", "12125550100", Unknown},
    {"anonymous", "12125550100", Unknown},
    {"18005550100", "12125550100", Unknown},
    {"11125550100", "12125550100", Unknown},
    {"121255501000", "12125550100", Unknown},
    {"1212555010", "12125550100", Unknown},
    {"13055556100", "12125550100", Unknown},  // a block that nobody holds
    {"999123456789", "12125550100", Unknown},
    // a called number without one
    {"12125550100", "12127770100", Unknown},
    {"12125550100", "999123456789", Unknown},
    {"12125550100", "", Unknown},
    // neighbours of the toll-free codes
    {"12125550100", "18105550100", Unknown},
    {"12125550100", "18995550100", Unknown},
    {"12125550100", "18115550100", Unknown},
};

TEST(Table, JurisdictionOfTwoRoutingNumbers) {
  const auto table = Table::compile(world());
  static_assert(std::size(kPairs) >= 60);
  for (const auto& pair : kPairs)
    EXPECT_EQ(to_string(jurisdiction(*table, pair.caller, pair.called)), to_string(pair.expected))
        << pair.caller << " to " << pair.called;
}

TEST(Table, DescribesPlaces) {
  const auto table = Table::compile(world());
  const auto here = table->describe(table->place("12125550100"));
  EXPECT_EQ(here.country, "US");
  EXPECT_EQ(here.state, "NY");
  EXPECT_EQ(here.lata, 132);
  EXPECT_EQ(here.ocn, "9102");
  EXPECT_EQ(here.rate_centre, "NWYRCYZN01");
  EXPECT_EQ(here.kind, LineKind::Fixed);
  EXPECT_EQ(table->describe(table->place("12125554100")).kind, LineKind::Mobile);
  EXPECT_EQ(table->describe(table->place("12125555100")).ocn, "9102")
      << "blocks that nobody names are the holder's";
  EXPECT_EQ(table->describe(table->place("447700900123")).kind, LineKind::Mobile);
  EXPECT_EQ(table->describe(table->place("18765550100")).country, "JM");
  EXPECT_EQ(table->describe(table->place("999")).country, "");
  EXPECT_EQ(table->version(), 7u);
}

TEST(Table, FindsThePrefixesOfAPlace) {
  const auto table = Table::compile(world());
  using List = std::vector<std::string>;
  domain::NumberPlace wanted;
  wanted.state = "NJ";
  EXPECT_EQ(table->prefixes_of(wanted), (List{"1201555", "12125554"}));
  wanted = {};
  wanted.lata = 132;
  EXPECT_EQ(table->prefixes_of(wanted),
            (List{"12125550", "12125551", "12125552", "12125553", "12125555", "12125556", "12125557",
                  "12125558", "12125559", "1646555", "1914555"}));
  wanted = {};
  wanted.country = "CA";
  EXPECT_EQ(table->prefixes_of(wanted), (List{"1416555", "1604555", "1613555"}));
  wanted.rate_centre = "TORONTO";
  EXPECT_EQ(table->prefixes_of(wanted), (List{"1416555"}));
  wanted.rate_centre = "NOWHERE";
  EXPECT_TRUE(table->prefixes_of(wanted).empty());
}

TEST(Table, AnEmptyOneKnowsNothing) {
  const auto table = Table::compile({});
  EXPECT_EQ(jurisdiction(*table, "12125550100", "12125550101"), Unknown);
  EXPECT_EQ(jurisdiction(*table, "12125550100", "18005550101"), TollFree);
}

TEST(Table, SaysWhatANaiveMapSays) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const char* states[] = {"NY", "NJ", "CA", "ON", ""};
  Table::Source source;
  source.countries = {{"1", "US", LineKind::Unknown}};
  std::map<std::pair<std::uint32_t, unsigned>, BlockRow> naive;  // block 10: the whole
  while (naive.size() < 60'000) {
    BlockRow row;
    row.npanxx = static_cast<std::uint32_t>(200'000 + random() % 40'000);
    row.block = static_cast<std::uint8_t>(random() % 11);
    row.state = states[random() % 5];
    row.lata = static_cast<std::uint16_t>(random() % 1000);
    row.ocn = std::to_string(1000 + random() % 2000);
    row.rate_centre = "RC" + std::to_string(random() % 300);
    row.kind = static_cast<LineKind>(random() % 4);
    if (naive.emplace(std::pair(row.npanxx, unsigned{row.block}), row).second) source.blocks.push_back(row);
  }
  const auto table = Table::compile(std::move(source));
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint64_t digits = (200'000 + random() % 40'000) * std::uint64_t{10'000} + random() % 10'000;
    const auto number = "1" + std::to_string(digits);
    const auto npanxx = static_cast<std::uint32_t>(digits / 10'000);
    auto found = naive.find({npanxx, static_cast<unsigned>(digits / 1'000 % 10)});
    if (found == naive.end()) found = naive.find({npanxx, 10});
    const auto place = table->describe(table->place(number));
    const bool nanp = npanxx % 1'000 >= 200;
    if (!nanp || found == naive.end()) {
      ASSERT_EQ(place.state, "") << number << ", seed " << seed;
      ASSERT_EQ(place.country, nanp ? "US" : "") << number << ", seed " << seed;
      continue;
    }
    const auto& row = found->second;
    ASSERT_EQ(place.state, row.state) << number << ", seed " << seed;
    ASSERT_EQ(place.lata, row.lata) << number << ", seed " << seed;
    ASSERT_EQ(place.ocn, row.ocn) << number << ", seed " << seed;
    ASSERT_EQ(place.rate_centre, row.rate_centre) << number << ", seed " << seed;
    ASSERT_EQ(place.kind, row.kind) << number << ", seed " << seed;
    ASSERT_EQ(place.country, row.state == "ON" ? "CA" : "US") << number << ", seed " << seed;
  }
}

domain::LookupRequest asked(const char* ani, const char* dni) {
  domain::LookupRequest request;
  request.ani = ani;
  request.dni = dni;
  return request;
}

TEST(Resolve, GoesByTheNumbersAsTheyWereMovedTo) {
  const auto table = Table::compile(world());
  const auto request = asked("12125550100", "12125550199");
  domain::LookupAnswer answer;
  EXPECT_EQ(resolve(table.get(), request, answer).jurisdiction, Local);
  answer.dni_lrn = "17165550000";  // into another LATA
  answer.dni_spid = "7421";
  auto numbers = resolve(table.get(), request, answer);
  EXPECT_EQ(numbers.jurisdiction, Intrastate);
  EXPECT_EQ(numbers.routing, "17165550000");
  EXPECT_EQ(numbers.called.place.rate_centre, "BUFFALO");
  EXPECT_EQ(numbers.called.spid, "7421");
  EXPECT_TRUE(numbers.called.dipped);
  EXPECT_TRUE(numbers.called.ported);
  EXPECT_FALSE(numbers.caller.dipped);
  answer.ani_lrn = "17165559999";  // both ends
  EXPECT_EQ(resolve(table.get(), request, answer).jurisdiction, Local);
  answer.ani_lrn = "12015550000";
  EXPECT_EQ(resolve(table.get(), request, answer).jurisdiction, Interstate);
}

TEST(Resolve, ANumberThatWasNotMovedIsItsOwnLrn) {
  const auto table = Table::compile(world());
  const auto request = asked("12125550100", "19145550100");
  domain::LookupAnswer answer;
  answer.dni_lrn = request.dni;
  const auto numbers = resolve(table.get(), request, answer);
  EXPECT_TRUE(numbers.called.dipped);
  EXPECT_FALSE(numbers.called.ported);
  EXPECT_EQ(numbers.routing, "");
  EXPECT_EQ(numbers.jurisdiction, IntraLata);
}

TEST(Resolve, TollFreeIsRatedByItsOriginWhenThatHasAPlace) {
  const auto table = Table::compile(world());
  domain::LookupAnswer answer;
  EXPECT_EQ(resolve(table.get(), asked("12125550100", "18005550100"), answer).rated, "12125550100");
  answer.ani_lrn = "17165550000";
  EXPECT_EQ(resolve(table.get(), asked("12125550100", "18005550100"), answer).rated, "17165550000");
  const auto blind = resolve(table.get(), asked("", "18005550100"), {});
  EXPECT_EQ(blind.rated, "");
  EXPECT_EQ(blind.note, "ANI unusable");
}

TEST(Resolve, SaysWhyNothingIsKnown) {
  const auto table = Table::compile(world());
  domain::LookupAnswer late;
  late.note = "LRN timed out";
  EXPECT_EQ(resolve(table.get(), asked("5550100", "12125550100"), late).note, "LRN timed out; ANI unusable");
  EXPECT_EQ(resolve(table.get(), asked("12125550100", "12127770100"), {}).note, "called number has no place");
  const auto nowhere = resolve(nullptr, asked("12125550100", "12125550100"), late);
  EXPECT_EQ(nowhere.jurisdiction, Unknown);
  EXPECT_EQ(nowhere.note, "LRN timed out");
  EXPECT_EQ(resolve(nullptr, asked("12125550100", "442079460123"), {}).jurisdiction, International);
  EXPECT_EQ(resolve(nullptr, asked("442079460123", "18005550100"), {}).jurisdiction, Unknown);
}

}  // namespace
}  // namespace warp::numbering
