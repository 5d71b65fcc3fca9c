#pragma once

#include "runtime/model/engine.h"
#include "runtime/model/lower.h"
#include "tests/support.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace gan {

/// What N pictures are asked for with: seeds from `seed` on, class 1, psi 0.5.
struct PictureRequest {
    PictureRequest(const Engine& engine, const Variant& variant, uint64_t seed, int count);
    PictureRequest(const PictureRequest&) = delete;
    PictureRequest& operator=(const PictureRequest&) = delete;

    std::vector<float> z;
    std::vector<double> psi;
    std::vector<Conditioning> conditioning;
    Request request;
};

/// What an engine makes of a request, in the program's memory: (count, channels, height, width).
std::vector<float> picture_of(Engine& engine, const Variant& variant = {}, uint64_t seed = 11, int count = 1);

/// What picture_of is to give of the first picture, as the float64 interpreter has it.
std::vector<double> exact_picture(const Checkpoint& checkpoint, const Variant& variant = {});

/// Opens the engine that a test is about.
using OpenEngine =
    std::function<std::unique_ptr<Engine>(const Checkpoint&, const EngineOptions&, const LowerOptions&)>;

/// Both families and every resolution, to instantiate a suite with, and the name of one.
using Shape = std::tuple<Family, int>;
std::string name_of_shape(const testing::TestParamInfo<Shape>& info);

// What every engine promises, each to be called by a test of its name.
void expect_exact_pictures(const OpenEngine& open, const Shape& shape, int channels = 4);
void expect_every_form_of_upsampling(const OpenEngine& open);
void expect_every_activation(const OpenEngine& open);
void expect_grey_and_transparent_pictures(const OpenEngine& open);
void expect_attention_over_a_large_map(const OpenEngine& open);
void expect_same_bytes_in_any_batch(const OpenEngine& open, Precision precision);
void expect_halves_as_good_as_their_bits(const OpenEngine& open, Precision precision);
void expect_flat_memory(const OpenEngine& open);

}  // namespace gan
