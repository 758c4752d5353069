// The paths of `adieu serve`: a table from what is asked to what is to be done. Decides, and does
// nothing; knows no connection.
#pragma once

#include "misbehave.hpp"
#include "serve_conduct.hpp"
#include "serve_request.hpp"

#include <adieu/opening.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace adieu::tool {

/// A well-behaved connection, a misbehaving one, or none.
using plan = std::variant<std::unique_ptr<conduct>, manners, refused_with>;

struct served_path {
  std::string_view path;        ///< "/close/CODE"
  std::string_view parameters;  ///< "?reason=TEXT&…"
  std::string_view does;        ///< for --help
  /// `code`: what stands in the place of CODE.
  plan (*decide)(const served_request& asked, std::string_view code);
};

std::span<const served_path> served_paths();

/// 404 if there is no such path, 400 if it cannot be understood.
plan decide(std::string_view target);

/// The table for --help.
std::string paths_text();

}  // namespace adieu::tool
