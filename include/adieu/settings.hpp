// What a program and the library have to be compiled alike with, because Asio's and the standard
// library's types, which both use, are others otherwise. Every file that includes this asks the
// linker for one symbol for each setting, which only a library compiled with the same has: else
// there is "undefined reference to adieu::v1::program_and_library_differ_in<…>", with the program's
// setting in its name. Knows no type of adieu's.
#pragma once

#include <adieu/config.hpp>

#include <boost/asio/detail/config.hpp>
#include <boost/version.hpp>

#include <cstddef>

namespace adieu::inline v1 {

namespace settings {

template <int Version>  // BOOST_VERSION: 108100 is 1.81.0
struct ADIEU_API boost_version;
template <int Major, int Minor>
struct ADIEU_API adieu_version;
template <bool On>  // -fno-rtti
struct ADIEU_API rtti;
template <bool On>  // -fno-exceptions
struct ADIEU_API exceptions;
template <bool On>  // _GLIBCXX_USE_CXX11_ABI
struct ADIEU_API cxx11_strings;
template <bool On>  // _GLIBCXX_DEBUG
struct ADIEU_API checked_containers;
template <bool On>  // BOOST_ASIO_DISABLE_THREADS
struct ADIEU_API asio_threads;
template <bool On>  // BOOST_ASIO_ENABLE_HANDLER_TRACKING
struct ADIEU_API asio_handler_tracking;
template <bool On>  // BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT
struct ADIEU_API asio_ts_executors;
template <bool On>  // BOOST_ASIO_DISABLE_EPOLL
struct ADIEU_API asio_epoll;
template <bool On>  // BOOST_ASIO_DISABLE_EVENTFD
struct ADIEU_API asio_eventfd;
template <int How>  // BOOST_ASIO_HAS_IO_URING: 1, BOOST_ASIO_HAS_IO_URING_AS_DEFAULT: 2
struct ADIEU_API asio_io_uring;
template <int CacheSize>  // BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE, 0 if it is disabled
struct ADIEU_API asio_recycling;
// BOOST_ASIO_DISABLE_STD_SHARED_PTR: bit 0, _STD_ATOMIC: 1, _STD_EXCEPTION_PTR: 2, _MOVE: 3,
// _THREAD_KEYWORD_EXTENSION: 4, _BOOST_ALIGN: 5, _STD_ALIGNED_ALLOC: 6, _STD_SYSTEM_ERROR: 7
template <unsigned Bits>
struct ADIEU_API asio_parts;

#if defined(BOOST_ASIO_NO_TYPEID)
using our_rtti = rtti<false>;
#else
using our_rtti             = rtti<true>;
#endif
#if defined(BOOST_ASIO_NO_EXCEPTIONS)
using our_exceptions = exceptions<false>;
#else
using our_exceptions       = exceptions<true>;
#endif
#if defined(_GLIBCXX_USE_CXX11_ABI)
using our_strings = cxx11_strings<_GLIBCXX_USE_CXX11_ABI != 0>;
#else
using our_strings          = cxx11_strings<true>;
#endif
#if defined(_GLIBCXX_DEBUG)
using our_containers = checked_containers<true>;
#else
using our_containers       = checked_containers<false>;
#endif
#if defined(BOOST_ASIO_HAS_THREADS)
using our_threads = asio_threads<true>;
#else
using our_threads          = asio_threads<false>;
#endif
#if defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING)
using our_handler_tracking = asio_handler_tracking<true>;
#else
using our_handler_tracking = asio_handler_tracking<false>;
#endif
#if defined(BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
using our_ts_executors = asio_ts_executors<true>;
#else
using our_ts_executors     = asio_ts_executors<false>;
#endif
#if defined(BOOST_ASIO_HAS_EPOLL)
using our_epoll = asio_epoll<true>;
#else
using our_epoll            = asio_epoll<false>;
#endif
#if defined(BOOST_ASIO_HAS_EVENTFD)
using our_eventfd = asio_eventfd<true>;
#else
using our_eventfd          = asio_eventfd<false>;
#endif
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
using our_io_uring = asio_io_uring<2>;
#elif defined(BOOST_ASIO_HAS_IO_URING)
using our_io_uring         = asio_io_uring<1>;
#else
using our_io_uring  = asio_io_uring<0>;
#endif
#if defined(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
using our_recycling = asio_recycling<0>;
#elif defined(BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE)
using our_recycling        = asio_recycling<BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE>;
#else
using our_recycling = asio_recycling<2>;
#endif

inline constexpr unsigned our_parts = 0
#if defined(BOOST_ASIO_DISABLE_STD_SHARED_PTR)
                                      | 1U << 0
#endif
#if defined(BOOST_ASIO_DISABLE_STD_ATOMIC)
                                      | 1U << 1
#endif
#if defined(BOOST_ASIO_DISABLE_STD_EXCEPTION_PTR)
                                      | 1U << 2
#endif
#if defined(BOOST_ASIO_DISABLE_MOVE)
                                      | 1U << 3
#endif
#if defined(BOOST_ASIO_DISABLE_THREAD_KEYWORD_EXTENSION)
                                      | 1U << 4
#endif
#if defined(BOOST_ASIO_DISABLE_BOOST_ALIGN)
                                      | 1U << 5
#endif
#if defined(BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC)
                                      | 1U << 6
#endif
#if defined(BOOST_ASIO_DISABLE_STD_SYSTEM_ERROR)
                                      | 1U << 7
#endif
    ;

}  // namespace settings

/// Only the library has these, each for a setting that it was compiled with.
template <typename Setting>
struct ADIEU_API program_and_library_differ_in {
  static void here() noexcept;
};

namespace settings {

#if defined(__has_cpp_attribute) && __has_cpp_attribute(gnu::retain)
[[gnu::used, gnu::retain]]
#else
[[gnu::used]]
#endif
static void (*const all_asked_for[])() noexcept = {
    // in each file, for a program may mix them
    &program_and_library_differ_in<boost_version<BOOST_VERSION>>::here,
    &program_and_library_differ_in<adieu_version<ADIEU_VERSION_MAJOR, ADIEU_VERSION_MINOR>>::here,
    &program_and_library_differ_in<our_rtti>::here,
    &program_and_library_differ_in<our_exceptions>::here,
    &program_and_library_differ_in<our_strings>::here,
    &program_and_library_differ_in<our_containers>::here,
    &program_and_library_differ_in<our_threads>::here,
    &program_and_library_differ_in<our_handler_tracking>::here,
    &program_and_library_differ_in<our_ts_executors>::here,
    &program_and_library_differ_in<our_epoll>::here,
    &program_and_library_differ_in<our_eventfd>::here,
    &program_and_library_differ_in<our_io_uring>::here,
    &program_and_library_differ_in<our_recycling>::here,
    &program_and_library_differ_in<asio_parts<our_parts>>::here,
};

}  // namespace settings

}  // namespace adieu::inline v1
