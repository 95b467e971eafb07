// What every benchmark takes on its command line.
#pragma once

namespace narwhal::bench {

struct Options {
  bool smoke = false;    // tiny: does it run to its end at all?
  bool quick = false;    // fewer cases and shorter windows: figures for the eye
  int rounds = 3;        // each figure is the median of so many
  double seconds = 1.0;  // length of a measuring window

  // --smoke, --quick, --rounds N, --seconds S. Anything else ends the process with a usage line.
  static Options parse(int argc, char** argv);
};

}  // namespace narwhal::bench
