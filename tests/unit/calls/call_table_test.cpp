#include "call_table.h"

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

TEST(CallTable, NothingLeadsToACallThatWasRemoved) {
  CallTable table(4);
  Call& gone = table.add(std::make_unique<Call>());
  Call& other = table.add(std::make_unique<Call>());
  table.expect(7, {.purpose = Purpose::Probe, .call = &gone});
  table.expect(8, {.purpose = Purpose::Probe, .call = &other});
  table.expect(9, {.purpose = Purpose::Bye, .tag = 3});
  ASSERT_NE(table.find_transaction(7), nullptr);
  table.remove(gone);
  EXPECT_EQ(table.find_transaction(7), nullptr);
  table.sweep();
  EXPECT_EQ(table.find_transaction(7), nullptr);
  ASSERT_NE(table.find_transaction(8), nullptr);
  EXPECT_EQ(table.find_transaction(8)->call, &other);
  EXPECT_NE(table.find_transaction(9), nullptr);
}

}  // namespace
}  // namespace warp::calls
