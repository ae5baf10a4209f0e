#include "lists.h"

#include <algorithm>

namespace warp::routing {
namespace {

std::vector<rating::PrefixKey> keys_of(const domain::NumberList& list) {
  std::vector<rating::PrefixKey> keys;
  keys.reserve(list.prefixes.size());
  for (const auto& prefix : list.prefixes)
    if (const auto key = rating::PrefixKey::parse(prefix); key && !prefix.empty()) keys.push_back(*key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace

CompiledList::CompiledList(const domain::NumberList& list) : row(&list), index(keys_of(list)) {}

const CompiledList* refusing(std::span<const CompiledList* const> lists, const rating::Digits& digits) {
  const CompiledList* allows = nullptr;
  bool allowed = false;
  for (const auto* list : lists) {
    const bool listed = digits.count() > 0 && list->has(digits);
    if (list->row->blocks) {
      if (listed) return list;
      continue;
    }
    if (!allows) allows = list;
    allowed = allowed || listed;
  }
  return allowed ? nullptr : allows;
}

}  // namespace warp::routing
