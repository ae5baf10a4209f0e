// Letters of authorisation: what must be said in one, and the document.
#pragma once

#include <string>
#include <vector>

namespace warp::porting {

struct Loa {
  bool attestation = false;
  std::string company, address, contact;     // of who authorises
  std::string carrier, account_number, btn;  // of who loses the numbers
  std::string signer, title;
};

// Names of the fields that are missing or cannot be, such as "authorizing_party.company"; empty: none.
std::vector<std::string> missing_fields(const Loa& loa);

struct LoaFacts {
  std::string reference;             // of the request
  std::string spid;                  // of who loses them
  std::string gaining;               // who gets them
  std::string date;                  // "2027-01-31"
  std::vector<std::string> numbers;  // E.164 digits
};
// A whole HTML page: no scripts, nothing from outside, every text escaped.
std::string loa_html(const Loa& loa, const LoaFacts& facts);

}  // namespace warp::porting
