// CredentialCalls: which calls in progress were made with which digest credential, over all shards. Any
// thread. An entry lives as long as its token, so that no count can drift.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::calls {

class CredentialCalls {
 public:
  struct Entry {
    Uuid credential;
    CallId call;
    WallTime started_at{};
  };

  class Token {
   public:
    Token() = default;
    Token(Token&& other) noexcept : list_(std::exchange(other.list_, nullptr)), id_(other.id_) {}
    Token& operator=(Token&& other) noexcept {
      std::swap(list_, other.list_);
      std::swap(id_, other.id_);
      return *this;
    }
    ~Token() {
      if (list_ != nullptr) list_->drop(id_);
    }

   private:
    friend class CredentialCalls;
    Token(CredentialCalls* list, std::uint64_t id) : list_(list), id_(id) {}
    CredentialCalls* list_ = nullptr;
    std::uint64_t id_ = 0;
  };

  // Outlives its tokens.
  Token enter(Entry entry) {
    const std::lock_guard lock(mutex_);
    entries_.emplace(++last_, entry);
    return {this, last_};
  }
  // Oldest first.
  std::vector<Entry> of(const Uuid& credential) const {
    std::vector<std::pair<std::uint64_t, Entry>> found;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, entry] : entries_)
        if (entry.credential == credential) found.emplace_back(id, entry);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Entry> entries;
    for (const auto& [id, entry] : found)
      entries.push_back(entry);
    return entries;
  }

 private:
  void drop(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    entries_.erase(id);
  }

  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
};

}  // namespace warp::calls
