// The words of TS 23.140, by enum; read in any case.
#pragma once

#include <optional>
#include <string_view>

#include "warp/mm4/message.h"

namespace warp::mm4 {

std::optional<Type> parse_type(std::string_view text);
std::optional<MmStatus> parse_mm_status(std::string_view text);
std::optional<RequestStatus> parse_request_status(std::string_view text);

// Holds other parts (multipart/…, message/…): no content may call itself so, or it is taken apart again.
bool is_container(std::string_view content_type);

inline constexpr const char* kVersion = "X-Mms-3GPP-MMS-Version";
inline constexpr const char* kType = "X-Mms-Message-Type";
inline constexpr const char* kTransaction = "X-Mms-Transaction-ID";
inline constexpr const char* kMessageId = "X-Mms-Message-ID";
inline constexpr const char* kAckRequest = "X-Mms-Ack-Request";
inline constexpr const char* kOriginatorSystem = "X-Mms-Originator-System";
inline constexpr const char* kDeliveryReport = "X-Mms-Delivery-Report";
inline constexpr const char* kReadReply = "X-Mms-Read-Reply";
inline constexpr const char* kClass = "X-Mms-Message-Class";
inline constexpr const char* kExpiry = "X-Mms-Expiry";
inline constexpr const char* kForwardCounter = "X-Mms-Forward-Counter";
inline constexpr const char* kRequestStatus = "X-Mms-Request-Status-Code";
inline constexpr const char* kStatusText = "X-Mms-Status-Text";
inline constexpr const char* kMmStatus = "X-Mms-MM-Status-Code";
inline constexpr const char* kReadStatus = "X-Mms-Read-Status";

}  // namespace warp::mm4
