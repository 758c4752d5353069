// Feeds a reader in pieces and says what came of it. Only for the tests of heads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "http/head_reader.hpp"

namespace adieu::inline v1::http {

template <class Reader>
head_status feed(Reader& reader, std::string_view bytes, std::size_t& used) {
  return reader.feed(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), used);
}

template <class Reader>
head_status feed(Reader& reader, std::string_view bytes) {
  std::size_t used = 0;
  return feed(reader, bytes, used);
}

template <class Reader>
struct reading {
  Reader reader;
  head_status status = head_status::incomplete;
  std::size_t used   = 0;
};

// Gives the reader the pieces one after the other, as long as it wants more.
template <class Reader>
reading<Reader> read_in_pieces(Reader reader, std::string_view bytes, std::size_t piece) {
  reading<Reader> r{std::move(reader)};
  while (r.status == head_status::incomplete && !bytes.empty()) {
    std::size_t used = 0;
    r.status         = feed(r.reader, bytes.substr(0, piece), used);
    r.used += used;
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return r;
}

template <class Reader>
reading<Reader> read_in_pieces(std::string_view bytes, std::size_t piece) {
  return read_in_pieces(Reader(), bytes, piece);
}

template <class Reader>
reading<Reader> read_cut_at(std::string_view bytes, std::size_t cut) {
  reading<Reader> r;
  r.status = feed(r.reader, bytes.substr(0, cut), r.used);
  if (r.status != head_status::incomplete) return r;
  std::size_t used = 0;
  r.status         = feed(r.reader, bytes.substr(cut), used);
  r.used += used;
  return r;
}

}  // namespace adieu::inline v1::http
