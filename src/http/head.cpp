// Looking fields up by name. It does not know what any field means.
#include "http/head.hpp"

#include <algorithm>
#include <utility>

#include "http/characters.hpp"

namespace adieu::inline v1::http {

void fields::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

void fields::set(std::string_view name, std::string value) {
  const auto at = std::find_if(fields_.begin(), fields_.end(), [name](const field& f) {
    return equal_ignoring_case(f.name, name);
  });
  if (at == fields_.end()) return add(std::string(name), std::move(value));
  at->value = std::move(value);
}

const std::string* fields::find(std::string_view name) const {
  for (const field& f : fields_) {
    if (equal_ignoring_case(f.name, name)) return &f.value;
  }
  return nullptr;
}

std::size_t fields::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [name](const field& f) { return equal_ignoring_case(f.name, name); }));
}

std::string fields::list(std::string_view name) const {
  std::string joined;
  bool first = true;
  for (const field& f : fields_) {
    if (!equal_ignoring_case(f.name, name)) continue;
    if (!first) joined += ", ";
    joined += f.value;
    first = false;
  }
  return joined;
}

}  // namespace adieu::inline v1::http
