#include "warp/integrations/tcr_registry.h"

#include <algorithm>

#include "warp/integrations/tcr_documents.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::Document;
using domain::RegisteredBrand;
using domain::RegisteredCampaign;
using domain::RegistryAnswer;
using domain::RegistryDone;
using domain::RegistryError;
using domain::RegistryResult;
using Kind = RegistryError::Kind;
using http::Method;
using enum TcrOperation;

template <class T>
using Task = asio::awaitable<RegistryResult<T>>;

constexpr std::chrono::seconds kEndOfLookUps{60};
constexpr const char* kRelationship = "BASIC_ACCOUNT";  // what TCR wants to know when nothing better is said

std::string brand_path(const std::string& id, const char* below = "") {
  return "/brand/" + http::percent_encode(id) + below;
}
std::string campaign_path(const std::string& id, const char* below = "") {
  return "/campaign/" + http::percent_encode(id) + below;
}

asio::awaitable<TcrAnswer> ask(TcrClient& client, TcrOperation operation, Method method, std::string path,
                               Document body) {
  TcrRequest request{operation, method, std::move(path), std::move(body)};
  auto asking = client.ask(std::move(request));
  co_return co_await std::move(asking);
}
asio::awaitable<TcrAnswer> get(TcrClient& client, TcrOperation operation, std::string path) {
  auto asking = ask(client, operation, Method::Get, std::move(path), Document());
  co_return co_await std::move(asking);
}

Document brand_body(const Document& fields) {
  auto body = to_tcr(fields);
  if (!body.contains("brandRelationship")) body["brandRelationship"] = kRelationship;
  return body;
}

RegistryError odd(const char* what) {
  return {Kind::Unavailable, "The Campaign Registry answered in an unknown form.", {}, what};
}

// The scores stand with the vettings; only who was vetted has some.
Task<RegisteredBrand> with_scores(TcrClient& client, Document brand) {
  auto out = brand_of(brand, Document());
  if (out.id.empty()) co_return odd("a brand without brandId");
  if (!out.vetted) co_return std::move(out);
  auto asking = get(client, Vettings, brand_path(out.id, "/externalVetting"));
  const auto vettings = co_await std::move(asking);
  if (!vettings) co_return vettings.error();
  co_return brand_of(brand, vettings->data);
}

Task<RegisteredBrand> read_brand(TcrClient& client, std::string id) {
  auto asking = get(client, Brand, brand_path(id));
  auto brand = co_await std::move(asking);
  if (!brand) co_return brand.error();
  auto scoring = with_scores(client, std::move(brand->data));
  co_return co_await std::move(scoring);
}

Task<RegisteredBrand> make_brand(TcrClient& client, Document fields, bool mock) {
  auto body = brand_body(fields);
  if (mock) body["mock"] = true;
  auto asking = ask(client, CreateBrand, Method::Post, "/brand/nonBlocking", std::move(body));
  auto made = co_await std::move(asking);
  if (!made) co_return made.error();
  auto scoring = with_scores(client, std::move(made->data));
  co_return co_await std::move(scoring);
}

Task<RegisteredBrand> change_brand(TcrClient& client, std::string id, Document fields, bool reverify) {
  auto asking = ask(client, UpdateBrand, Method::Put, brand_path(id), brand_body(fields));
  auto changed = co_await std::move(asking);
  if (!changed) co_return changed.error();
  if (reverify) {
    auto vetting = ask(client, RevetBrand, Method::Put, brand_path(id, "/revet"), Document());
    const auto vetted = co_await std::move(vetting);
    if (!vetted) co_return vetted.error();
  }
  auto reading = read_brand(client, std::move(id));
  co_return co_await std::move(reading);
}

Task<RegisteredCampaign> read_campaign(TcrClient& client, std::string id) {
  auto asking = get(client, Campaign, campaign_path(id));
  const auto campaign = co_await std::move(asking);
  if (!campaign) co_return campaign.error();
  auto asking_carriers = get(client, OperationStatus, campaign_path(id, "/operationStatus"));
  const auto operations = co_await std::move(asking_carriers);
  if (!operations && operations.error().kind == Kind::Unavailable) co_return operations.error();
  auto asking_sharing = get(client, Sharing, campaign_path(id, "/sharing"));
  const auto sharing = co_await std::move(asking_sharing);
  if (!sharing && sharing.error().kind == Kind::Unavailable) co_return sharing.error();
  auto out = campaign_of(campaign->data, operations ? operations->data : Document(),
                         sharing ? sharing->data : Document());
  if (out.id.empty()) co_return odd("a campaign without campaignId");
  co_return std::move(out);
}

