// ErrorCode: every `error.code` of the API. A code is stable for ever; docs/api-errors.md is generated from
// the table in errors.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "warp/api/json.h"
#include "warp/base/result.h"

namespace warp::api {

enum class ErrorCode : std::uint8_t {
  Unauthorized,
  NoActiveCustomer,
  Forbidden,
  MfaRequired,
  ScopeNotGrantable,
  TrunkUnowned,
  TnNotOwned,
  NotFound,
  InvalidId,
  MissingId,
  InvalidPayload,
  InvalidRequest,
  ValidationError,
  MissingParam,
  InvalidParam,
  InvalidDate,
  InvalidGranularity,
  InvalidImport,
  Conflict,
  TnAlreadyAssigned,
  TnUnavailable,
  PoiLocked,
  InvalidTo,
  InvalidUseCase,
  FromNotOwned,
  FromNotEnrolled,
  RecipientOptedOut,
  ContentRefused,
  FromCampaignNotApproved,
  QuietHours,
  MediaRefused,
  InsufficientFunds,
  MessageTooLong,
  MessageExpired,
  MessageUnrated,
  NoMessageRoute,
  InvalidIdempotencyKey,
  IdempotencyKeyReused,
  IdempotencyInProgress,
  TniqValidation,
  TniqError,
  InvalidCredentials,
  MfaCodeRequired,
  MfaEnrolmentRequired,
  WeakPassword,
  AddressNotAllowed,
  InvalidPin,
  MissingIdempotencyKey,
  PreconditionFailed,
  ResumeTooOld,
  UpgradeRequired,
  EinRequired,
  InvalidEin,
  InvalidTin,
  CompanyNameRequired,
  TincomplyError,
  LookupFailed,
  VerificationFailed,
  TniqUpstreamError,
  RateLimited,
  MethodNotAllowed,
  PayloadTooLarge,
  HeadersTooLarge,
  UnsupportedMediaType,
  RequestTimeout,
  CdrQueryFailed,
  CdrExportFailed,
  GatewayUnavailable,
  ServiceUnavailable,
  InternalError,
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;   // "NOT_FOUND"
  std::uint16_t status;    // HTTP
  std::string_view cause;  // one sentence: what happened
  std::string_view cure;   // one sentence: what to do
};

const ErrorInfo& info(ErrorCode code);
std::string_view to_string(ErrorCode code);
std::span<const ErrorInfo> all_errors();
std::string errors_markdown();  // the text of docs/api-errors.md

// What a client is told instead of data. `message` is for people and holds nothing internal.
struct Failure {
  ErrorCode code = ErrorCode::InternalError;
  std::string message;        // empty: the table's cause
  Json details = {};          // null: none
  std::string internal = {};  // for the log, never sent
};

template <class T>
using Outcome = Result<T, Failure>;

}  // namespace warp::api
