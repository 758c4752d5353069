// Writes HTTP/1.1 heads, and says which strings may stand in one. A string that could end its line
// early never gets into a head: rather nothing is written. It does not know which fields a
// WebSocket opening needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/head.hpp"

namespace adieu::inline v1::http {

// One or more characters that may stand in a name [RFC 9110 5.6.2].
bool is_token(std::string_view s);

// No controls but the tab, no blank at either end [RFC 9110 5.5]. May be empty.
bool is_field_value(std::string_view s);

// Origin form, as an opening sends it: begins with a slash; no blanks, controls, non-ASCII bytes,
// quotes, angle brackets or fragment [RFC 9112 3.2.1]. What else a URL would have escaped is let
// through.
bool is_request_target(std::string_view s);

// The reason phrase that goes with a status, empty if none is registered [RFC 9110 15 and IANA's
// registry].
const char* status_text(unsigned status);

// "GET target HTTP/1.1" and the fields. Empty if the target, or a field's name or value, may not be
// written.
std::string write_request(std::string_view target, const fields& headers);

// What becomes of the content that a response has.
enum class content : std::uint8_t {
  sent,
  measured,  // to HEAD: only its length is told, as GET would be [RFC 9110 9.3.2, 8.6]
  left_out,  // to HEAD, where GET would be answered otherwise: its length is not told either
};

// The status line with its own reason phrase, the fields, Content-Length and the body. 1xx, 204 and
// 304 have no body and get no Content-Length [RFC 9112 6.3]; 205 is always empty. Empty if the
// status is not from 100 to 599, if a field may not be written or speaks of the body's length
// itself, or if there is a body where none may be.
std::string write_response(unsigned status, const fields& headers, std::string_view body = {},
                           content how = content::sent);

}  // namespace adieu::inline v1::http
