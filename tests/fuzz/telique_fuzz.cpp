// Whatever the service answers: what is read of it keeps its form.
#include <algorithm>

#include "warp/integrations/telique_documents.h"

#include "check.h"

namespace {

bool digits(std::string_view text, std::size_t count) {
  return text.size() == count &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::integrations;
  const auto body = warp::fuzz::text_of(data, size);
  if (const auto read = read_telique_lrn(body)) FUZZ_CHECK(digits(read->lrn, 10) && read->spid.size() <= 4);
  if (const auto read = read_telique_cic(body)) FUZZ_CHECK(digits(*read, 4));
  if (const auto read = read_telique_cnam(body)) {
    FUZZ_CHECK(read->size() <= 15);
    for (const char c : *read)
      FUZZ_CHECK(c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>');
  }
  (void)read_telique_dno(body);
  (void)read_telique_relation(body);
  if (const auto read = read_telique_blocks(body)) {
    FUZZ_CHECK(read->rows.size() <= read->received);
    for (const auto& row : read->rows)
      FUZZ_CHECK(row.npanxx >= 200'200 && row.npanxx <= 999'999 && row.block <= 10 && row.lata <= 999);
  }
  return 0;
}
