#include "runtime/model/engine.h"

#include "runtime/base/error.h"
#include "runtime/model/latent.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>

namespace gan {
namespace {

constexpr size_t kept_products = 64;  // the largest batch

void check_finite(std::span<const float> values, std::string_view what) {
    if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
        throw Error("{} holds a number that is not finite", what);
}

int64_t resident_bytes() {
    long pages = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return static_cast<int64_t>(resident) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

Engine::Engine(std::shared_ptr<const Program> program, const EngineOptions& options,
               const BackendFactory& backend)
    : program_(std::move(program)), options_(options) {
    backend_ = backend(program_, options_);
    products_.reserve(kept_products);
    modulation_.resize(2 * static_cast<size_t>(program_->modulation.channels) *
                       static_cast<size_t>(backend_->chunk()));
    compiler_ = std::thread([this] { compile_loop(); });
}

Engine::~Engine() {
    {
        const std::lock_guard lock(variants_mutex_);
        closing_ = true;
    }
    work_.notify_all();
    compiler_.join();
}

Variant Engine::played(Variant variant) const {
    variant.wrap_x |= program_->tileable;
    variant.wrap_y |= program_->tileable;
    return variant;
}

std::shared_future<void> Engine::prepare(const Variant& asked) {
    const Variant variant = played(asked);
    const std::lock_guard lock(variants_mutex_);
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.variant == variant; });
    if (found != slots_.end()) {
        slots_.splice(slots_.begin(), slots_, found);
        return slots_.front().ready;
    }
    if (variant.grid_x < 1 || variant.grid_y < 1 || variant.cells() > 4096)
        throw Error("a base grid of {}x{} cells is not possible: 1 to 4096 cells are", variant.grid_x,
                    variant.grid_y);
    std::promise<void> promise;
    slots_.push_front({variant, promise.get_future().share(), nullptr});
    const auto ready = slots_.front().ready;
    queue_.emplace_back(variant, std::move(promise));
    work_.notify_all();
    return ready;
}

bool Engine::ready(const Variant& asked) const {
    const Variant variant = played(asked);
    const std::lock_guard lock(variants_mutex_);
    return std::any_of(slots_.begin(), slots_.end(),
                       [&](const Slot& s) { return s.variant == variant && s.compiled != nullptr; });
}

Engine::Cost Engine::cost(const Variant& asked) const {
    const Variant variant = played(asked);
    const std::lock_guard lock(variants_mutex_);
    for (const Slot& slot : slots_)
        if (slot.variant == variant) return slot.cost;
    return {};
}

void Engine::compile_loop() {
    for (;;) {
        std::unique_lock lock(variants_mutex_);
        work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (closing_) return;
        const Variant variant = queue_.front().first;
        std::promise<void> promise = std::move(queue_.front().second);
        queue_.pop_front();
        lock.unlock();

        std::shared_ptr<const Compiled> compiled;
        std::exception_ptr failure;
        const auto start = std::chrono::steady_clock::now();
        const int64_t before = resident_bytes();
        try {
            compiled = compile(variant);
        } catch (...) {
            failure = std::current_exception();
        }

        std::list<Slot> retired;  // freed here, not on a thread that plays
        lock.lock();
        const auto slot =
            std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.variant == variant; });
        if (slot != slots_.end() && failure == nullptr) {
            slot->compiled = compiled;
            slot->cost = {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                          resident_bytes() - before};
            slots_.splice(slots_.begin(), slots_, slot);
        } else if (slot != slots_.end()) {
            retired.splice(retired.end(), slots_, slot);
        }
        for (auto oldest = slots_.end();
             slots_.size() > static_cast<size_t>(std::max(options_.max_variants, 1));) {
            if (oldest == slots_.begin()) break;
            --oldest;
            if (oldest->compiled == nullptr || oldest == slots_.begin()) continue;
            const auto victim = oldest++;
            retired.splice(retired.end(), slots_, victim);
        }
        lock.unlock();
        if (failure != nullptr) {
            promise.set_exception(failure);
        } else {
            promise.set_value();
        }
    }
}

std::shared_ptr<const Engine::Compiled> Engine::compile(const Variant& variant) {
    auto compiled = std::make_shared<Compiled>();
    compiled->one = backend_->compile(variant, 1);
    const int chunk = backend_->chunk();
    if (chunk > 1 && options_.batch >= chunk) {
        try {
            compiled->several = backend_->compile(variant, chunk);
            if (options_.exact && !same_bytes(*compiled, variant)) compiled->several.reset();
        } catch (const std::exception&) {
            compiled->several.reset();  // there is not the memory for several, say; one at a time there is
        }
    }
    return compiled;
}

/// A library is free to add in another order for another batch. Whether it does is tried on this machine,
/// since bytes must not depend on the batch.
bool Engine::same_bytes(const Compiled& compiled, const Variant& variant) const {
    const auto chunk = static_cast<size_t>(backend_->chunk());
    const size_t base_size = static_cast<size_t>(variant.cells()) * static_cast<size_t>(program_->base_input);
    const size_t modulation_size = 2 * static_cast<size_t>(program_->modulation.channels);
    const size_t size = picture_size(variant);
    const std::vector<float> base = normal_latent(1, static_cast<int>(chunk * base_size)).z;
    std::vector<float> modulation = normal_latent(2, static_cast<int>(chunk * modulation_size)).z;
    std::vector<float> together(chunk * size);
    std::vector<float> alone(size);
    compiled.several->infer(base, modulation, together);
    for (size_t n = 0; n < chunk; ++n) {
        compiled.one->infer(std::span(base).subspan(n * base_size, base_size),
                            std::span(modulation).subspan(n * modulation_size, modulation_size), alone);
        if (std::memcmp(alone.data(), &together[n * size], size * sizeof(float)) != 0) return false;
    }
    return true;
}

