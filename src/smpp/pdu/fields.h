// The order of the mandatory fields of every body, written once: the reader and the writer both walk it.
// A walker has u8, u32, text, time, address, message, destinations and unsuccessful.
#pragma once

#include <concepts>
#include <type_traits>

#include "warp/smpp/pdu/pdu.h"

namespace warp::smpp::fields {

// A C-octet string: its bound with the NUL, the bound that a reader forgives, and the status of a fault.
struct Text {
  std::string_view name;
  std::size_t octets;
  std::size_t forgiven;
  Status fault;
};

inline constexpr Text kSystemId{"system_id", 16, 65, Status::InvSysId};
inline constexpr Text kPassword{"password", 9, 65, Status::InvPaswd};
inline constexpr Text kSystemType{"system_type", 13, 65, Status::InvSysTyp};
inline constexpr Text kServiceType{"service_type", 6, 6, Status::InvSerTyp};
inline constexpr Text kAddressRange{"address_range", 41, 65, Status::BindFail};
inline constexpr Text kSource{"source_addr", 21, 21, Status::InvSrcAdr};
inline constexpr Text kDestination{"destination_addr", 21, 21, Status::InvDstAdr};
inline constexpr Text kLongSource{"source_addr", 65, 65, Status::InvSrcAdr};
inline constexpr Text kLongDestination{"destination_addr", 65, 65, Status::InvDstAdr};
inline constexpr Text kEsme{"esme_addr", 65, 65, Status::InvDstAdr};
inline constexpr Text kListName{"dl_name", 21, 21, Status::InvDlName};
inline constexpr Text kMessageId{"message_id", 65, 256, Status::InvMsgId};
inline constexpr Text kSchedule{"schedule_delivery_time", 17, 17, Status::InvSched};
inline constexpr Text kValidity{"validity_period", 17, 17, Status::InvExpiry};
inline constexpr Text kFinalDate{"final_date", 17, 17, Status::QueryFail};

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

void walk(auto&, Is<Empty> auto&) {}

void walk(auto& w, Is<Bind> auto& b) {
  w.text(kSystemId, b.system_id);
  w.text(kPassword, b.password);
  w.text(kSystemType, b.system_type);
  w.u8("interface_version", b.interface_version);
  w.address(kAddressRange, b.range);
}

void walk(auto& w, Is<BindResp> auto& b) {
  w.text(kSystemId, b.system_id);
}

void walk(auto& w, Is<Outbind> auto& b) {
  w.text(kSystemId, b.system_id);
  w.text(kPassword, b.password);
}

void walk(auto& w, Is<MessageFields> auto& m) {
  w.u8("esm_class", m.esm_class);
  w.u8("protocol_id", m.protocol_id);
  w.u8("priority_flag", m.priority_flag);
  w.time(kSchedule, m.schedule_delivery_time);
  w.time(kValidity, m.validity_period);
  w.u8("registered_delivery", m.registered_delivery);
  w.u8("replace_if_present_flag", m.replace_if_present);
  w.u8("data_coding", m.data_coding);
  w.u8("sm_default_msg_id", m.default_msg_id);
  w.message(m.short_message);
}

void walk(auto& w, Is<ShortMessage> auto& b) {
  w.text(kServiceType, b.service_type);
  w.address(kSource, b.source);
  w.address(kDestination, b.destination);
  walk(w, b.message);
}

void walk(auto& w, Is<MessageIdResp> auto& b) {
  w.text(kMessageId, b.message_id);
}

void walk(auto& w, Is<SubmitMulti> auto& b) {
  w.text(kServiceType, b.service_type);
  w.address(kSource, b.source);
  w.destinations(b.destinations);
  walk(w, b.message);
}

void walk(auto& w, Is<SubmitMultiResp> auto& b) {
  w.text(kMessageId, b.message_id);
  w.unsuccessful(b.unsuccessful);
}

void walk(auto& w, Is<DataSm> auto& b) {
  w.text(kServiceType, b.service_type);
  w.address(kLongSource, b.source);
  w.address(kLongDestination, b.destination);
  w.u8("esm_class", b.esm_class);
  w.u8("registered_delivery", b.registered_delivery);
  w.u8("data_coding", b.data_coding);
}

void walk(auto& w, Is<QuerySm> auto& b) {
  w.text(kMessageId, b.message_id);
  w.address(kSource, b.source);
}

void walk(auto& w, Is<QuerySmResp> auto& b) {
  w.text(kMessageId, b.message_id);
  w.time(kFinalDate, b.final_date);
  w.u8("message_state", b.message_state);
  w.u8("error_code", b.error_code);
}

void walk(auto& w, Is<CancelSm> auto& b) {
  w.text(kServiceType, b.service_type);
  w.text(kMessageId, b.message_id);
  w.address(kSource, b.source);
  w.address(kDestination, b.destination);
}

void walk(auto& w, Is<ReplaceSm> auto& b) {
  w.text(kMessageId, b.message_id);
  w.address(kSource, b.source);
  w.time(kSchedule, b.schedule_delivery_time);
  w.time(kValidity, b.validity_period);
  w.u8("registered_delivery", b.registered_delivery);
  w.u8("sm_default_msg_id", b.default_msg_id);
  w.message(b.short_message);
}

void walk(auto& w, Is<AlertNotification> auto& b) {
  w.address(kLongSource, b.source);
  w.address(kEsme, b.esme);
}

void walk(auto& w, Is<BroadcastSm> auto& b) {
  w.text(kServiceType, b.service_type);
  w.address(kSource, b.source);
  w.text(kMessageId, b.message_id);
  w.u8("priority_flag", b.priority_flag);
  w.time(kSchedule, b.schedule_delivery_time);
  w.time(kValidity, b.validity_period);
  w.u8("replace_if_present_flag", b.replace_if_present);
  w.u8("data_coding", b.data_coding);
  w.u8("sm_default_msg_id", b.default_msg_id);
}

void walk(auto& w, Is<CancelBroadcastSm> auto& b) {
  w.text(kServiceType, b.service_type);
  w.text(kMessageId, b.message_id);
  w.address(kSource, b.source);
}

}  // namespace warp::smpp::fields

namespace warp::smpp {

// An empty body of the kind that the command has.
Body body_for(CommandId command);

}  // namespace warp::smpp
