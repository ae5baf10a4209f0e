// In one piece or in many: the same rows or the same faults. What is accepted makes a table, and each row is
// found in it.
#include "warp/numbering/data_csv.h"

#include "check.h"

namespace {

using namespace warp::numbering;

void check_rows(const Table::Source& rows) {
  const auto table = Table::compile(rows);
  for (const auto& row : rows.blocks) {
    const auto number =
        "1" + std::to_string(row.npanxx) + (row.block == 10 ? "0" : std::to_string(row.block)) + "000";
    const auto place = table->describe(table->place(number));
    if (row.block != 10)
      FUZZ_CHECK(place.state == row.state && place.lata == row.lata && place.ocn == row.ocn);
    FUZZ_CHECK(jurisdiction(*table, number, number) != warp::domain::Jurisdiction::Interstate);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto set = static_cast<DataSet>(data[0] % 3);
  const auto text = warp::fuzz::text_of(data + 1, size - 1);
  const auto whole = parse_data_csv(set, text);
  DataCsvReader reader(set);
  const std::size_t piece = 1 + data[0] / 3 % 7;
  for (std::size_t at = 0; at < text.size(); at += piece)
    reader.feed(text.substr(at, piece));
  const auto pieces = reader.finish();
  FUZZ_CHECK(whole.has_value() == pieces.has_value());
  if (!whole) {
    FUZZ_CHECK(whole.error().total == pieces.error().total);
    FUZZ_CHECK(!whole.error().issues.empty());
    for (const auto& issue : whole.error().issues)
      FUZZ_CHECK(!issue.problem.empty() && !issue.cure.empty());
    return 0;
  }
  FUZZ_CHECK(whole->blocks.size() == pieces->blocks.size() &&
             whole->countries.size() == pieces->countries.size());
  check_rows(*whole);
  return 0;
}
