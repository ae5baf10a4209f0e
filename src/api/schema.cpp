#include "warp/api/schema.h"

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::api {
namespace {

Field make(std::string name, FieldType type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return parse_timestamp(std::string(text) + "T00:00:00Z").has_value();
}

std::string words(const std::vector<std::string>& choices) {
  std::string out;
  for (const auto& choice : choices)
    out += (out.empty() ? "" : ", ") + choice;
  return out;
}

std::string wrong_text(const Field& field, const Json& value) {
  if (!value.is_string()) return "must be a string";
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) return "must not contain NUL";
  if (!field.choices.empty() &&
      std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
    return "must be one of " + words(field.choices);
  const auto length = static_cast<std::int64_t>(text.size());
  if (length < field.min)
    return field.min == 1 ? "must not be empty"
                          : "must have at least " + std::to_string(field.min) + " octets";
  if (length > field.max) return "must have at most " + std::to_string(field.max) + " octets";
  if (field.check && !field.check(text)) return "must be " + field.expected;
  return {};
}

std::string wrong_integer(const Field& field, const Json& value) {
  if (!value.is_number_integer()) return "must be an integer";
  const bool huge =
      value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (huge || value.get<std::int64_t>() < field.min || value.get<std::int64_t>() > field.max)
    return "must be between " + std::to_string(field.min) + " and " + std::to_string(field.max);
  return {};
}

void check_members(const std::vector<Field>& fields, const Json& object, bool partial,
                   const std::string& path, Json& wrong);

void check_list(const Field& field, const Json& value, const std::string& path, Json& wrong);

// Empty when the value is of the type; deeper faults go to `wrong` by themselves.
std::string wrong_value(const Field& field, const Json& value, const std::string& path, Json& wrong) {
  switch (field.type) {
    case FieldType::Text:
      return wrong_text(field, value);
    case FieldType::Integer:
      return wrong_integer(field, value);
    case FieldType::Boolean:
      return value.is_boolean() ? "" : "must be true or false";
    case FieldType::Amount:
      return parse_money(value) ? "" : "must be an amount with at most nine decimals";
    case FieldType::Ratio:
      return value.is_number() ? "" : "must be a number";
    case FieldType::Uuid:
      return value.is_string() && Uuid::parse(value.get_ref<const std::string&>()) ? "" : "must be a UUID";
    case FieldType::Date:
      return value.is_string() && is_date(value.get_ref<const std::string&>()) ? "" : "must be YYYY-MM-DD";
    case FieldType::Timestamp:
      return value.is_string() && parse_timestamp(value.get_ref<const std::string&>())
                 ? ""
                 : "must be an ISO 8601 time in UTC, such as 2025-06-15T12:00:00Z";
    case FieldType::List:
      if (!value.is_array()) return "must be a list";
      if (static_cast<std::int64_t>(value.size()) > field.max)
        return "must have at most " + std::to_string(field.max) + " items";
      if (static_cast<std::int64_t>(value.size()) < field.min)
        return "must have at least " + std::to_string(field.min) + (field.min == 1 ? " item" : " items");
      check_list(field, value, path, wrong);
      return {};
    case FieldType::Object:
      if (!value.is_object()) return "must be an object";
      check_members(field.members, value, false, path + ".", wrong);
      return {};
    case FieldType::Free:
      return value.is_object() ? "" : "must be an object";
    case FieldType::Any:
      return {};
  }
  return {};
}

void check_list(const Field& field, const Json& value, const std::string& path, Json& wrong) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto place = path + "[" + std::to_string(i) + "]";
    const auto fault = wrong_value(*field.items, value[i], place, wrong);
    if (!fault.empty()) wrong[place] = fault;
  }
}

void check_members(const std::vector<Field>& fields, const Json& object, bool partial,
                   const std::string& path, Json& wrong) {
  for (const auto& [name, value] : object.items()) {
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&name = name](const Field& field) { return field.name == name; });
    if (known == fields.end()) {
      wrong[path + name] = "is not known";
    } else if (value.is_null()) {
      if (!known->nullable) wrong[path + name] = "must not be null";
    } else {
      const auto fault = wrong_value(*known, value, path + name, wrong);
      if (!fault.empty()) wrong[path + name] = fault;
    }
  }
  if (partial) return;
  for (const auto& field : fields)
    if (field.required && !has(object, field.name)) wrong[path + field.name] = "is required";
}

Failure bad_parameter(const Field& field, const std::string& why) {
  Failure failure{ErrorCode::InvalidParam, "The parameter " + field.name + " " + why + "."};
  if (field.type == FieldType::Date) failure.code = ErrorCode::InvalidDate;
  failure.details["param"] = field.name;
  return failure;
}

// The Json that a parameter's text stands for; null when it is not of the field's type.
Json typed(const Field& field, std::string_view text) {
  if (field.type == FieldType::Integer) {
    const auto number = parse_number<std::int64_t>(text);
    return number ? Json(*number) : Json();
  }
  if (field.type == FieldType::Boolean) {
    if (text == "true") return true;
    if (text == "false") return false;
    return {};
  }
  return std::string(text);
}

std::string type_name(FieldType type) {
  switch (type) {
    case FieldType::Integer:
      return "integer";
    case FieldType::Boolean:
      return "boolean";
    case FieldType::Amount:
    case FieldType::Ratio:
      return "number";
    case FieldType::List:
      return "array";
    case FieldType::Object:
    case FieldType::Free:
      return "object";
    case FieldType::Any:
      return "";
    case FieldType::Text:
    case FieldType::Uuid:
    case FieldType::Date:
    case FieldType::Timestamp:
      return "string";
  }
  return "";
}

