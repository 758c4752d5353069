// A length, chunks, or whatever comes.
#include "http/body_reader.hpp"

#include <algorithm>
#include <charconv>

#include "http/characters.hpp"
#include "http/tokens.hpp"

namespace adieu::inline v1::http {
namespace {

bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

// -1: no hexadecimal digit.
int value_of(char digit) {
  if (is_digit(digit)) return digit - '0';
  const char c = to_lower(digit);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_chunked(const fields& headers) {
  const auto codings = token_list(headers.list("Transfer-Encoding"));
  return codings && !codings->empty() && equal_ignoring_case(codings->back(), "chunked");
}

}  // namespace

body_reader::body_reader(const response_head& head, std::size_t most) : most_(most) {
  const fields& headers = head.headers;
  if (has_no_body(head.status)) {
    phase_ = phase::over;
  } else if (headers.count("Transfer-Encoding") != 0) {  // goes before a length
    if (is_chunked(headers)) phase_ = phase::chunk_size;
  } else if (const std::string* length = headers.find("Content-Length")) {
    const auto [end, bad] = std::from_chars(length->data(), length->data() + length->size(), left_);
    if (bad == std::errc()) phase_ = left_ == 0 ? phase::over : phase::counted;
  }
}

void body_reader::feed(std::string_view bytes) {
  while (!bytes.empty() && !has_enough()) {
    const bool is_content =
        phase_ == phase::all || phase_ == phase::counted || phase_ == phase::chunk;
    bytes.remove_prefix(is_content ? take(bytes) : step(bytes.front()));
  }
}

std::size_t body_reader::take(std::string_view bytes) {
  std::uint64_t n = std::min<std::uint64_t>(bytes.size(), most_ - body_.size());
  if (phase_ != phase::all) n = std::min(n, left_);
  const auto taken = static_cast<std::size_t>(n);
  body_.append(bytes.substr(0, taken));
  if (phase_ == phase::all) return taken;
  left_ -= n;
  if (left_ == 0) phase_ = phase_ == phase::chunk ? phase::chunk_end : phase::over;
  return taken;
}

// A byte around a chunk. Trailers are not read.
std::size_t body_reader::step(char c) {
  if (phase_ == phase::chunk_end) {
    if (c == '\n')
      phase_ = phase::chunk_size;
    else if (c != '\r')
      phase_ = phase::over;
    return 1;
  }
  if (c == '\n') {
    phase_     = has_digit_ && left_ != 0 ? phase::chunk : phase::over;
    has_digit_ = false;
    return 1;
  }
  if (phase_ == phase::extension) return 1;
  const int digit = value_of(c);
  if (digit < 0) {
    phase_ = has_digit_ ? phase::extension : phase::over;
  } else {
    left_ = has_digit_ ? left_ << 4 | static_cast<unsigned>(digit) : static_cast<unsigned>(digit);
    has_digit_ = true;
    if (left_ >> 59 != 0) phase_ = phase::over;
  }
  return 1;
}

}  // namespace adieu::inline v1::http
