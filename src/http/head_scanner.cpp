// The grammar of a head as a small machine over bytes. It keeps none of them.
#include "http/head_scanner.hpp"

#include "http/characters.hpp"

namespace adieu::inline v1::http {

head_scanner::head_scanner(kind k)
    : kind_(k), phase_(k == kind::request ? phase::method : phase::version) {}

std::size_t head_scanner::scan(std::string_view bytes) {
  std::size_t looked_at = 0;
  while (status_ == head_status::incomplete && looked_at < bytes.size()) {
    status_ = step(bytes[looked_at++]);
    ++size_;
    // A head that fills the room and has not ended cannot end within it: say so now, the peer may
    // send no more.
    if (size_ == head_limit && status_ == head_status::incomplete) {
      status_ = head_status::too_large;
    }
  }
  return looked_at;
}

head_status head_scanner::step(char c) {
  switch (phase_) {
    case phase::method:
    case phase::target: return step_in_request_line(c);
    case phase::version: return step_in_version(c);
    case phase::version_end:
      // A request line ends here, a status line goes on.
      if (kind_ == kind::request) return c == '\r' ? go(phase::line_feed) : head_status::malformed;
      return c == ' ' ? go(phase::status) : head_status::malformed;
    case phase::status:
    case phase::reason: return step_in_status_line(c);
    case phase::line_feed: return c == '\n' ? go(phase::line_start) : head_status::malformed;
    case phase::line_start: return c == '\r' ? go(phase::last_line_feed) : begin_field(c);
    case phase::name:
    case phase::value: return step_in_field(c);
    case phase::last_line_feed: return c == '\n' ? head_status::complete : head_status::malformed;
  }
  return head_status::malformed;
}

// method SP request-target SP [RFC 9112 3]
head_status head_scanner::step_in_request_line(char c) {
  if (c == ' ' && position_ > 0) {
    return go(phase_ == phase::method ? phase::target : phase::version);
  }
  const bool allowed = phase_ == phase::method ? is_token_char(c) : is_target_char(c);
  return allowed ? stay() : head_status::malformed;
}

// "HTTP/1.0" or "HTTP/1.1" [RFC 9112 2.3]: what speaks another major version is not for us.
head_status head_scanner::step_in_version(char c) {
  constexpr std::string_view prefix = "HTTP/1.";
  if (position_ < prefix.size()) return c == prefix[position_] ? stay() : head_status::malformed;
  return c == '0' || c == '1' ? go(phase::version_end) : head_status::malformed;
}

// 3DIGIT SP [ reason-phrase ] CRLF [RFC 9112 4]; the blank is there even if no reason follows.
head_status head_scanner::step_in_status_line(char c) {
  if (phase_ == phase::reason) {
    if (c == '\r') return go(phase::line_feed);
    return is_value_char(c) ? stay() : head_status::malformed;
  }
  if (position_ == 3) return c == ' ' ? go(phase::reason) : head_status::malformed;
  // There are no classes but 1 to 5 [RFC 9110 15].
  const bool allowed = position_ == 0 ? c >= '1' && c <= '5' : is_digit(c);
  return allowed ? stay() : head_status::malformed;
}

// A blank here would continue the line before, obs-fold, which a server has to refuse [RFC
// 9112 5.2]; on the first line it is a known way to smuggle a request [RFC 9112 2.2].
head_status head_scanner::begin_field(char c) {
  if (!is_token_char(c)) return head_status::malformed;
  if (fields_ == field_limit) return head_status::too_many_fields;
  ++fields_;
  return go(phase::name);
}

// field-name ":" field-value CRLF, with no blank before the colon [RFC 9112 5.1]
head_status head_scanner::step_in_field(char c) {
  if (phase_ == phase::name) {
    if (c == ':') return go(phase::value);
    return is_token_char(c) ? stay() : head_status::malformed;
  }
  if (c == '\r') return go(phase::line_feed);
  return is_value_char(c) ? stay() : head_status::malformed;
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

}  // namespace adieu::inline v1::http
