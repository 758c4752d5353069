// What a server says to people when it refuses an opening. Knows no HTML but its tags.
#pragma once

#include <adieu/opening_response.hpp>

#include <string>

namespace adieu::tool {

/// The first line of the body that says something, without the tags of an HTML page, escaped and no
/// longer than a line should be; "" if there is none.
std::string first_words(const opening_response& response);

}  // namespace adieu::tool
