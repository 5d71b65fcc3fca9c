#pragma once

// What of LibTorch the trainer is written with. <torch/torch.h> holds four times as much, and every file that
// includes it, precompiled or not, instantiates its templates again.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/init.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/embedding.h>
#include <torch/types.h>
#include <torch/utils.h>
