#include "warp/smpp/pdu/tlv.h"

#include "octets.h"

namespace warp::smpp {
namespace {

constexpr std::size_t kTlvHead = 4;

// Octets of the TLV at the front of `rest`, or 0 when none is whole.
std::size_t whole_tlv(std::string_view rest) {
  if (rest.size() < kTlvHead) return 0;
  const std::size_t octets = kTlvHead + octets::u16(rest, 2);
  return octets <= rest.size() ? octets : 0;
}

bool fits_width(std::uint32_t value, std::size_t octets) {
  return octets >= 4 || value >> (8 * octets) == 0;
}

}  // namespace

std::optional<std::uint32_t> Tlv::number() const {
  if (value.empty() || value.size() > 4) return std::nullopt;
  std::uint32_t sum = 0;
  for (const char octet : value)
    sum = sum << 8 | static_cast<std::uint8_t>(octet);
  return sum;
}

TlvList TlvList::read(std::string_view encoded, std::size_t limit) {
  TlvList list;
  std::size_t at = 0;
  while (list.count_ < limit) {
    const auto octets = whole_tlv(encoded.substr(at));
    if (octets == 0) break;
    at += octets;
    ++list.count_;
  }
  list.encoded_ = encoded.substr(0, at);
  return list;
}

Tlv TlvList::Iterator::operator*() const {
  return {static_cast<Tag>(octets::u16(rest_, 0)), rest_.substr(kTlvHead, octets::u16(rest_, 2))};
}

TlvList::Iterator& TlvList::Iterator::operator++() {
  rest_.remove_prefix(kTlvHead + octets::u16(rest_, 2));
  return *this;
}

std::optional<Tlv> TlvList::find(Tag tag) const {
  for (const auto tlv : *this)
    if (tlv.tag == tag) return tlv;
  return std::nullopt;
}

std::optional<std::uint32_t> TlvList::number(Tag tag) const {
  const auto tlv = find(tag);
  return tlv ? tlv->number() : std::nullopt;
}

std::optional<std::string_view> TlvList::text(Tag tag) const {
  const auto tlv = find(tag);
  return tlv ? std::optional(tlv->text()) : std::nullopt;
}

bool conforms(const Tlv& tlv) {
  const auto* info = tlv_info(tlv.tag);
  if (!info) return true;
  if (tlv.value.size() < info->min_octets || tlv.value.size() > info->max_octets) return false;
  if (info->type == TlvType::COctets) return tlv.value.find('\0') == tlv.value.size() - 1;
  return tlv.tag != Tag::MsValidity || tlv.value.size() == 1 || tlv.value.size() == 4;
}

TlvWriter& TlvWriter::refuse(Tag tag) {
  if (ok_) refused_ = tag;
  ok_ = false;
  return *this;
}

TlvWriter& TlvWriter::number(Tag tag, std::uint32_t value) {
  const auto* info = tlv_info(tag);
  // ms_validity is one octet unless it carries 5.0's interval.
  std::size_t width = info ? info->max_octets : 4;
  if (tag == Tag::MsValidity && value <= 0xFF) width = 1;
  if ((info && info->type != TlvType::Integer) || !fits_width(value, width)) return refuse(tag);
  octets::put_u16(out_, static_cast<std::uint16_t>(tag));
  octets::put_u16(out_, static_cast<std::uint16_t>(width));
  for (std::size_t i = width; i-- > 0;)
    out_.push_back(static_cast<char>(value >> (8 * i)));
  return *this;
}

TlvWriter& TlvWriter::text(Tag tag, std::string_view value) {
  const auto* info = tlv_info(tag);
  const auto longest = info ? info->max_octets : 0xFFFFu;
  if (value.size() + 1 > longest || value.find('\0') != value.npos) return refuse(tag);
  if (info && info->type != TlvType::COctets) return refuse(tag);
  octets::put_u16(out_, static_cast<std::uint16_t>(tag));
  octets::put_u16(out_, static_cast<std::uint16_t>(value.size() + 1));
  out_.append(value).push_back('\0');
  return *this;
}

TlvWriter& TlvWriter::octets(Tag tag, std::string_view value) {
  if (value.size() > 0xFFFF || !conforms({tag, value})) return refuse(tag);
  octets::put_u16(out_, static_cast<std::uint16_t>(tag));
  octets::put_u16(out_, static_cast<std::uint16_t>(value.size()));
  out_.append(value);
  return *this;
}

}  // namespace warp::smpp
