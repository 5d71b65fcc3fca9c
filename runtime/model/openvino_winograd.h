#pragma once

#include "runtime/model/winograd.h"

#include <openvino/op/op.hpp>

#include <memory>

namespace gan {

/// WinogradConv as an operation of an OpenVINO graph; the processor plugin calls evaluate() for it.
/// Inputs, channels-last: map (N, H, W, in); with `modulated`, scale and shift (N, in, 1, 1); with
/// `residual`, a map of half the output's size. Output (N, H', W', out).
class OpenVinoWinograd : public ov::op::Op {
public:
    OPENVINO_OP("Winograd", "ganymede");

    struct Attributes {
        std::shared_ptr<const WinogradConv> conv;
        std::shared_ptr<WinogradScratch> scratch;  // of the whole graph
        bool wrap_y, wrap_x;
        bool modulated;
        bool residual;
    };

    OpenVinoWinograd() = default;
    OpenVinoWinograd(const ov::OutputVector& inputs, const Attributes& attributes);

    void validate_and_infer_types() override;
    std::shared_ptr<ov::Node> clone_with_new_inputs(const ov::OutputVector& inputs) const override;
    bool visit_attributes(ov::AttributeVisitor&) override { return true; }
    bool has_evaluate() const override { return true; }
    bool evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const override;

private:
    Attributes attributes_;
};

}  // namespace gan
