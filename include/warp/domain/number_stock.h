// NumberStock: where numbers to be bought come from: the platform's own stock, or a wholesaler's. Also who
// checks addresses for emergency calls and publishes names of callers.
//
// As PortingPort: asked on the API's loop, every `done` exactly once, perhaps inside the call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/money.h"
#include "warp/domain/porting_port.h"

namespace warp::domain {

struct StockWish {
  std::string type = "did";  // did, tfn
  std::string npa, nxx, state, locality, rate_center;
  std::string pattern;        // digits anywhere
  std::string last_4_prefix;  // digits that the last four begin with
  std::uint32_t page = 1, size = 25;
};

struct StockNumber {
  std::string e164;
  std::string type = "did";
  std::string rate_center, locality, state;
  std::uint16_t lata = 0;  // 0: not known
  Money monthly, setup;
};

struct StockPage {
  std::vector<StockNumber> numbers;
  std::uint64_t total = 0;
};

// An address in the United States or Canada as people write it.
struct StreetAddress {
  std::string name, street, unit, city, state, zip, country = "US";
};

class NumberStock {
 public:
  virtual ~NumberStock() = default;
  virtual std::string_view name() const = 0;  // "embedded", "tniq"

  virtual void search(StockWish wish, PortDone<StockPage> done) = 0;
  // Makes a number ours, for this order: repeated with the same order, the same answer. NotFound: it is not
  // to be had. Of the own stock: as it lies there.
  virtual void reserve(std::string e164, std::string order, PortDone<StockNumber> done) = 0;
  // Gives one back that nobody here needs any more. Own numbers simply stay.
  virtual void release(std::string e164, PortDone<bool> done) = 0;
  // The address as it is to be written; Refused with details.fields.
  virtual void validate_address(StreetAddress address, PortDone<StreetAddress> done) = 0;
  // The name that is shown for the number's calls; empty: none.
  virtual void publish_cnam(std::string e164, std::string name, PortDone<bool> done) = 0;
};

}  // namespace warp::domain
