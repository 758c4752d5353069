// From the options of a client that comes back to its rules; those that cannot be are refused
// before anything begins.
#include "api/group.hpp"
#include "api/reconnecting.hpp"
#include "http/url.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/connection.hpp"

namespace adieu::inline v1::api {
namespace {

[[noreturn]] void refuse(error why, const std::string& what) {
  throw system_error(make_error_code(why), "adieu::reconnecting_websocket: " + what);
}

}  // namespace

void check_client(const std::vector<std::string>& urls, const reconnecting_options& options,
                  const protocol::reconnect_rules& rules) {
  for (const std::string& url : urls)
    if (const auto parsed = http::parse_url(url); !parsed.value) refuse(error::bad_url, parsed.why);
  const bool abandons = options.abandon_code == 0 || options.abandon_code == 1000 ||
                        !may_send(options.abandon_code, role::client);
  if (options.abandon_code != 0 && abandons)
    refuse(error::bad_option, "abandon_code must be from 3000 to 4999, or 0 (terminate)");
  if (options.answer_within.count() <= 0 || options.answer_within > longest_deadline)
    refuse(error::bad_option, "answer_within must be above 0, and a year at most");
  for (const std::string& wrong :
       {protocol::wrong_with(rules), protocol::wrong_with(options.websocket),
        wrong_with(options.websocket.connection)})
    if (!wrong.empty()) refuse(error::bad_option, wrong);
}

protocol::reconnect_rules rules_of(const reconnecting_options& options,
                                   const reconnecting_handlers& handlers) {
  return {.backoff            = options.backoff,
          .policy             = options.policy,
          .stable_after       = options.stable_after,
          .max_attempts       = options.max_attempts,
          .max_elapsed        = options.max_elapsed,
          .endpoints          = options.endpoints.size() + 1,
          .brings_credentials = static_cast<bool>(handlers.on_attempt),
          .known_good         = options.known_good};
}

std::vector<std::string> urls_of(std::string_view first, const reconnecting_options& options) {
  std::vector<std::string> all{std::string(first)};
  all.insert(all.end(), options.endpoints.begin(), options.endpoints.end());
  return all;
}

}  // namespace adieu::inline v1::api
