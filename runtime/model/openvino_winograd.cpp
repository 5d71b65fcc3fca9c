#include "runtime/model/openvino_winograd.h"

namespace gan {

OpenVinoWinograd::OpenVinoWinograd(const ov::OutputVector& inputs, const Attributes& attributes)
    : Op(inputs), attributes_(attributes) {
    constructor_validate_and_infer_types();
    const auto& shape = get_input_shape(0);
    attributes_.conv->reserve(static_cast<int>(shape[0]), static_cast<int>(shape[1]),
                              static_cast<int>(shape[2]), *attributes_.scratch);
}

void OpenVinoWinograd::validate_and_infer_types() {
    auto shape = get_input_shape(0);
    const size_t factor = attributes_.conv->upsamples() ? 2 : 1;
    set_output_type(0, ov::element::f32,
                    ov::Shape{shape[0], shape[1] * factor, shape[2] * factor,
                              static_cast<size_t>(attributes_.conv->out())});
}

std::shared_ptr<ov::Node> OpenVinoWinograd::clone_with_new_inputs(const ov::OutputVector& inputs) const {
    return std::make_shared<OpenVinoWinograd>(inputs, attributes_);
}

bool OpenVinoWinograd::evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const {
    const auto& shape = inputs[0].get_shape();
    const auto data = [&](bool present, size_t i) {
        return present ? inputs[i].data<const float>() : nullptr;
    };
    attributes_.conv->run({.pictures = static_cast<int>(shape[0]),
                           .height = static_cast<int>(shape[1]),
                           .width = static_cast<int>(shape[2]),
                           .input = data(true, 0),
                           .scale = data(attributes_.modulated, 1),
                           .shift = data(attributes_.modulated, 2),
                           .wrap_y = attributes_.wrap_y,
                           .wrap_x = attributes_.wrap_x,
                           .residual = data(attributes_.residual, attributes_.modulated ? 3 : 1),
                           .output = outputs[0].data<float>()},
                          *attributes_.scratch);
    return true;
}

}  // namespace gan
