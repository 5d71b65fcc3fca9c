#pragma once

#include "runtime/model/engine.h"
#include "runtime/model/program.h"

#include <map>
#include <string>
#include <vector>

namespace gan {

/// A map of one picture: (channels, height, width), float64.
struct Map {
    int channels = 0;
    int height = 0;
    int width = 0;
    std::vector<double> values;

    double at(int c, int y, int x) const { return values[(static_cast<size_t>(c) * height + y) * width + x]; }
    double& at(int c, int y, int x) { return values[(static_cast<size_t>(c) * height + y) * width + x]; }
};

/// What a program gives for one picture, computed operation by operation as program.h defines them, in
/// float64 and without any cleverness: the oracle between the fixtures and the engines.
struct Interpretation {
    Map picture;
    std::map<std::string, Map> taps;
};

struct InterpreterInput {
    std::vector<float> z;       // (dim_z)
    std::vector<float> base_z;  // (cells, first_chunk), or empty
    Conditioning conditioning;
    double psi = untruncated_psi;
    Variant variant;
};

Interpretation interpret(const BasicProgram<double>& program, const InterpreterInput& input);

}  // namespace gan
