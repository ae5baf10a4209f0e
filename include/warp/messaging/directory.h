// Directory: the messaging catalogue, compiled for look-ups. Immutable; the service swaps pointers.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "warp/base/text.h"
#include "warp/domain/messaging_catalogue.h"
#include "warp/rating/digit_index.h"

namespace warp::messaging {

class QuietBook;
class RuleBook;

class Directory {
 public:
  explicit Directory(domain::MessagingCatalogue catalogue);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const domain::MessagingCustomer* customer(CustomerId id) const;
  const domain::Esme* esme(EsmeId id) const;
  const domain::Esme* esme(std::string_view system_id) const;
  const domain::Connector* connector(ConnectorId id) const;
  const domain::MessagingNumber* number(std::string_view e164) const;  // or a sender of letters
  const domain::Campaign* campaign(CampaignId id) const;
  // All numbers that hang from it.
  const std::vector<std::string_view>& numbers_of(CampaignId campaign) const;
  // Of a recipient, by the longest prefix; empty: not known.
  std::string_view carrier(std::string_view digits) const;
  const RuleBook& rules() const { return *rules_; }
  const QuietBook& quiet() const { return *quiet_; }
  bool opted_out(CustomerId customer, std::string_view sender, std::string_view recipient) const;
  bool has_opt_out(const std::string& key) const { return opt_outs_.count(key) > 0; }

  struct Rate {
    std::string prefix;
    Money per_segment;
  };
  // By the longest prefix of `digits`.
  const Rate* rate(RatePlanId plan, std::string_view digits) const;
  const domain::MessageRatePlan* plan(RatePlanId id) const;  // one with rates

  // Enabled routes of exactly this prefix, by priority.
  using Routes = std::vector<const domain::MessageRoute*>;
  const Routes* routes(std::string_view prefix) const;
  std::size_t longest_route_prefix() const { return longest_; }

  const domain::MessagingCatalogue& catalogue() const { return catalogue_; }

  static std::string opt_out_key(CustomerId customer, std::string_view sender, std::string_view recipient);

 private:
  struct Plan {
    std::vector<Rate> rates;  // as the index has them
    rating::DigitIndex index;
  };
  void compile_rates();
  void compile_carriers();

  domain::MessagingCatalogue catalogue_;
  std::unordered_map<CustomerId, const domain::MessagingCustomer*> customers_;
  std::unordered_map<EsmeId, const domain::Esme*> esmes_;
  std::unordered_map<std::string_view, const domain::Esme*> system_ids_;
  std::unordered_map<ConnectorId, const domain::Connector*> connectors_;
  std::unordered_map<std::string_view, const domain::MessagingNumber*> numbers_;
  std::unordered_set<std::string> opt_outs_;
  std::unordered_map<RatePlanId, Plan> plans_;
  std::unordered_map<RatePlanId, const domain::MessageRatePlan*> terms_;
  std::unordered_map<std::string_view, Routes> routes_;
  std::unordered_map<CampaignId, const domain::Campaign*> campaigns_;
  std::unordered_map<CampaignId, std::vector<std::string_view>> campaign_numbers_;
  std::vector<std::string> carriers_;  // as the index has them
  rating::DigitIndex carrier_index_;
  std::unique_ptr<const RuleBook> rules_;
  std::unique_ptr<const QuietBook> quiet_;
  std::size_t longest_ = 0;
};

}  // namespace warp::messaging
