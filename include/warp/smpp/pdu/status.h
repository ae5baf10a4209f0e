// command_status: every value of SMPP 3.4 (§5.1.3) and 5.0 (§4.7.6). Enumerators follow the standard's names
// without "ESME_R"; where the two versions differ in name, 5.0's is used.
#pragma once

#include <cstdint>
#include <string_view>

namespace warp::smpp {

// Upstreams send values of their own too (0x400–0x4FF and others): such a Status is none of the enumerators.
enum class Status : std::uint32_t {
  Ok = 0x000,
  InvMsgLen = 0x001,
  InvCmdLen = 0x002,
  InvCmdId = 0x003,
  InvBndSts = 0x004,
  AlyBnd = 0x005,
  InvPrtFlg = 0x006,
  InvRegDlvFlg = 0x007,
  SysErr = 0x008,
  InvSrcAdr = 0x00A,
  InvDstAdr = 0x00B,
  InvMsgId = 0x00C,
  BindFail = 0x00D,
  InvPaswd = 0x00E,
  InvSysId = 0x00F,
  CancelFail = 0x011,
  ReplaceFail = 0x013,
  MsgQFul = 0x014,
  InvSerTyp = 0x015,
  InvNumDests = 0x033,
  InvDlName = 0x034,
  InvDestFlag = 0x040,
  InvSubRep = 0x042,
  InvEsmClass = 0x043,
  CntSubDl = 0x044,
  SubmitFail = 0x045,
  InvSrcTon = 0x048,
  InvSrcNpi = 0x049,
  InvDstTon = 0x050,
  InvDstNpi = 0x051,
  InvSysTyp = 0x053,
  InvRepFlag = 0x054,
  InvNumMsgs = 0x055,
  Throttled = 0x058,
  InvSched = 0x061,
  InvExpiry = 0x062,
  InvDftMsgId = 0x063,
  RxTAppn = 0x064,
  RxPAppn = 0x065,
  RxRAppn = 0x066,
  QueryFail = 0x067,
  InvTlvStream = 0x0C0,
  TlvNotAllwd = 0x0C1,
  InvTlvLen = 0x0C2,
  MissingTlv = 0x0C3,
  InvTlvVal = 0x0C4,
  DeliveryFailure = 0x0FE,
  UnknownErr = 0x0FF,
  SerTypUnauth = 0x100,
  Prohibited = 0x101,
  SerTypUnavail = 0x102,
  SerTypDenied = 0x103,
  InvDcs = 0x104,
  InvSrcAddrSubunit = 0x105,
  InvDstAddrSubunit = 0x106,
  InvBcastFreqInt = 0x107,
  InvBcastAliasName = 0x108,
  InvBcastAreaFmt = 0x109,
  InvNumBcastAreas = 0x10A,
  InvBcastCntType = 0x10B,
  InvBcastMsgClass = 0x10C,
  BcastFail = 0x10D,
  BcastQueryFail = 0x10E,
  BcastCancelFail = 0x10F,
  InvBcastRep = 0x110,
  InvBcastSrvGrp = 0x111,
  InvBcastChanInd = 0x112,
};
// "ESME_RTHROTTLED". Values outside the catalogue: "vendor" (0x400–0x4FF) or "reserved".
std::string_view to_string(Status status);
// What it means, for people: "message queue full".
std::string_view meaning(Status status);
bool is_known(Status status);

}  // namespace warp::smpp
