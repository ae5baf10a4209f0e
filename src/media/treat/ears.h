// TreatmentEars: what a listener hears, told to the treatment, for the length of a call.
#pragma once

#include "treat/treatment.h"

namespace warp::media {

class TreatmentEars final : public Ear {
 public:
  TreatmentEars(Treatment& treatment, Half& from) : treatment_(treatment), from_(from) {}

  void digit_begins(char digit) override { treatment_.give_digit(from_, digit, true, {}); }
  void digit_ended(char digit, std::chrono::milliseconds length) override {
    treatment_.give_digit(from_, digit, false, length);
  }
  void fax_tone() override {
    if (!std::exchange(from_.fax_told, true)) from_.tell(domain::MediaEventKind::FaxTone);
  }

 private:
  Treatment& treatment_;
  Half& from_;
};

}  // namespace warp::media
