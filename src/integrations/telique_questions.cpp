#include "telique_questions.h"

#include <cstdio>

#include "warp/base/checked.h"
#include "warp/numbering/askable.h"

namespace warp::integrations {
namespace {

constexpr std::string_view kJson = "?format=json";
constexpr unsigned kKindShift = 61, kCallerBits = 34;

std::uint64_t number_of(std::string_view digits) {
  return parse_number<std::uint64_t>(digits).value_or(0);
}

std::uint64_t key_of(TeliqueKind kind, std::uint64_t number) {
  return (static_cast<std::uint64_t>(kind) + 1) << kKindShift | number;
}

std::string lata_text(std::uint16_t lata) {
  char text[8];
  std::snprintf(text, sizeof text, "%03u", static_cast<unsigned>(lata % 1000));
  return text;
}

// "800" and "822" to "888": three bits say which; seven digits remain.
std::uint64_t toll_free_number(std::string_view national) {
  const auto code = number_of(national.substr(1, 1));
  return (code == 0 ? 0 : code - 1) << 24 | number_of(national.substr(3));
}

}  // namespace

TeliqueQuestion question_of(const domain::LookupRequest& request, domain::Lookups part) {
  const std::string ani(numbering::national(request.ani)), dni(numbering::national(request.dni));
  TeliqueQuestion question;
  question.part = part;
  if (part == domain::kLookupAniLrn || part == domain::kLookupDniLrn) {
    const auto& number = part == domain::kLookupAniLrn ? ani : dni;
    question.kind = TeliqueKind::Lrn;
    question.key = key_of(question.kind, number_of(number));
    question.path = "/lrn/" + number;
  } else if (part == domain::kLookupDno) {
    question.kind = TeliqueKind::Dno;
    question.key = key_of(question.kind, number_of(ani));
    question.path = "/dno/" + ani;
  } else if (part == domain::kLookupCnam) {
    question.kind = TeliqueKind::Cnam;
    question.key = key_of(question.kind, number_of(request.ani));
    question.path = "/cnam/" + (ani.empty() ? request.ani : ani);
  } else {
    question.kind = TeliqueKind::TollFree;
    question.key = key_of(question.kind, toll_free_number(dni) << kCallerBits | number_of(ani));
    question.path = "/cic/" + dni + "/" + ani + "/" + lata_text(request.lata);
  }
  question.path += kJson;
  return question;
}

std::optional<TeliqueFinding> finding_of(const TeliqueQuestion& question, const std::string* body) {
  TeliqueFinding found;
  // A number that was never ported is in no registry, one that nobody listed on no list: that is an answer.
  if (body == nullptr) return found;
  switch (question.kind) {
    case TeliqueKind::Lrn: {
      auto read = read_telique_lrn(*body);
      if (!read) return std::nullopt;
      found.text = "1" + read->lrn;
      found.more = std::move(read->spid);
      return found;
    }
    case TeliqueKind::Dno: {
      const auto read = read_telique_dno(*body);
      if (!read) return std::nullopt;
      found.text = *read ? "1" : "";
      return found;
    }
    case TeliqueKind::Cnam: {
      auto read = read_telique_cnam(*body);
      if (!read) return std::nullopt;
      found.text = std::move(*read);
      return found;
    }
    case TeliqueKind::TollFree: {
      auto read = read_telique_cic(*body);
      if (!read) return std::nullopt;
      found.text = std::move(*read);
      return found;
    }
    case TeliqueKind::Lerg:
      return std::nullopt;
  }
  return std::nullopt;
}

void apply(const domain::LookupRequest& request, domain::Lookups part, std::string_view text,
           std::string_view more, domain::LookupAnswer& answer) {
  if (part == domain::kLookupAniLrn) {
    answer.ani_lrn = text.empty() ? request.ani : std::string(text);
    answer.ani_spid = more;
  } else if (part == domain::kLookupDniLrn) {
    answer.dni_lrn = text.empty() ? request.dni : std::string(text);
    answer.dni_spid = more;
  } else if (part == domain::kLookupCnam) {
    answer.cnam = text;
  } else if (part == domain::kLookupDno) {
    answer.do_not_originate = !text.empty();
  } else {
    answer.cic = text;
  }
}

std::string_view part_name(domain::Lookups part) {
  if (part == domain::kLookupAniLrn || part == domain::kLookupDniLrn) return "LRN";
  if (part == domain::kLookupCnam) return "CNAM";
  if (part == domain::kLookupDno) return "DNO";
  return "toll-free";
}

}  // namespace warp::integrations
