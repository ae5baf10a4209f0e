// Fields of brands and campaigns: what they look like, and the rules that the registry would refuse them for.
#pragma once

#include "services.h"

namespace warp::api {

bool is_use_case(std::string_view code);
bool is_vertical(std::string_view code);
// Every carrier at one status.
Json carriers_at(std::string_view status);

std::vector<Field> brand_fields();
std::vector<Field> campaign_fields();  // without brand_id

// The body as it is kept: telephone numbers in E.164, empty texts left out. TNIQ_VALIDATION with
// details.fields when it is against a rule.
Outcome<Json> check_brand(Json body);
Outcome<Json> check_campaign(Json fields);
// What a brand's identity is judged by differs.
bool identity_changed(const Json& before, const Json& after);

}  // namespace warp::api