Json describe_members(const std::vector<Field>& fields) {
  Json out;
  out["type"] = "object";
  out["properties"] = Json::object();
  auto required = Json::array();
  for (const auto& field : fields) {
    out["properties"][field.name] = describe(field);
    if (field.required) required.push_back(field.name);
  }
  if (!required.empty()) out["required"] = required;
  return out;
}

void describe_bounds(const Field& field, Json& out) {
  const bool low = field.min != std::numeric_limits<std::int64_t>::min();
  const bool high = field.max != std::numeric_limits<std::int64_t>::max();
  if (field.type == FieldType::Integer) {
    if (low) out["minimum"] = field.min;
    if (high) out["maximum"] = field.max;
  } else if (field.type == FieldType::Text && field.choices.empty()) {
    if (low && field.min > 0) out["minLength"] = field.min;
    if (high) out["maxLength"] = field.max;
  } else if (field.type == FieldType::List) {
    if (low && field.min > 0) out["minItems"] = field.min;
    if (high) out["maxItems"] = field.max;
  }
}

}  // namespace

Field Field::needed() && {
  required = true;
  return std::move(*this);
}
Field Field::or_null() && {
  nullable = true;
  return std::move(*this);
}
Field Field::between(std::int64_t low, std::int64_t high) && {
  min = low;
  max = high;
  return std::move(*this);
}
Field Field::one_of(std::vector<std::string> list) && {
  choices = std::move(list);
  return std::move(*this);
}
Field Field::is(Check what, std::string wanted) && {
  check = what;
  expected = std::move(wanted);
  return std::move(*this);
}
Field Field::says(std::string words_for_people) && {
  about = std::move(words_for_people);
  return std::move(*this);
}

Field text(std::string name, std::int64_t longest) {
  return make(std::move(name), FieldType::Text).between(0, longest);
}
Field integer(std::string name, std::int64_t low, std::int64_t high) {
  return make(std::move(name), FieldType::Integer).between(low, high);
}
Field boolean(std::string name) {
  return make(std::move(name), FieldType::Boolean);
}
Field amount(std::string name) {
  return make(std::move(name), FieldType::Amount);
}
Field ratio(std::string name) {
  return make(std::move(name), FieldType::Ratio);
}
Field uuid(std::string name) {
  return make(std::move(name), FieldType::Uuid);
}
Field date(std::string name) {
  return make(std::move(name), FieldType::Date);
}
Field instant(std::string name) {
  return make(std::move(name), FieldType::Timestamp);
}
Field list(std::string name, Field item, std::int64_t most) {
  auto field = make(std::move(name), FieldType::List);
  field.items = std::make_shared<const Field>(std::move(item));
  field.max = most;
  return field;
}
Field object(std::string name, std::vector<Field> members) {
  auto field = make(std::move(name), FieldType::Object);
  field.members = std::move(members);
  return field;
}
Field free_object(std::string name) {
  return make(std::move(name), FieldType::Free);
}
Field any(std::string name) {
  return make(std::move(name), FieldType::Any);
}

Json check(const Schema& schema, const Json& body, bool partial) {
  auto wrong = Json::object();
  check_members(schema.fields, body, partial, "", wrong);
  return wrong;
}

Outcome<Json> read_query(const std::vector<Field>& fields, const http::Query& query) {
  auto out = Json::object();
  for (const auto& [name, value] : query.items()) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&name = name](const Field& candidate) {
      return candidate.name == name;
    });
    if (field == fields.end()) {
      Failure failure{ErrorCode::InvalidParam, "There is no such query parameter here."};
      failure.details["param"] = name;
      failure.details["known"] = Json::array();
      for (const auto& known : fields)
        failure.details["known"].push_back(known.name);
      return failure;
    }
    if (has(out, name)) return bad_parameter(*field, "is given twice");
    auto parsed = typed(*field, value);
    auto deeper = Json::object();
    const auto fault =
        parsed.is_null() ? "is not a " + type_name(field->type) : wrong_value(*field, parsed, name, deeper);
    if (!fault.empty()) return bad_parameter(*field, fault);
    out[name] = std::move(parsed);
  }
  for (const auto& field : fields) {
    if (!field.required || has(out, field.name)) continue;
    Failure failure{ErrorCode::MissingParam, "The parameter " + field.name + " is missing."};
    failure.details["param"] = field.name;
    return failure;
  }
  return Outcome<Json>(boost::system::in_place_value, std::move(out));
}

Json describe(const Field& field) {
  Json out = field.type == FieldType::Object ? describe_members(field.members) : Json::object();
  const auto type = type_name(field.type);
  if (!type.empty()) out["type"] = type;
  if (field.type == FieldType::Uuid) out["format"] = "uuid";
  if (field.type == FieldType::Date) out["format"] = "date";
  if (field.type == FieldType::Timestamp) out["format"] = "date-time";
  if (field.type == FieldType::Free) out["additionalProperties"] = true;
  if (field.type == FieldType::List) out["items"] = describe(*field.items);
  if (!field.choices.empty()) out["enum"] = field.choices;
  describe_bounds(field, out);
  if (field.nullable) out["nullable"] = true;
  auto about = field.about;
  if (about.empty() && !field.expected.empty()) about = "Must be " + field.expected + ".";
  if (!about.empty()) out["description"] = about;
  return out;
}

Json describe(const Schema& schema) {
  return describe_members(schema.fields);
}

}  // namespace warp::api
