#include "warp/smpp/pdu/reassembler.h"

#include <algorithm>
#include <utility>

#include "warp/base/text.h"

#include "octets.h"

namespace warp::smpp {
namespace {

// What a set and a piece cost beside their text, so that empty parts count too.
constexpr std::size_t kSetOctets = 256;
constexpr std::size_t kPieceOctets = 64;

std::string name_of(const Reassembler::Key& key, const Concat& concat) {
  std::string name;
  name.reserve(16 + key.source.size() + key.destination.size());
  octets::put_u32(name, static_cast<std::uint32_t>(key.connector >> 32));
  octets::put_u32(name, static_cast<std::uint32_t>(key.connector));
  octets::put_u16(name, concat.reference);
  octets::put_u8(name, concat.total);
  octets::put_u8(name, concat.wide);
  // Addresses hold no NUL: they were C-octet strings.
  name.append(key.source).push_back('\0');
  return name.append(key.destination);
}

}  // namespace

std::string Reassembler::Set::joined() const {
  std::string text;
  for (const auto& piece : pieces)
    text.append(piece.text);
  return text;
}

Reassembler::Order::iterator Reassembler::find_or_make(const std::string& name, const Key& key,
                                                       const Concat& concat, Monotonic now) {
  if (const auto found = by_key_.find(name); found != by_key_.end()) return found->second;
  Set set{key.connector, std::string(key.source), std::string(key.destination), concat, {}};
  const auto octets = kSetOctets + name.size() + key.source.size() + key.destination.size();
  waiting_.push_back({name, now, octets, std::move(set)});
  octets_ += octets;
  const auto at = std::prev(waiting_.end());
  by_key_.emplace(name, at);
  return at;
}

Reassembler::Set Reassembler::release(Order::iterator at) {
  auto set = std::move(at->set);
  octets_ -= at->octets;
  by_key_.erase(at->key);
  waiting_.erase(at);
  return set;
}

void Reassembler::make_room(Order::iterator keep, std::vector<Set>& given_up) {
  auto at = waiting_.begin();
  while (at != waiting_.end() && (waiting_.size() > limits_.sets || octets_ > limits_.octets)) {
    const auto oldest = at++;
    if (oldest != keep) given_up.push_back(release(oldest));
  }
}

Reassembler::Added Reassembler::add(const Key& key, const Concat& concat, std::string_view text,
                                    std::uint64_t token, Monotonic now) {
  Added added;
  const auto cost =
      kSetOctets + kPieceOctets + text.size() + 3 * (key.source.size() + key.destination.size());
  if (!concat.valid() || cost > limits_.octets || limits_.sets == 0) {
    added.outcome = Outcome::Refused;
    return added;
  }
  const auto name = name_of(key, concat);
  if (was_complete(name, concat, text, now)) {
    added.outcome = Outcome::Duplicate;
    return added;
  }
  auto at = find_or_make(name, key, concat, now);
  const auto by_sequence = [](const Piece& piece, std::uint8_t wanted) { return piece.sequence < wanted; };
  auto place = std::lower_bound(at->set.pieces.begin(), at->set.pieces.end(), concat.sequence, by_sequence);
  if (place != at->set.pieces.end() && place->sequence == concat.sequence) {
    if (place->text == text) {
      added.outcome = Outcome::Duplicate;
      return added;
    }
    // References wrap: this is another message.
    added.given_up.push_back(release(at));
    at = find_or_make(name, key, concat, now);
    place = at->set.pieces.begin();
  }
  at->set.pieces.insert(place, Piece{concat.sequence, token, std::string(text)});
  at->octets += kPieceOctets + text.size();
  octets_ += kPieceOctets + text.size();
  if (at->set.pieces.size() == concat.total) {
    added.outcome = Outcome::Complete;
    added.set = release(at);
    remember(name, *added.set, now);
  } else {
    make_room(at, added.given_up);
  }
  return added;
}

void Reassembler::forget(Memory::iterator at) {
  complete_by_key_.erase(at->key);
  complete_.erase(at);
}

void Reassembler::remember(const std::string& name, const Set& set, Monotonic now) {
  if (limits_.memory.count() == 0) return;
  Complete entry{name, now, {}};
  for (const auto& piece : set.pieces)
    entry.hashes.push_back(stable_hash(piece.text));
  complete_.push_back(std::move(entry));
  complete_by_key_[name] = std::prev(complete_.end());
  if (complete_.size() > limits_.sets) forget(complete_.begin());
}

bool Reassembler::was_complete(const std::string& name, const Concat& concat, std::string_view text,
                               Monotonic now) {
  while (!complete_.empty() && now - complete_.front().since >= limits_.memory)
    forget(complete_.begin());
  const auto found = complete_by_key_.find(name);
  if (found == complete_by_key_.end()) return false;
  if (found->second->hashes[concat.sequence - 1u] == stable_hash(text)) return true;
  // Another text: the reference is in use again.
  forget(found->second);
  return false;
}

std::vector<Reassembler::Set> Reassembler::expire(Monotonic now) {
  std::vector<Set> expired;
  while (!waiting_.empty() && now - waiting_.front().since >= limits_.patience)
    expired.push_back(release(waiting_.begin()));
  return expired;
}

std::optional<Monotonic> Reassembler::next_expiry() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().since + limits_.patience;
}

}  // namespace warp::smpp
