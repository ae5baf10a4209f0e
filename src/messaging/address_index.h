// AddressIndex: messages of ESMEs by account, source and destination, for a cancel_sm that names no id. A
// message leaves by itself when it dies.
#pragma once

#include <vector>

#include "live.h"

namespace warp::messaging {

class AddressIndex {
 public:
  AddressIndex() : buckets_(kFirst), set_(Set::bucket_traits(buckets_.data(), buckets_.size())) {}
  AddressIndex(const AddressIndex&) = delete;
  AddressIndex& operator=(const AddressIndex&) = delete;

  // `messages`: how many there can be at most now.
  void add(Live& live, std::size_t messages) {
    if (messages > buckets_.size()) grow();
    set_.insert(live);
  }
  // Those of this account and pair. `f` may let the message die.
  template <class F>
  void for_each(EsmeId esme, std::string_view from, std::string_view to, F f) {
    const Key key{esme, from, to};
    auto [at, end] = set_.equal_range(key, Hash{}, Equal{});
    while (at != end) {
      auto& live = *at++;
      f(live);
    }
  }

 private:
  struct Key {
    EsmeId esme;
    std::string_view from, to;
    friend bool operator==(const Key&, const Key&) = default;
  };
  static Key key_of(const Live& live) {
    const auto& message = live.message;
    return {message.esme.value_or(EsmeId{}), message.from.digits, message.to.digits};
  }
  struct Hash {
    std::size_t operator()(const Key& key) const {
      const std::hash<std::string_view> text;
      return std::hash<EsmeId>{}(key.esme) ^ text(key.from) * 31 ^ text(key.to) * 1'000'003;
    }
    std::size_t operator()(const Live& live) const { return (*this)(key_of(live)); }
  };
  struct Equal {
    bool operator()(const Live& a, const Live& b) const { return key_of(a) == key_of(b); }
    bool operator()(const Key& a, const Live& b) const { return a == key_of(b); }
    bool operator()(const Live& a, const Key& b) const { return key_of(a) == b; }
  };
  using Set = bi::unordered_multiset<Live, bi::base_hook<AddressHook>, bi::hash<Hash>, bi::equal<Equal>,
                                     bi::constant_time_size<false>, bi::power_2_buckets<true>>;
  static constexpr std::size_t kFirst = 1024;

  void grow() {
    std::vector<Set::bucket_type> wider(buckets_.size() * 2);
    set_.rehash(Set::bucket_traits(wider.data(), wider.size()));
    buckets_.swap(wider);
  }

  std::vector<Set::bucket_type> buckets_;  // outlives the set
  Set set_;
};

}  // namespace warp::messaging
