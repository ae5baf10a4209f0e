#include "warp/smpp/pdu/status.h"

#include <algorithm>
#include <iterator>

namespace warp::smpp {
namespace {

struct Entry {
  Status status;
  std::string_view name;
  std::string_view meaning;
};

// Sorted by value.
constexpr Entry kStatuses[] = {
    {Status::Ok, "ESME_ROK", "no error"},
    {Status::InvMsgLen, "ESME_RINVMSGLEN", "message length is invalid"},
    {Status::InvCmdLen, "ESME_RINVCMDLEN", "command length is invalid"},
    {Status::InvCmdId, "ESME_RINVCMDID", "invalid command id"},
    {Status::InvBndSts, "ESME_RINVBNDSTS", "incorrect bind status for the command"},
    {Status::AlyBnd, "ESME_RALYBND", "already bound"},
    {Status::InvPrtFlg, "ESME_RINVPRTFLG", "invalid priority flag"},
    {Status::InvRegDlvFlg, "ESME_RINVREGDLVFLG", "invalid registered delivery flag"},
    {Status::SysErr, "ESME_RSYSERR", "system error"},
    {Status::InvSrcAdr, "ESME_RINVSRCADR", "invalid source address"},
    {Status::InvDstAdr, "ESME_RINVDSTADR", "invalid destination address"},
    {Status::InvMsgId, "ESME_RINVMSGID", "message id is invalid"},
    {Status::BindFail, "ESME_RBINDFAIL", "bind failed"},
    {Status::InvPaswd, "ESME_RINVPASWD", "invalid password"},
    {Status::InvSysId, "ESME_RINVSYSID", "invalid system id"},
    {Status::CancelFail, "ESME_RCANCELFAIL", "cancel_sm failed"},
    {Status::ReplaceFail, "ESME_RREPLACEFAIL", "replace_sm failed"},
    {Status::MsgQFul, "ESME_RMSGQFUL", "message queue full"},
    {Status::InvSerTyp, "ESME_RINVSERTYP", "invalid service type"},
    {Status::InvNumDests, "ESME_RINVNUMDESTS", "invalid number of destinations"},
    {Status::InvDlName, "ESME_RINVDLNAME", "invalid distribution list name"},
    {Status::InvDestFlag, "ESME_RINVDESTFLAG", "destination flag is invalid"},
    {Status::InvSubRep, "ESME_RINVSUBREP", "submit with replace is not supported"},
    {Status::InvEsmClass, "ESME_RINVESMCLASS", "invalid esm_class"},
    {Status::CntSubDl, "ESME_RCNTSUBDL", "cannot submit to distribution list"},
    {Status::SubmitFail, "ESME_RSUBMITFAIL", "submit_sm, data_sm or submit_multi failed"},
    {Status::InvSrcTon, "ESME_RINVSRCTON", "invalid source address TON"},
    {Status::InvSrcNpi, "ESME_RINVSRCNPI", "invalid source address NPI"},
    {Status::InvDstTon, "ESME_RINVDSTTON", "invalid destination address TON"},
    {Status::InvDstNpi, "ESME_RINVDSTNPI", "invalid destination address NPI"},
    {Status::InvSysTyp, "ESME_RINVSYSTYP", "invalid system type"},
    {Status::InvRepFlag, "ESME_RINVREPFLAG", "invalid replace_if_present flag"},
    {Status::InvNumMsgs, "ESME_RINVNUMMSGS", "invalid number of messages"},
    {Status::Throttled, "ESME_RTHROTTLED", "message limit exceeded"},
    {Status::InvSched, "ESME_RINVSCHED", "invalid scheduled delivery time"},
    {Status::InvExpiry, "ESME_RINVEXPIRY", "invalid validity period"},
    {Status::InvDftMsgId, "ESME_RINVDFTMSGID", "predefined message invalid or not found"},
    {Status::RxTAppn, "ESME_RX_T_APPN", "receiver's temporary application error"},
    {Status::RxPAppn, "ESME_RX_P_APPN", "receiver's permanent application error"},
    {Status::RxRAppn, "ESME_RX_R_APPN", "receiver rejects the message"},
    {Status::QueryFail, "ESME_RQUERYFAIL", "query_sm failed"},
    {Status::InvTlvStream, "ESME_RINVTLVSTREAM", "error in the optional part of the body"},
    {Status::TlvNotAllwd, "ESME_RTLVNOTALLWD", "TLV not allowed"},
    {Status::InvTlvLen, "ESME_RINVTLVLEN", "invalid length of a parameter"},
    {Status::MissingTlv, "ESME_RMISSINGTLV", "expected TLV is missing"},
    {Status::InvTlvVal, "ESME_RINVTLVVAL", "invalid value of a TLV"},
    {Status::DeliveryFailure, "ESME_RDELIVERYFAILURE", "transaction delivery failure"},
    {Status::UnknownErr, "ESME_RUNKNOWNERR", "unknown error"},
    {Status::SerTypUnauth, "ESME_RSERTYPUNAUTH", "not authorised to use the service type"},
    {Status::Prohibited, "ESME_RPROHIBITED", "operation prohibited"},
    {Status::SerTypUnavail, "ESME_RSERTYPUNAVAIL", "service type is unavailable"},
    {Status::SerTypDenied, "ESME_RSERTYPDENIED", "service type is denied"},
    {Status::InvDcs, "ESME_RINVDCS", "invalid data coding scheme"},
    {Status::InvSrcAddrSubunit, "ESME_RINVSRCADDRSUBUNIT", "invalid source address subunit"},
    {Status::InvDstAddrSubunit, "ESME_RINVDSTADDRSUBUNIT", "invalid destination address subunit"},
    {Status::InvBcastFreqInt, "ESME_RINVBCASTFREQINT", "invalid broadcast frequency interval"},
    {Status::InvBcastAliasName, "ESME_RINVBCASTALIAS_NAME", "invalid broadcast alias name"},
    {Status::InvBcastAreaFmt, "ESME_RINVBCASTAREAFMT", "invalid broadcast area format"},
    {Status::InvNumBcastAreas, "ESME_RINVNUMBCAST_AREAS", "invalid number of broadcast areas"},
    {Status::InvBcastCntType, "ESME_RINVBCASTCNTTYPE", "invalid broadcast content type"},
    {Status::InvBcastMsgClass, "ESME_RINVBCASTMSGCLASS", "invalid broadcast message class"},
    {Status::BcastFail, "ESME_RBCASTFAIL", "broadcast_sm failed"},
    {Status::BcastQueryFail, "ESME_RBCASTQUERYFAIL", "query_broadcast_sm failed"},
    {Status::BcastCancelFail, "ESME_RBCASTCANCELFAIL", "cancel_broadcast_sm failed"},
    {Status::InvBcastRep, "ESME_RINVBCAST_REP", "invalid number of repeated broadcasts"},
    {Status::InvBcastSrvGrp, "ESME_RINVBCASTSRVGRP", "invalid broadcast service group"},
    {Status::InvBcastChanInd, "ESME_RINVBCASTCHANIND", "invalid broadcast channel indicator"},
};
static_assert(std::ranges::is_sorted(kStatuses, {}, &Entry::status));

const Entry* find(Status status) {
  const auto* at = std::ranges::lower_bound(kStatuses, status, {}, &Entry::status);
  return at != std::end(kStatuses) && at->status == status ? at : nullptr;
}

bool is_vendor(Status status) {
  return (static_cast<std::uint32_t>(status) & ~0xFFu) == 0x400;
}

}  // namespace

std::string_view to_string(Status status) {
  if (const auto* entry = find(status)) return entry->name;
  return is_vendor(status) ? "vendor" : "reserved";
}

std::string_view meaning(Status status) {
  if (const auto* entry = find(status)) return entry->meaning;
  return is_vendor(status) ? "an error of the peer's own" : "a value that the standard reserves";
}

bool is_known(Status status) {
  return find(status) != nullptr;
}

}  // namespace warp::smpp
