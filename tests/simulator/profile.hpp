// The kinds of lives: what may happen in one, and how often. Draws the conditions of a life.
#pragma once

#include "simulator/invariants.hpp"
#include "simulator/trial.hpp"

#include <string_view>

namespace simulator {

enum class profile : std::uint8_t { plain, half_close, hostile, deflate, herd, liveness };
inline constexpr std::string_view profile_names[] = {"plain",   "half-close", "hostile",
                                                     "deflate", "herd",       "liveness"};

/// All that is decided of a life before it begins.
struct plan {
  bool calm = false;
  assumptions given[2];
  saboteur::way sabotage[2] = {saboteur::way::none, saboteur::way::none};
  bool floods               = false;       // whoever violates a rule sends on for long
  protocol::deflate_agreement deflate[2];  // of lives that begin when it is open
  bool encrypts       = false;
  bool half_closes[2] = {false, false};
  bool with_opening   = false;
  conditions to_server, to_client;
  connection_options options[2];
  manners how[2];
  unsigned faults            = 0;      // how many times the weather changes
  bool black_hole_stays      = false;  // what is silent when all else has calmed stays silent
  bool both_close            = false;
  bool reset_destroys_unread = true;
  duration lateness          = {};
  link::tells told           = link::tells::all;
  simulator::trial::plan trial;
  std::uint32_t slow_bytes = 0;   // what a slow reader reads at once
  duration slow_for        = {};  // and is busy with
};

plan draw(profile which, dice& chance);
/// What of a life of two ends other dice decide, so that nothing else is another: what kernels take
/// and tell, and what becomes of exceptions.
void draw_more(plan& p, dice chance);

}  // namespace simulator
