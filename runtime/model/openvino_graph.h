#pragma once

#include "runtime/model/engine.h"
#include "runtime/model/program.h"
#include "runtime/model/winograd.h"

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

/// The 3x3 convolutions of a program that run as WinogradConv, by the index of their operation; in float32
/// only, and on processors that can. Their transformed weights are shared by all variants.
using WinogradConvs = std::map<int, std::shared_ptr<const WinogradConv>>;
WinogradConvs winograd_convs(const Program& program);

/// The program as an OpenVINO graph for N pictures of this variant at once. Weights are not copied: the
/// graph keeps `program` alive and points into it.
OpenVinoGraph build_openvino_graph(const std::shared_ptr<const Program>& program, const Variant& variant,
                                   const WinogradConvs& convs, int pictures, bool taps);

}  // namespace gan
