// What campaigns are made of, as lists: no call leaves the machine for them.
#include <algorithm>
#include <array>
#include <span>

#include "registry_fields.h"

namespace warp::api {
namespace {

struct Entry {
  std::string_view code, name, description;
};

constexpr std::array kCarriers{
    Entry{"ATT", "AT&T", "Limits messages a minute by campaign."},
    Entry{"TMOBILE", "T-Mobile", "Limits messages a day by brand."},
    Entry{"VERIZON", "Verizon", "Filters by content, without a published limit."},
    Entry{"USCELLULAR", "US Cellular", "Follows the campaign's registration."},
    Entry{"OTHER", "Other carriers", "Regional carriers and resellers."},
};

constexpr std::array kDcas{
    Entry{"SINCH", "Sinch", "Direct connection to the carriers of the United States."},
};

constexpr std::array kEntityTypes{
    Entry{"PRIVATE_PROFIT", "Private company", "Needs an EIN."},
    Entry{"PUBLIC_PROFIT", "Listed company", "Needs an EIN, stock symbol and exchange."},
    Entry{"NON_PROFIT", "Non-profit organisation", "Needs an EIN."},
    Entry{"GOVERNMENT", "Government", "Needs an EIN."},
    Entry{"SOLE_PROPRIETOR", "Sole proprietor", "A person without an EIN; confirmed by a one-time code."},
};

constexpr std::array kVerticals{
    Entry{"AGRICULTURE", "Agriculture", ""},
    Entry{"COMMUNICATION", "Media and communication", ""},
    Entry{"CONSTRUCTION", "Construction and materials", ""},
    Entry{"EDUCATION", "Education", ""},
    Entry{"ENERGY", "Energy and utilities", ""},
    Entry{"ENTERTAINMENT", "Entertainment", ""},
    Entry{"FINANCIAL", "Financial services", ""},
    Entry{"GAMBLING", "Gambling and lottery", ""},
    Entry{"GOVERNMENT", "Government", ""},
    Entry{"HEALTHCARE", "Healthcare", ""},
    Entry{"HOSPITALITY", "Hospitality and travel", ""},
    Entry{"HUMAN_RESOURCES", "Human resources", ""},
    Entry{"INSURANCE", "Insurance", ""},
    Entry{"LEGAL", "Legal", ""},
    Entry{"MANUFACTURING", "Manufacturing", ""},
    Entry{"NGO", "Non-governmental organisation", ""},
    Entry{"POLITICAL", "Political", ""},
    Entry{"POSTAL", "Postal and delivery", ""},
    Entry{"PROFESSIONAL", "Professional services", ""},
    Entry{"REAL_ESTATE", "Real estate", ""},
    Entry{"RETAIL", "Retail and consumer products", ""},
    Entry{"TECHNOLOGY", "Information technology", ""},
    Entry{"TRANSPORTATION", "Transportation", ""},
};

// What the review looks for.
struct UseCase {
  Entry entry;
  unsigned samples;
  std::string_view opt_in, difficulty, notes;
};
constexpr std::string_view kExpress =
    "Express consent, such as a form or a keyword, before the first message.";
constexpr std::string_view kWritten =
    "Written consent to marketing before the first message; it may not be a condition of a purchase.";
constexpr std::string_view kImplied = "The recipient's own request for the code or the service.";
constexpr std::array kUseCases{
    UseCase{{"2FA", "Two-factor authentication", "One-time codes and password resets."},
            1,
            kImplied,
            "easy",
            "Samples must show a code; no marketing in them."},
    UseCase{{"ACCOUNT_NOTIFICATION", "Account notifications", "Reminders, alerts, updates of an account."},
            1,
            kExpress,
            "easy",
            "Name the account or service in the samples."},
    UseCase{{"CUSTOMER_CARE", "Customer care", "Support and dealings with customers."},
            1,
            kExpress,
            "easy",
            "Show a conversation that the customer began or asked for."},
    UseCase{{"DELIVERY_NOTIFICATION", "Delivery notifications", "The way of a delivery."},
            1,
            kExpress,
            "easy",
            "Samples should hold an order or tracking reference."},
    UseCase{{"FRAUD_ALERT", "Fraud alerts", "Warnings of suspicious activity."},
            1,
            kExpress,
            "easy",
            "No request for secrets in a reply."},
    UseCase{{"HIGHER_EDUCATION", "Higher education", "Messages of colleges and universities."},
            1,
            kExpress,
            "medium",
            "The brand must be a school."},
    UseCase{{"LOW_VOLUME", "Low-volume mixed", "Several use cases at small volume."},
            2,
            kExpress,
            "medium",
            "Name the sub-use-cases; a sample for each."},
    UseCase{{"MARKETING", "Marketing", "Offers and promotions."},
            2,
            kWritten,
            "hard",
            "Samples need the brand's name and how to stop; the opt-in page is looked at."},
    UseCase{{"MIXED", "Mixed", "Several use cases."},
            2,
            kWritten,
            "medium",
            "Name the sub-use-cases; lower throughput than a single use case."},
    UseCase{{"POLLING_VOTING", "Polling and voting", "Surveys and votes that are not political."},
            1,
            kExpress,
            "medium",
            "Say who asks and why."},
    UseCase{{"PUBLIC_SERVICE_ANNOUNCEMENT", "Public service announcements", "Information for the public."},
            1,
            kExpress,
            "medium",
            "No marketing."},
    UseCase{{"SECURITY_ALERT", "Security alerts", "A system's or an account's security."},
            1,
            kExpress,
            "easy",
            "Name the system in the samples."},
    UseCase{{"CHARITY", "Charity", "Messages of registered charities; no gifts asked of all."},
            2,
            kWritten,
            "hard",
            "The brand must be a registered charity."},
    UseCase{{"EMERGENCY", "Emergency", "Warnings to protect life and property."},
            1,
            kExpress,
            "hard",
            "Carriers approve each by itself."},
    UseCase{{"POLITICAL", "Political", "Election campaigns."},
            2,
            kWritten,
            "hard",
            "Needs a vetting of the brand by a political registry."},
    UseCase{{"SOLE_PROPRIETOR", "Sole proprietor", "All messages of a person without an EIN."},
            1,
            kExpress,
            "medium",
            "One campaign, one number, small volume."},
};

// Of one campaign, by the trust score of its brand: what the strictest of the large carriers lets through.
struct Throughput {
  unsigned from_score;
  unsigned messages_per_second, daily_cap;
};
constexpr std::array kVetted{Throughput{75, 75, 200'000}, Throughput{50, 40, 40'000},
                             Throughput{25, 4, 10'000}, Throughput{0, 4, 2'000}};
constexpr Throughput kUnvetted{0, 4, 2'000};

Json show(const Entry& entry) {
  Json out;
  out["code"] = entry.code;
  out["name"] = entry.name;
  if (!entry.description.empty()) out["description"] = entry.description;
  return out;
}

Reply listed(std::span<const Entry> entries) {
  return list_reply(entries, [](const auto& entry) { return show(entry); });
}

Answer list_carriers(Services&, Call) {
  co_return listed(kCarriers);
}
// What the configuration names, else whom the platform is usually connected by.
Answer dcas(Services& services, Call) {
  const auto& partner = services.settings.connectivity_partner;
  if (partner.empty()) co_return listed(kDcas);
  Reply reply;
  Json row;
  row["code"] = partner;
  row["name"] = partner;
  reply.data = Json::array({row});
  co_return reply;
}
Answer entity_types(Services&, Call) {
  co_return listed(kEntityTypes);
}
Answer verticals(Services&, Call) {
  co_return listed(kVerticals);
}
Answer use_cases(Services&, Call) {
  co_return list_reply(kUseCases, [&](const auto& use_case) { return show(use_case.entry); });
}

Answer use_case_requirements(Services&, Call call) {
  const auto wanted = call.query["use_case"].get<std::string>();
  const auto found = std::find_if(kUseCases.begin(), kUseCases.end(),
                                  [&](const UseCase& one) { return one.entry.code == wanted; });
  if (found == kUseCases.end()) {
    Failure failure{ErrorCode::InvalidUseCase, ""};
    failure.details["use_case"] = wanted;
    co_return failure;
  }
  Reply reply;
  reply.data["use_case"] = found->entry.code;
  reply.data["name"] = found->entry.name;
  reply.data["samples_required"] = found->samples;
  reply.data["opt_in"] = found->opt_in;
  reply.data["difficulty"] = found->difficulty;
  reply.data["notes"] = found->notes;
  co_return reply;
}

std::string_view advice(unsigned score, bool vetted) {
  if (!vetted) return "Have the brand vetted: without it the lowest class holds, whatever the score.";
  if (score >= 75) return "The highest class; spread more traffic over several campaigns.";
  if (score >= 50) return "A score of 75 gives nearly twice the rate and five times the day's messages.";
  return "Correct the brand's data and have it vetted again: a score of 50 gives ten times the rate.";
}

Answer throughput_estimate(Services&, Call call) {
  const auto score = call.query["trust_score"].get<unsigned>();
  const bool vetted = take<bool>(call.query, "vetted").value_or(false);
  const auto tier = vetted ? *std::find_if(kVetted.begin(), kVetted.end(),
                                           [&](const Throughput& one) { return score >= one.from_score; })
                           : kUnvetted;
  Reply reply;
  reply.data["trust_score"] = score;
  reply.data["vetted"] = vetted;
  reply.data["messages_per_second"] = tier.messages_per_second;
  reply.data["daily_cap"] = tier.daily_cap;
  reply.data["recommendation"] = advice(score, vetted);
  co_return reply;
}

struct ListPath {
  const char* path;
  const char* summary;
  Operation operation;
};

}  // namespace

bool is_use_case(std::string_view code) {
  return std::any_of(kUseCases.begin(), kUseCases.end(),
                     [&](const UseCase& one) { return one.entry.code == code; });
}
bool is_vertical(std::string_view code) {
  return std::any_of(kVerticals.begin(), kVerticals.end(),
                     [&](const Entry& one) { return one.code == code; });
}
Json carriers_at(std::string_view status) {
  auto out = Json::array();
  for (const auto& carrier : kCarriers) {
    Json row;
    row["carrier"] = carrier.name;
    row["network_id"] = carrier.code;
    row["status"] = status;
    out.push_back(std::move(row));
  }
  return out;
}

void add_messaging_reference(EndpointTable& table, Services& services) {
  const std::string tag = "Messaging reference";
  const std::string scope = "messaging:read";
  for (const auto& [path, summary, operation] :
       {ListPath{"/messaging/carriers", "Mobile carriers of the United States", list_carriers},
        ListPath{"/messaging/dcas", "Connectivity partners in use", dcas},
        ListPath{"/messaging/entity-types", "Kinds of brands", entity_types},
        ListPath{"/messaging/use-cases", "Use cases of campaigns", use_cases},
        ListPath{"/messaging/verticals", "Industries", verticals}})
    table.push_back(
        {.path = path,
         .summary = summary,
         .tag = tag,
         .action = act(services, operation),
         .scope = scope,
         .answer_kind = AnswerKind::List,
         .answer = {"ReferenceEntry", {text("code").needed(), text("name").needed(), text("description")}}});
  table.push_back({.path = "/messaging/use-case-requirements",
                   .summary = "What the review of a use case wants to see",
                   .tag = tag,
                   .action = act(services, use_case_requirements),
                   .scope = scope,
                   .query = {text("use_case", 64).needed()},
                   .answer = {"UseCaseRequirements",
                              {text("use_case"), text("name"), integer("samples_required"), text("opt_in"),
                               text("difficulty").one_of({"easy", "medium", "hard"}), text("notes")}},
                   .errors = {ErrorCode::MissingParam, ErrorCode::InvalidUseCase}});
  table.push_back({.path = "/messaging/throughput-estimate",
                   .summary = "What carriers let through for a brand of this score",
                   .tag = tag,
                   .action = act(services, throughput_estimate),
                   .scope = scope,
                   .query = {integer("trust_score", 0, 100).needed(), boolean("vetted")},
                   .answer = {"ThroughputEstimate",
                              {integer("trust_score"), boolean("vetted"), integer("messages_per_second"),
                               integer("daily_cap"), text("recommendation")}},
                   .errors = {ErrorCode::MissingParam}});
}

}  // namespace warp::api
