// Lines that nobody reads hold up nobody.
#include "bounded_output.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace {

using adieu::tool::bounded_output;

struct pipe_ends {
  pipe_ends() { EXPECT_EQ(::pipe(ends), 0); }
  ~pipe_ends() { ::close(ends[0]); }
  std::string read_all() {
    ::close(ends[1]);
    std::string all, piece(65536, '\0');
    for (ssize_t n; (n = ::read(ends[0], piece.data(), piece.size())) > 0;)
      all.append(piece, 0, static_cast<std::size_t>(n));
    return all;
  }
  int ends[2];
};

std::string dropped(std::uint64_t lines) { return "dropped " + std::to_string(lines); }

TEST(bounded_output, writes_lines_in_order_and_waits_for_them_at_its_end) {
  pipe_ends to;
  {
    bounded_output out(to.ends[1], dropped);
    for (int i = 0; i < 1000; ++i) out.line(std::to_string(i));
  }
  std::string want;
  for (int i = 0; i < 1000; ++i) want += std::to_string(i) + '\n';
  EXPECT_EQ(to.read_all(), want);
}

TEST(bounded_output, drops_lines_that_nobody_reads_and_tells_how_many) {
  pipe_ends to;
  int told = 0;
  std::string first(100, 'x');
  {
    bounded_output out(to.ends[1], dropped);
    for (; told < 50'000; ++told) out.line(first);  // no line waits for a reader
    std::string all, piece(65536, '\0');
    while (all.find("dropped") == std::string::npos) {
      const ssize_t n = ::read(to.ends[0], piece.data(), piece.size());
      ASSERT_GT(n, 0);
      all.append(piece, 0, static_cast<std::size_t>(n));
    }
    const auto lines = static_cast<int>(all.find("dropped") / (first.size() + 1));
    // Those that wait, and those that the pipe and the thread have.
    EXPECT_LE(lines, 2 * static_cast<int>(bounded_output::most_lines));
    EXPECT_EQ(all.substr(all.find("dropped")),
              dropped(static_cast<std::uint64_t>(told - lines)) + '\n');
    out.line("and on");
  }
  EXPECT_EQ(to.read_all(), "and on\n");
}

TEST(bounded_output, keeps_no_more_bytes_than_it_may) {
  pipe_ends to;
  const std::string large(300'000, 'x');
  {
    bounded_output out(to.ends[1], dropped);
    for (int i = 0; i < 20; ++i) out.line(large);
    out.line(std::string(2 << 20, 'x'));  // larger than all
    std::string piece(65536, '\0'), all;
    while (all.find("dropped") == std::string::npos) {
      const ssize_t n = ::read(to.ends[0], piece.data(), piece.size());
      ASSERT_GT(n, 0);
      all.append(piece, 0, static_cast<std::size_t>(n));
    }
    EXPECT_LE(all.size(), bounded_output::most_bytes + 100);
  }
  ::close(to.ends[1]);
}

TEST(bounded_output, ends_though_nobody_reads) {
  pipe_ends to;
  {
    bounded_output out(to.ends[1], dropped);
    for (int i = 0; i < 5000; ++i) out.line(std::string(100, 'x'));
  }
  // Its thread still writes, until there is no reader.
  std::signal(SIGPIPE, SIG_IGN);
}

TEST(bounded_output, goes_on_when_the_reader_has_gone) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  {
    bounded_output out(ends[1], dropped);
    for (int i = 0; i < 100'000; ++i) out.line("x");
  }
  ::close(ends[1]);
}

}  // namespace
