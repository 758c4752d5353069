// What a connection knows only now and then: the record of its ending, from the first sign of it on
// (what will be told in the close event, and when what began), what was rejected, and the watch on
// a peer that owes an answer. An idle connection has none.
#pragma once

#include <adieu/ending.hpp>

#include "protocol/closing.hpp"
#include "protocol/peer_watch.hpp"
#include "protocol/time.hpp"

#include <cstdint>

namespace adieu::inline v1::protocol {

struct ending_record {
  ending how;

  bool cause_known = false;  // how.cause says something; the first cause stays
  bool violated    = false;  // a rule was broken: not clean, whatever comes
  bool said_all    = false;  // the last byte of ours had left when the stream was to end

  close_frame ours;              // our Close as it is queued
  std::uint8_t ours_size  = 0;   // its frame's bytes; 0: none is queued
  std::uint64_t discarded = 0;   // bytes read and thrown away
  time began              = {};  // the first Close, or the end if there was none
  bool began_known        = false;
  time stage_began        = {};
  time until              = never;  // a shutdown's limit
  peer_watch watch;

  void begin(time now) noexcept {
    if (began_known) return;
    began       = now;
    began_known = true;
  }
  /// Whether this is the first cause: the phase and the note are the first one's too.
  bool because(cause why, phase in) noexcept {
    if (cause_known) return false;
    how.cause   = why;
    how.phase   = in;
    cause_known = true;
    return true;
  }
  void begun_by(initiator who) noexcept {
    if (how.initiator == initiator::none) how.initiator = who;
  }

  /// Whether nothing stands here that has to be kept.
  bool is_blank() const noexcept {
    return !cause_known && !violated && ours_size == 0 && !began_known && until == never &&
           !watch.on() && how.note.empty() && how.http_status == 0 && how.rejected_messages == 0 &&
           how.late_messages == 0;
  }

  /// Fills in what is known only now: it has ended.
  void conclude(time opened_at, time now);
};

}  // namespace adieu::inline v1::protocol
