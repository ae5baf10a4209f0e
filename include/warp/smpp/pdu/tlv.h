// TLVs: the optional parameters of SMPP 3.4 (§5.3.2) and 5.0 (§4.8.4).
//
// TlvList is a view of encoded TLVs, in the order in which they came, unknown and vendor ones among them; it
// allocates nothing and lives as long as the octets below it. TlvWriter encodes into a string that the caller
// reuses; its list() is what a Pdu to be written carries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace warp::smpp {

enum class Tag : std::uint16_t {
  DestAddrSubunit = 0x0005,
  DestNetworkType = 0x0006,
  DestBearerType = 0x0007,
  DestTelematicsId = 0x0008,
  SourceAddrSubunit = 0x000D,
  SourceNetworkType = 0x000E,
  SourceBearerType = 0x000F,
  SourceTelematicsId = 0x0010,
  QosTimeToLive = 0x0017,
  PayloadType = 0x0019,
  AdditionalStatusInfoText = 0x001D,
  ReceiptedMessageId = 0x001E,
  MsMsgWaitFacilities = 0x0030,
  PrivacyIndicator = 0x0201,
  SourceSubaddress = 0x0202,
  DestSubaddress = 0x0203,
  UserMessageReference = 0x0204,
  UserResponseCode = 0x0205,
  SourcePort = 0x020A,
  DestPort = 0x020B,
  SarMsgRefNum = 0x020C,
  LanguageIndicator = 0x020D,
  SarTotalSegments = 0x020E,
  SarSegmentSeqnum = 0x020F,
  ScInterfaceVersion = 0x0210,
  CallbackNumPresInd = 0x0302,
  CallbackNumAtag = 0x0303,
  NumberOfMessages = 0x0304,
  CallbackNum = 0x0381,
  DpfResult = 0x0420,
  SetDpf = 0x0421,
  MsAvailabilityStatus = 0x0422,
  NetworkErrorCode = 0x0423,
  MessagePayload = 0x0424,
  DeliveryFailureReason = 0x0425,
  MoreMessagesToSend = 0x0426,
  MessageState = 0x0427,
  CongestionState = 0x0428,
  UssdServiceOp = 0x0501,
  BroadcastChannelIndicator = 0x0600,
  BroadcastContentType = 0x0601,
  BroadcastContentTypeInfo = 0x0602,
  BroadcastMessageClass = 0x0603,
  BroadcastRepNum = 0x0604,
  BroadcastFrequencyInterval = 0x0605,
  BroadcastAreaIdentifier = 0x0606,
  BroadcastErrorStatus = 0x0607,
  BroadcastAreaSuccess = 0x0608,
  BroadcastEndTime = 0x0609,
  BroadcastServiceGroup = 0x060A,
  BillingIdentification = 0x060B,
  SourceNetworkId = 0x060D,
  DestNetworkId = 0x060E,
  SourceNodeId = 0x060F,
  DestNodeId = 0x0610,
  DestAddrNpResolution = 0x0611,
  DestAddrNpInformation = 0x0612,
  DestAddrNpCountry = 0x0613,
  DisplayTime = 0x1201,
  SmsSignal = 0x1203,
  MsValidity = 0x1204,
  AlertOnMessageDelivery = 0x130C,
  ItsReplyType = 0x1380,
  ItsSessionInfo = 0x1383,
};

enum class TlvType : std::uint8_t { Integer, COctets, Octets };

struct TlvInfo {
  Tag tag;
  std::string_view name;  // the standard's: "sar_msg_ref_num"
  TlvType type;
  std::uint16_t min_octets;  // of the value; a C-octet string's with its NUL
  std::uint16_t max_octets;
};
const TlvInfo* tlv_info(Tag tag);     // nullptr: not of the standard
std::string_view to_string(Tag tag);  // "vendor" (0x1400–0x3FFF) or "reserved" for those
constexpr bool is_vendor(Tag tag) {
  return static_cast<std::uint16_t>(tag) >= 0x1400 && static_cast<std::uint16_t>(tag) <= 0x3FFF;
}

struct Tlv {
  Tag tag{};
  std::string_view value;

  // Big-endian value of 1 to 4 octets, whatever width the standard gives it.
  std::optional<std::uint32_t> number() const;
  // Up to the first NUL, or all of it.
  std::string_view text() const { return value.substr(0, value.find('\0')); }
};

class TlvList {
 public:
  TlvList() = default;
  // The longest prefix of `encoded` that is whole TLVs, at most `limit` of them.
  static TlvList read(std::string_view encoded, std::size_t limit = kMaxTlvs);
  static constexpr std::size_t kMaxTlvs = 1024;

  class Iterator {
   public:
    using value_type = Tlv;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) {}
    Tlv operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return rest_.size() == other.rest_.size(); }

   private:
    std::string_view rest_;
  };
  Iterator begin() const { return Iterator(encoded_); }
  Iterator end() const { return Iterator(); }

  std::optional<Tlv> find(Tag tag) const;  // the first
  std::optional<std::uint32_t> number(Tag tag) const;
  std::optional<std::string_view> text(Tag tag) const;

  std::string_view encoded() const { return encoded_; }
  bool empty() const { return encoded_.empty(); }
  std::size_t size() const { return count_; }

 private:
  std::string_view encoded_;
  std::size_t count_ = 0;
};

// Appends to `out`; strict about what it knows: a value that the tag cannot hold turns ok() false and is left
// out.
class TlvWriter {
 public:
  explicit TlvWriter(std::string& out) : out_(out), start_(out.size()) {}

  TlvWriter& number(Tag tag, std::uint32_t value);     // as wide as the standard says; vendor tags: 4 octets
  TlvWriter& text(Tag tag, std::string_view value);    // adds the NUL
  TlvWriter& octets(Tag tag, std::string_view value);  // as they are
  TlvWriter& copy(const Tlv& tlv) { return octets(tlv.tag, tlv.value); }

  bool ok() const { return ok_; }
  Tag refused() const { return refused_; }  // the first one that was not written
  // Valid until `out` changes.
  TlvList list() const { return TlvList::read(std::string_view(out_).substr(start_)); }

 private:
  TlvWriter& refuse(Tag tag);
  std::string& out_;
  std::size_t start_;
  bool ok_ = true;
  Tag refused_{};
};

// Is `tlv` as the standard has it (length, NUL at the end and nowhere else)? Unknown tags always are.
bool conforms(const Tlv& tlv);

}  // namespace warp::smpp
