// PrefixTable: values by the longest prefix of a number. Immutable once built.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "warp/rating/digit_index.h"

namespace warp::messaging {

template <class T>
class PrefixTable {
 public:
  using Sorted = std::map<rating::PrefixKey, T>;
  PrefixTable() = default;
  explicit PrefixTable(Sorted sorted) {
    std::vector<rating::PrefixKey> keys;
    keys.reserve(sorted.size());
    values_.reserve(sorted.size());
    for (auto& [key, value] : sorted) {
      keys.push_back(key);
      values_.push_back(std::move(value));
    }
    index_ = rating::DigitIndex(keys);
  }
  const T* find(std::string_view digits) const {
    if (values_.empty()) return nullptr;
    const auto at = index_.find(rating::Digits(digits));
    return at == rating::DigitIndex::kNone ? nullptr : &values_[at];
  }
  bool empty() const { return values_.empty(); }

 private:
  std::vector<T> values_;  // as the index has them
  rating::DigitIndex index_;
};

}  // namespace warp::messaging