// Would any carrier take it? Asked first: a registration costs, and a refusal afterwards is not paid back.
asio::awaitable<std::optional<RegistryError>> disqualified(TcrClient& client, std::string brand,
                                                           std::string usecase) {
  auto path =
      "/campaignBuilder/brand/" + http::percent_encode(brand) + "/usecase/" + http::percent_encode(usecase);
  auto asking = get(client, Qualify, std::move(path));
  const auto found = co_await std::move(asking);
  if (!found) co_return found.error();
  const auto metadata = found->data.is_object() ? found->data.value("mnoMetadata", Document()) : Document();
  if (!metadata.is_object() || metadata.empty()) co_return std::nullopt;
  const bool any = std::any_of(metadata.begin(), metadata.end(), [](const Document& carrier) {
    return carrier.is_object() && carrier.value("qualify", Document()) == Document(true);
  });
  if (any) co_return std::nullopt;
  co_return RegistryError{Kind::Refused, "No carrier takes this use case of this brand.", {}, {}};
}

Task<RegisteredCampaign> make_campaign(TcrClient& client, std::string brand, Document fields) {
  auto looking = disqualified(client, brand, fields.value("usecase", std::string()));
  const auto refused = co_await std::move(looking);
  if (refused) co_return *refused;
  auto body = to_tcr(fields);
  body["brandId"] = brand;
  auto asking = ask(client, CreateCampaign, Method::Post, "/campaignBuilder", std::move(body));
  const auto made = co_await std::move(asking);
  if (!made) co_return made.error();
  auto out = campaign_of(made->data, Document(), Document());
  if (out.id.empty()) co_return odd("a campaign without campaignId");
  out.brand_id = std::move(brand);
  out.status = domain::CampaignStatus::Pending;
  out.fields.erase("mno_metadata");
  co_return std::move(out);
}

Task<RegisteredCampaign> change_campaign(TcrClient& client, std::string id, Document fields) {
  auto asking = ask(client, UpdateCampaign, Method::Put, campaign_path(id), to_tcr(fields));
  const auto changed = co_await std::move(asking);
  if (!changed) co_return changed.error();
  auto reading = read_campaign(client, std::move(id));
  co_return co_await std::move(reading);
}

Task<RegistryAnswer> read_carriers(TcrClient& client, std::string id) {
  auto asking = get(client, OperationStatus, campaign_path(id, "/operationStatus"));
  const auto operations = co_await std::move(asking);
  if (!operations) co_return operations.error();
  auto asking_names = get(client, CarrierMetadata, campaign_path(id, "/mnoMetadata"));
  const auto metadata = co_await std::move(asking_names);
  if (!metadata && metadata.error().kind == Kind::Unavailable) co_return metadata.error();
  co_return RegistryAnswer{carriers_of(operations->data, metadata ? metadata->data : Document())};
}

Task<RegistryAnswer> passed(TcrClient& client, TcrOperation operation, Method method, std::string path,
                            Document body) {
  auto asking = ask(client, operation, method, std::move(path), std::move(body));
  const auto answer = co_await std::move(asking);
  if (!answer) co_return answer.error();
  co_return RegistryAnswer{from_tcr(answer->data)};
}

Task<RegistryAnswer> ask_for_events(TcrClient& client, std::string url) {
  for (const char* category : {"BRAND", "VETTING", "CAMPAIGN"}) {
    Document body;
    body["eventCategory"] = category;
    body["webhookEndpoint"] = url;
    auto asking = ask(client, Subscribe, Method::Put, "/webhook/subscription", std::move(body));
    const auto done = co_await std::move(asking);
    if (!done) co_return done.error();
  }
  co_return RegistryAnswer{};
}

template <class T>
asio::awaitable<void> finish(Task<T> task, RegistryDone<T> done) {
  RegistryResult<T> result = RegistryError{Kind::Unavailable, "The daemon is stopping.", {}, "cancelled"};
  try {
    result = co_await std::move(task);
  } catch (const boost::system::system_error&) {
    // Cancelled: whoever waits is told.
  }
  done(std::move(result));
}

}  // namespace

