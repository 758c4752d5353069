// The rules of RFC 8305, sections 3 to 5, as far as they are about time and order.
#include "net/attempt_order.hpp"

#include <algorithm>
#include <utility>

namespace adieu::inline v1::net {

void attempt_order::found(family of, std::vector<socket_address> found, time now) noexcept {
  if (found.size() > most_addresses) found.erase(found.begin() + most_addresses, found.end());
  of_[of].all   = std::move(found);
  of_[of].known = true;
  if (has_begun()) return;
  not_before_ = of == ipv4 && !of_[ipv6].known ? now + resolution_delay : time::min();
}

std::optional<attempt_order::attempt> attempt_order::next(time now) noexcept {
  if (now < due()) return {};
  if (!of_[next_family_].are_left()) next_family_ = next_family_ == ipv6 ? ipv4 : ipv6;
  addresses& from = of_[next_family_];
  next_family_    = next_family_ == ipv6 ? ipv4 : ipv6;
  not_before_     = now + attempt_delay;
  ++under_way_;
  return attempt{++last_, from.all[from.tried++]};
}

// Only the newest is what the next one waits for.
void attempt_order::failed(unsigned number) noexcept {
  --under_way_;
  if (number == last_) not_before_ = time::min();
}

attempt_order::time attempt_order::due() const noexcept {
  return of_[ipv6].are_left() || of_[ipv4].are_left() ? not_before_ : protocol::never;
}

bool attempt_order::is_over() const noexcept {
  return under_way_ == 0 && std::all_of(of_.begin(), of_.end(), [](const addresses& a) {
           return a.known && !a.are_left();
         });
}

}  // namespace adieu::inline v1::net
