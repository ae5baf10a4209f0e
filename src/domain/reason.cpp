#include "warp/domain/reason.h"

#include <algorithm>
#include <array>
#include <string>

namespace warp::domain {
namespace {

// Status and cause pairs follow RFC 3398 §7.2.4.1 and §8.2.6.1 where they have a row for the case.
constexpr std::array kReasons{
    ReasonInfo{Reason::NormalClearing, "NORMAL_CLEARING", 0, 16, "Normal call clearing",
               "One side hung up, or the request was fulfilled.", "Nothing to do."},
    ReasonInfo{Reason::CallerCancelled, "CALLER_CANCELLED", 487, 16, "Request terminated",
               "The caller gave up before the call was answered.", "Nothing to do."},
    ReasonInfo{Reason::CalleeBusy, "CALLEE_BUSY", 486, 17, "Busy here", "The called side is busy.",
               "Call again later."},
    ReasonInfo{Reason::NoAnswer, "NO_ANSWER", 480, 19, "No answer",
               "The called side rang until the trunk's ring timeout.",
               "Call again later, or raise the trunk's ring timeout."},
    ReasonInfo{Reason::CalleeDeclined, "CALLEE_DECLINED", 603, 21, "Declined",
               "The called side does not want the call.", "Nothing to do."},
    ReasonInfo{
        Reason::MediaTimeout, "MEDIA_TIMEOUT", 0, 41, "Media timeout",
        "No RTP came from either side for the trunk's media timeout.",
        "Look for a firewall or a wrong address in the SDP; raise media_timeout for trunks that may be "
        "silent."},
    ReasonInfo{Reason::MaxDuration, "MAX_DURATION", 0, 31, "Maximum duration reached",
               "The call lasted as long as its trunk allows.",
               "Raise the trunk's max_duration if calls may be "
               "longer."},
    ReasonInfo{Reason::SessionExpired, "SESSION_EXPIRED", 0, 102, "Session expired",
               "Nobody refreshed the session before its timer ran out (RFC 4028).",
               "Look for a peer that died, or one that does not refresh as it promised."},
    ReasonInfo{Reason::DaemonRestarted, "DAEMON_RESTARTED", 0, 41, "Daemon restarted",
               "The daemon was killed while the call was up; the call was closed when it came back.",
               "Find out from the log and the system journal why the daemon stopped."},
    ReasonInfo{Reason::AckMissing, "ACK_MISSING", 0, 102, "ACK missing",
               "The 200 to the INVITE (RFC 3261 §13.3.1.4), or a reliable 18x (RFC 3262 §3), was never "
               "acknowledged.",
               "Look for a peer that cannot reach the Contact address that the daemon advertises."},
    ReasonInfo{Reason::DaemonStopping, "DAEMON_STOPPING", 503, 41, "Daemon stopping",
               "The daemon reached its drain deadline with the call still up.",
               "Call again; raise the drain deadline to let longer calls end by themselves."},
    ReasonInfo{Reason::Transferred, "TRANSFERRED", 0, 16, "Transferred",
               "The call was handed to another party by REFER.", "Nothing to do."},
    ReasonInfo{Reason::CreditExhausted, "CREDIT_EXHAUSTED", 0, 31, "Credit exhausted",
               "The money that was held for the call is used up, and there is no more.",
               "Pay in, or raise the credit limit."},

    ReasonInfo{Reason::SourceUnknown, "SOURCE_UNKNOWN", 403, 21, "Source unknown",
               "No trunk or provider has the address that the request came from.",
               "Add the address to the trunk's allow-list, or to the provider's source addresses."},
    ReasonInfo{Reason::TrunkDisabled, "TRUNK_DISABLED", 403, 21, "Trunk disabled",
               "The trunk is switched off.", "Enable the trunk."},
    ReasonInfo{Reason::AccountSuspended, "ACCOUNT_SUSPENDED", 403, 21, "Account suspended",
               "The customer is not active.", "Settle the account and activate the customer."},
    ReasonInfo{
        Reason::NumberInvalid, "NUMBER_INVALID", 484, 28, "Number invalid",
        "The called or calling number is no telephone number.",
        "Send E.164 with '+', 00 or 011 and the country, or ten digits within the North American plan."},
    ReasonInfo{Reason::MessageMalformed, "MESSAGE_MALFORMED", 400, 41, "Malformed message",
               "The request breaks the grammar or a must of RFC 3261.",
               "Compare the capture with the offset in the log, and mend the sender."},
    ReasonInfo{Reason::MethodNotAllowed, "METHOD_NOT_ALLOWED", 405, 63, "Method not allowed",
               "The method is not served here.", "Use one of the methods in the Allow header."},
    ReasonInfo{Reason::TooManyHops, "TOO_MANY_HOPS", 483, 25, "Too many hops", "Max-Forwards reached 0.",
               "Look for a loop between the carriers on the path."},
    ReasonInfo{
        Reason::LoopDetected, "LOOP_DETECTED", 482, 25, "Loop detected",
        "The request came back to the daemon that had sent it.",
        "Take the route that leads back to this platform out of the partition, or out of the provider."},
    ReasonInfo{Reason::SdpInvalid, "SDP_INVALID", 400, 41, "Invalid SDP",
               "The session description is malformed, or missing where it must be.",
               "Compare the capture with the offset in the log, and mend the sender."},
    ReasonInfo{Reason::MediaUnsupported, "MEDIA_UNSUPPORTED", 488, 65, "Media not acceptable",
               "The offer has no media that can be carried.", "Offer RTP audio on at least one m-line."},
    ReasonInfo{Reason::ExtensionUnsupported, "EXTENSION_UNSUPPORTED", 420, 127, "Extension not supported",
               "The request requires an extension that the daemon does not have.",
               "Move the option tag from Require to Supported, or switch it off at the sender."},
    ReasonInfo{Reason::DialogUnknown, "DIALOG_UNKNOWN", 481, 41, "Call does not exist",
               "The request belongs to no dialog or transaction here.",
               "Nothing to do when the call had ended; else look for wrong tags or Call-ID at the sender."},
    ReasonInfo{
        Reason::AuthenticationRequired, "AUTHENTICATION_REQUIRED", 401, 21, "Authentication required",
        "The trunk wants digest credentials and the request had none, or ones whose nonce is stale or used.",
        "Let the client answer the challenge; a client that never does needs its credentials set."},
    ReasonInfo{Reason::AuthenticationFailed, "AUTHENTICATION_FAILED", 403, 21, "Authentication failed",
               "The digest credentials are wrong, switched off, or those of another trunk.",
               "Check user name, realm and password; rotate the credential when the password is lost."},
    ReasonInfo{Reason::CallerIdNotAllowed, "CALLER_ID_NOT_ALLOWED", 403, 21, "Caller id not allowed",
               "The caller-id policy of the trunk does not let it show this number.",
               "Show a number of the account, or extend caller_ids or the policy of the trunk."},
    ReasonInfo{Reason::IdentityMissing, "IDENTITY_MISSING", 428, 21, "Use Identity header",
               "The trunk or provider must sign its calls, and this one came without an Identity header.",
               "Let the peer sign its calls, or take require off its authenticity policy."},
    ReasonInfo{Reason::IdentityStale, "IDENTITY_STALE", 403, 21, "Stale date",
               "The PASSporT is older than it may be, or from the future.",
               "Set the clock of the signer; look for a device that delays the call."},
    ReasonInfo{Reason::IdentityCertificateBad, "IDENTITY_CERTIFICATE_BAD", 437, 21, "Unsupported credential",
               "The certificate of the Identity header is not of a trusted authority, expired, or not for "
               "this number.",
               "Ask the signer for its chain; add its authority to the trust list when it belongs there."},
    ReasonInfo{
        Reason::IdentityInfoBad, "IDENTITY_INFO_BAD", 436, 21, "Bad identity info",
        "The certificate that the Identity header names could not be fetched.",
        "Open the x5u address; private addresses, long answers and slow servers are refused on purpose."},
    ReasonInfo{Reason::IdentityInvalid, "IDENTITY_INVALID", 438, 21, "Invalid identity header",
               "The Identity header is malformed, or its signature or its numbers do not fit the request.",
               "Compare the PASSporT with From, To and P-Asserted-Identity; look for a device that changes "
               "numbers."},
    ReasonInfo{Reason::SessionIntervalTooSmall, "SESSION_INTERVAL_TOO_SMALL", 422, 102,
               "Session interval too small",
               "The session timer that was asked for is shorter than the trunk allows.",
               "Ask for the Min-SE of the answer, or lower min_se in the trunk."},
    ReasonInfo{Reason::TransferRefused, "TRANSFER_REFUSED", 403, 21, "Transfer refused",
               "REFER or Replaces is not allowed to this side, or what it names is not.",
               "Set transfer to execute in the session policy of the trunk or provider."},
    ReasonInfo{Reason::DestinationNotAllowed, "DESTINATION_NOT_ALLOWED", 403, 21, "Destination not allowed",
               "The trunk may not call numbers of this kind.",
               "Add the number class to the trunk and the account."},
    ReasonInfo{
        Reason::SourceBanned, "SOURCE_BANNED", 0, 21, "Source banned",
        "The source sent too many refused requests, or is a scanner; what it sends is dropped unanswered "
        "for a while.",
        "Look at GET /security/bans; lift the ban there when it hit a friend."},
    ReasonInfo{Reason::RegistrationTooBrief, "REGISTRATION_TOO_BRIEF", 423, 102, "Interval too brief",
               "The binding was asked for a shorter time than the trunk allows.",
               "Ask for the Min-Expires of the answer."},
    ReasonInfo{Reason::TooManyBindings, "TOO_MANY_BINDINGS", 403, 21, "Too many bindings",
               "The address of record has as many bindings as the trunk allows.",
               "Remove old bindings, or raise most_bindings."},
    ReasonInfo{Reason::RequestPending, "REQUEST_PENDING", 491, 41, "Request pending",
               "Another offer of this call is not answered yet.",
               "Nothing to do: the peer tries again by itself."},
    ReasonInfo{Reason::RecipientNotAllowed, "RECIPIENT_NOT_ALLOWED", 403, 21, "Not for this address",
               "The request asks for an address of record that is not the sender's.",
               "Register and refer with the user of the credentials."},
    ReasonInfo{
        Reason::MediaNotEncrypted, "MEDIA_NOT_ENCRYPTED", 488, 65, "Media not encrypted",
        "The peer's policy requires encryption, and its media are in the clear or could not be secured.",
        "Switch SRTP on at the peer, or relax media.security of its policy."},

    ReasonInfo{
        Reason::TrunkCpsExceeded, "TRUNK_CPS_EXCEEDED", 503, 42, "Calls per second exceeded",
        "The trunk or provider set up more calls a second than it may; a limit of 0 lets none through.",
        "Slow down as Retry-After says, or raise the limit."},
    ReasonInfo{Reason::TrunkChannelsExceeded, "TRUNK_CHANNELS_EXCEEDED", 503, 34, "Channels exceeded",
               "The trunk or provider has as many calls up as it may; a limit of 0 lets none through.",
               "Wait for calls to end, or raise the limit."},
    ReasonInfo{Reason::Overloaded, "OVERLOADED", 503, 42, "Overloaded",
               "The daemon refuses new work to protect the calls in progress.",
               "Wait as Retry-After says; add machines when it comes again."},
    ReasonInfo{Reason::NotReady, "NOT_READY", 503, 41, "Not ready", "The daemon is starting or draining.",
               "Send the call to another node, or wait as Retry-After "
               "says."},
    ReasonInfo{Reason::MediaPortsExhausted, "MEDIA_PORTS_EXHAUSTED", 503, 47, "Media ports exhausted",
               "No pair of RTP ports is free.", "Widen the RTP port range, or add machines."},
    ReasonInfo{Reason::JournalUnavailable, "JOURNAL_UNAVAILABLE", 503, 47, "Journal unavailable",
               "Records cannot be made durable: the disk is full or broken, or the journal is behind.",
               "Free or mend the disk that holds the journal; the daemon heals by itself."},
    ReasonInfo{Reason::AccountCpsExceeded, "ACCOUNT_CPS_EXCEEDED", 503, 42,
               "Account calls per second exceeded",
               "The account makes more calls a second, over all trunks, than it may.",
               "Spread the calls, or raise the account's ceiling."},
    ReasonInfo{Reason::AccountChannelsExceeded, "ACCOUNT_CHANNELS_EXCEEDED", 503, 34,
               "Account channels exceeded", "All channels of the account are taken, over all trunks.",
               "Wait for calls to end, or raise the account's ceiling."},
    ReasonInfo{Reason::SourceRateExceeded, "SOURCE_RATE_EXCEEDED", 0, 42, "Source rate exceeded",
               "The source sends more requests of this kind than a stranger may; what is above is dropped "
               "unanswered.",
               "Let the peer slow down; see sip.protection."},
    ReasonInfo{Reason::DirectionDisabled, "DIRECTION_DISABLED", 503, 21, "Direction disabled",
               "The capacity of the trunk, or of its account, in this direction is 0.",
               "Give the direction a capacity."},
    ReasonInfo{Reason::ProviderCpsExceeded, "PROVIDER_CPS_EXCEEDED", 503, 42,
               "Provider calls per second exceeded",
               "The provider or its endpoint gets as many calls a second as it may.",
               "Nothing to do when other routes took the call; else raise its limit."},
    ReasonInfo{Reason::ProviderChannelsExceeded, "PROVIDER_CHANNELS_EXCEEDED", 503, 34,
               "Provider channels exceeded", "All channels of the provider or its endpoint are taken.",
               "Nothing to do when other routes took the call; else raise its limit."},

    ReasonInfo{Reason::NoRoute, "NO_ROUTE", 404, 3, "No route to destination",
               "The partition has no usable route for the number.",
               "Add a route whose prefix matches the number, and look at the rejections in the route test."},
    ReasonInfo{
        Reason::DestinationUnrated, "DESTINATION_UNRATED", 403, 21, "Destination unrated",
        "The customer's rate plan has no line in effect for the number.",
        "Add a line for the number's prefix to the customer's rate plan, or give the customer a plan."},
    ReasonInfo{Reason::VendorUnrated, "VENDOR_UNRATED", 503, 34, "Vendor unrated",
               "No provider on the route has a cost for the number that compares with the price.",
               "Add a line for the number's prefix to the provider's rate plan, in the customer's currency."},
    ReasonInfo{Reason::MarginTooLow, "MARGIN_TOO_LOW", 503, 34, "Margin too low",
               "Every provider on the route costs more than the customer pays.",
               "Raise the price, find a cheaper provider, or allow below cost on the customer's rate plan."},
    ReasonInfo{Reason::AllRoutesFailed, "ALL_ROUTES_FAILED", 503, 34, "All routes failed",
               "Each endpoint that the call was tried on refused it or stayed silent.",
               "Read the attempts in the record, and call the providers named there."},
    ReasonInfo{Reason::NumberUnassigned, "NUMBER_UNASSIGNED", 404, 1, "Unallocated number",
               "The called number belongs to no customer, or leads to no trunk.",
               "Assign the number to a trunk."},
    ReasonInfo{Reason::TrunkHasNoEndpoint, "TRUNK_HAS_NO_ENDPOINT", 480, 20, "Trunk has no endpoint",
               "The trunk or provider has no enabled endpoint.", "Add an endpoint, or enable one."},
    ReasonInfo{Reason::RateOverflow, "RATE_OVERFLOW", 500, 41, "Rate overflow",
               "The price of the call does not fit the range of an amount.",
               "Look for a rate line with an absurd price."},
    ReasonInfo{Reason::InsufficientFunds, "INSUFFICIENT_FUNDS", 402, 21, "Insufficient funds",
               "The account's balance and credit do not cover the price.",
               "Pay in, or raise the credit limit; look at GET /billing/balance."},
    ReasonInfo{Reason::TargetUnhealthy, "TARGET_UNHEALTHY", 503, 41, "Target unhealthy",
               "The endpoint does not answer probes, its circuit is open after failed calls, or it asks for "
               "fewer calls.",
               "Look at GET /providers/{id}/health; calls go there again when it recovers."},
    ReasonInfo{Reason::EmergencyNotConfigured, "EMERGENCY_NOT_CONFIGURED", 503, 38, "No emergency provider",
               "An emergency number was called and no emergency provider is configured.",
               "Set emergency.partition, and tell the customer to call by other means at once."},
    ReasonInfo{Reason::NotRegistered, "NOT_REGISTERED", 480, 20, "Not registered",
               "The trunk is reached by registration and has no binding now.",
               "Look at the registrations of the trunk; let the device register."},
    ReasonInfo{Reason::RedirectRefused, "REDIRECT_REFUSED", 503, 38, "Redirect refused",
               "The far end answered 3xx and the policy is not to follow it.",
               "Set redirect in the provisional policy of the provider."},
    ReasonInfo{Reason::NameUnresolved, "NAME_UNRESOLVED", 503, 27, "Name unresolved",
               "DNS gives no address for the endpoint, and none is remembered.",
               "Ask the resolver for NAPTR, SRV and A of the host; see the dns section of the metrics."},
    ReasonInfo{Reason::DestinationBlocked, "DESTINATION_BLOCKED", 603, 21, "Destination blocked",
               "A route, a rate or a list of numbers blocks the called number.",
               "Take the number off the list, or unblock its route or rate, if it may be called."},
    ReasonInfo{Reason::CallerBlocked, "CALLER_BLOCKED", 603, 21, "Caller blocked",
               "A list of numbers blocks the calling number.",
               "Take the number off the list if it may call."},
    ReasonInfo{Reason::DoNotOriginate, "DO_NOT_ORIGINATE", 603, 21, "Number never originates",
               "The calling number is one that never makes calls: it is forged.",
               "Let the caller show a number of its own."},
    ReasonInfo{Reason::LookupUnavailable, "LOOKUP_UNAVAILABLE", 503, 34, "Lookup unavailable",
               "What the trunk must know of the numbers could not be looked up in time.",
               "Look at the lookup metrics; let the trunk continue without if its calls may be rated so."},
    ReasonInfo{Reason::ChargingUnavailable, "CHARGING_UNAVAILABLE", 503, 34, "Charging unavailable",
               "No money could be held for the call: the database is away and nothing is left of what was "
               "set aside.",
               "Look at Postgres; calls go on by themselves when it is back."},
    ReasonInfo{Reason::SpendLimitReached, "SPEND_LIMIT_REACHED", 402, 21, "Spend limit reached",
               "A limit of the account on money, calls or minutes is used up.",
               "Wait for its next period, or raise the limit."},
    ReasonInfo{Reason::FraudSuspected, "FRAUD_SUSPECTED", 603, 21, "Call barred",
               "A fraud rule of the account matched the call.",
               "Look at the alarm that it raised; correct the rule when the traffic is wanted."},
    ReasonInfo{Reason::ScheduleClosed, "SCHEDULE_CLOSED", 480, 20, "Closed at this time",
               "Where the call would go is closed at this time.",
               "Call again within the opening times, or change the schedule."},

    ReasonInfo{Reason::FarEndRejected, "FAR_END_REJECTED", 503, 41, "Far end rejected",
               "The far end refused the call.",
               "Read its status in the record's attempts, and ask its owner."},
    ReasonInfo{Reason::FarEndTimeout, "FAR_END_TIMEOUT", 504, 102, "Far end timeout",
               "The far end did not answer in time.", "Check that the endpoint is up and can reach us."},
    ReasonInfo{Reason::FarEndUnreachable, "FAR_END_UNREACHABLE", 502, 27, "Far end unreachable",
               "The far end's address takes no connection or datagram.",
               "Check the endpoint's address, transport and firewall."},
    ReasonInfo{Reason::FarEndMalformed, "FAR_END_MALFORMED", 502, 38, "Far end malformed",
               "The far end's answer breaks the grammar or a must of RFC 3261 or RFC 4566.",
               "Compare the capture with the offset in the log, and ask the endpoint's owner to mend it."},
    ReasonInfo{
        Reason::FarEndChallenged, "FAR_END_CHALLENGED", 503, 21, "Far end wants credentials",
        "The far end challenged the call and the provider has no credentials for that realm, or wrong ones.",
        "Set user name, password and realm of the provider."},
    ReasonInfo{
        Reason::FarEndCallGone, "FAR_END_CALL_GONE", 0, 41, "Call gone at far end",
        "One side answered a request within the call with 481: it has no such call any more.",
        "Look at that side for a restart or a failover that loses calls, and for a BYE that never came."},
    ReasonInfo{Reason::SenderNotAllowed, "SENDER_NOT_ALLOWED", 0, 31, "Sender not allowed",
               "The customer does not own the sender, or may not use it.",
               "Send from a number of the account, or have the sender allowed."},
    ReasonInfo{Reason::RecipientOptedOut, "RECIPIENT_OPTED_OUT", 0, 31, "Recipient opted out",
               "The recipient asked to get no more messages from this sender.",
               "Send no more to it; it can opt in again with START."},
    ReasonInfo{Reason::CampaignMissing, "CAMPAIGN_MISSING", 0, 31, "No approved campaign",
               "The sender hangs from no approved campaign.", "Attach the number to an approved campaign."},
    ReasonInfo{Reason::MessageThrottled, "MESSAGE_THROTTLED", 0, 31, "Message rate exceeded",
               "The account sends more segments a second than it may.",
               "Send slower, or have the limit raised."},
    ReasonInfo{Reason::MessageTooLong, "MESSAGE_TOO_LONG", 0, 31, "Message too long",
               "The text needs more than 255 segments, or more than the connector takes.",
               "Shorten the text, or send it in several messages."},
    ReasonInfo{Reason::MessageExpired, "MESSAGE_EXPIRED", 0, 31, "Message expired",
               "The validity period ended before the message could be delivered.",
               "Look at the connector's health and queue; send with a longer validity."},
    ReasonInfo{Reason::MessageCancelled, "MESSAGE_CANCELLED", 0, 31, "Message cancelled",
               "The customer or an operator cancelled it while it was queued.", "Nothing to do."},
    ReasonInfo{Reason::MessageUnrated, "MESSAGE_UNRATED", 0, 31, "Message unrated",
               "The customer's plan has no price for the destination.",
               "Add a price for the destination's prefix to the plan."},
    ReasonInfo{Reason::NoMessageRoute, "NO_MESSAGE_ROUTE", 0, 31, "No route for message",
               "No enabled route matches the message.",
               "Add a route for the destination, or enable its connector."},
    ReasonInfo{Reason::StoreUnavailable, "STORE_UNAVAILABLE", 0, 31, "Message store unavailable",
               "The message could not be made durable, so it was not accepted.",
               "Send it again; look at the state of Postgres."},
    ReasonInfo{Reason::UpstreamRefused, "UPSTREAM_REFUSED", 0, 31, "Upstream refused",
               "The upstream refused the message for good.",
               "Look up the command_status in the message's attempts."},
    ReasonInfo{
        Reason::UpstreamSilent, "UPSTREAM_SILENT", 0, 31, "Upstream silent",
        "The upstream got the message and never answered; it may have been sent on.",
        "Ask the upstream; set the connector's ambiguity policy to resend if doubles are the lesser evil."},
    ReasonInfo{Reason::HandsetUndelivered, "HANDSET_UNDELIVERED", 0, 31, "Not delivered",
               "The upstream's receipt says that the message did not reach the handset.",
               "Look at the receipt's error; check the destination."},
    ReasonInfo{Reason::ReceiptMissing, "RECEIPT_MISSING", 0, 31, "No receipt",
               "The upstream took the message but sent no final receipt in its time.",
               "Ask the upstream whether it sends receipts on this bind."},
    ReasonInfo{Reason::ContentRefused, "CONTENT_REFUSED", 0, 31, "Content refused",
               "A content rule forbids the text.", "Change the text, or the rule."},
    ReasonInfo{Reason::CampaignNotApproved, "CAMPAIGN_NOT_APPROVED", 0, 31, "Campaign not approved",
               "The sender's 10DLC campaign is pending, rejected, suspended or expired.",
               "Look at the campaign's status; send again when it is approved."},
    ReasonInfo{Reason::QuietHours, "QUIET_HOURS", 0, 31, "Quiet hours",
               "It is a quiet hour where the recipient is, and the message's validity ends before it does.",
               "Send it by day there, or with a longer validity."},
    ReasonInfo{Reason::MediaRefused, "MEDIA_REFUSED", 0, 31, "Media refused",
               "An attachment is missing, too large for the route, or of a type that it does not carry.",
               "Send smaller or other media; GET /messaging/media/{id} shows what was stored."},
    ReasonInfo{Reason::RcsUnreachable, "RCS_UNREACHABLE", 0, 31, "Not reachable by RCS",
               "The recipient cannot take RCS, and the message forbids falling back to SMS.",
               "Allow the fall-back, or send an SMS."},
    ReasonInfo{Reason::PartsMissing, "PARTS_MISSING", 0, 31, "Parts missing",
               "Not all parts of a long message came in time.", "Send the whole message again."},
};

static_assert(std::is_sorted(kReasons.begin(), kReasons.end(),
                             [](const auto& a, const auto& b) { return a.reason < b.reason; }));

std::string_view heading(unsigned thousand) {
  switch (thousand) {
    case 1:
      return "Ended as calls end";
    case 2:
      return "The request or its sender";
    case 3:
      return "Limits";
    case 4:
      return "Routing, rating, money";
    case 5:
      return "The far end";
    case 6:
      return "Messages";
  }
  return "Other";
}

void append_row(std::string& page, const ReasonInfo& row) {
  page += "| " + std::to_string(static_cast<unsigned>(row.reason)) + " | `" + std::string(row.name) + "` | ";
  page += row.sip_status == 0 ? std::string("–") : std::to_string(row.sip_status);
  page += " | " + std::to_string(row.q850) + " | " + std::string(row.phrase);
  page += " | " + std::string(row.cause) + " | " + std::string(row.cure) + " |\n";
}

}  // namespace

const ReasonInfo& info(Reason reason) {
  const auto found = std::lower_bound(kReasons.begin(), kReasons.end(), reason,
                                      [](const ReasonInfo& row, Reason key) { return row.reason < key; });
  return found != kReasons.end() && found->reason == reason ? *found : kReasons.front();
}

std::string_view to_string(Reason reason) {
  return info(reason).name;
}

std::optional<Reason> parse_reason(std::string_view name) {
  for (const auto& row : kReasons)
    if (row.name == name) return row.reason;
  return std::nullopt;
}

std::span<const ReasonInfo> all_reasons() {
  return kReasons;
}

std::string reasons_markdown() {
  std::string page =
      "# Reason codes\n\n"
      "Why a call or a message was refused or ended. A code never changes its meaning. The same word stands "
      "in the SIP\n"
      "`Reason` header (`Reason: WARP;cause=2001;text=\"Source unknown\"`), in the record's `reason_code`, "
      "in the\n"
      "log's field `reason`, in the label `reason` of metrics and in the API. SIP is the status that the "
      "caller "
      "gets\n"
      "(–: the call was up, it ended with a BYE); Q.850 is the cause in the second `Reason` header.\n\n"
      "This page is generated from the table in `src/domain/reason.cpp`; a test keeps the two equal.\n";
  unsigned thousand = 0;
  for (const auto& row : kReasons) {
    const unsigned group = static_cast<unsigned>(row.reason) / 1000;
    if (group != thousand) {
      thousand = group;
      page += "\n## " + std::to_string(group) + "xxx: " + std::string(heading(group)) + "\n\n";
      page += "| code | name | SIP | Q.850 | phrase | what happened | what to do |\n";
      page += "|---|---|---|---|---|---|---|\n";
    }
    append_row(page, row);
  }
  return page;
}

}  // namespace warp::domain
