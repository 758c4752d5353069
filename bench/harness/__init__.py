"""The parts of tools/bench, one idea a file."""
