// The commands of the tool: each function registers one, with its options, its --help and what
// runs it. Knows what a command is, not what any of them does.
#pragma once

namespace CLI {
class App;
}

namespace adieu::tool {

// `exit_code` is set when the command has run; it must live as long as the App. A wrong argument
// that only the command can see throws CLI::ValidationError, which main() makes exit code 2.
void add_demo(CLI::App& tool, int& exit_code);
void add_connect(CLI::App& tool, int& exit_code);
void add_serve(CLI::App& tool, int& exit_code);
void add_explain(CLI::App& tool, int& exit_code);

}  // namespace adieu::tool
