#include "warp/api/errors.h"

#include <array>

namespace warp::api {
namespace {

constexpr std::array kErrors{
    ErrorInfo{ErrorCode::Unauthorized, "UNAUTHORIZED", 401,
              "No key, or one that is unknown, malformed, expired or revoked.",
              "Send `Authorization: Bearer rk_…` with a key that is in force."},
    ErrorInfo{ErrorCode::NoActiveCustomer, "NO_ACTIVE_CUSTOMER", 401,
              "The key belongs to a customer that is suspended or closed.",
              "Ask the operator to activate the account."},
    ErrorInfo{ErrorCode::Forbidden, "FORBIDDEN", 403,
              "The key lacks the scope that this request needs, or it is another customer's path.",
              "Use a key with the scope named in `details.scope`."},
    ErrorInfo{ErrorCode::MfaRequired, "MFA_REQUIRED", 403,
              "The action named in `details.action` needs a second factor.",
              "Do it in the portal, or use a key that is exempt from step-up."},
    ErrorInfo{ErrorCode::ScopeNotGrantable, "SCOPE_NOT_GRANTABLE", 403,
              "A scope in the request cannot be given by this caller or to this customer.",
              "Leave out the scopes listed in `details.scopes`."},
    ErrorInfo{ErrorCode::TrunkUnowned, "TRUNK_UNOWNED", 403, "The trunk is not one of the customer's.",
              "Use the id of an own trunk."},
    ErrorInfo{ErrorCode::TnNotOwned, "TN_NOT_OWNED", 404,
              "The number is not the customer's, whether or not it exists.",
              "Check the number against `GET /numbers`."},
    ErrorInfo{ErrorCode::NotFound, "NOT_FOUND", 404, "There is no such object here, or no such path.",
              "Check the id and the path."},
    ErrorInfo{ErrorCode::InvalidId, "INVALID_ID", 400, "An id in the path has not the form of one.",
              "Send the id as it was given out."},
    ErrorInfo{ErrorCode::MissingId, "MISSING_ID", 400, "An id in the path is empty.",
              "Put the id into the path, percent-encoded."},
    ErrorInfo{ErrorCode::InvalidPayload, "INVALID_PAYLOAD", 400,
              "The body cannot be read, or a field is missing, unknown or of the wrong type.",
              "Correct the fields listed in `details.fields`."},
    ErrorInfo{ErrorCode::InvalidRequest, "INVALID_REQUEST", 400,
              "The same as INVALID_PAYLOAD, for requests about numbers.",
              "Correct the fields listed in `details.fields`."},
    ErrorInfo{ErrorCode::ValidationError, "VALIDATION_ERROR", 400,
              "The request is well formed and breaks a rule.", "See the message and `details`."},
    ErrorInfo{ErrorCode::MissingParam, "MISSING_PARAM", 400, "A query parameter is missing.",
              "Send the parameter named in `details.param`."},
    ErrorInfo{ErrorCode::InvalidParam, "INVALID_PARAM", 400,
              "A query or path parameter is unknown or has a value that cannot be.",
              "Correct the parameter named in `details.param`."},
    ErrorInfo{ErrorCode::InvalidDate, "INVALID_DATE", 400,
              "A date is not YYYY-MM-DD, or the end lies before the start.", "Correct the dates."},
    ErrorInfo{ErrorCode::InvalidGranularity, "INVALID_GRANULARITY", 400,
              "The granularity is none of hour, day and week.", "Use one of the three."},
    ErrorInfo{ErrorCode::InvalidImport, "INVALID_IMPORT", 400,
              "The imported file has lines that cannot be used; nothing was changed.",
              "Correct the lines listed in `details.errors` and send the file again."},
    ErrorInfo{ErrorCode::Conflict, "CONFLICT", 409, "The state of the object, or another object, forbids it.",
              "See `details.reason`; change the state first."},
    ErrorInfo{ErrorCode::TnAlreadyAssigned, "TN_ALREADY_ASSIGNED", 409,
              "The number belongs to a customer already.", "Release it first, or choose another one."},
    ErrorInfo{ErrorCode::TnUnavailable, "TN_UNAVAILABLE", 409, "The number is not in the stock.",
              "Choose another number."},
    ErrorInfo{ErrorCode::PoiLocked, "POI_LOCKED", 409,
              "The number is the fallback caller number of a point of interconnect.",
              "Give the point of interconnect another number first."},
    ErrorInfo{ErrorCode::InvalidTo, "INVALID_TO", 400, "The recipient is no telephone number.",
              "Send 10 digits, 11 with a leading 1, or E.164 with `+`."},
    ErrorInfo{ErrorCode::InvalidUseCase, "INVALID_USE_CASE", 400, "There is no such campaign use case.",
              "Use a code of `GET /messaging/use-cases`."},
    ErrorInfo{ErrorCode::FromNotOwned, "FROM_NOT_OWNED", 422, "The sender is none of the customer's numbers.",
              "Send from a number of `GET /messaging/numbers`."},
    ErrorInfo{ErrorCode::FromNotEnrolled, "FROM_NOT_ENROLLED", 422,
              "The sender hangs from no approved campaign.",
              "Attach the number to a campaign, and wait for its approval."},
    ErrorInfo{ErrorCode::RecipientOptedOut, "RECIPIENT_OPTED_OUT", 422,
              "The recipient wants no more messages from this sender.",
              "Send it none; only the recipient can opt in again."},
    ErrorInfo{ErrorCode::ContentRefused, "CONTENT_REFUSED", 422, "The text breaks a rule for content.",
              "Change the text."},
    ErrorInfo{ErrorCode::FromCampaignNotApproved, "FROM_CAMPAIGN_NOT_APPROVED", 422,
              "The sender's campaign is not approved.", "Look at `GET /messaging/campaigns/{id}`, and wait."},
    ErrorInfo{ErrorCode::QuietHours, "QUIET_HOURS", 422,
              "It is a quiet hour for the recipient until after the end of the message's validity.",
              "Send it by day there, or with a later `valid_until`."},
    ErrorInfo{ErrorCode::MediaRefused, "MEDIA_REFUSED", 422,
              "An attachment is missing, too large, or of a type that is not carried.",
              "Upload smaller or other media to `POST /messaging/media`."},
    ErrorInfo{ErrorCode::InsufficientFunds, "INSUFFICIENT_FUNDS", 402,
              "The account's balance and credit do not cover the price.",
              "Pay in; `GET /billing/balance` says what is left."},
    ErrorInfo{ErrorCode::MessageTooLong, "MESSAGE_TOO_LONG", 400,
              "The text needs more segments than one message may have.", "Send a shorter text, or several."},
    ErrorInfo{ErrorCode::MessageExpired, "MESSAGE_EXPIRED", 400,
              "The end of the message's validity is past, or before it may be sent.",
              "Send a later `valid_until`, or none."},
    ErrorInfo{ErrorCode::MessageUnrated, "MESSAGE_UNRATED", 422,
              "The customer's rate plan has no price for this destination.", "Ask the operator for a price."},
    ErrorInfo{ErrorCode::NoMessageRoute, "NO_MESSAGE_ROUTE", 422, "No route fits the message.",
              "Ask the operator for a route; `GET /messaging/routes/test` says why none fits."},
    ErrorInfo{ErrorCode::InvalidIdempotencyKey, "INVALID_IDEMPOTENCY_KEY", 400,
              "The `Idempotency-Key` is empty, too long, or no plain text.",
              "Send 1 to 200 printable characters."},
    ErrorInfo{ErrorCode::IdempotencyKeyReused, "IDEMPOTENCY_KEY_REUSED", 422,
              "The `Idempotency-Key` belongs to another request.", "Use a new key for a new request."},
    ErrorInfo{ErrorCode::IdempotencyInProgress, "IDEMPOTENCY_IN_PROGRESS", 409,
              "The first request with this `Idempotency-Key` is not finished.",
              "Try again unchanged after a second."},
    ErrorInfo{ErrorCode::TniqValidation, "TNIQ_VALIDATION", 400,
              "The content of a brand or campaign is against a rule, ours or the registry's.",
              "Correct what `details` names and send it again."},
    ErrorInfo{ErrorCode::TniqError, "TNIQ_ERROR", 502, "The registry of brands and campaigns failed.",
              "Try again unchanged."},
    ErrorInfo{ErrorCode::InvalidCredentials, "INVALID_CREDENTIALS", 401,
              "The e-mail address, the password or the code is wrong, or the account is locked for a while.",
              "Check them; after several failures wait, or set a new password."},
    ErrorInfo{ErrorCode::MfaCodeRequired, "MFA_CODE_REQUIRED", 401,
              "The password is right, and a second factor is needed.",
              "Send `code` of the authenticator, or a recovery code, with the `challenge` in `details`."},
    ErrorInfo{ErrorCode::MfaEnrolmentRequired, "MFA_ENROLMENT_REQUIRED", 403,
              "The role wants a second factor, and none is set up.",
              "Set one up with `POST /auth/mfa/totp`."},
    ErrorInfo{ErrorCode::WeakPassword, "WEAK_PASSWORD", 400,
              "The password is too short, too common or like the account.",
              "Choose a longer one; `details.reason` says what is wrong."},
    ErrorInfo{ErrorCode::AddressNotAllowed, "ADDRESS_NOT_ALLOWED", 403,
              "The key is not good from this address.",
              "Call from an address of its list, or have the list changed."},
    ErrorInfo{ErrorCode::InvalidPin, "INVALID_PIN", 400, "The PIN has not 4 to 10 digits.",
              "Send 4 to 10 digits."},
    ErrorInfo{ErrorCode::MissingIdempotencyKey, "MISSING_IDEMPOTENCY_KEY", 400,
              "The request needs an `Idempotency-Key`.", "Send one, a new UUID for each new order."},
    ErrorInfo{ErrorCode::PreconditionFailed, "PRECONDITION_FAILED", 412,
              "The object has changed since it was read: its version is not the one of `If-Match`.",
              "Read it again, and decide anew."},
    ErrorInfo{ErrorCode::ResumeTooOld, "RESUME_TOO_OLD", 410,
              "What the resume token wants has been forgotten.",
              "Begin without a token: a snapshot comes first."},
    ErrorInfo{ErrorCode::UpgradeRequired, "UPGRADE_REQUIRED", 426, "The path speaks WebSocket.",
              "Ask with `Upgrade: websocket`, or use the path that streams events."},
    ErrorInfo{ErrorCode::EinRequired, "EIN_REQUIRED", 400, "The query parameter `ein` is missing.",
              "Send it: nine digits."},
    ErrorInfo{ErrorCode::InvalidEin, "INVALID_EIN", 400,
              "The EIN has not nine digits, or a prefix that is not given out.", "Check the number."},
    ErrorInfo{ErrorCode::InvalidTin, "INVALID_TIN", 400, "The TIN has not nine digits.", "Check the number."},
    ErrorInfo{ErrorCode::CompanyNameRequired, "COMPANY_NAME_REQUIRED", 400,
              "The name of the company is missing.", "Send `company_name`."},
    ErrorInfo{ErrorCode::TincomplyError, "TINCOMPLY_ERROR", 502, "The provider of company data failed.",
              "Try again unchanged."},
    ErrorInfo{ErrorCode::LookupFailed, "LOOKUP_FAILED", 502,
              "The provider of company data gave no usable answer.",
              "Try again; check the data when it stays so."},
    ErrorInfo{ErrorCode::VerificationFailed, "VERIFICATION_FAILED", 502,
              "The check of name and number could not be made.", "Try again unchanged."},
    ErrorInfo{ErrorCode::TniqUpstreamError, "TNIQ_UPSTREAM_ERROR", 502, "The source of numbers failed.",
              "Try again unchanged."},
    ErrorInfo{ErrorCode::RateLimited, "RATE_LIMITED", 429,
              "Too many requests with this key or from this address.",
              "Wait the seconds of `Retry-After`, then go on more slowly."},
    ErrorInfo{ErrorCode::MethodNotAllowed, "METHOD_NOT_ALLOWED", 405, "The path does not know this method.",
              "Use a method of the `Allow` header."},
    ErrorInfo{ErrorCode::PayloadTooLarge, "PAYLOAD_TOO_LARGE", 413,
              "The body is longer than this path takes.", "Send less at once."},
    ErrorInfo{ErrorCode::HeadersTooLarge, "HEADERS_TOO_LARGE", 431, "The head of the request is too long.",
              "Send fewer or shorter headers, or a shorter path."},
    ErrorInfo{ErrorCode::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415,
              "The body has a content type that this path does not take.",
              "Send `Content-Type: application/json`, or `text/csv` to an import."},
    ErrorInfo{ErrorCode::RequestTimeout, "REQUEST_TIMEOUT", 408, "The request did not arrive in time.",
              "Send it again without pauses."},
    ErrorInfo{ErrorCode::CdrQueryFailed, "CDR_QUERY_FAILED", 500, "The detail records could not be read.",
              "Try again; ask for a shorter range when it stays so."},
    ErrorInfo{ErrorCode::CdrExportFailed, "CDR_EXPORT_FAILED", 500,
              "The detail records could not be exported.",
              "Try again; ask for a shorter range when it stays so."},
    ErrorInfo{ErrorCode::GatewayUnavailable, "GATEWAY_UNAVAILABLE", 503,
              "A part of the platform that this request needs cannot be reached.",
              "Try again unchanged after `Retry-After`."},
    ErrorInfo{ErrorCode::ServiceUnavailable, "SERVICE_UNAVAILABLE", 503,
              "The database does not answer, or the server is too busy.",
              "Try again unchanged after `Retry-After`."},
    ErrorInfo{ErrorCode::InternalError, "INTERNAL_ERROR", 500, "A defect of the server.",
              "Report `meta.request_id` to the operator."},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kErrors.size(); ++i)
    if (static_cast<std::size_t>(kErrors[i].code) != i) return false;
  return true;
}
static_assert(in_order() && kErrors.size() == static_cast<std::size_t>(ErrorCode::InternalError) + 1,
              "the table follows the enumeration");

}  // namespace

const ErrorInfo& info(ErrorCode code) {
  return kErrors[static_cast<std::size_t>(code)];
}

std::string_view to_string(ErrorCode code) {
  return info(code).name;
}

std::span<const ErrorInfo> all_errors() {
  return kErrors;
}

std::string errors_markdown() {
  std::string page =
      "# API error codes\n\n"
      "Every failure is `{\"success\": false, \"error\": {\"code\", \"message\", \"details\"}, \"meta\"}`. "
      "The code is "
      "stable;\nthe message is for people and may change. This page is generated from `src/api/errors.cpp` "
      "and "
      "checked by a test.\n\n"
      "| Code | HTTP | What happened | What to do |\n| --- | ---: | --- | --- |\n";
  for (const auto& row : kErrors) {
    page += "| `" + std::string(row.name) + "` | " + std::to_string(row.status) + " | ";
    page += std::string(row.cause) + " | " + std::string(row.cure) + " |\n";
  }
  return page;
}

}  // namespace warp::api
