// What a close event says, once it is certain that the connection has ended. Rules:
// docs/closing.md.
#include "protocol/ending_record.hpp"

namespace adieu::inline v1::protocol {

void ending_record::conclude(time opened_at, time now) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;

  begin(now);
  how.was_clean = how.sent && how.received && !violated;
  if (how.was_clean) because(cause::completed, phase::ending);
  if (how.received)
    how.code = how.received->code.value_or(static_cast<std::uint16_t>(close_code::no_status));
  else if (how.cause == cause::tls_failed)
    how.code = static_cast<std::uint16_t>(close_code::tls_failed);
  else
    how.code = static_cast<std::uint16_t>(close_code::abnormal);
  if (how.received) how.reason = how.received->reason;

  if (opened_at != time{}) {
    how.time_open    = duration_cast<microseconds>(began - opened_at);
    how.time_closing = duration_cast<microseconds>(now - began);
  }
}

}  // namespace adieu::inline v1::protocol
