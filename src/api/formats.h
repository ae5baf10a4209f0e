// Checks of text that several resources share; each is a Field::Check.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/api/schema.h"
#include "warp/domain/catalogue.h"

namespace warp::api {

bool is_currency(std::string_view text);
bool is_ip(std::string_view text);
bool is_cidr(std::string_view text);         // either family, without brackets
bool is_prefix(std::string_view text);       // up to 15 digits, may be empty
bool is_dial_digits(std::string_view text);  // up to 15 of 0-9 * # +
bool is_number(std::string_view text);       // what e164_of() takes

// An address or a network of either family. One with host bits set is refused, and the failure names the
// network that was probably meant; `field` is what the client calls it.
Outcome<domain::Cidr> read_network(std::string_view text, std::string_view field);

// What a listed source asks for beside its network, as bodies and answers have it: `port` and `transport`,
// null for any.
Field source_port_field();
Field source_transport_field();
domain::SourceMatch read_match(const Json& body);
void show_match(Json& out, const domain::SourceMatch& match);

// Digits of a telephone number in a path or body: 10 digits or 11 with a leading 1 are NANP, anything else
// must begin with '+'.
std::optional<std::string> e164_of(std::string_view text);
// As answers show it: 10 digits for NANP, else with '+'.
std::string shown_number(std::string_view e164);

const std::vector<std::string>& number_classes();
Field name_field();
Field description_field();

}  // namespace warp::api
