// Options that cannot be, said in words, before anything begins.
#include "api/group.hpp"

#include "protocol/deflate_agreement.hpp"

namespace adieu::inline v1::api {

std::string wrong_with(const connection_options& options) {
  const deadlines& d = options.deadlines;
  for (const auto positive :
       {d.opening, d.flushing, d.last_words, d.awaiting_close, d.ending, d.closing})
    if (positive.count() <= 0) return "a deadline must be above 0";
  for (const auto each : {d.opening, d.flushing, d.last_words, d.awaiting_close, d.ending,
                          d.closing, d.ping_after, d.pong_within})
    if (each > longest_deadline) return "a deadline must not be above a year";
  if ((d.ping_after.count() < 0 && d.ping_after != deadlines::by_role) || d.pong_within.count() < 0)
    return "a deadline of the keepalive must not be negative (0 turns it off)";
  if (options.max_head < 512 || options.max_head > 1 << 20)
    return "max_head must be from 512 to 1048576 bytes";
  if (options.max_head_fields < 8 || options.max_head_fields > 65535)
    return "max_head_fields must be from 8 to 65535";
  if (options.max_buffered != 0 && options.low_water > options.max_buffered)
    return "low_water must not be above max_buffered";
  if (options.max_control_frames_per_second >= 1 << 24)
    return "max_control_frames_per_second must be below 16777216 (0: no limit)";
  return protocol::wrong_with_deflate(options.deflate);
}

}  // namespace adieu::inline v1::api
