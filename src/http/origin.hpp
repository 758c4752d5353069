// From which pages a browser may connect: the Origin of a request, held against a list. [RFC 6454
// 7; RFC 6455 10.2] It does not know any application.
#pragma once

#include "http/head.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::http {

// Of a page: "https://example.com:8443".
struct origin {
  std::string scheme;      // in lower case
  std::string host;        // as an authority has it; "" of a page from a file
  std::uint16_t port = 0;  // that of the scheme if none is written; 0: it has none that is known

  friend bool operator==(const origin&, const origin&) = default;
};

struct origin_result {
  bool is_one = false;
  origin value;
  std::string why;  // if it is none: what is wrong, and what to write
};

// As a browser sends it: no path, no user name. Case and a default port make no difference. "null"
// is no origin of this kind.
origin_result read_origin(std::string_view text);

// As a browser writes it.
std::string to_string(const origin& page);

class allowed_origins {
 public:
  // An origin; "https://*.example.com", every name below that one; "same host", the host and port
  // that the request asks for; "null", pages that have no origin of their own; "*", all. Returns
  // what is wrong with the entry, and what to write instead, or nothing.
  std::string add(std::string_view entry);

  // Nothing if whoever sends this may connect; else why not, and what to add to the list. Without
  // an Origin it is no browser's page, and may.
  std::string complain_of(const fields& request) const;

 private:
  struct family {
    origin page;
    bool is_below = false;  // all names below the host, not the host itself
  };

  bool allows(const origin& page, const fields& request) const;

  bool all_       = false;
  bool same_host_ = false;
  bool opaque_    = false;
  std::vector<family> listed_;
};

}  // namespace adieu::inline v1::http
