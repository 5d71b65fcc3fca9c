#pragma once

#include "nodes/hosts/frei0r.h"
#include "tests/abi.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gan {

/// A frei0r plugin as hosts have it: they know a file.
class Frei0rModule {
public:
    /// With the flags that the host gives to dlopen().
    Frei0rModule(const std::string& path, int flags);
    ~Frei0rModule() { close(); }
    Frei0rModule(const Frei0rModule&) = delete;
    Frei0rModule& operator=(const Frei0rModule&) = delete;
    void close();
    int index(const std::string& name) const;  // of a parameter

    decltype(&f0r_init) init;
    decltype(&f0r_deinit) deinit;
    decltype(&f0r_get_plugin_info) get_plugin_info;
    decltype(&f0r_get_param_info) get_param_info;
    decltype(&f0r_construct) construct;
    decltype(&f0r_destruct) destruct;
    decltype(&f0r_set_param_value) set_param_value;
    decltype(&f0r_get_param_value) get_param_value;
    decltype(&f0r_update) update;

private:
    void* handle_;
};

/// An instance of a host that keeps frei0r's rules, for what all hosts see.
class Frei0rInstance {
public:
    Frei0rInstance(const Frei0rModule& module, unsigned width, unsigned height);
    ~Frei0rInstance() { module_.destruct(instance_); }
    Frei0rInstance(const Frei0rInstance&) = delete;
    Frei0rInstance& operator=(const Frei0rInstance&) = delete;

    void set(const std::string& name, double value);
    void set(const std::string& name, const std::string& text);
    double number(const std::string& name) const;
    std::string text(const std::string& name) const;
    /// The picture, in bytes of red, green, blue, alpha.
    std::vector<uint8_t> at(double time, const std::vector<uint8_t>& in = {});

private:
    const Frei0rModule& module_;
    unsigned width_, height_;
    f0r_instance_t instance_;
};

/// The greatest difference of two bytes; more than that when the pictures are of different sizes.
int difference(const std::vector<uint8_t>& one, const std::vector<uint8_t>& other);

/// What the plugin promises. Tests that use one library both ways could ask for 0.
constexpr int promised = 1;

/// A patch that changes much from tick to tick, with the wave's ends exposed as "High" and "Low".
nlohmann::json restless_patch();

class Frei0r : public Abi {
protected:
    static constexpr double rate = 60;  // ticks a second, of the patch

    void SetUp() override;
    void TearDown() override;
    /// What the patch shows, by the library itself.
    std::vector<uint8_t> meant(int64_t tick, uint32_t width, uint32_t height);
    void expect_tick(const std::vector<uint8_t>& picture, int64_t tick, uint32_t width, uint32_t height);

    const std::string path = saved(restless_patch());

private:
    std::unique_ptr<HostPatch> direct_;
};

}  // namespace gan
