// Each form is a picture that the text is laid beside: a letter of the picture takes a part of it.
#include "http/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace adieu::inline v1::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

struct parts {
  int year = 0, day = 0, hour = 0, minute = 0, second = 0;
  unsigned month  = 0;
  bool short_year = false;
};

class reader {
 public:
  explicit reader(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }

  bool literal(std::string_view wanted) noexcept {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  /// Its place in the list, from 1; 0 if it is none of them.
  template <std::size_t N>
  unsigned one_of(const std::array<std::string_view, N>& names) noexcept {
    for (std::size_t i = 0; i < N; ++i)
      if (literal(names[i])) return static_cast<unsigned>(i) + 1;
    return 0;
  }

  /// Exactly that many digits; the first may be a blank if `padded`.
  bool number(std::size_t digits, int& to, bool padded = false) noexcept {
    if (rest_.size() < digits) return false;
    std::string_view part = rest_.substr(0, digits);
    rest_.remove_prefix(digits);
    if (padded && part.front() == ' ') part.remove_prefix(1);
    const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), to);
    return bad == std::errc() && end == part.data() + part.size() && part.front() != '-';
  }

 private:
  std::string_view rest_;
};

bool clock_of(reader& r, parts& to) noexcept {
  return r.number(2, to.hour) && r.literal(":") && r.number(2, to.minute) && r.literal(":") &&
         r.number(2, to.second);
}

// Sun, 06 Nov 1994 08:49:37 GMT
bool fixdate(reader r, parts& to) noexcept {
  return r.one_of(days) != 0 && r.literal(", ") && r.number(2, to.day) && r.literal(" ") &&
         (to.month = r.one_of(months)) != 0 && r.literal(" ") && r.number(4, to.year) &&
         r.literal(" ") && clock_of(r, to) && r.literal(" GMT") && r.at_end();
}

// Sunday, 06-Nov-94 08:49:37 GMT
bool rfc850(reader r, parts& to) noexcept {
  to.short_year = true;
  return r.one_of(long_days) != 0 && r.literal(", ") && r.number(2, to.day) && r.literal("-") &&
         (to.month = r.one_of(months)) != 0 && r.literal("-") && r.number(2, to.year) &&
         r.literal(" ") && clock_of(r, to) && r.literal(" GMT") && r.at_end();
}

// Sun Nov  6 08:49:37 1994
bool asctime(reader r, parts& to) noexcept {
  return r.one_of(days) != 0 && r.literal(" ") && (to.month = r.one_of(months)) != 0 &&
         r.literal(" ") && r.number(2, to.day, true) && r.literal(" ") && clock_of(r, to) &&
         r.literal(" ") && r.number(4, to.year) && r.at_end();
}

std::optional<sys_seconds> moment(const parts& from) noexcept {
  const year_month_day date{year(from.year), month(from.month),
                            day(static_cast<unsigned>(from.day))};
  // A minute may have a leap second.
  if (!date.ok() || from.hour > 23 || from.minute > 59 || from.second > 60) return {};
  return sys_days(date) + hours(from.hour) + minutes(from.minute) + seconds(from.second);
}

// The same date in the century that fits.
std::optional<sys_seconds> nearest(parts from, sys_seconds now) noexcept {
  const year_month_day today{floor<std::chrono::days>(now)};
  from.year += static_cast<int>(today.year()) / 100 * 100 + 100;
  for (int n = 0; n < 3; ++n, from.year -= 100)
    if (const auto at = moment(from); at && *at <= now + years(50)) return at;
  return {};
}

std::string in_digits(unsigned number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.insert(0, digits - std::min(digits, text.size()), '0');
}

}  // namespace

std::optional<sys_seconds> parse_date(std::string_view text, sys_seconds now) noexcept {
  for (const auto form : {fixdate, rfc850, asctime}) {
    parts found;
    if (form(reader(text), found)) return found.short_year ? nearest(found, now) : moment(found);
  }
  return {};
}

std::string write_date(sys_seconds moment) {
  const auto midnight = floor<std::chrono::days>(moment);
  const year_month_day date(midnight);
  const hh_mm_ss clock(moment - midnight);
  const auto two = [](auto count) { return in_digits(static_cast<unsigned>(count), 2); };
  std::string text(days[weekday(midnight).c_encoding()]);
  text.append(", ").append(two(static_cast<unsigned>(date.day()))).append(" ");
  text.append(months[static_cast<unsigned>(date.month()) - 1]).append(" ");
  text.append(in_digits(static_cast<unsigned>(static_cast<int>(date.year())), 4)).append(" ");
  text.append(two(clock.hours().count())).append(":").append(two(clock.minutes().count()));
  return text.append(":").append(two(clock.seconds().count())).append(" GMT");
}

}  // namespace adieu::inline v1::http
