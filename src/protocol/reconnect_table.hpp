// Which action belongs to which end: the default table, and what a policy changes in it. Knows no
// history, no delay.
#pragma once

#include <adieu/reconnect_policy.hpp>

namespace adieu::inline v1::protocol {

struct verdict_on_end {
  action then     = action::back_off;
  const char* why = "";  // in words, as a clause: "the server is restarting"
};

/// `opened`: the attempt had become a connection. `lost_in_tls`: TLS failed because the stream did,
/// not because a certificate was refused.
verdict_on_end look_up(const reconnect_policy& policy, const ending& how, bool opened,
                       bool lost_in_tls) noexcept;

/// "" if the policy's rules can be; else what cannot.
std::string wrong_with(const reconnect_policy& policy);

}  // namespace adieu::inline v1::protocol
