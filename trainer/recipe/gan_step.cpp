#include "trainer/recipe/gan_step.h"

#include "trainer/libtorch.h"
#include "trainer/recipe/regularise.h"

#include <fmt/format.h>

#include <utility>

namespace gan {
namespace {

void set_requires_grad(torch::nn::Module& module, bool requires_grad) {
    for (at::Tensor& parameter : module.parameters()) parameter.requires_grad_(requires_grad);
}

void zero_gradients(torch::nn::Module& module) {
    for (at::Tensor& parameter : module.parameters()) parameter.mutable_grad() = at::Tensor();
}

bool is_finite(const at::Tensor& tensor) {
    return tensor.isfinite().all().item<bool>();
}

}  // namespace

GanStep::GanStep(Generator g, Discriminator d, Generator g_average, const StepOptions& options)
    : generator(std::move(g)),
      discriminator(std::move(d)),
      average(std::move(g_average)),
      generator_adam(generator->parameters(), options.generator),
      discriminator_adam(discriminator->parameters(), options.discriminator),
      options_(options) {
    set_requires_grad(*average, false);
}

StepReport GanStep::discriminator_step(std::span<const Batch> batches) {
    set_requires_grad(*generator, false);
    set_requires_grad(*discriminator, true);
    zero_gradients(*discriminator);
    const double share = 1.0 / static_cast<double>(batches.size());
    at::Tensor real, fake, loss_real, loss_fake;
    for (const Batch& batch : batches) {
        at::Tensor x;
        {
            at::NoGradGuard no_grad;
            x = generator(batch.z, generator->embed(batch.labels), options_.compute);
        }
        x = at::cat({x, batch.x.to(x.device(), x.scalar_type())});
        if (options_.augment) x = options_.augment(x);
        if (options_.r1 > 0) x.requires_grad_(true);
        const at::Tensor scores = discriminator(x, at::cat({batch.labels, batch.y}), options_.compute);
        fake = scores.narrow(0, 0, batch.z.size(0));
        real = scores.narrow(0, batch.z.size(0), batch.x.size(0));
        loss_real = at::relu(1 - real).mean();
        loss_fake = at::relu(1 + fake).mean();
        at::Tensor loss = loss_real + loss_fake;
        if (options_.r1 > 0) {
            // Mescheder et al. 2018, arXiv:1801.04406, equation 9.
            const at::Tensor slope = torch::autograd::grad({real.sum()}, {x}, {}, true, true)[0];
            loss = loss + options_.r1 / 2 * slope.square().sum() / static_cast<double>(batch.x.size(0));
        }
        (loss * share).backward();
    }
    add_orthogonal_gradient(*discriminator, options_.discriminator_orthogonal);
    const double norm = clip_gradients(*discriminator, options_.clip);
    const at::Tensor numbers =
        at::stack({loss_real, loss_fake, real.mean(), fake.mean()}).detach().to(at::kCPU, at::kDouble);
    const double* n = numbers.data_ptr<double>();
    const StepReport report{.loss = n[0] + n[1],
                            .loss_real = n[0],
                            .loss_fake = n[1],
                            .score_real = n[2],
                            .score_fake = n[3],
                            .gradient_norm = norm};
    if (!report.finite()) return report;
    discriminator_adam.step(options_.discriminator.lr * lr_factor);
    clamp_first_singular_values(*discriminator, options_.discriminator_clamp);
    return report;
}

StepReport GanStep::generator_step(std::span<const Batch> batches, int64_t step) {
    set_requires_grad(*generator, true);
    set_requires_grad(*discriminator, false);
    zero_gradients(*generator);
    const double share = 1.0 / static_cast<double>(batches.size());
    at::Tensor loss;
    for (const Batch& batch : batches) {
        at::Tensor x = generator(batch.z, generator->embed(batch.labels), options_.compute);
        if (options_.augment) x = options_.augment(x);
        loss = -discriminator(x, batch.labels, options_.compute).mean();
        (loss * share).backward();
    }
    add_orthogonal_gradient(*generator, options_.generator_orthogonal, "shared.weight");
    const double norm = clip_gradients(*generator, options_.clip);
    const double value = loss.item<double>();
    const StepReport report{.loss = value, .score_fake = -value, .gradient_norm = norm};
    if (!report.finite()) return report;
    generator_adam.step(options_.generator.lr * lr_factor);
    clamp_first_singular_values(*generator, options_.generator_clamp);
    average_into(*average, *generator, step < options_.ema_start ? 0 : options_.ema_decay);
    return report;
}

std::string GanStep::first_not_finite(std::span<const Batch> batches) {
    const at::NoGradGuard no_grad;
    std::string first;
    const auto watch = [&first](const std::string& network, const torch::nn::Module& module) -> PartWatch {
        return [&first, &module, network](const std::string& part, const at::Tensor& made) {
            if (!first.empty() || is_finite(made)) return;
            first = fmt::format("the first map that is not is that of {}.{}", network, part);
            for (const auto& weight : module.named_parameters()) {
                if (!weight.key().starts_with(part + ".") || is_finite(weight.value())) continue;
                first = fmt::format("the first weight that is not is {}.{}", network, weight.key());
                return;
            }
        };
    };
    const bool of_discriminator = !batches.empty() && batches.front().x.defined();
    for (const Batch& batch : batches) {
        at::Tensor labels = batch.labels;
        at::Tensor x = generator(batch.z, generator->embed(labels), options_.compute, watch("G", *generator));
        if (of_discriminator) {
            x = at::cat({x, batch.x.to(x.device(), x.scalar_type())});
            labels = at::cat({labels, batch.y});
        }
        if (options_.augment) x = options_.augment(x);
        discriminator(x, labels, options_.compute, watch("D", *discriminator));
        if (!first.empty()) return first;
    }
    // The way back ends at the input: of a network's gradients the last is made first.
    const torch::nn::Module* stepped = generator.get();
    if (of_discriminator) stepped = discriminator.get();
    const auto parameters = stepped->named_parameters();
    for (size_t i = parameters.size(); i-- > 0;) {
        const auto& parameter = parameters[i];
        if (const at::Tensor& gradient = parameter.value().grad(); gradient.defined() && !is_finite(gradient))
            return fmt::format("the first gradient that is not is that of {}.{}",
                               of_discriminator ? "D" : "G", parameter.key());
    }
    return "maps, weights and gradients are";
}

}  // namespace gan
