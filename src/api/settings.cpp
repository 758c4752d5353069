// The settings that this library is compiled with, one symbol for each.
#include <adieu/settings.hpp>

namespace adieu::inline v1 {

template <typename Setting>
void program_and_library_differ_in<Setting>::here() noexcept {}

using namespace settings;
template struct program_and_library_differ_in<boost_version<BOOST_VERSION>>;
template struct program_and_library_differ_in<
    adieu_version<ADIEU_VERSION_MAJOR, ADIEU_VERSION_MINOR>>;
template struct program_and_library_differ_in<our_rtti>;
template struct program_and_library_differ_in<our_exceptions>;
template struct program_and_library_differ_in<our_strings>;
template struct program_and_library_differ_in<our_containers>;
template struct program_and_library_differ_in<our_threads>;
template struct program_and_library_differ_in<our_handler_tracking>;
template struct program_and_library_differ_in<our_ts_executors>;
template struct program_and_library_differ_in<our_epoll>;
template struct program_and_library_differ_in<our_eventfd>;
template struct program_and_library_differ_in<our_io_uring>;
template struct program_and_library_differ_in<our_recycling>;
template struct program_and_library_differ_in<asio_parts<our_parts>>;

}  // namespace adieu::inline v1
