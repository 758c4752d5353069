// What may be wrong with a head that cannot be read, and the sentences for it: each says what to
// do. It does not know how a head is read.
#pragma once

#include <cstdint>
#include <string_view>

namespace adieu::inline v1::http {

enum class head_fault : std::uint8_t {
  none,
  // Something else stands where the first line should.
  not_http,
  tls,
  http2,
  ssh,
  proxy_protocol,
  response,  // where a request should be
  empty_lines,
  // The first line.
  request_line,
  target,
  no_version,
  version,
  status_line,
  // Any line.
  bare_cr,
  bare_lf,
  blank_line_start,  // before the first field
  folded,
  no_colon,
  blank_in_name,
  name,
  value,
  // What fields say.
  no_host,
  many_hosts,
  bad_host,
  content_length,
  transfer_encoding,
  connection,
};

// For the sender of a request, and for the log of the server that got it.
std::string_view request_fault_text(head_fault fault);

// For the client that got the response.
std::string_view response_fault_text(head_fault fault);

}  // namespace adieu::inline v1::http