std::shared_ptr<const Engine::Compiled> Engine::compiled_of(const Variant& asked) {
    const Variant variant = played(asked);
    const std::lock_guard lock(variants_mutex_);
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.variant == variant; });
    if (found == slots_.end() || found->compiled == nullptr)
        throw Error("this shape of picture (grid {}x{}, wrap x {}, y {}) is not prepared yet", variant.grid_x,
                    variant.grid_y, variant.wrap_x, variant.wrap_y);
    slots_.splice(slots_.begin(), slots_, found);
    return slots_.front().compiled;
}

size_t Engine::picture_size(const Variant& variant) const {
    const auto side = static_cast<size_t>(program_->resolution);
    return static_cast<size_t>(program_->image_channels) * side * side * static_cast<size_t>(variant.cells());
}

void Engine::validate(const Request& request, std::span<float> rgb) const {
    const size_t count = request.conditioning.size();
    const auto require = [](bool holds, std::string_view what, size_t got, size_t needed) {
        if (!holds) throw Error("{} has {} numbers; this network needs {}", what, got, needed);
    };
    const auto dim_z = static_cast<size_t>(program_->dim_z);
    const auto channels = static_cast<size_t>(program_->modulation.channels);
    const size_t base =
        count * static_cast<size_t>(request.variant.cells()) * static_cast<size_t>(program_->first_chunk);
    require(request.z.size() == count * dim_z, "z", request.z.size(), count * dim_z);
    require(request.base_z.empty() || request.base_z.size() == base, "base_z", request.base_z.size(), base);
    require(request.psi.size() == count, "psi", request.psi.size(), count);
    for (const auto& bend : {request.bend_scale, request.bend_offset})
        require(bend.empty() || bend.size() == channels, "a bend", bend.size(), channels);
    require(rgb.size() == count * picture_size(request.variant), "the picture buffer", rgb.size(),
            count * picture_size(request.variant));
    check_finite(request.z, "z");
    check_finite(request.base_z, "base_z");
    check_finite(request.bend_scale, "the bend's scale");
    check_finite(request.bend_offset, "the bend's offset");
    for (double psi : request.psi)
        if (!(psi >= 0)) throw Error("psi {} is not possible: it is 0 or more", psi);
    for (const Conditioning& conditioning : request.conditioning) check(program_->modulation, conditioning);
}

const Engine::Product& Engine::product_of(const Conditioning& conditioning) {
    for (const Product& product : products_)
        if (product.conditioning == conditioning) return product;
    Product fresh{conditioning, class_product(program_->modulation, conditioning),
                  embed(program_->modulation, conditioning)};
    if (products_.size() < kept_products) return products_.emplace_back(std::move(fresh));
    Product& place = products_[next_product_++ % kept_products];
    place = std::move(fresh);
    return place;
}

void Engine::run(const Request& asked, std::span<float> rgb) {
    validate(asked, rgb);
    const auto compiled = compiled_of(asked.variant);
    Request request = asked;
    std::vector<float> z_shaped, base_z_shaped;
    if (program_->latent != LatentDistribution::Normal) {
        const auto shaped = [&](std::span<const float> normal, std::vector<float>& to) {
            to.assign(normal.begin(), normal.end());
            shape_latents(to, program_->latent);
            return std::span<const float>(to);
        };
        request.z = shaped(asked.z, z_shaped);
        request.base_z = shaped(asked.base_z, base_z_shaped);
    }
    const std::lock_guard lock(run_mutex_);
    const auto cells = static_cast<size_t>(request.variant.cells());
    const auto dim_z = static_cast<size_t>(program_->dim_z);
    const auto chunk_z = static_cast<size_t>(program_->first_chunk);
    const auto row = static_cast<size_t>(program_->base_input);
    const size_t picture = picture_size(request.variant);
    const size_t scales = 2 * static_cast<size_t>(program_->modulation.channels);
    const size_t several = compiled->several != nullptr ? static_cast<size_t>(backend_->chunk()) : 1;
    base_.resize(several * cells * row);
    const size_t count = request.conditioning.size();
    for (size_t first = 0; first < count;) {
        const size_t pictures = count - first >= several ? several : 1;
        for (size_t i = 0; i < pictures; ++i) {
            const size_t n = first + i;
            const auto z = request.z.subspan(n * dim_z, dim_z);
            const Product& product = product_of(request.conditioning[n]);
            for (size_t cell = 0; cell < cells; ++cell) {
                const auto own = request.base_z.empty()
                                     ? z.first(chunk_z)
                                     : request.base_z.subspan((n * cells + cell) * chunk_z, chunk_z);
                float* to = &base_[(i * cells + cell) * row];
                if (program_->embeds_base) to = std::copy(product.y.begin(), product.y.end(), to);
                std::copy(own.begin(), own.end(), to);
            }
            modulate<float>(program_->modulation, product.values, z, request.psi[n], request.bend_scale,
                            request.bend_offset, std::span(modulation_).subspan(i * scales, scales));
        }
        Executable& executable = pictures > 1 ? *compiled->several : *compiled->one;
        executable.infer(std::span(base_).first(pictures * cells * row),
                         std::span(modulation_).first(pictures * scales),
                         rgb.subspan(first * picture, pictures * picture));
        first += pictures;
    }
}

std::optional<std::vector<float>> Engine::tap(const Variant& variant, const std::string& name) {
    const auto compiled = compiled_of(variant);
    const std::lock_guard lock(run_mutex_);
    return compiled->one->tap(name);
}

}  // namespace gan
