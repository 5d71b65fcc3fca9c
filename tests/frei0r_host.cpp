#include "tests/frei0r_host.h"

#include "runtime/base/file.h"
#include "tests/support.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>

namespace gan {
namespace {

template <class Function>
void find(void* handle, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    EXPECT_NE(function, nullptr) << name;
}

}  // namespace

Frei0rModule::Frei0rModule(const std::string& path, int flags) : handle_(::dlopen(path.c_str(), flags)) {
    EXPECT_NE(handle_, nullptr) << ::dlerror();
    find(handle_, "f0r_init", init);
    find(handle_, "f0r_deinit", deinit);
    find(handle_, "f0r_get_plugin_info", get_plugin_info);
    find(handle_, "f0r_get_param_info", get_param_info);
    find(handle_, "f0r_construct", construct);
    find(handle_, "f0r_destruct", destruct);
    find(handle_, "f0r_set_param_value", set_param_value);
    find(handle_, "f0r_get_param_value", get_param_value);
    find(handle_, "f0r_update", update);
}

void Frei0rModule::close() {
    if (handle_ != nullptr) ::dlclose(handle_);
    handle_ = nullptr;
}

int Frei0rModule::index(const std::string& name) const {
    f0r_plugin_info_t plugin{};
    get_plugin_info(&plugin);
    for (int i = 0; i < plugin.num_params; ++i) {
        f0r_param_info_t info{};
        get_param_info(&info, i);
        if (info.name == name) return i;
    }
    ADD_FAILURE() << "there is no parameter " << name;
    return -1;
}

Frei0rInstance::Frei0rInstance(const Frei0rModule& module, unsigned width, unsigned height)
    : module_(module), width_(width), height_(height), instance_(module.construct(width, height)) {
    EXPECT_NE(instance_, nullptr);
}

void Frei0rInstance::set(const std::string& name, double value) {
    module_.set_param_value(instance_, &value, module_.index(name));
}

void Frei0rInstance::set(const std::string& name, const std::string& text) {
    const char* given = text.c_str();
    module_.set_param_value(instance_, &given, module_.index(name));
}

double Frei0rInstance::number(const std::string& name) const {
    double value = -1;
    module_.get_param_value(instance_, &value, module_.index(name));
    return value;
}

std::string Frei0rInstance::text(const std::string& name) const {
    const char* text = nullptr;
    module_.get_param_value(instance_, &text, module_.index(name));
    return text == nullptr ? "null" : text;
}

std::vector<uint8_t> Frei0rInstance::at(double time, const std::vector<uint8_t>& in) {
    std::vector<uint8_t> out(size_t{width_} * height_ * 4, 0xab);
    module_.update(instance_, time, in.empty() ? nullptr : reinterpret_cast<const uint32_t*>(in.data()),
                   reinterpret_cast<uint32_t*>(out.data()));
    return out;
}

int difference(const std::vector<uint8_t>& one, const std::vector<uint8_t>& other) {
    if (one.size() != other.size()) return 256;
    int most = 0;
    for (size_t i = 0; i < one.size(); ++i) most = std::max(most, std::abs(one[i] - other[i]));
    return most;
}

nlohmann::json restless_patch() {
    auto patch = nlohmann::json::parse(read_text(swing_patch()));
    patch["nodes"][0]["params"]["path"] = GAN_ASSETS "/models/textures-64.safetensors";
    auto& wave = patch["nodes"][6];
    // 15 ticks from the least to the greatest, so that no two that are close are alike.
    wave["params"] = {{"shape", "saw"}, {"period", 0.5}, {"unit", "beats"}, {"low", 0.1}, {"high", 0.9}};
    wave["exposed"] = {{"low", {{"name", "Low"}, {"min", 0.05}, {"max", 0.4}}},
                       {"high", {{"name", "High"}, {"min", 0.5}, {"max", 1}}}};
    return patch;
}

void Frei0r::SetUp() {
    ::setenv("GANYMEDE_LIBRARY", GAN_LIBRARY, 1);
    ::setenv("GANYMEDE_ASSETS", GAN_ASSETS, 1);
}

void Frei0r::TearDown() {
    ::unsetenv("GANYMEDE_LIBRARY");
    ::unsetenv("GANYMEDE_ASSETS");
}

std::vector<uint8_t> Frei0r::meant(int64_t tick, uint32_t width, uint32_t height) {
    if (!direct_) direct_ = std::make_unique<HostPatch>(from_path(path));
    return rendered(*direct_, tick, width, height);
}

void Frei0r::expect_tick(const std::vector<uint8_t>& picture, int64_t tick, uint32_t width, uint32_t height) {
    EXPECT_LE(difference(picture, meant(tick, width, height)), promised) << "tick " << tick;
}

}  // namespace gan
