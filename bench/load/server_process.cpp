// See server_process.hpp.
#include "server_process.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "fail.hpp"

namespace load {
namespace {

template <typename Function>
void for_each_thread(pid_t pid, Function function) {
  std::error_code error;
  const std::string threads = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(threads, error)) {
    function(thread.path());
  }
  if (error) fail("the server is gone");
}

// Also true of a thread that waits for its core because something else runs there.
bool is_runnable(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end, 3, ") R") == 0;
}

}  // namespace

void server_process::settle() const {
  using namespace std::chrono_literals;
  const auto deadline  = std::chrono::steady_clock::now() + 2s;
  std::uint64_t before = cpu_time();
  for (int quiet = 0; quiet < 3 && std::chrono::steady_clock::now() < deadline;) {
    std::this_thread::sleep_for(3ms);
    const std::uint64_t now = cpu_time();
    bool runnable           = false;
    for_each_thread(pid_, [&](const auto& thread) { runnable = runnable || is_runnable(thread); });
    quiet  = now == before && !runnable ? quiet + 1 : 0;
    before = now;
  }
}

std::uint64_t server_process::cpu_time() const {
  std::uint64_t sum = 0;
  for_each_thread(pid_, [&](const auto& thread) {
    std::uint64_t nanoseconds = 0;
    std::ifstream(thread / "schedstat") >> nanoseconds;
    sum += nanoseconds;
  });
  return sum;
}

std::uint64_t server_process::private_dirty() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/smaps_rollup");
  for (std::string word; file >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "Private_Dirty:" && file >> kibibytes) return kibibytes * 1024;
  }
  fail("the server's memory cannot be read");
}

}  // namespace load
