// The grammar of a head as a small machine over bytes. It keeps none of them.
#include "http/head_scanner.hpp"

#include "http/characters.hpp"

namespace adieu::inline v1::http {
namespace {

// What version 2 of the PROXY protocol begins with: two empty lines, so that HTTP chokes on it.
constexpr std::string_view proxy_signature_bytes("\r\n\r\n\0\r\nQUIT\n", 12);

}  // namespace

head_scanner::head_scanner(kind k, head_limits limits)
    : limits_(limits), kind_(k), phase_(k == kind::request ? phase::start : phase::version) {}

std::size_t head_scanner::scan(std::string_view bytes) {
  std::size_t looked_at = 0;
  while (status_ == head_status::incomplete && looked_at < bytes.size()) {
    status_ = step(bytes[looked_at++]);
    ++size_;
    // A head that fills the room and has not ended cannot end within it: say so now, the peer may
    // send no more.
    if (size_ == limits_.bytes && status_ == head_status::incomplete) {
      status_ = head_status::too_large;
    }
  }
  return looked_at;
}

head_status head_scanner::step(char c) {
  switch (phase_) {
    case phase::start:
    case phase::start_line_feed:
    case phase::behind_empty_line:
    case phase::proxy_signature: return step_before_request(c);
    case phase::method: return step_in_method(c);
    case phase::target: return step_in_target(c);
    case phase::version: return step_in_version(c);
    case phase::version_end: return step_at_version_end(c);
    case phase::status:
    case phase::reason: return step_in_status_line(c);
    case phase::line_feed: return c == '\n' ? go(phase::line_start) : wrong(head_fault::bare_cr);
    case phase::line_start: return begin_line(c);
    case phase::name:
    case phase::value: return step_in_field(c);
    case phase::last_line_feed:
      return c == '\n' ? head_status::complete : wrong(head_fault::bare_cr);
  }
  return wrong(head_fault::not_http);
}

// One empty line may come before the request line: some clients send one behind a body [RFC 9112
// 2.2]. Behind it a second one is told from the PROXY protocol.
head_status head_scanner::step_before_request(char c) {
  if (phase_ == phase::start_line_feed) {
    return c == '\n' ? go(phase::behind_empty_line) : wrong(head_fault::bare_cr);
  }
  if (phase_ == phase::proxy_signature) {
    if (c != proxy_signature_bytes[3 + position_]) return wrong(head_fault::empty_lines);
    stay();
    return 3 + position_ == proxy_signature_bytes.size() ? wrong(head_fault::proxy_protocol)
                                                         : head_status::incomplete;
  }
  if (c == '\r') {
    odd_ = true;
    return go(phase_ == phase::start ? phase::start_line_feed : phase::proxy_signature);
  }
  go(phase::method);
  return step_in_method(c);
}

// method SP [RFC 9112 3.1]
head_status head_scanner::step_in_method(char c) {
  constexpr std::string_view head = "HEAD";
  if (c == ' ' && position_ > 0) {
    asks_for_head_ = asks_for_head_ && position_ == head.size();
    return go(phase::target);
  }
  asks_for_head_ = asks_for_head_ && position_ < head.size() && c == head[position_];
  return is_token_char(c) ? stay() : wrong(head_fault::not_http);
}

// request-target SP [RFC 9112 3.2]
head_status head_scanner::step_in_target(char c) {
  if (position_ == 0 && !is_target_char(c)) {
    return wrong(is_value_char(c) && !is_blank(c) ? head_fault::target : head_fault::request_line);
  }
  if (c == ' ') return go(phase::version);
  if (c == '\r' || c == '\n') return wrong(head_fault::no_version);
  return is_target_char(c) ? stay() : wrong(head_fault::target);
}

// "HTTP/1.0" or "HTTP/1.1" [RFC 9112 2.3]: what speaks another major version is not for us.
head_status head_scanner::step_in_version(char c) {
  constexpr std::string_view prefix = "HTTP/1.";
  if (position_ < prefix.size() && c == prefix[position_]) return stay();
  if (position_ == prefix.size() && (c == '0' || c == '1')) return go(phase::version_end);
  constexpr std::size_t digits = 5;  // behind "HTTP/"
  if (position_ >= digits) return wrong(head_fault::version);
  return wrong(kind_ == kind::request ? head_fault::request_line : head_fault::not_http);
}

// A request line ends here, a status line goes on.
head_status head_scanner::step_at_version_end(char c) {
  if (is_digit(c)) return wrong(head_fault::version);
  if (kind_ == kind::response) {
    return c == ' ' ? go(phase::status) : wrong(head_fault::status_line);
  }
  return c == '\r' || c == '\n' ? end_line(c) : wrong(head_fault::request_line);
}

// 3DIGIT SP [ reason-phrase ] [RFC 9112 4]. The blank should be there even if no reason follows;
// where it is not the line is whole all the same.
head_status head_scanner::step_in_status_line(char c) {
  if (phase_ == phase::reason) {
    if (c == '\r' || c == '\n') return end_line(c);
    return is_value_char(c) ? stay() : wrong(head_fault::value);
  }
  if (position_ == 3) {
    if (c == ' ') return go(phase::reason);
    if (c != '\r' && c != '\n') return wrong(head_fault::status_line);
    odd_ = true;
    return end_line(c);
  }
  // There are no classes but 1 to 5 [RFC 9110 15].
  const bool allowed = position_ == 0 ? c >= '1' && c <= '5' : is_digit(c);
  return allowed ? stay() : wrong(head_fault::status_line);
}

// A field, the end of the head, or a blank: that continues the line before, obs-fold [RFC
// 9112 5.2]; on the first line it is a known way to smuggle a request [RFC 9112 2.2].
head_status head_scanner::begin_line(char c) {
  if (c == '\r') return go(phase::last_line_feed);
  if (c == '\n') {
    odd_ = true;
    return kind_ == kind::response ? head_status::complete : wrong(head_fault::bare_lf);
  }
  if (is_blank(c)) {
    if (fields_ == 0) return wrong(head_fault::blank_line_start);
    odd_ = true;
    return kind_ == kind::response ? go(phase::value) : wrong(head_fault::folded);
  }
  if (!is_token_char(c)) return wrong(head_fault::name);
  if (fields_ == limits_.fields) return head_status::too_many_fields;
  ++fields_;
  return go(phase::name);
}

// field-name ":" field-value, with no blank before the colon [RFC 9112 5.1]
head_status head_scanner::step_in_field(char c) {
  if (phase_ == phase::name) {
    if (c == ':') return go(phase::value);
    if (c == '\r' || c == '\n') return wrong(head_fault::no_colon);
    if (is_blank(c)) return wrong(head_fault::blank_in_name);
    return is_token_char(c) ? stay() : wrong(head_fault::name);
  }
  if (c == '\r' || c == '\n') return end_line(c);
  return is_value_char(c) ? stay() : wrong(head_fault::value);
}

// CR LF; a recipient may take LF alone for it [RFC 9112 2.2].
head_status head_scanner::end_line(char c) {
  if (c == '\r') return go(phase::line_feed);
  odd_ = true;
  return kind_ == kind::response ? go(phase::line_start) : wrong(head_fault::bare_lf);
}

head_status head_scanner::stay() {
  ++position_;
  return head_status::incomplete;
}

head_status head_scanner::go(phase next) {
  phase_    = next;
  position_ = 0;
  return head_status::incomplete;
}

head_status head_scanner::wrong(head_fault how) {
  fault_ = how;
  return head_status::malformed;
}

}  // namespace adieu::inline v1::http
