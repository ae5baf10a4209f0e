#include "warp/porting/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::porting {
namespace {

using domain::PortDocument;
using testing::ElementsAre;

domain::PortNumber number(const char* e164, const char* spid = "1234") {
  domain::PortNumber out;
  out.e164 = e164;
  out.spid = spid;
  return out;
}
domain::PortGroup group(PortDocument details, bool on_net = false) {
  return {"1234", "Old", on_net, std::move(details)};
}
std::vector<std::string> codes(const std::vector<Fault>& faults) {
  std::vector<std::string> out;
  for (const auto& fault : faults)
    out.push_back(fault.code);
  return out;
}

const PortDocument kGood{
    {"btn", "2025550100"}, {"business_name", "Acme"}, {"service_address", "1 Main St, VA 22150"}};

TEST(Faults, OfDetails) {
  EXPECT_THAT(codes(faults_of(number("12025550100"), group(kGood))), ElementsAre());
  EXPECT_THAT(codes(faults_of(number("12025550100"), group(PortDocument::object()))),
              ElementsAre("BTN_MISSING", "NAME_MISSING"));
  EXPECT_THAT(codes(faults_of(number("12025550100"), group({{"btn", "(202) 555-0100"},
                                                            {"business_name", " Acme  Inc "},
                                                            {"service_address", "1 Main St 221509999"}}))),
              ElementsAre("BTN_INVALID", "NAME_UNTIDY", "ZIP_INVALID"));
}

TEST(Faults, OfTheNumberItself) {
  EXPECT_THAT(codes(faults_of(number("12025550100", "0000"), group(kGood))), ElementsAre("UNKNOWN_CARRIER"));
  auto own = number("12025550100");
  own.errors = PortDocument::array({{{"code", "ALREADY_OURS"}, {"message", "m"}}});
  EXPECT_THAT(codes(faults_of(own, group(kGood))), ElementsAre("ALREADY_OURS"));
}

TEST(Faults, OnNetAPinIsAllThatIsNeeded) {
  EXPECT_THAT(codes(faults_of(number("12025550100"), group(PortDocument::object(), true))),
              ElementsAre("PIN_MISSING"));
  EXPECT_THAT(codes(faults_of(number("12025550100"), group({{"pin", "1234"}}, true))), ElementsAre());
}

TEST(Faults, AreGroupedByCodeTheMostFrequentFirst) {
  std::vector<domain::PortNumber> numbers;
  for (const char* e164 : {"12025550100", "12025550101", "12025550102"}) {
    auto one = number(e164);
    one.errors = PortDocument::array({{{"code", "BTN_MISSING"}, {"message", "none"}}});
    numbers.push_back(one);
  }
  numbers[0].errors.push_back({{"code", "ODD"}, {"message", "odd"}});
  const auto groups = group_faults(numbers);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].code, "BTN_MISSING");
  EXPECT_EQ(groups[0].count, 3u);
  EXPECT_TRUE(groups[0].auto_fix);
  EXPECT_EQ(groups[1].code, "ODD");
  EXPECT_FALSE(groups[1].auto_fix);
  EXPECT_TRUE(group_faults({}).empty());
}

TEST(Faults, AreMendedByRuleUntilNothingIsLeft) {
  const std::vector<domain::PortNumber> numbers{number("12025550101"), number("12025550100")};
  const auto wrong = group({{"btn", "1 (202) 555-0100"},
                            {"business_name", " Acme  Inc "},
                            {"service_address", "1 Main St 221509999"}});
  const auto mended = mend(wrong, numbers, "");
  ASSERT_TRUE(mended);
  EXPECT_EQ((*mended)["btn"], "2025550100");
  EXPECT_EQ((*mended)["business_name"], "Acme Inc");
  EXPECT_EQ((*mended)["service_address"], "1 Main St 22150-9999");
  EXPECT_TRUE(faults_of(numbers[0], group(*mended)).empty());
  EXPECT_FALSE(mend(group(*mended), numbers, "")) << "what is mended stays";
  const auto only = mend(wrong, numbers, "BTN_INVALID");
  ASSERT_TRUE(only);
  EXPECT_EQ((*only)["business_name"], " Acme  Inc ");
  const auto lowest = mend(group(PortDocument::object()), numbers, "BTN_MISSING");
  ASSERT_TRUE(lowest);
  EXPECT_EQ((*lowest)["btn"], "2025550100");
}

}  // namespace
}  // namespace warp::porting