TcrRegistry::TcrRegistry(TcrClient& client, asio::any_io_executor executor, log::Logger& log)
    : client_(client), tasks_(std::move(executor), [&log](std::string_view task, std::exception_ptr error) {
        try {
          std::rethrow_exception(error);
        } catch (const std::exception& e) {
          log.error("integrations.task_failed", {{"task", task}, {"error", e.what()}});
        }
      }) {}

template <class T>
void TcrRegistry::start(const char* name, Task<T> task, RegistryDone<T> done) {
  auto whole = finish<T>(std::move(task), done);
  if (!tasks_.spawn(name, std::move(whole)))
    done(RegistryError{Kind::Unavailable, "The daemon is stopping.", {}, "closed"});
}

void TcrRegistry::create_brand(Document fields, bool mock, RegistryDone<RegisteredBrand> done) {
  start("tcr.create_brand", make_brand(client_, std::move(fields), mock), std::move(done));
}
void TcrRegistry::brand(std::string id, RegistryDone<RegisteredBrand> done) {
  start("tcr.brand", read_brand(client_, std::move(id)), std::move(done));
}
void TcrRegistry::update_brand(std::string id, Document fields, bool reverify,
                               RegistryDone<RegisteredBrand> done) {
  start("tcr.update_brand", change_brand(client_, std::move(id), std::move(fields), reverify),
        std::move(done));
}
void TcrRegistry::remove_brand(std::string id, RegistryDone<RegistryAnswer> done) {
  start("tcr.remove_brand", passed(client_, RemoveBrand, Method::Delete, brand_path(id), Document()),
        std::move(done));
}
void TcrRegistry::create_campaign(std::string brand_id, Document fields,
                                  RegistryDone<RegisteredCampaign> done) {
  start("tcr.create_campaign", make_campaign(client_, std::move(brand_id), std::move(fields)),
        std::move(done));
}
void TcrRegistry::campaign(std::string id, RegistryDone<RegisteredCampaign> done) {
  start("tcr.campaign", read_campaign(client_, std::move(id)), std::move(done));
}
void TcrRegistry::update_campaign(std::string id, Document fields, RegistryDone<RegisteredCampaign> done) {
  start("tcr.update_campaign", change_campaign(client_, std::move(id), std::move(fields)), std::move(done));
}
void TcrRegistry::remove_campaign(std::string id, RegistryDone<RegistryAnswer> done) {
  start("tcr.remove_campaign", passed(client_, RemoveCampaign, Method::Delete, campaign_path(id), Document()),
        std::move(done));
}
void TcrRegistry::resubmit(std::string id, RegistryDone<RegistryAnswer> done) {
  start("tcr.resubmit", passed(client_, Resubmit, Method::Put, campaign_path(id, "/resubmit"), Document()),
        std::move(done));
}
void TcrRegistry::elect(std::string id, Document choice, RegistryDone<RegistryAnswer> done) {
  const auto partner = choice.is_object() ? choice.value("cnp_id", Document()) : Document();
  if (!partner.is_string() || partner.get_ref<const std::string&>().empty())
    return done(RegistryError{Kind::Refused, "cnp_id must name the connectivity partner.", {}, {}});
  const auto path = campaign_path(id, "/sharing/") + http::percent_encode(partner.get<std::string>());
  start("tcr.share", passed(client_, Share, Method::Put, path, Document()), std::move(done));
}
void TcrRegistry::nudge(std::string id, Document words, RegistryDone<RegistryAnswer> done) {
  auto body = to_tcr(words);
  if (!body.contains("nudgeIntent")) body["nudgeIntent"] = "REVIEW";
  start("tcr.nudge", passed(client_, Nudge, Method::Post, campaign_path(id, "/nudge"), std::move(body)),
        std::move(done));
}
void TcrRegistry::carriers(std::string id, RegistryDone<RegistryAnswer> done) {
  start("tcr.carriers", read_carriers(client_, std::move(id)), std::move(done));
}
void TcrRegistry::sharing(std::string id, RegistryDone<RegistryAnswer> done) {
  start("tcr.sharing", passed(client_, Sharing, Method::Get, campaign_path(id, "/sharing"), Document()),
        std::move(done));
}
void TcrRegistry::subscribe(std::string url, RegistryDone<RegistryAnswer> done) {
  start("tcr.subscribe", ask_for_events(client_, std::move(url)), std::move(done));
}

asio::awaitable<void> TcrRegistry::close() {
  tasks_.cancel();
  auto ending = tasks_.join(kEndOfLookUps);
  const bool ended = co_await std::move(ending);
  static_cast<void>(ended);
}

}  // namespace warp::integrations
