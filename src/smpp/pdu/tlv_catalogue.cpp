#include <algorithm>
#include <iterator>

#include "warp/smpp/pdu/tlv.h"

namespace warp::smpp {
namespace {

constexpr auto kInt = TlvType::Integer;
constexpr auto kText = TlvType::COctets;
constexpr auto kOctets = TlvType::Octets;

// Sorted by tag.
constexpr TlvInfo kTlvs[] = {
    {Tag::DestAddrSubunit, "dest_addr_subunit", kInt, 1, 1},
    {Tag::DestNetworkType, "dest_network_type", kInt, 1, 1},
    {Tag::DestBearerType, "dest_bearer_type", kInt, 1, 1},
    {Tag::DestTelematicsId, "dest_telematics_id", kInt, 2, 2},
    {Tag::SourceAddrSubunit, "source_addr_subunit", kInt, 1, 1},
    {Tag::SourceNetworkType, "source_network_type", kInt, 1, 1},
    {Tag::SourceBearerType, "source_bearer_type", kInt, 1, 1},
    {Tag::SourceTelematicsId, "source_telematics_id", kInt, 1, 1},
    {Tag::QosTimeToLive, "qos_time_to_live", kInt, 4, 4},
    {Tag::PayloadType, "payload_type", kInt, 1, 1},
    {Tag::AdditionalStatusInfoText, "additional_status_info_text", kText, 1, 256},
    {Tag::ReceiptedMessageId, "receipted_message_id", kText, 1, 65},
    {Tag::MsMsgWaitFacilities, "ms_msg_wait_facilities", kInt, 1, 1},
    {Tag::PrivacyIndicator, "privacy_indicator", kInt, 1, 1},
    {Tag::SourceSubaddress, "source_subaddress", kOctets, 2, 23},
    {Tag::DestSubaddress, "dest_subaddress", kOctets, 2, 23},
    {Tag::UserMessageReference, "user_message_reference", kInt, 2, 2},
    {Tag::UserResponseCode, "user_response_code", kInt, 1, 1},
    {Tag::SourcePort, "source_port", kInt, 2, 2},
    {Tag::DestPort, "dest_port", kInt, 2, 2},
    {Tag::SarMsgRefNum, "sar_msg_ref_num", kInt, 2, 2},
    {Tag::LanguageIndicator, "language_indicator", kInt, 1, 1},
    {Tag::SarTotalSegments, "sar_total_segments", kInt, 1, 1},
    {Tag::SarSegmentSeqnum, "sar_segment_seqnum", kInt, 1, 1},
    {Tag::ScInterfaceVersion, "sc_interface_version", kInt, 1, 1},
    {Tag::CallbackNumPresInd, "callback_num_pres_ind", kInt, 1, 1},
    {Tag::CallbackNumAtag, "callback_num_atag", kOctets, 0, 65},
    {Tag::NumberOfMessages, "number_of_messages", kInt, 1, 1},
    {Tag::CallbackNum, "callback_num", kOctets, 4, 19},
    {Tag::DpfResult, "dpf_result", kInt, 1, 1},
    {Tag::SetDpf, "set_dpf", kInt, 1, 1},
    {Tag::MsAvailabilityStatus, "ms_availability_status", kInt, 1, 1},
    {Tag::NetworkErrorCode, "network_error_code", kOctets, 3, 3},
    {Tag::MessagePayload, "message_payload", kOctets, 0, 65535},
    {Tag::DeliveryFailureReason, "delivery_failure_reason", kInt, 1, 1},
    {Tag::MoreMessagesToSend, "more_messages_to_send", kInt, 1, 1},
    {Tag::MessageState, "message_state", kInt, 1, 1},
    {Tag::CongestionState, "congestion_state", kInt, 1, 1},
    {Tag::UssdServiceOp, "ussd_service_op", kInt, 1, 1},
    {Tag::BroadcastChannelIndicator, "broadcast_channel_indicator", kInt, 1, 1},
    {Tag::BroadcastContentType, "broadcast_content_type", kOctets, 3, 3},
    {Tag::BroadcastContentTypeInfo, "broadcast_content_type_info", kOctets, 1, 255},
    {Tag::BroadcastMessageClass, "broadcast_message_class", kInt, 1, 1},
    {Tag::BroadcastRepNum, "broadcast_rep_num", kInt, 2, 2},
    {Tag::BroadcastFrequencyInterval, "broadcast_frequency_interval", kOctets, 3, 3},
    {Tag::BroadcastAreaIdentifier, "broadcast_area_identifier", kOctets, 1, 101},
    {Tag::BroadcastErrorStatus, "broadcast_error_status", kInt, 4, 4},
    {Tag::BroadcastAreaSuccess, "broadcast_area_success", kInt, 1, 1},
    {Tag::BroadcastEndTime, "broadcast_end_time", kText, 1, 17},
    {Tag::BroadcastServiceGroup, "broadcast_service_group", kOctets, 1, 255},
    {Tag::BillingIdentification, "billing_identification", kOctets, 1, 1024},
    {Tag::SourceNetworkId, "source_network_id", kText, 1, 66},
    {Tag::DestNetworkId, "dest_network_id", kText, 1, 66},
    {Tag::SourceNodeId, "source_node_id", kOctets, 6, 6},
    {Tag::DestNodeId, "dest_node_id", kOctets, 6, 6},
    {Tag::DestAddrNpResolution, "dest_addr_np_resolution", kInt, 1, 1},
    {Tag::DestAddrNpInformation, "dest_addr_np_information", kOctets, 10, 10},
    {Tag::DestAddrNpCountry, "dest_addr_np_country", kOctets, 1, 5},
    {Tag::DisplayTime, "display_time", kInt, 1, 1},
    {Tag::SmsSignal, "sms_signal", kInt, 2, 2},
    {Tag::MsValidity, "ms_validity", kInt, 1, 4},
    {Tag::AlertOnMessageDelivery, "alert_on_message_delivery", kInt, 0, 1},
    {Tag::ItsReplyType, "its_reply_type", kInt, 1, 1},
    {Tag::ItsSessionInfo, "its_session_info", kOctets, 2, 2},
};
static_assert(std::ranges::is_sorted(kTlvs, {}, &TlvInfo::tag));

}  // namespace

const TlvInfo* tlv_info(Tag tag) {
  const auto* at = std::ranges::lower_bound(kTlvs, tag, {}, &TlvInfo::tag);
  return at != std::end(kTlvs) && at->tag == tag ? at : nullptr;
}

std::string_view to_string(Tag tag) {
  if (const auto* info = tlv_info(tag)) return info->name;
  return is_vendor(tag) ? "vendor" : "reserved";
}

}  // namespace warp::smpp
