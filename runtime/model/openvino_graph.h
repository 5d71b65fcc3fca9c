#pragma once

#include "runtime/model/engine.h"
#include "runtime/model/program.h"

#include <openvino/core/model.hpp>

#include <map>
#include <memory>
#include <string>

namespace gan {

struct OpenVinoGraph {
    std::shared_ptr<ov::Model> model;     // inputs base (cells, in) and modulation (2 C); output (1, 3, H, W)
    std::map<std::string, size_t> taps;  // BasicOp::tap -> output index
};

/// The program as an OpenVINO graph for one picture of this variant. Weights are not copied: the graph
/// keeps `program` alive and points into it.
OpenVinoGraph build_openvino_graph(const std::shared_ptr<const Program>& program, const Variant& variant, bool taps);

}  // namespace gan
