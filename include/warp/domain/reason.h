// Reason: the one vocabulary of why something was refused or ended. A code is stable for ever: it is the
// `cause` of the SIP Reason header (protocol WARP), the record's `reason_code`, the log's field `reason`,
// the metric label, the API's and the documentation's word. docs/reason-codes.md is generated from the
// table in reason.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warp::domain {

enum class Reason : std::uint16_t {
  // 1xxx: ended as calls end
  NormalClearing = 1000,
  CallerCancelled = 1001,
  CalleeBusy = 1002,
  NoAnswer = 1003,
  CalleeDeclined = 1004,
  MediaTimeout = 1005,
  MaxDuration = 1006,
  SessionExpired = 1007,
  DaemonRestarted = 1008,
  AckMissing = 1009,
  DaemonStopping = 1010,
  Transferred = 1011,
  CreditExhausted = 1012,
  // 2xxx: the request or its sender
  SourceUnknown = 2001,
  TrunkDisabled = 2002,
  AccountSuspended = 2003,
  NumberInvalid = 2004,
  MessageMalformed = 2005,
  MethodNotAllowed = 2006,
  TooManyHops = 2007,
  LoopDetected = 2008,
  SdpInvalid = 2009,
  MediaUnsupported = 2010,
  ExtensionUnsupported = 2011,
  DialogUnknown = 2012,
  AuthenticationRequired = 2013,
  AuthenticationFailed = 2014,
  CallerIdNotAllowed = 2015,
  IdentityMissing = 2016,
  IdentityStale = 2017,
  IdentityCertificateBad = 2018,
  IdentityInfoBad = 2019,
  IdentityInvalid = 2020,
  SessionIntervalTooSmall = 2021,
  TransferRefused = 2022,
  DestinationNotAllowed = 2023,
  SourceBanned = 2024,
  RegistrationTooBrief = 2025,
  TooManyBindings = 2026,
  RequestPending = 2027,
  RecipientNotAllowed = 2028,
  MediaNotEncrypted = 2029,
  // 3xxx: limits
  TrunkCpsExceeded = 3001,
  TrunkChannelsExceeded = 3002,
  Overloaded = 3003,
  NotReady = 3004,
  MediaPortsExhausted = 3005,
  JournalUnavailable = 3006,
  AccountCpsExceeded = 3007,
  AccountChannelsExceeded = 3008,
  SourceRateExceeded = 3009,
  DirectionDisabled = 3010,
  ProviderCpsExceeded = 3011,
  ProviderChannelsExceeded = 3012,
  // 4xxx: routing, rating, money
  NoRoute = 4001,
  DestinationUnrated = 4002,
  VendorUnrated = 4003,
  MarginTooLow = 4004,
  AllRoutesFailed = 4005,
  NumberUnassigned = 4006,
  TrunkHasNoEndpoint = 4007,
  RateOverflow = 4008,
  InsufficientFunds = 4009,
  TargetUnhealthy = 4010,
  EmergencyNotConfigured = 4011,
  NotRegistered = 4012,
  RedirectRefused = 4013,
  NameUnresolved = 4014,
  DestinationBlocked = 4015,
  CallerBlocked = 4016,
  DoNotOriginate = 4017,
  LookupUnavailable = 4018,
  ChargingUnavailable = 4019,
  SpendLimitReached = 4020,
  FraudSuspected = 4021,
  ScheduleClosed = 4022,
  // 5xxx: the far end
  FarEndRejected = 5001,
  FarEndTimeout = 5002,
  FarEndUnreachable = 5003,
  FarEndMalformed = 5004,
  FarEndChallenged = 5005,
  FarEndCallGone = 5006,
  // 6xxx: messages
  SenderNotAllowed = 6001,
  RecipientOptedOut = 6002,
  CampaignMissing = 6003,
  MessageThrottled = 6004,
  MessageTooLong = 6005,
  MessageExpired = 6006,
  MessageCancelled = 6007,
  MessageUnrated = 6008,
  NoMessageRoute = 6009,
  StoreUnavailable = 6010,
  UpstreamRefused = 6011,
  UpstreamSilent = 6012,
  HandsetUndelivered = 6013,
  ReceiptMissing = 6014,
  ContentRefused = 6015,
  CampaignNotApproved = 6016,
  QuietHours = 6017,
  MediaRefused = 6018,
  RcsUnreachable = 6019,
  PartsMissing = 6020,
};

struct ReasonInfo {
  Reason reason;
  std::string_view name;     // "SOURCE_UNKNOWN": metric label, API, log
  std::uint16_t sip_status;  // what the caller gets (0: no refusal, the call was up)
  std::uint8_t q850;
  std::string_view phrase;  // SIP reason phrase and Reason text; ASCII
  std::string_view cause;   // one sentence: what happened
  std::string_view cure;    // one sentence: what to do
};

const ReasonInfo& info(Reason reason);
std::string_view to_string(Reason reason);  // the name
std::optional<Reason> parse_reason(std::string_view name);
std::span<const ReasonInfo> all_reasons();  // in code order
std::string reasons_markdown();             // the text of docs/reason-codes.md

}  // namespace warp::domain
