#include "inbound.h"

#include <nlohmann/json.hpp>

#include "warp/base/text.h"
#include "warp/smpp/pdu/message_id.h"
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/segments.h"

#include "rules.h"

namespace warp::messaging {
namespace {

constexpr std::string_view kPartPrefix = "part/";

std::uint64_t key_of(ConnectorId connector) {
  return std::hash<ConnectorId>{}(connector);
}

// What a part's token carries through the reassembler.
std::uint64_t token_of(std::uint8_t data_coding, smpp::GsmShift shift) {
  return std::uint64_t{data_coding} | static_cast<std::uint64_t>(shift.locking) << 8 |
         static_cast<std::uint64_t>(shift.single) << 16;
}
std::uint8_t coding_of(std::uint64_t token) {
  return static_cast<std::uint8_t>(token);
}
smpp::GsmShift shift_of(std::uint64_t token) {
  return {static_cast<smpp::GsmLanguage>(token >> 8 & 0xFF),
          static_cast<smpp::GsmLanguage>(token >> 16 & 0xFF)};
}

std::string part_name(std::string_view source, std::string_view destination, const smpp::Concat& concat,
                      unsigned sequence) {
  std::string name(kPartPrefix);
  name.append(source).append("/").append(destination).append("/");
  name.append(std::to_string(concat.reference)).append(concat.wide ? "w/" : "/");
  return name.append(std::to_string(concat.total)).append("/").append(std::to_string(sequence));
}

domain::MessageAddress address_of(std::string_view digits, std::uint8_t ton, std::uint8_t npi) {
  if (digits.starts_with('+')) digits.remove_prefix(1);
  return {ton, npi, std::string(digits)};
}

void end(domain::Message& message) {
  message.state = message.reason == domain::Reason::ContentRefused ? domain::MessageState::Failed
                                                                   : domain::MessageState::Delivered;
}

}  // namespace

Inbound::Inbound(Core& core, Receipts& receipts, Finisher& finisher, Intake& intake)
    : core_(core),
      receipts_(receipts),
      finisher_(finisher),
      intake_(intake),
      reassembler_({core.settings.reassembly_patience, 100'000, 64u << 20}) {}

smpp::Alphabet Inbound::alphabet_of(ConnectorId connector) const {
  const auto* settings = core_.directory->connector(connector);
  return settings ? smpp::parse_alphabet(settings->default_alphabet).value_or(smpp::Alphabet::Gsm7)
                  : smpp::Alphabet::Gsm7;
}

void Inbound::on_deliver(ConnectorId id, const IncomingPart& in, Answer answer) {
  const auto* connector = core_.directory->connector(id);
  if (!connector) return answer(smpp::Status::SysErr);
  if (take_receipt(*connector, in, answer)) return;
  const auto part = smpp::read_part(in.esm_class, in.short_message, in.tlvs);
  if (!part) return answer(smpp::Status::InvMsgLen);
  std::string octets;
  if (connector->packed && smpp::interpret(in.data_coding, alphabet_of(id)).alphabet == smpp::Alphabet::Gsm7)
    smpp::unpack_user_data(part->text, part->fill_bits, octets);
  else
    octets = part->text;
  if (part->concat && part->concat->valid() && part->concat->total > 1)
    return take_part(id, in, *part, std::move(octets), std::move(answer));
  Whole whole{id,
              address_of(in.source, in.source_ton, in.source_npi),
              address_of(in.destination, 1, 1),
              std::move(octets),
              in.data_coding,
              in.protocol_id,
              part->udh.shift,
              1,
              {}};
  if (part->udh.octets > 0) {
    smpp::UdhWriter others;
    others.others(part->udh).append_to(whole.udh);
  }
  if (!core_.directory->number(whole.to.digits)) {
    core_.metrics.inbound_unknown.add();
    return answer(smpp::Status::InvDstAdr);
  }
  take_whole(std::move(whole), [answer] { answer(smpp::Status::Ok); });
}

bool Inbound::take_receipt(const domain::Connector& connector, const IncomingPart& in, Answer& answer) {
  auto text = in.short_message;
  if (text.empty())
    if (const auto payload = in.tlvs.find(smpp::Tag::MessagePayload)) text = payload->value;
  std::string decoded;
  if (smpp::interpret(in.data_coding, smpp::Alphabet::Gsm7).alphabet == smpp::Alphabet::Ucs2) {
    decoded = smpp::decode_text(text, smpp::Alphabet::Ucs2).text;
    text = decoded;
  }
  const auto receipt = smpp::parse_receipt(in.esm_class, text, in.tlvs, {connector.receipt_zone_quarters});
  if (!receipt) return false;
  if (!receipt->state) {
    answer(smpp::Status::Ok);  // says nothing that could be used
    return true;
  }
  smpp::IdSettings form;
  form.form = smpp::parse_id_form(connector.receipt_id_form).value_or(smpp::IdForm::Text);
  receipts_.on_receipt(connector.id, smpp::normalise_id(receipt->id, form),
                       {*receipt->state, std::string(receipt->error)}, std::move(answer));
  return true;
}

void Inbound::take_part(ConnectorId connector, const IncomingPart& in, const smpp::Part& part,
                        std::string octets, Answer answer) {
  const auto to = address_of(in.destination, 1, 1),
             from = address_of(in.source, in.source_ton, in.source_npi);
  if (!core_.directory->number(to.digits)) {
    core_.metrics.inbound_unknown.add();
    return answer(smpp::Status::InvDstAdr);
  }
  const auto& concat = *part.concat;
  const auto token = token_of(in.data_coding, part.udh.shift);
  connectors_[key_of(connector)] = connector;
  auto added =
      reassembler_.add({key_of(connector), from.digits, to.digits}, concat, octets, token, core_.clock.now());
  for (const auto& set : added.given_up)
    complete(connectors_[set.connector], set, [](smpp::Status) {});
  switch (added.outcome) {
    case smpp::Reassembler::Outcome::Refused:
      return answer(smpp::Status::InvMsgLen);
    case smpp::Reassembler::Outcome::Complete:
      return complete(connector, *added.set, std::move(answer));
    case smpp::Reassembler::Outcome::Duplicate:
    case smpp::Reassembler::Outcome::Waiting:
      break;
  }
  const nlohmann::json kept{{"from", from.digits},
                            {"to", to.digits},
                            {"reference", concat.reference},
                            {"total", concat.total},
                            {"sequence", concat.sequence},
                            {"wide", concat.wide},
                            {"token", token},
                            {"octets", to_hex(octets)}};
  core_.store.park(
      {connector, part_name(from.digits, to.digits, concat, concat.sequence),
       kept.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace), core_.clock.wall()},
      core_.guard([answer](bool durable) { answer(durable ? smpp::Status::Ok : smpp::Status::SysErr); }));
}

bool Inbound::restore_part(const domain::ParkedReceipt& parked) {
  if (!parked.upstream_id.starts_with(kPartPrefix)) return false;
  const auto value = nlohmann::json::parse(parked.payload, nullptr, false);
  if (!value.is_object()) return true;
  smpp::Concat concat;
  concat.reference = value.value("reference", std::uint16_t{0});
  concat.total = value.value("total", std::uint8_t{0});
  concat.sequence = value.value("sequence", std::uint8_t{0});
  concat.wide = value.value("wide", false);
  const auto from = value.value("from", std::string()), to = value.value("to", std::string());
  connectors_[key_of(parked.connector)] = parked.connector;
  auto added = reassembler_.add({key_of(parked.connector), from, to}, concat,
                                from_hex(value.value("octets", std::string())),
                                value.value("token", std::uint64_t{0}), core_.clock.now());
  if (added.outcome == smpp::Reassembler::Outcome::Complete)
    complete(parked.connector, *added.set, [](smpp::Status) {});
  return true;
}

// Also of sets that were given up: what came is better than nothing.
void Inbound::complete(ConnectorId connector, const smpp::Reassembler::Set& set, Answer answer) {
  if (set.pieces.empty()) return answer(smpp::Status::Ok);
  const auto token = set.pieces.front().token;
  Whole whole{connector,
              {1, 1, set.source},
              {1, 1, set.destination},
              set.joined(),
              coding_of(token),
              0,
              shift_of(token),
              static_cast<std::uint16_t>(set.pieces.size()),
              {}};
  std::vector<std::string> names;
  for (const auto& piece : set.pieces)
    names.push_back(part_name(set.source, set.destination, set.concat, piece.sequence));
  take_whole(std::move(whole), [this, connector, names = std::move(names), answer] {
    for (const auto& name : names)
      core_.store.unpark(connector, name, [](bool) {});
    answer(smpp::Status::Ok);
  });
}

void Inbound::take_whole(Whole whole, std::function<void()> done) {
  const auto now = core_.clock.wall();
  domain::Message message;
  message.id = {core_.ids.uuid7(now)};
  message.direction = domain::Direction::Inbound;
  message.origin = domain::MessageOrigin::Connector;
  message.connector = whole.connector;
  message.from = std::move(whole.from);
  message.to = std::move(whole.to);
  message.protocol_id = whole.protocol_id;
  message.segments = whole.segments;
  const auto coding = smpp::interpret(whole.data_coding, alphabet_of(whole.connector));
  message.encoding = to_string(coding.alphabet);
  message.message_class = coding.message_class;
  if (coding.alphabet == smpp::Alphabet::Binary) {
    message.binary_coding = whole.data_coding;
    message.text = std::move(whole.octets);
    message.udh = std::move(whole.udh);
  } else {
    message.text = smpp::decode_text(whole.octets, coding.alphabet, whole.shift).text;
  }
  message.accepted_at = message.not_before = message.valid_until = now;
  message.receipts = domain::ReceiptWish::None;
  find_owner(message);
  hand_on(std::move(message), std::move(done));
}

bool Inbound::find_owner(domain::Message& message) const {
  const auto* number = core_.directory->number(message.to.digits);
  if (!number) return false;
  message.customer = number->customer;
  message.campaign = number->campaign;
  message.esme = number->esme;
  return true;
}

void Inbound::hand_on(domain::Message message, std::function<void()> done) {
  // What a person said counts as they said it, whatever the rules make of it.
  auto keyword = keyword_in(message);
  apply_keyword(message, keyword);
  intercept(message);
  if (keyword == Keyword::None && message.reason == domain::Reason::NormalClearing) {
    keyword = keyword_in(message);
    apply_keyword(message, keyword);
  }
  core_.metrics.inbound.add();
  auto owed = delivery_for(message, keyword);
  end(message);
  message.final_at = message.accepted_at;
  finisher_.finish_inbound(std::move(message), std::move(owed), std::move(done));
}

void Inbound::restore(domain::Message message) {
  const auto keyword = keyword_in(message);
  // An SMS is answered to its upstream after its keyword was heeded; of a rich one a repeat is not heard.
  if (message.kind != domain::MessageKind::Sms) apply_keyword(message, keyword);
  auto owed = delivery_for(message, keyword);
  end(message);
  message.final_at = core_.clock.wall();
  finisher_.finish_inbound(std::move(message), std::move(owed), [] {});
}

void Inbound::intercept(domain::Message& message) {
  const auto& rules = core_.directory->rules();
  if (rules.empty(domain::Direction::Inbound)) return;
  const auto to = message.to;
  const auto result =
      rules.apply(domain::Direction::Inbound, {message.customer, message.from, message.to, message.text,
                                               message.priority, message.binary_coding, message.rich});
  core_.metrics.rules_acted.add(result.acted.size());
  if (result.refused) message.reason = domain::Reason::ContentRefused;
  // A number of nobody would lose it.
  if (!find_owner(message)) {
    message.to = to;
    find_owner(message);
  }
}

Keyword Inbound::keyword_in(const domain::Message& message) const {
  if (message.binary_coding || message.customer.is_nil()) return Keyword::None;
  const auto* campaign = message.campaign ? core_.directory->campaign(*message.campaign) : nullptr;
  const auto keyword = keyword_of(message.text, campaign);
  if (keyword != Keyword::Yes) return keyword;
  return core_.opted_out(message.customer, message.to.digits, message.from.digits) ? Keyword::Start
                                                                                   : Keyword::None;
}

domain::Delivery Inbound::delivery_for(const domain::Message& message, Keyword keyword) const {
  domain::Delivery owed;
  owed.kind = domain::DeliveryKind::Inbound;
  if (message.reason == domain::Reason::ContentRefused) return owed;
  const auto* number = core_.directory->number(message.to.digits);
  if (!number) return owed;
  if (number->esme && core_.directory->esme(*number->esme))
    owed.esme = number->esme;
  else
    owed.url = number->webhook_url;
  auto content = content_of(message, domain::DeliveryKind::Inbound);
  content.state = "received";
  content.keyword = to_string(keyword);
  if (core_.links) add_links(content, message.customer, *core_.links, core_.clock.wall());
  owed.payload = to_json(content);
  return owed;
}

void Inbound::apply_keyword(const domain::Message& message, Keyword keyword) {
  if (keyword == Keyword::None) return;
  const auto& settings = core_.settings;
  const auto* campaign = message.campaign ? core_.directory->campaign(*message.campaign) : nullptr;
  const auto said = [&](const std::string domain::Campaign::*own, const std::string& platforms) {
    return campaign && !(campaign->*own).empty() ? campaign->*own : platforms;
  };
  if (keyword == Keyword::Help)
    return reply(message, said(&domain::Campaign::help_reply, settings.help_reply));
  const bool out = keyword == Keyword::Stop;
  // Who has stopped already hears nothing more.
  const bool repeated = out && core_.opted_out(message.customer, message.to.digits, message.from.digits);
  opt(message, out);
  if (repeated) return;
  reply(message, out ? said(&domain::Campaign::opt_out_reply, settings.stop_reply)
                     : said(&domain::Campaign::opt_in_reply, settings.start_reply));
}

// From the number that was answered, and from all others of its campaign.
void Inbound::opt(const domain::Message& message, bool out) {
  std::vector<std::string> senders{message.to.digits};
  if (message.campaign)
    for (const auto number : core_.directory->numbers_of(*message.campaign))
      if (number != message.to.digits) senders.emplace_back(number);
  for (auto& sender : senders) {
    const domain::OptOut entry{message.customer, std::move(sender), message.from.digits};
    // In force at once; the store and with it the next catalogue follow.
    core_.opt_overlay[Directory::opt_out_key(entry.customer, entry.sender, entry.recipient)] = out;
    keep_opt_out(entry, out);
  }
}

void Inbound::keep_opt_out(const domain::OptOut& entry, bool out) {
  core_.opt_outs.set(entry, out, core_.guard([this, entry, out](bool durable) {
    if (durable) return;
    core_.metrics.store_failures.add();
    core_.after(core_.settings.store_retry, [this, entry, out] { keep_opt_out(entry, out); });
  }));
}

void Inbound::reply(const domain::Message& message, const std::string& text) {
  if (text.empty()) return;
  Submission submission;
  submission.customer = message.customer;
  submission.origin = domain::MessageOrigin::Platform;
  submission.from = message.to;
  submission.to = message.from;
  submission.text = text;
  submission.receipts = domain::ReceiptWish::None;
  intake_.reply(std::move(submission));
}

void Inbound::sweep() {
  for (const auto& set : reassembler_.expire(core_.clock.now()))
    complete(connectors_[set.connector], set, [](smpp::Status) {});
}

}  // namespace warp::messaging
