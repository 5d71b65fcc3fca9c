#pragma once

#include "runtime/model/engine.h"
#include "runtime/model/program.h"

#include <openvino/core/model.hpp>

#include <map>
#include <memory>
#include <string>

namespace gan {

struct OpenVinoGraph {
    std::shared_ptr<ov::Model>
        model;  // inputs base (N cells, in), modulation (N, 2 C, 1, 1); output (N, 3, H, W)
    std::map<std::string, size_t> taps;  // BasicOp::tap -> output index
};

/// The program as an OpenVINO graph for N pictures of this variant at once. Weights are not copied: the
/// graph keeps `program` alive and points into it.
OpenVinoGraph build_openvino_graph(const std::shared_ptr<const Program>& program, const Variant& variant,
                                   int pictures, bool taps);

}  // namespace gan
