#pragma once

// What of LibTorch the trainer is written with. Every file that includes <torch/torch.h>, precompiled or not,
// instantiates its templates again: a file of 40 lines took 25 s to compile with it, and takes 10 with these.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/init.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/embedding.h>
#include <torch/types.h>
#include <torch/utils.h>
