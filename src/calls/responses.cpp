#include "responses.h"

#include <utility>

#include "warp/sip/transport/response_path.h"

#include "capabilities.h"
#include "front_door.h"
#include "session_timer.h"

namespace warp::calls {

namespace {
constexpr std::size_t kUsualResponseOctets = 1024;
}

ResponseParts session_parts(std::string_view to_tag, const SessionTerms& terms,
                            std::string_view description) {
  ResponseParts parts;
  parts.to_tag = to_tag;
  parts.dialog = true;
  parts.session_expires = terms.header;
  parts.require_timer = terms.require;
  parts.content_type = "application/sdp";
  parts.body = description;
  return parts;
}

std::string contact_of(const Context& context, const sip::Flow& flow) {
  std::string contact = "<sip:";
  contact += context.sender.sent_by(flow.listener);
  contact += sip::uri_transport(flow.transport);
  contact += '>';
  return contact;
}

std::string build_response(Context& context, const sip::Message& request, const sip::Flow& flow,
                           const ResponseParts& parts) {
  std::string bytes;
  bytes.reserve(kUsualResponseOctets + parts.body.size());
  sip::Writer writer(bytes);
  std::string fresh_tag;
  std::string_view to_tag = parts.to_tag;
  if (to_tag.empty() && parts.status > 100) {
    fresh_tag = tag_text(new_tag(context.ids));
    to_tag = fresh_tag;
  }
  const sip::ViaStamp stamp = sip::via_stamp(request, flow);
  writer.response_to(request, parts.status, {}, to_tag, stamp.received, stamp.rport);
  if (parts.dialog) {
    writer.copy(request, sip::HeaderId::RecordRoute);
    writer.header(sip::HeaderId::Contact,
                  {"<sip:", context.sender.sent_by(flow.listener), sip::uri_transport(flow.transport), ">"});
  }
  if (parts.capabilities || parts.dialog) writer.header(sip::HeaderId::Allow, kAllowedMethods);
  if (parts.capabilities) {
    writer.header(sip::HeaderId::Accept, "application/sdp");
    writer.header(sip::HeaderId::Supported, supported_options(kAllOptions));
  }
  if (!parts.session_expires.empty()) {
    if (parts.require_timer) writer.header(sip::HeaderId::Require, "timer");
    writer.header(sip::HeaderId::SessionExpires, parts.session_expires);
  }
  if (parts.retry_after != 0) writer.header(sip::HeaderId::RetryAfter, parts.retry_after);
  if (parts.extra != sip::HeaderId::Other) writer.header(parts.extra, parts.extra_value);
  add_lines(writer, parts.lines);
  if (parts.cause) add_reason(writer, *parts.cause);
  if (!context.settings.server.empty()) writer.header(sip::HeaderId::Server, context.settings.server);
  if (parts.body.empty())
    writer.finish();
  else
    writer.finish(parts.content_type, parts.body);
  if (!writer.ok()) bytes.clear();
  note_load(context, request, flow, bytes);
  return bytes;
}

void respond(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& flow,
             const ResponseParts& parts) {
  std::string bytes = build_response(context, request, flow, parts);
  if (bytes.empty()) {
    context.log.warning("calls.response_unwritable", {{"status", parts.status}});
    return;
  }
  context.transactions.respond(id, parts.status, std::move(bytes));
}

std::unique_ptr<sip::ReliableAnswer> repeat_answer(Context& context, const Owed& owed, std::string bytes,
                                                   std::function<void()> on_missing) {
  sip::TransactionTimers timers;
  timers.t1 = context.settings.t1;
  auto answer = std::make_unique<sip::ReliableAnswer>(context.sender, context.wheel, timers);
  answer->start(sip::reply_flow(owed.request, owed.flow), std::move(bytes), std::move(on_missing));
  return answer;
}

std::unique_ptr<sip::ReliableAnswer> accept_invite(Context& context, const Owed& owed,
                                                   const ResponseParts& parts,
                                                   std::function<void()> on_missing) {
  std::string bytes = build_response(context, owed.request, owed.flow, parts);
  context.transactions.respond(owed.id, 200, bytes);
  context.table.forget(owed.id);
  return repeat_answer(context, owed, std::move(bytes), std::move(on_missing));
}

void refuse(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& flow,
            domain::Reason reason, std::uint16_t status) {
  note_refusal(context, flow, reason);
  ResponseParts parts;
  parts.status = status != 0 ? status : domain::info(reason).sip_status;
  parts.cause = Cause{reason};
  if (parts.status == 503)
    parts.retry_after = static_cast<std::uint64_t>(context.settings.retry_after.count());
  parts.capabilities = parts.status == 405;
  respond(context, id, request, flow, parts);
}

void refuse_required(Context& context, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& flow, std::string_view missing) {
  respond(context, id, request, flow,
          {.status = 420,
           .cause = Cause{domain::Reason::ExtensionUnsupported},
           .extra = sip::HeaderId::Unsupported,
           .extra_value = missing});
}

std::optional<Owed> owe(sip::TransactionId id, const sip::Message& request, const sip::Flow& flow) {
  auto copy = sip::Message::parse(request.text());
  if (!copy) return std::nullopt;
  return Owed{id, std::move(*copy), flow};
}

}  // namespace warp::calls
